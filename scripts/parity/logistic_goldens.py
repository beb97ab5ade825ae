"""Writes test/unit/evaluation-logistic.json: PLCC and RMSE after logistic curves that scipy's curve_fit finds, for fixed vectors.

    python scripts/parity/logistic_goldens.py        needs numpy and scipy

Both curves start where lib/evaluation/logistic-regression.ts starts; the method is MINPACK's Levenberg-Marquardt with scipy's defaults
but for the limit of evaluations. "unique" is false where scipy's other method ("trf") ends in another optimum from the same start.
"""

import json
import pathlib

import numpy
import scipy
from scipy import optimize, special, stats

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "unit" / "evaluation-logistic.json"


def logistic5(x, b1, b2, b3, b4, b5):
    # 1 / 2 - 1 / (1 + exp(t)) = expit(t) - 1 / 2, which does not overflow
    return b1 * (special.expit(b2 * (x - b3)) - 0.5) + b4 * x + b5


def logistic4(x, b1, b2, b3, b4):
    return b2 + (b1 - b2) * special.expit((x - b3) / abs(b4))


def start5(x, y):
    return [y.max() - y.min(), 1 / x.std(), x.mean(), 0, y.mean()]


def start4(x, y):
    return [y.max(), y.min(), x.mean(), x.std() / 4]


def cases():
    rng = numpy.random.default_rng(20260101)

    def sigmoid(n, noise, low=0.0, high=5.0, slope=1.5):
        x = rng.normal(size=n)
        return x, low + (high - low) / (1 + numpy.exp(-slope * x)) + noise * rng.normal(size=n)

    x, y = sigmoid(30, 0.02)
    yield "30, clean", x, y
    x, y = sigmoid(30, 0.9)
    yield "30, noisy", x, y
    x, y = sigmoid(30, 0.3)
    yield "30, ties", numpy.round(x * 2) / 2, numpy.round(y)
    x, y = sigmoid(30, 0.4)
    yield "30, reversed", -x, y
    x, y = sigmoid(300, 0.05)
    yield "300, clean, other units", 1000 + 40 * x, 20 * y - 7
    x, y = sigmoid(300, 0.8)
    yield "300, probabilities", special.expit(2 * x - 1), y
    x, y = sigmoid(300, 0.5)
    yield "300, grades of one decimal", x, numpy.round(y, 1)
    x = rng.exponential(size=300)
    yield "300, skewed", x, numpy.log1p(x) + 0.3 * rng.normal(size=300)
    x, y = sigmoid(1500, 0.7)
    yield "1500, noisy", x, y
    x, y = sigmoid(1500, 0.9)
    yield "1500, reversed, ties", numpy.round(-x, 1), numpy.round(y, 1)
    x = rng.normal(size=300)
    yield "300, unrelated", x, rng.normal(size=300)
    x = rng.normal(size=300)
    yield "300, a straight line", x, 2 * x + 0.5 * rng.normal(size=300)


def fitted(curve, start, x, y):
    def plcc(method, **limits):
        parameters, _ = optimize.curve_fit(curve, x, y, p0=start(x, y), method=method, **limits)
        return parameters, float(stats.pearsonr(curve(x, *parameters), y).statistic)

    parameters, value = plcc("lm", maxfev=100000)
    _, other = plcc("trf", max_nfev=100000)
    predicted = curve(x, *parameters)
    return {
        "parameters": parameters.tolist(),
        "plcc": value,
        "unique": abs(value - other) < 1e-4,
        "rmse": float(numpy.sqrt(numpy.mean((predicted - y) ** 2))),
    }


def main():
    written = []
    for name, x, y in cases():
        x, y = numpy.round(x, 5), numpy.round(y, 5)
        written.append(
            {
                "name": name,
                "x": x.tolist(),
                "y": y.tolist(),
                "logistic5": fitted(logistic5, start5, x, y),
                "logistic4": fitted(logistic4, start4, x, y),
            }
        )
    head = {"script": "scripts/parity/logistic_goldens.py", "scipy": scipy.__version__, "numpy": numpy.__version__}
    OUT.write_text(json.dumps({**head, "cases": written}) + "\n")


if __name__ == "__main__":
    main()
