"""NIQE once more, straight from the papers' formulas with numpy and scipy, to check lib/evaluation against.

    python scripts/parity/niqe_goldens.py                    writes test/unit/evaluation-niqe.json
    python scripts/parity/niqe_goldens.py --score FILE ...   prints NIQE of 8-bit RGB images under models/niqe/*.json

Mittal, Soundararajan & Bovik, "Making a completely blind image quality analyzer", IEEE SPL 20(3), 2013. Needs numpy, scipy and, for
--score, Pillow.
"""

import json
import pathlib
import sys

import numpy as np
import scipy
from scipy import ndimage, special

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "test" / "unit" / "evaluation-niqe.json"
PATCH = 96
SHAPES = 0.2 + 0.001 * np.arange(9801)
RATIOS = special.gamma(2 / SHAPES) ** 2 / (special.gamma(1 / SHAPES) * special.gamma(3 / SHAPES))


def synthetic(width, height, seed, amplitude):
    """Integer arithmetic only, so that the JavaScript test makes the same pixels: a ramp, a chequer and hashed noise."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    index = ((y * width + x) * 3 + c).astype(np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (index * np.uint64(2654435761) + np.uint64(seed)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & mask
    h ^= h >> np.uint64(13)
    noise = (h >> np.uint64(8)).astype(np.int64) % (2 * amplitude + 1) - amplitude
    ramp = (x * 3 + y * 2) // 8 % 200
    chequer = ((x // 12 + y // 20) % 2) * 24
    return np.clip(20 + ramp + chequer + noise, 0, 255).astype(np.uint8)


def luma(rgb):
    weights = np.linalg.inv([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.106, 1.703]])[0]
    return np.floor(rgb.astype(np.float64) @ weights + 0.5)


def window():
    axis = np.arange(-3, 4)
    squares = axis[:, None] ** 2 + axis[None, :] ** 2
    kernel = np.exp(-squares / (2 * (7 / 6) ** 2))
    return kernel / kernel.sum()


def normalise(plane):
    mean = ndimage.correlate(plane, window(), mode="nearest")
    sigma = np.sqrt(np.abs(ndimage.correlate(plane * plane, window(), mode="nearest") - mean**2))
    difference = plane - mean
    difference[np.abs(difference) < 1e-9] = 0  # rounding error in flat areas has no sign
    return difference / (sigma + 1), sigma


def halving_matrix(size):
    """Rows of imresize(…, 0.5): the cubic kernel at twice its width, edges mirrored."""
    matrix = np.zeros((size // 2, size))
    for i in range(size // 2):
        centre = 2 * i + 0.5
        for j in range(2 * i - 4, 2 * i + 6):
            d = abs(centre - j) / 2
            if d <= 1:
                weight = 1.5 * d**3 - 2.5 * d**2 + 1
            elif d <= 2:
                weight = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
            else:
                weight = 0.0
            folded = j % (2 * size)
            matrix[i, folded if folded < size else 2 * size - 1 - folded] += weight / 2
    return matrix


def fit(values):
    negative, positive = values[values < 0], values[values > 0]
    if negative.size == 0 or positive.size == 0:
        return [np.nan] * 4
    left, right = np.sqrt(np.mean(negative**2)), np.sqrt(np.mean(positive**2))
    skew = left / right
    ratio = np.mean(np.abs(values)) ** 2 / np.mean(values**2)
    ratio *= (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shape = SHAPES[np.argmin((RATIOS - ratio) ** 2)]
    scale = np.sqrt(special.gamma(1 / shape) / special.gamma(3 / shape))
    left, right = left * scale, right * scale
    return [shape, (right - left) * special.gamma(2 / shape) / special.gamma(1 / shape), left, right]


def patch_features(patch):
    shape, _, left, right = fit(patch)
    features = [shape, (left + right) / 2]
    for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        features += fit(patch * np.roll(patch, shift, axis=(0, 1)))
    return features


def statistics(rgb):
    rows, columns = rgb.shape[0] // PATCH, rgb.shape[1] // PATCH
    plane = luma(rgb[: rows * PATCH, : columns * PATCH])
    scales, sharpness = [], None
    for side in (PATCH, PATCH // 2):
        values, sigma = normalise(plane)
        cut = lambda a, s=side: [a[r * s : (r + 1) * s, c * s : (c + 1) * s] for r in range(rows) for c in range(columns)]
        scales.append([patch_features(patch) for patch in cut(values)])
        if sharpness is None:
            sharpness = np.array([patch.mean() for patch in cut(sigma)])
        plane = halving_matrix(plane.shape[0]) @ plane @ halving_matrix(plane.shape[1]).T
    return np.concatenate([np.array(scales[0]), np.array(scales[1])], axis=1), sharpness


def niqe(features, mean, covariance):
    rows = features[np.isfinite(features).all(axis=1)]
    shift = mean - rows.mean(axis=0)
    pooled = (covariance + np.cov(rows, rowvar=False)) / 2
    return float(np.sqrt(shift @ np.linalg.pinv(pooled, rcond=36 * np.finfo(float).eps, hermitian=True) @ shift))


def pristine(path):
    model = json.loads(path.read_text())
    lower = np.zeros((36, 36))
    lower[np.tril_indices(36)] = model["covariance"]
    return np.array(model["mean"]), lower + np.tril(lower, -1).T


def write_goldens():
    first, sharpness = statistics(synthetic(300, 204, 7, 20))
    others = [statistics(synthetic(600, 400, seed, amplitude))[0] for seed, amplitude in ((11, 12), (12, 40), (13, 25))]
    stacked = np.concatenate(others)
    golden = {
        "script": "scripts/parity/niqe_goldens.py",
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "features": first.ravel().tolist(),
        "sharpness": sharpness.tolist(),
        "niqe": niqe(first, stacked.mean(axis=0), np.cov(stacked, rowvar=False)),
    }
    OUT.write_text(json.dumps(golden) + "\n")


def print_scores(files):
    from PIL import Image

    models = {path.stem: pristine(path) for path in sorted((ROOT / "models" / "niqe").glob("*.json"))}
    for file in files:
        features, _ = statistics(np.asarray(Image.open(file).convert("RGB")))
        print(json.dumps({"file": file, **{name: niqe(features, *model) for name, model in models.items()}}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--score"]:
        print_scores(sys.argv[2:])
    else:
        write_goldens()
