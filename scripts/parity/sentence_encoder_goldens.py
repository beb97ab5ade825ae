"""Writes native/test/goldens/sentence_encoder.inc: sentence vectors of a tiny BERT whose weights follow from integer
arithmetic (pictures.py), computed with PyTorch in float64, and
the state of their last token.

    pip install torch numpy
    python scripts/parity/sentence_encoder_goldens.py
"""

import pathlib

import torch
from torch.nn import functional

from pictures import parameter

LAYERS, WIDTH, HEADS, FFN, VOCABULARY, POSITIONS = 2, 12, 3, 20, 17, 9  # as in native/test/sentence_encoder_test.cc
SENTENCES = [[1, 5, 2], [1, 16, 3, 3, 7, 0, 2], [1, 4, 4, 8, 9, 10, 11, 12, 2], [6]]


def weight(name, *shape):
    return torch.from_numpy(parameter(name, shape)).double()


def norm(x, name):
    return functional.layer_norm(x, (WIDTH,), weight(f"{name}.weight", WIDTH), weight(f"{name}.bias", WIDTH), 1e-12)


def affine(x, name, rows):
    return functional.linear(x, weight(f"{name}.weight", rows, x.shape[-1]), weight(f"{name}.bias", rows))


def encode(ids):
    x = norm(weight("words", VOCABULARY, WIDTH)[ids] + weight("positions", POSITIONS, WIDTH)[: len(ids)], "norm")
    for layer in range(LAYERS):
        name = f"layers.{layer}."
        heads = lambda part: part.reshape(len(ids), HEADS, WIDTH // HEADS).transpose(0, 1)
        q, k, v = map(heads, affine(x, f"{name}qkv", 3 * WIDTH).split(WIDTH, dim=-1))
        read = (torch.softmax(q @ k.transpose(1, 2) / (WIDTH // HEADS) ** 0.5, -1) @ v).transpose(0, 1).reshape(x.shape)
        x = norm(x + affine(read, f"{name}attention_out", WIDTH), f"{name}attention_norm")
        x = norm(x + affine(functional.gelu(affine(x, f"{name}ffn_in", FFN)), f"{name}ffn_out", WIDTH), f"{name}ffn_norm")
    return x


@torch.no_grad()
def main():
    text = lambda values: "{" + ", ".join(f"{value:.9g}" for value in values) + "}"
    lines = ["// Made by scripts/parity/sentence_encoder_goldens.py: {ids, sentence vector, last token's state}."]
    for ids in SENTENCES:
        hidden = encode(ids)
        pooled = functional.normalize(hidden.mean(0), dim=0)
        lines.append("{" + f"{text(ids)}, {text(pooled.tolist())}, {text(hidden[-1].tolist())}" + "},")
    path = pathlib.Path(__file__).parents[2] / "native/test/goldens/sentence_encoder.inc"
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
