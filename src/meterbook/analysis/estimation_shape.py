"""What missing readings may have looked like: a line between neighbours, the average of like days; and exact shares."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.model.channel import DAY_S
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.wall_clock import encode

Int64 = NDArray[np.int64]
Float = NDArray[np.float64]


def line(series: IntervalSeries, at: Int64) -> Float:
    """Values on the straight line between the readings on either side of a gap.

    Args:
        series: readings.
        at: n starts within one gap between two of them.
    """
    real = series.quality != Quality.MISSING
    values: Float = np.interp(at, series.start[real], series.value[real].astype(np.float64))
    return values


def like_days(series: IntervalSeries, at: Int64, tz: ZoneInfo, limits: Thresholds) -> Float:
    """Average of the readings at the same local time on days of the same kind, the nearest ones first.

    Days of the same kind are the same weekdays of the weeks around; where fewer than two of them have readings, also
    other working days for a working day, and other days of the weekend for one of those. Estimates do not count.

    Args:
        series: readings.
        at: n starts.
        tz: zone of the local calendar.
        limits: how many days, and how far away.

    Returns:
        n values, NaN where no such day has a reading.
    """
    if not len(at):
        return np.empty(0, np.float64)
    measured = (series.quality != Quality.MISSING) & (series.quality != Quality.ESTIMATED)
    start, value = series.start[measured], series.value[measured].astype(np.float64)
    weeks = [sign * 7 * week for week in range(1, limits.like_weeks + 1) for sign in (-1, 1)]
    same = np.stack([_on(start, value, at, days, tz) for days in weeks])
    found = _nearest(same, limits.like_days)
    lacking = np.count_nonzero(np.isfinite(same), axis=0) < 2
    if bool(lacking.any()):
        part, wall = at[lacking], encode(at[lacking], tz)
        near = [sign * day for day in range(1, 7 * limits.like_weeks + 1) for sign in (-1, 1)]
        others = np.stack([_on(start, value, part, days, tz) for days in near])
        kinds = np.stack([_weekend(wall + days * DAY_S) == _weekend(wall) for days in near])
        others[~kinds] = np.nan
        found[lacking] = _nearest(others, limits.like_days)
    return found


def shared_out(shape: Float, total: int, *, additive: bool) -> Int64:
    """A total divided in the shape given: integers that add up to it exactly.

    Args:
        shape: n wishes; NaN where there is none.
        total: what they have to add up to.
        additive: move all by the same amount, as net values need, which may be near zero in all; else by one factor.

    >>> shared_out(np.array([1.0, 1.0, 1.0]), 10, additive=False).tolist()
    [3, 4, 3]
    """
    known = np.isfinite(shape)
    wish = np.where(known, shape, shape[known].mean() if bool(known.any()) else 0.0)
    if additive:
        wish = wish + (total - wish.sum()) / len(wish)
    else:
        wish = np.maximum(wish, 0)
        wish = wish / wish.max() if wish.max() > 0 else np.ones(len(wish))
        wish = wish * (total / wish.sum())
    running = np.rint(np.cumsum(wish)).astype(np.int64)
    running[-1] = total
    return np.diff(np.concatenate(([0], running)))


def _on(start: Int64, value: Float, at: Int64, days: int, tz: ZoneInfo) -> Float:
    """Readings at the same local time so many days later; NaN where there is none."""
    moved = at + days * DAY_S
    moved += encode(at, tz) + days * DAY_S - encode(moved, tz)  # a change of the clock in between
    found = np.full(len(at), np.nan)
    if len(start):
        position = np.minimum(np.searchsorted(start, moved), len(start) - 1)
        there = start[position] == moved
        found[there] = value[position[there]]
    return found


def _nearest(candidates: Float, most: int) -> Float:
    """Average of the first few that are there in each column."""
    there = np.isfinite(candidates)
    chosen = there & (np.cumsum(there, axis=0) <= most)
    count = chosen.sum(axis=0)
    total = np.where(chosen, candidates, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _weekend(wall: Int64) -> NDArray[np.bool_]:
    return (wall // DAY_S + 3) % 7 >= 5  # 1 January 1970 was a Thursday
