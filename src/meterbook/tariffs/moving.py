"""Energy moved within a day from dear hours to the others; not a watt-hour is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from meterbook.tariffs.axis import Axis, Int64
from meterbook.tariffs.inputs import Usage


def moved(usage: Usage, axis: Axis, dear: NDArray[np.bool_], share_of_1000: int) -> Usage:
    """A load with a share of its use in dear intervals moved to the others of the same local day, evenly.

    Args:
        usage: the load.
        axis: its grid.
        dear: marks of the intervals to move from.
        share_of_1000: thousandths of each dear interval's energy.

    A day without other intervals keeps what it has.
    """
    values = usage.delivered.copy()
    others = np.bincount(axis.day, ~dear, len(axis.days)).astype(np.int64)
    # Shares of a running total, so that what is rounded down in one interval is taken in a later one.
    total = np.cumsum(np.where(dear & (others[axis.day] > 0), values, 0)) * share_of_1000 // 1000
    taken = np.diff(total, prepend=0)
    by_day = np.zeros(len(axis.days), np.int64)
    np.add.at(by_day, axis.day, taken)
    values -= taken
    values += spread(by_day, axis.day, ~dear & (others[axis.day] > 0))
    return replace(usage, delivered=values)


def spread(amounts: Int64, group: Int64, where: NDArray[np.bool_]) -> Int64:
    """Amounts of groups spread evenly over their intervals; what does not divide goes to the first ones, one each.

    Args:
        amounts: of each group.
        group: n groups of the intervals.
        where: n marks of intervals that take; a group without one takes nothing.
    """
    found = np.zeros(len(group), np.int64)
    place = np.flatnonzero(where)
    of = group[place]
    order = np.argsort(of, kind="stable")
    place, of = place[order], of[order]
    count = np.bincount(of, minlength=len(amounts))
    firsts = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])[:-1]
    rank = np.arange(len(of)) - firsts[of]
    whole, rest = np.divmod(amounts, np.maximum(count, 1))
    found[place] = whole[of] + (rank < rest[of])
    return found
