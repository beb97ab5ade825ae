"""MobileNetV2 1.0 (Apache-2.0, Google; TensorFlow Lite file) to a backbone directory.

    python scripts/convert/mobilenet_v2.py tf2_mobilenet_v2_1.0_224_ptq.tflite --output backbones/mobilenet_v2
"""

import argparse

import backbone_directory
import tflite

# Sandler et al., arXiv 1801.04381, table 2: expansion, channels, repeats, stride.
TABLE = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
STAGES = [
    {"kernel": 3, "expansion": expansion, "channels": channels, "stride": stride, "repeats": repeats}
    for expansion, channels, repeats, stride in TABLE
]


def strides():
    """Of every convolution in graph order."""
    yield 2
    for stage in STAGES:
        for block in range(stage["repeats"]):
            if stage["expansion"] != 1:
                yield 1
            yield stage["stride"] if block == 0 else 1
            yield 1
    yield 1  # head
    yield 1  # classifier


def convert(path):
    """Batch normalisation is folded already; graph order is the order of `tensor_names`."""
    kinds = (tflite.CONV_2D, tflite.DEPTHWISE_CONV_2D)
    found = [operator for operator in tflite.operators(path) if operator["kind"] in kinds]
    names = [*backbone_directory.tensor_names(STAGES), "head", "classifier"]
    if len(found) != len(names):
        raise SystemExit(f"{path} has {len(found)} convolutions; MobileNetV2 has {len(names)}")
    tensors = {}
    for name, convolution, stride in zip(names, found, strides()):
        same_kind = (convolution["kind"] == tflite.DEPTHWISE_CONV_2D) == name.endswith("depthwise")
        if not same_kind or not convolution["same"] or convolution["stride"] != stride:
            raise SystemExit(f"{path}: the convolution in the place of {name} is another one")
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = convolution["weight"], convolution["bias"]
    tensors["classifier.weight"] = tensors["classifier.weight"][:, :, 0, 0]
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tflite", help="a quantised or float MobileNetV2 1.0 classifier")
    parser.add_argument("--output", required=True)
    parser.add_argument("--classifier", action="store_true", help="keep the head and the 1001-class classifier")
    arguments = parser.parse_args()
    backbone_directory.write(
        arguments.output,
        stem={"channels": 32, "kernel": 3, "stride": 2},
        stages=STAGES,
        tensors=convert(arguments.tflite),
        mean=127.5,
        std=127.5,
        classifier=arguments.classifier,
        source={
            "source": "MobileNetV2 1.0 224, TensorFlow Lite",
            "sourceSha256": backbone_directory.sha256(arguments.tflite),
            "license": "Apache-2.0",
        },
    )


if __name__ == "__main__":
    main()
