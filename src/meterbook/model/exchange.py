"""Meters of one place that follow each other, read as one load."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.series import IntervalSeries

OVERLAP_S = 2 * 86_400
"""Two meters of a place at once for longer than this are no exchange."""


def joined(series: Sequence[IntervalSeries]) -> IntervalSeries:
    """One series of meters that were exchanged for each other.

    In the interval of an exchange each meter measured its part: what both tell of an interval is added up, and it is
    as sure as the less sure of them.

    Args:
        series: at least one; of one place, unit, flow direction and interval length.

    Returns:
        A series of the newest meter's channel, at the finest of their scales.

    Raises:
        InputError: meters that measured side by side, or by intervals of different lengths.
    """
    order = sorted((one for one in series if len(one)), key=lambda one: int(one.start[0])) or list(series[:1])
    if len(order) == 1:
        return order[0]
    for one, other in pairwise(order):
        _follows(one, other)
    scale = max(one.scale for one in order)
    start = np.concatenate([one.start for one in order])
    starts, place = np.unique(start, return_inverse=True)
    value, quality = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int8)
    np.add.at(value, place, np.concatenate([one.rescaled(scale).value for one in order]))
    np.maximum.at(quality, place, np.concatenate([one.quality for one in order]))
    return IntervalSeries(channel=order[-1].channel, start=starts, value=value, quality=quality, scale=scale)


def _follows(one: IntervalSeries, other: IntervalSeries) -> None:
    if one.channel.interval_s != other.channel.interval_s:
        raise InputError(
            f"meters {one.channel.meter} and {other.channel.meter} have readings of {one.channel.interval_s} "
            f"and {other.channel.interval_s} seconds",
            expected="one interval length",
        )
    if int(one.start[-1]) - int(other.start[0]) > OVERLAP_S:
        raise InputError(
            f"meters {one.channel.meter} and {other.channel.meter} measure at the same time",
            expected="one meter, or one after the other",
        )
