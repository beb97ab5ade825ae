"""Writes test/unit/calibration-pairwise.json: strengths by an independent maximiser, and isotonic fits by scipy.

    python scripts/parity/pairwise_goldens.py        (numpy and scipy)

The likelihoods are maximised over item 1..n-1 with item 0 held at 0, by scipy's BFGS and then Newton-CG on numerical derivatives,
so that neither the gauge nor the derivatives are those of lib/calibration/labels/pairwise.ts. Standard errors come from the inverse
of the numerical Hessian in that gauge, carried over to the mean-zero gauge by the delta method.
"""
import json
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import isotonic_regression, minimize
from scipy.special import log_expit, log_ndtr

LINKS = {"thurstone": lambda d: log_ndtr(d / np.sqrt(2)), "bradley-terry": log_expit}


def negative(strengths, votes, link):
    s = np.concatenate([[0.0], strengths])
    a, b, wins_a, wins_b = votes
    d = s[a] - s[b]
    return -(np.sum(wins_a * link(d)) + np.sum(wins_b * link(-d)))


def hessian(f, x, step=1e-4):
    n = len(x)
    h = np.zeros((n, n))
    e = np.eye(n) * step
    for i in range(n):
        for j in range(n):
            h[i, j] = (f(x + e[i] + e[j]) - f(x + e[i] - e[j]) - f(x - e[i] + e[j]) + f(x - e[i] - e[j])) / (4 * step**2)
    return h


def fit(votes, count, link):
    f = lambda x: negative(x, votes, link)
    x = minimize(f, np.zeros(count - 1), method="BFGS", options={"gtol": 1e-9, "maxiter": 10000}).x
    for _ in range(3):
        gradient = scipy.optimize.approx_fprime(x, f, 1e-6)
        x = minimize(f, x, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 40000, "maxfev": 40000}).x if np.max(np.abs(gradient)) > 1e-4 else x
    covariance = np.zeros((count, count))
    covariance[1:, 1:] = np.linalg.inv(hessian(f, x))
    projection = np.eye(count) - 1 / count
    s = np.concatenate([[0.0], x])
    errors = np.sqrt(np.diag(projection @ covariance @ projection.T))
    return {"strengths": (s - s.mean()).tolist(), "standardErrors": errors.tolist(), "logLikelihood": -f(x)}


def main():
    rng = np.random.default_rng(6)
    cases = []
    for count, per_pair, share in [(4, 12, 1.0), (8, 9, 0.7)]:
        truth = rng.normal(0, 1, count)
        rows = []
        for a in range(count):
            for b in range(a + 1, count):
                if b != a + 1 and rng.random() > share:
                    continue
                wins = int(rng.binomial(per_pair, 1 / (1 + np.exp(truth[b] - truth[a]))))
                wins = min(max(wins, 1), per_pair - 1)
                rows.append((a, b, wins, per_pair - wins))
        votes = tuple(np.array(column) for column in zip(*rows))
        cases.append({"votes": rows, **{name: fit(votes, count, link) for name, link in LINKS.items()}})
    isotonic = []
    for n in (12, 60):
        y = np.round(np.arange(n) / n * 4 + rng.normal(0, 1, n), 3)
        weights = rng.integers(1, 4, n).astype(float)
        isotonic.append({"y": y.tolist(), "weights": weights.tolist(), "fitted": isotonic_regression(y, weights=weights).x.tolist()})
    path = Path(__file__).resolve().parents[2] / "test" / "unit" / "calibration-pairwise.json"
    path.write_text(json.dumps({"scipy": scipy.__version__, "numpy": np.__version__, "pairwise": cases, "isotonic": isotonic}, indent=1) + "\n")


main()
