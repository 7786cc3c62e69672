"""Gaps: expected intervals without a reading.

Intervals shorter than a day are counted in UTC, where the nights of clock changes need nothing special; days and months
are asked of the local calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import day_start, interval_ends, local_date
from meterbook.model.channel import DAY_S, MONTH_S
from meterbook.model.month_grid import month_grid
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A run of expected intervals without a reading.

    Attributes:
        start: first instant, UTC epoch seconds.
        end: instant after the last interval.
        intervals: how many are missing.
    """

    start: int
    end: int
    intervals: int

    @property
    def length_s(self) -> int:
        """How long it lasts, seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of a span has readings.

    Attributes:
        expected: intervals in the span.
        present: those with a reading.
        first: start of the first reading in the span; None without any.
        last: end of the last one.
    """

    expected: int
    present: int
    first: int | None
    last: int | None

    @property
    def missing(self) -> int:
        """Expected intervals without a reading."""
        return self.expected - self.present


def expected_grid(series: IntervalSeries, start: int, end: int, tz: ZoneInfo) -> Int64:
    """Starts of all intervals that a channel should have within a span.

    Args:
        series: the channel's readings; they tell the phase of the grid (hours that begin at :15, months read on the
            10th). Without any, intervals are counted from the local midnight before ``start``.
        start: first instant of the span, UTC epoch seconds.
        end: instant after the last; an interval that only begins before it counts.
        tz: zone of the local calendar.

    Returns:
        Interval starts, int64 UTC epoch seconds, in order.
    """
    if end <= start:
        return np.empty(0, np.int64)
    interval_s = series.channel.interval_s
    if interval_s == DAY_S:
        return _days(start, end, tz)
    if interval_s == MONTH_S:
        return month_grid(series.start, start, end, tz)
    anchor = int(series.start[0]) if len(series) else day_start(local_date(start, tz), tz)
    first = start + (anchor - start) % interval_s
    return np.arange(first, end, interval_s, dtype=np.int64)


def missing_starts(series: IntervalSeries, start: int, end: int, tz: ZoneInfo) -> Int64:
    """Starts of the expected intervals within ``[start, end)`` in which no reading starts. Arguments as above."""
    grid = expected_grid(series, start, end, tz)
    real = series.start[series.quality != Quality.MISSING]
    if series.channel.interval_s == DAY_S:
        return grid[~np.isin(grid, _day_starts_of(real, tz))]
    until = np.append(grid[1:], np.iinfo(np.int64).max) if len(grid) else grid
    if series.channel.interval_s < DAY_S:
        until = grid + series.channel.interval_s
    empty = np.searchsorted(real, grid) == np.searchsorted(real, until)
    missing: Int64 = grid[empty]
    return missing


def find_gaps(series: IntervalSeries, start: int, end: int, tz: ZoneInfo) -> tuple[Gap, ...]:
    """Gaps within ``[start, end)``, in order; those at both ends count. Arguments as for :func:`expected_grid`."""
    missing = missing_starts(series, start, end, tz)
    if not len(missing):
        return ()
    ends = interval_ends(missing, series.channel.interval_s, tz)
    breaks = np.flatnonzero(missing[1:] != ends[:-1]) + 1
    firsts = np.concatenate(([0], breaks)).tolist()
    lasts = np.concatenate((breaks, [len(missing)])).tolist()
    return tuple(
        Gap(start=int(missing[first]), end=int(ends[last - 1]), intervals=last - first)
        for first, last in zip(firsts, lasts, strict=True)
    )


def with_missing(series: IntervalSeries, start: int, end: int, tz: ZoneInfo) -> IntervalSeries:
    """The readings within ``[start, end)``, and a row of quality MISSING and value 0 for each expected one not there.

    Only for showing and writing out: a stored series has no rows for what is missing.
    """
    part = series.clip(start, end)
    missing = missing_starts(series, start, end, tz)
    if not len(missing):
        return part
    starts = np.concatenate((part.start, missing))
    order = np.argsort(starts, kind="stable")
    return IntervalSeries(
        channel=series.channel,
        start=starts[order],
        value=np.concatenate((part.value, np.zeros(len(missing), np.int64)))[order],
        quality=np.concatenate((part.quality, np.full(len(missing), Quality.MISSING, np.int8)))[order],
        scale=series.scale,
    )


def coverage(series: IntervalSeries, start: int, end: int, tz: ZoneInfo) -> Coverage:
    """How much of ``[start, end)`` has readings. Arguments as for :func:`expected_grid`."""
    grid = expected_grid(series, start, end, tz)
    missing = missing_starts(series, start, end, tz)
    part = series.clip(start, end)
    last = int(interval_ends(part.start[-1:], series.channel.interval_s, tz)[0]) if len(part) else None
    return Coverage(
        expected=len(grid),
        present=len(grid) - len(missing),
        first=int(part.start[0]) if len(part) else None,
        last=last,
    )


def _days(start: int, end: int, tz: ZoneInfo) -> Int64:
    day, starts = local_date(start, tz), []
    while (at := day_start(day, tz)) < end:
        if at >= start:
            starts.append(at)
        day += timedelta(days=1)
    return np.array(starts, np.int64)


def _day_starts_of(instants: Int64, tz: ZoneInfo) -> Int64:
    """Start of the local day in which each instant lies: a daily reading counts whatever hour it bears."""
    return np.array([day_start(local_date(at, tz), tz) for at in instants.tolist()], np.int64)
