"""Writes test/unit/drift.json: two-sample statistics as scipy computes them, and principal axes as numpy does.

The energy distance in several dimensions is written out from its definition with scipy's cdist.

    python scripts/parity/drift_goldens.py        needs numpy and scipy
"""

import json
import pathlib

import numpy
import scipy
from scipy import stats
from scipy.spatial.distance import cdist

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "unit" / "drift.json"


def samples():
    rng = numpy.random.default_rng(20260101)
    yield "by hand, with ties", [1.0, 2.0, 2.0, 5.0], [2.0, 3.0, 3.0, 4.0, 7.0]
    yield "apart", [0.0, 0.5, 1.0], [2.0, 2.5, 3.0, 9.0]
    yield "equal", [1.0, 2.0, 3.0], [3.0, 1.0, 2.0]
    yield "one population", rng.normal(size=40), rng.normal(size=55)
    yield "shifted", rng.normal(size=30), rng.normal(size=60) + 0.6
    yield "wider", rng.normal(size=45), 2 * rng.normal(size=45)
    yield "coarse", rng.integers(0, 5, size=50), rng.integers(0, 6, size=70)


def scores():
    for name, x, y in samples():
        x, y = (numpy.asarray(values, dtype=numpy.float64) for values in (x, y))
        test = stats.ks_2samp(x, y, method="exact")
        yield {
            "name": name,
            "x": x.tolist(),
            "y": y.tolist(),
            "kolmogorovSmirnov": float(test.statistic),
            "exactP": float(test.pvalue),
            "wasserstein": float(stats.wasserstein_distance(x, y)),
            # scipy gives the square root.
            "energy": float(stats.energy_distance(x, y)) ** 2,
        }


def points():
    rng = numpy.random.default_rng(7)
    x = rng.normal(size=(12, 3)).astype(numpy.float32)
    y = (1.5 * rng.normal(size=(20, 3)) + 0.4).astype(numpy.float32)
    between, inside_x, inside_y = (float(cdist(a, b).mean()) for a, b in ((x, y), (x, x), (y, y)))
    energy = 2 * between - inside_x - inside_y
    return {"x": x.tolist(), "y": y.tolist(), "energy": energy, "coefficient": energy / (2 * between)}


def axes():
    rng = numpy.random.default_rng(11)
    vectors = (rng.normal(size=(50, 6)) * numpy.array([4, 2, 1, 0.5, 0.2, 0.1]) + 3).astype(numpy.float32)
    values, directions = numpy.linalg.eigh(numpy.cov(vectors.T, bias=True))
    return {
        "vectors": vectors.tolist(),
        "deviations": numpy.sqrt(values[::-1][:3]).tolist(),
        "axes": directions.T[::-1][:3].tolist(),
    }


OUT.write_text(
    json.dumps(
        {
            "script": "scripts/parity/drift_goldens.py",
            "scipy": scipy.__version__,
            "numpy": numpy.__version__,
            "scores": list(scores()),
            "points": points(),
            "axes": axes(),
        }
    )
    + "\n"
)
