"""The peer of benchmarks/throughput.js: the same critic, written once more in Python from docs/model.md.

Reads config.json and model.safetensors of a model directory and answers one JSON request a line on standard input:

    {"op": "load", "id": "a", "engine": "torch" | "onnxruntime", "model": DIR, "width": W, "height": H, "threads": N}
    {"op": "score", "id": "a", "images": [FILE, ...]}     raw RGB of the loaded size -> {"quality": [...]}
    {"op": "time", "id": "a", "images": [FILE, ...], "seconds": S}                    -> {"images": n, "seconds": s}

Every answer is one JSON line; {"error": ...} when a request cannot be served. Needs torch; onnx and onnxruntime for the latter.
"""

import io
import json
import math
import pathlib
import struct
import sys
import time
import warnings

try:
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    print(json.dumps({"error": f"python has no {error.name}"}), flush=True)
    sys.exit(0)


def read_safetensors(path):
    blob = path.read_bytes()
    length = struct.unpack("<Q", blob[:8])[0]
    dtypes = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    tensors = {}
    for name, entry in json.loads(blob[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = bytearray(blob[8 + length + begin : 8 + length + end])
        tensors[name] = torch.frombuffer(raw, dtype=dtypes[entry["dtype"]]).float().reshape(entry["shape"])
    return tensors


def dims(x):
    """Sizes as plain numbers: the image's size is fixed, and so an exported graph may keep them as constants."""
    return [int(size) for size in x.shape]


class Tower(nn.Module):
    """Inverted residuals with ReLU6, normalisation folded into the convolutions; returns the tapped stages."""

    def __init__(self, config, weights):
        super().__init__()
        self.config = config
        self.same = config["padding"] == "same"
        for name, value in weights.items():
            key = name.replace(".", "_")
            value = value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
            self.register_buffer(key, value)

    def convolve(self, x, name, stride=1, groups=1):
        weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
        kernel = dims(weight)[-1]
        if not self.same or stride == 1:
            return F.conv2d(x, weight, bias, stride, kernel // 2, groups=groups)
        # TensorFlow SAME: what does not divide evenly is padded at the bottom and right.
        pads = [max((math.ceil(side / stride) - 1) * stride + kernel - side, 0) for side in dims(x)[:1:-1]]
        x = F.pad(x, (pads[0] // 2, pads[0] - pads[0] // 2, pads[1] // 2, pads[1] - pads[1] // 2))
        return F.conv2d(x, weight, bias, stride, 0, groups=groups)

    def block(self, x, name, stage, stride):
        y = x
        if stage["expansion"] != 1:
            y = F.relu6(self.convolve(y, f"{name}_expand"))
        y = F.relu6(self.convolve(y, f"{name}_depthwise", stride, groups=dims(y)[1]))
        y = self.convolve(y, f"{name}_project")
        return x + y if stride == 1 and dims(y) == dims(x) else y

    def forward(self, x):
        taps, wanted = {}, self.config["taps"]
        last = max(len(self.config["stages"]) if tap == "head" else int(tap.split(".")[1]) for tap in wanted)
        x = F.relu6(self.convolve(x, "stem", self.config["stem"]["stride"]))
        for i, stage in enumerate(self.config["stages"][: last + 1]):
            for j in range(stage["repeats"]):
                x = self.block(x, f"stages_{i}_{j}", stage, stage["stride"] if j == 0 else 1)
            taps[f"stage.{i}"] = x
        if "head" in wanted:
            taps["head"] = F.relu6(self.convolve(x, "head"))
        return [taps[tap] for tap in wanted]


def averaging(size, cells):
    """[cells, size]: row i averages what adaptive average pooling puts into cell i."""
    matrix = torch.zeros(cells, size)
    for i in range(cells):
        begin, end = i * size // cells, -((-(i + 1) * size) // cells)
        matrix[i, begin:end] = 1 / (end - begin)
    return matrix


class Critic(nn.Module):
    """[1, 3, H, W] of one fixed size, normalised -> raw quality."""

    def __init__(self, config, weights, height, width):
        super().__init__()
        part = lambda prefix: {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
        self.config = config
        self.tower = Tower(config["backbone"], part("backbone."))
        self.weights = {k: v for k, v in weights.items() if not k.startswith("backbone.")}
        cell = config["fusion"]["cell"]
        self.grid = [max(1, int(math.floor(side / cell + 0.5))) for side in (height, width)]
        self.code = self.position_code()

    def get(self, name):
        return self.weights[name]

    def linear(self, x, name):
        return F.linear(x, self.get(f"{name}.weight"), self.get(f"{name}.bias"))

    def norm(self, x, name):
        return F.layer_norm(x, dims(x)[-1:], self.get(f"{name}.weight"), self.get(f"{name}.bias"))

    def position_code(self):
        width = self.config["fusion"]["width"]
        count = width // 4
        frequency = math.pi * 16 ** (torch.arange(count) / max(count - 1, 1))
        rows, columns = ((torch.arange(n) + 0.5) / n for n in self.grid)
        y = rows[:, None].expand(self.grid).reshape(-1, 1) * frequency
        x = columns[None, :].expand(self.grid).reshape(-1, 1) * frequency
        return torch.cat([y.sin(), y.cos(), x.sin(), x.cos()], 1)

    def cells(self, level):
        rows, columns = (averaging(size, cells) for size, cells in zip(dims(level)[2:], self.grid))
        pool = lambda x: rows @ x @ columns.T
        mean = pool(level)
        std = ((pool(level * level) - mean * mean).clamp_min(0) + 1e-6).sqrt()
        return torch.cat([mean, std], 1).flatten(2).transpose(1, 2)

    def fuse(self, levels):
        statistics = (torch.cat([self.cells(level) for level in levels], 2) - self.get("fusion.mean")) / self.get("fusion.std")
        projected, begin = [], 0
        for i, level in enumerate(levels):
            count = 2 * dims(level)[1]
            projected.append(self.linear(statistics[:, :, begin : begin + count], f"fusion.projections.{i}"))
            begin += count
        projected = torch.stack(projected, 2)
        width = dims(projected)[-1]
        if self.config["fusion"]["gate"] == "uniform":
            return self.norm(projected.mean(2), "fusion.norm")
        context = F.layer_norm(projected.mean((1, 2)), (width,))
        own = F.layer_norm(projected, (width,))
        both = torch.cat([own, own * context[:, None, None]], -1)
        gates = ((F.linear(both, self.get("fusion.gate.weight"))[..., 0] + self.get("fusion.gate_bias")) / width**0.5).softmax(-1)
        return self.norm((gates[..., None] * projected).sum(2), "fusion.norm")

    def attend(self, q, k, v):
        heads = self.config["query"]["heads"]
        split = lambda x: x.reshape(1, dims(x)[1], heads, -1).transpose(1, 2)
        q, k, v = split(q), split(k), split(v)
        weights = (q @ k.transpose(2, 3) / math.sqrt(dims(q)[-1])).softmax(-1)
        return (weights @ v).transpose(1, 2).flatten(2)

    def queries(self, tokens):
        options = self.config["query"]
        if options["pool"] == "mean":
            return tokens.mean(1, keepdim=True).expand(-1, options["qualityQueries"], -1)
        memory = tokens + self.get("query.position_gain") * self.code
        x = self.get("query.quality.queries")[None]
        for i in range(options["depth"]):
            name = f"query.quality.blocks.{i}"
            own = self.linear(self.norm(x, f"{name}.self_norm"), f"{name}.self_qkv").chunk(3, -1)
            x = x + self.linear(self.attend(*own), f"{name}.self_out")
            key, value = self.linear(memory, f"{name}.cross_kv").chunk(2, -1)
            read = self.attend(self.linear(self.norm(x, f"{name}.cross_norm"), f"{name}.cross_q"), key, value)
            x = x + self.linear(read, f"{name}.cross_out")
            hidden = F.gelu(self.linear(self.norm(x, f"{name}.ffn_norm"), f"{name}.ffn_in"))
            x = x + self.linear(hidden, f"{name}.ffn_out")
        return self.norm(x, "query.quality.norm")

    def forward(self, image):
        queries = self.queries(self.fuse(self.tower(image)))
        hidden = F.gelu(self.linear(queries.flatten(1), "heads.quality.hidden"))
        return self.linear(hidden, "heads.quality.output").squeeze(1)


class Torch:
    """Eager, channels-last."""

    def __init__(self, critic, _shape, threads):
        torch.set_num_threads(threads)
        self.critic = critic
        self.version = f"PyTorch {torch.__version__}, eager, channels_last"

    def __call__(self, pixels):
        # A view whose strides are channels-last already.
        return float(self.critic(torch.from_numpy(pixels).permute(2, 0, 1)[None]))


class OnnxRuntime:
    """The same graph, exported by PyTorch."""

    def __init__(self, critic, shape, threads):
        import onnxruntime

        graph = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that sizes become constants, which is meant
            torch.onnx.export(critic, torch.zeros(1, 3, *shape), graph, input_names=["image"], opset_version=17, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(graph.getvalue(), options, providers=["CPUExecutionProvider"])
        self.version = f"onnxruntime {onnxruntime.__version__}"

    def __call__(self, pixels):
        image = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        return float(self.session.run(None, {"image": image})[0][0])


class Loaded:
    def __init__(self, request):
        directory = pathlib.Path(request["model"])
        config = json.loads((directory / "config.json").read_text())
        self.shape = (request["height"], request["width"])
        self.mean = np.asarray(config["input"]["mean"], dtype=np.float32)
        self.std = np.asarray(config["input"]["std"], dtype=np.float32)
        critic = Critic(config, read_safetensors(directory / "model.safetensors"), *self.shape).eval()
        engine = {"torch": Torch, "onnxruntime": OnnxRuntime}[request["engine"]]
        self.engine = engine(critic, self.shape, request["threads"])

    def read(self, files):
        return [np.fromfile(file, dtype=np.uint8).reshape(*self.shape, 3) for file in files]

    def score(self, pixels):
        return self.engine((pixels.astype(np.float32) - self.mean) / self.std)


def serve(request, loaded):
    if request["op"] == "load":
        loaded[request["id"]] = Loaded(request)
        return {"version": loaded[request["id"]].engine.version}
    critic = loaded[request["id"]]
    images = critic.read(request["images"])
    if request["op"] == "score":
        return {"quality": [critic.score(image) for image in images]}
    count, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < request["seconds"]:
        critic.score(images[count % len(images)])
        count += 1
    return {"images": count, "seconds": elapsed}


def main():
    loaded = {}
    with torch.inference_mode():
        for line in sys.stdin:
            try:
                answer = serve(json.loads(line), loaded)
            except ImportError as error:
                answer = {"error": f"python has no {error.name}"}
            except Exception as error:  # whatever fails here is the peer's failure: it is printed, the benchmark goes on
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
