"""Writes a backbone directory: config.json ("format", "input", "backbone") and model.safetensors ("backbone.*")."""

import hashlib
import json
import pathlib
import struct

import numpy as np

# Last stage before each halving of the grid: strides 4, 8, 16 and 32. Both MobileNetV2 and EfficientNet have seven
# stages with these strides (1, 2, 2, 2, 1, 2, 1).
TAPS = ["stage.1", "stage.2", "stage.4", "stage.6"]


def fold_batch_norm(weight, gamma, beta, mean, variance, epsilon):
    """Weight and bias of the one convolution that equals convolution followed by batch normalisation (float64)."""
    scale = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    folded = weight.astype(np.float64) * scale.reshape(-1, *[1] * (weight.ndim - 1))
    return folded.astype(np.float32), (beta.astype(np.float64) - mean.astype(np.float64) * scale).astype(np.float32)


def tensor_names(stages):
    """Names of the tower's convolutions in the order in which an image meets them, without the head."""
    yield "stem"
    for index, stage in enumerate(stages):
        for block in range(stage["repeats"]):
            if stage["expansion"] != 1:
                yield f"stages.{index}.{block}.expand"
            yield f"stages.{index}.{block}.depthwise"
            yield f"stages.{index}.{block}.project"


def write(directory, *, stem, stages, tensors, mean, std, classifier, source):
    """`tensors`: float32 arrays named as CompactImpl names them, "head.*" and "classifier.*" among them; the last two are
    written only with `classifier`. `source`: where the numbers come from, kept in config.json and in the file's metadata."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    kept = {
        name: value for name, value in tensors.items() if classifier or not name.startswith(("head.", "classifier."))
    }
    config = {
        "format": "eliq-model",
        "formatVersion": 1,
        "input": {
            "area": 512 * 512,
            "multiple": 64,
            "maxSide": 2048,
            "filter": "bicubic",
            "mean": [mean] * 3,
            "std": [std] * 3,
        },
        "backbone": {
            "family": "compact",
            "origin": source,
            "stem": stem,
            "stages": stages,
            "headChannels": int(tensors["head.weight"].shape[0]) if classifier else 0,
            "taps": TAPS + (["head"] if classifier else []),
            "padding": "same",
            "classes": int(tensors["classifier.weight"].shape[0]) if classifier else 0,
        },
    }
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_safetensors(
        directory / "model.safetensors",
        {f"backbone.{name}": np.ascontiguousarray(value, dtype=np.float32) for name, value in kept.items()},
        source,
    )
    print(f"{directory}: {len(kept)} tensors, {sum(value.size for value in kept.values()):,} numbers")


def write_safetensors(path, tensors, metadata):
    """float32 only. The safetensors package writes metadata in an order of its own at every run; this is reproducible."""
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.tobytes())


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
