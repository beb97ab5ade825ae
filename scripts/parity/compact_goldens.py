"""Writes native/test/goldens/compact.inc: values of the taps of a tiny tower whose weights follow from integer arithmetic
(pictures.py), computed by PyTorch in float64, for odd sizes and both paddings.

    pip install torch numpy
    python scripts/parity/compact_goldens.py
"""

import pathlib

import numpy as np
import torch

import towers
from pictures import parameter, picture

# The same configuration stands in native/test/compact_test.cc. Its fourth stage starts with a residual block.
STAGES = [(3, 1, 8, 1, 1), (3, 6, 12, 2, 2), (5, 3, 16, 2, 2), (3, 4, 16, 1, 1), (5, 2, 24, 2, 2)]
SIZES = [(64, 64), (33, 47), (1, 1), (7, 130), (2, 3), (50, 81)]
TAPS = ["stage.1", "stage.2", "stage.3", "stage.4", "head"]
SAMPLES = 6


class Tiny(towers.Directory):
    def __init__(self, padding):
        keys = ("kernel", "expansion", "channels", "stride", "repeats")
        self.config = {
            "stem": {"channels": 8, "kernel": 3, "stride": 2},
            "stages": [dict(zip(keys, stage)) for stage in STAGES],
            "padding": padding,
        }
        self.weights = {}
        self.add("stem", (8, 3, 3, 3))
        channels = 8
        for index, (kernel, expansion, out, _, repeats) in enumerate(STAGES):
            for block in range(repeats):
                name, wide = f"stages.{index}.{block}", channels * expansion
                if expansion != 1:
                    self.add(f"{name}.expand", (wide, channels, 1, 1))
                self.add(f"{name}.depthwise", (wide, 1, kernel, kernel))
                self.add(f"{name}.project", (out, wide, 1, 1))
                channels = out
        self.add("head", (32, channels, 1, 1))
        self.add("classifier", (10, 32))

    def add(self, name, shape):
        self.weights[f"{name}.weight"] = torch.from_numpy(parameter(f"{name}.weight", shape)).double()
        self.weights[f"{name}.bias"] = torch.from_numpy(parameter(f"{name}.bias", shape[:1])).double()


@torch.no_grad()
def main():
    lines = ["// Made by scripts/parity/compact_goldens.py: {same padding, height, width, tap, greatest value, values}."]
    for padding in ("same", "symmetric"):
        tower = Tiny(padding)
        for seed, (height, width) in enumerate(SIZES):
            image = (picture(height, width, seed).astype(np.float32) - 127) / 128
            taps = tower(torch.from_numpy(image).double().permute(2, 0, 1)[None])
            for tap in [*TAPS, "logits"]:
                flat = taps[tap].flatten()
                values = [flat[index * flat.numel() // SAMPLES] for index in range(SAMPLES)]
                numbers = ", ".join(f"{value:.7g}" for value in values)
                same = "true" if padding == "same" else "false"
                lines.append(f'{{{same}, {height}, {width}, "{tap}", {flat.abs().max():.7g}, {{{numbers}}}}},')
    path = pathlib.Path(__file__).parents[2] / "native/test/goldens/compact.inc"
    path.write_text("\n".join(lines) + "\n")
    print(path, len(lines) - 1)


if __name__ == "__main__":
    main()
