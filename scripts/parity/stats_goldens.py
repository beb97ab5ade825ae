"""Writes test/unit/evaluation-statistics.json: correlations with ties as scipy computes them, for fixed vectors.

What scipy has not is written out plainly: pairwise accuracy pair by pair, and the partial rank correlation by its definition, as the
correlation of what is left of the ranks of x and y after a straight line through those of z.

    python scripts/parity/stats_goldens.py        needs numpy and scipy
"""

import json
import math
import pathlib

import numpy
import scipy
from scipy import stats

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "unit" / "evaluation-statistics.json"


def cases():
    rng = numpy.random.default_rng(20240607)
    yield "five by hand", [1.0, 2.0, 2.0, 4.0, 5.5], [2.0, 1.0, 1.0, 3.0, 3.0]
    yield "two", [0.0, 1.0], [5.0, 4.0]
    yield "reversed", list(map(float, range(12))), [float(-(i**3)) for i in range(12)]
    base = rng.normal(size=60)
    yield "no ties", base, 0.6 * base + 0.8 * rng.normal(size=60)
    yield "coarse grades in both", numpy.round(base * 2), numpy.round((base + rng.normal(size=60)) * 1.5)
    yield "ties in one", rng.integers(0, 4, size=75), rng.normal(size=75)
    yield "far from zero", 1e6 + base, 1e6 - base + 0.3 * rng.normal(size=60)
    wide = rng.normal(size=400)
    yield "four hundred, heavy tails", numpy.round(numpy.exp(3 * wide), 3), numpy.round(wide + rng.standard_cauchy(400), 2)


def pairwise_accuracy(x, y):
    right = [
        0.5 * (1 + numpy.sign((x[i] - x[j]) * (y[i] - y[j])))
        for i in range(len(x))
        for j in range(i)
        if y[i] != y[j]
    ]
    return float(numpy.mean(right))


def partial_spearman(x, y, z):
    rank_x, rank_y, rank_z = (stats.rankdata(values) for values in (x, y, z))
    line = numpy.stack([rank_z, numpy.ones(len(z))], axis=1)
    left = [ranks - line @ numpy.linalg.lstsq(line, ranks, rcond=None)[0] for ranks in (rank_x, rank_y)]
    return float(stats.pearsonr(*left).statistic)


def main():
    written = []
    third = numpy.random.default_rng(7)
    for name, x, y in cases():
        x, y = numpy.asarray(x, dtype=float), numpy.asarray(y, dtype=float)
        z = numpy.round(stats.zscore(x) + stats.zscore(y) + third.normal(size=len(x)), 1)
        partial = {"z": z.tolist(), "partialSpearman": partial_spearman(x, y, z)} if len(x) > 20 else {}
        written.append(
            {
                "name": name,
                "x": x.tolist(),
                "y": y.tolist(),
                "pearson": float(stats.pearsonr(x, y).statistic),
                "spearman": float(stats.spearmanr(x, y).statistic),
                "kendall": float(stats.kendalltau(x, y, variant="b").statistic),
                "pairwiseAccuracy": pairwise_accuracy(x, y),
                **partial,
                "rmse": math.sqrt(float(numpy.mean((x - y) ** 2))),
            }
        )
    head = {"script": "scripts/parity/stats_goldens.py", "scipy": scipy.__version__, "numpy": numpy.__version__}
    OUT.write_text(json.dumps({**head, "cases": written}) + "\n")


if __name__ == "__main__":
    main()
