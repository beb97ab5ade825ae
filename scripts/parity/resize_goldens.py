"""Writes native/test/goldens/resize.inc: hashes of Pillow's resized pictures, which ours must equal bit for bit.

    pip install pillow numpy
    python scripts/parity/resize_goldens.py
"""

import pathlib

import PIL
from PIL import Image

from pictures import picture

FILTERS = {
    "kBox": Image.Resampling.BOX,
    "kBilinear": Image.Resampling.BILINEAR,
    "kBicubic": Image.Resampling.BICUBIC,
    "kLanczos3": Image.Resampling.LANCZOS,
}
# (height, width) -> (height, width): down, up, one axis only, none, single pixels, long and thin.
SIZES = [
    ((37, 53), (16, 16)), ((37, 53), (111, 97)), ((64, 64), (32, 32)), ((64, 64), (64, 31)), ((64, 64), (29, 64)),
    ((40, 30), (40, 30)), ((1, 1), (7, 5)), ((9, 13), (1, 1)), ((3, 1000), (64, 64)), ((700, 2), (64, 2)),
    ((301, 517), (256, 448)), ((500, 333), (64, 192)), ((5, 7), (6, 8)), ((128, 96), (127, 97)),
]  # fmt: skip


def fnv1a64(data):
    value = 14695981039346656037
    for byte in data:
        value = ((value ^ byte) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return value


def main():
    lines = [
        f"// Made by scripts/parity/resize_goldens.py with Pillow {PIL.__version__}.",
        "// {filter, source height, width, target height, width, seed of the picture, FNV-1a of the target's bytes},",
    ]
    for seed, (source, target) in enumerate(SIZES):
        image = Image.fromarray(picture(*source, seed))
        for name, filter_ in FILTERS.items():
            # In one call, Pillow 13 and later resample tall images vertically first; until 12 this order was the only one.
            resized = image.resize((target[1], source[0]), filter_).resize((target[1], target[0]), filter_)
            numbers = ", ".join(map(str, (*source, *target, seed)))
            lines.append(f"{{Filter::{name}, {numbers}, {fnv1a64(resized.tobytes()):#018x}u}},")
    path = pathlib.Path(__file__).parents[2] / "native/test/goldens/resize.inc"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    print(path, len(lines) - 2)


if __name__ == "__main__":
    main()
