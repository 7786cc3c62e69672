"""A straight fit that a few odd bills do not bend: Huber's, by weights that are worked out again and again.

Source: P. J. Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 35 (1964).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation of a normal distribution to its standard deviation."""
HUBER = 1.345
"""Residuals past so many sigmas weigh less; 95 % as efficient as least squares if nothing is odd."""
_ROUNDS = 30
_SETTLED = 1e-3
_RIDGE = 1e-3
"""Keeps a slope from running off where the past has next to no cold or no warm days."""


def huber(columns: Floats, values: Floats) -> Floats:
    """Coefficients of a robust linear fit.

    Args:
        columns: n rows of k explaining numbers; the first column is ones.
        values: n numbers to explain.

    Returns:
        k coefficients.
    """
    scale = np.maximum(np.abs(columns).max(axis=0), 1e-9)
    scaled = columns / scale
    ridge = np.eye(columns.shape[1]) * _RIDGE * len(values)
    ridge[0, 0] = 0
    weight = np.ones(len(values))
    found = np.zeros(columns.shape[1])
    for _ in range(_ROUNDS):
        weighted = scaled * weight[:, None]
        last, found = found, np.linalg.solve(weighted.T @ scaled + ridge, weighted.T @ values)
        if float(np.abs(found - last).max()) <= _SETTLED * float(np.abs(found).max()):
            break
        residual = np.abs(values - scaled @ found)
        sigma = max(spread(residual), 1e-9)
        weight = np.minimum(1.0, HUBER * sigma / np.maximum(residual, 1e-12))
    return np.asarray(found / scale)


def spread(residuals: Floats) -> float:
    """Sigma of residuals by their median absolute deviation.

    >>> round(spread(np.array([-1.0, 1.0, -1.0, 1.0, 50.0])), 3)
    1.483
    """
    size = np.sort(np.abs(residuals))
    middle = len(size) // 2  # numpy's own median takes ten times as long for so few
    return float(size[middle] + size[~middle]) / 2 * MAD_TO_SIGMA
