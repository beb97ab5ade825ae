"""Quality metrics of Python libraries, for `eliq eval --peer`. Reads one JSON request a line and answers with one JSON line.

    {"op": "load"}                    -> {"metrics": [NAME, ...], "versions": {LIBRARY: VERSION}, "left_out": {NAME: REASON}}
    {"op": "measure", "path": FILE}   -> {"scores": {NAME: number or null}}, higher is better

A metric that does not load, for instance because its weights would have to be fetched and cannot be, is left out with the reason.
"""

import json
import math
import os
import sys

# The libraries, and what they are made of, print what they load; the answers must stay alone on standard output.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

PYIQA = ["niqe", "ilniqe", "piqe", "brisque", "clipiqa"]


def first_line(error):
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__


def load_pyiqa(metrics, left_out):
    import pyiqa

    for name in PYIQA:
        try:
            metric = pyiqa.create_metric(name, device="cpu")
        except Exception as error:
            left_out[f"pyiqa {name}"] = first_line(error)
            continue
        sign = -1 if metric.lower_better else 1
        metrics[f"pyiqa {name}"] = lambda image, metric=metric, sign=sign: sign * metric(image).item()
    return pyiqa.__version__


def load_torchmetrics(metrics, left_out):
    import torchmetrics
    from torchmetrics.functional.image import total_variation

    # Differences of neighbours, by pixel: more of them is more detail, as in "Sharpness".
    metrics["torchmetrics total variation"] = lambda image: total_variation(image).item() / (image.shape[2] * image.shape[3])
    try:
        from torchmetrics.image.arniqa import ARNIQA

        arniqa = ARNIQA(normalize=True).eval()
        metrics["torchmetrics arniqa"] = lambda image: arniqa(image).item()
    except Exception as error:
        left_out["torchmetrics arniqa"] = first_line(error)
    return torchmetrics.__version__


def read(path):
    """[1, 3, height, width] in [0, 1], alpha on white."""
    import numpy
    import torch
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
    pixels = numpy.asarray(flat, dtype=numpy.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()


def measure(metrics, path):
    import torch

    image = read(path)
    scores = {}
    with torch.inference_mode():
        for name, metric in metrics.items():
            try:
                value = float(metric(image))
            except Exception:  # an image that is too small for a metric, for instance: the metric is undefined there
                value = math.nan
            scores[name] = value if math.isfinite(value) else None
    return {"scores": scores}


def load(metrics):
    versions, left_out = {}, {}
    for library, loader in (("pyiqa", load_pyiqa), ("torchmetrics", load_torchmetrics)):
        try:
            versions[library] = loader(metrics, left_out)
        except Exception as error:
            left_out[library] = first_line(error)
    return {"metrics": list(metrics), "versions": versions, "left_out": left_out}


def main():
    metrics = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = load(metrics) if request["op"] == "load" else measure(metrics, request["path"])
        except Exception as error:
            answer = {"error": first_line(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
