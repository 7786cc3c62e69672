"""Missing intervals filled for pricing: the median of the same time of the day within two weeks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S
from meterbook.model.errors import InputError

DAYS = 14


def filled(
    values: NDArray[np.int64], gone: NDArray[np.bool_], wanted: NDArray[np.bool_], step_s: int
) -> NDArray[np.int64]:
    """Values with those that are wanted filled.

    Args:
        values: n values.
        gone: n marks of what is not known.
        wanted: n marks of what is to be filled.
        step_s: length of an interval.

    Raises:
        InputError: a time of the day is missing for four weeks.
    """
    day = max(DAY_S // step_s, 1)
    made = values.copy()
    for place in np.flatnonzero(wanted).tolist():
        near = place + day * np.arange(-DAYS, DAYS + 1)
        near = near[(near >= 0) & (near < len(values))]
        near = near[~gone[near]]
        if not len(near):
            raise InputError("too many intervals are missing to estimate them", expected="readings within two weeks")
        made[place] = int(np.median(values[near]))
    return made
