"""Runs of neighbouring readings for which something holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


def runs(holds: Bool) -> tuple[Int64, Int64]:
    """First position of each run of marks, and the position after its last.

    >>> [bounds.tolist() for bounds in runs(np.array([True, False, True, True]))]
    [[0, 2], [1, 4]]
    """
    if not len(holds):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    edges = np.flatnonzero(holds[1:] != holds[:-1]) + 1
    bounds = np.concatenate(([0], edges, [len(holds)])).astype(np.int64)
    first = 0 if bool(holds[0]) else 1
    return bounds[first:-1:2], bounds[first + 1 :: 2]


def joined(start: Int64, end: Int64, within_s: int) -> tuple[Int64, Int64, Int64]:
    """Spans in order, those that begin no later than ``within_s`` after the one before ended made one.

    Returns:
        Starts, ends, and the position of each one's first span.
    """
    if not len(start):
        return start, end, np.empty(0, np.int64)
    first = np.concatenate(([0], np.flatnonzero(start[1:] - end[:-1] > within_s) + 1)).astype(np.int64)
    last = np.append(first[1:], len(start)) - 1
    return start[first], end[last], first
