"""Readings summed by local hour, day or month: exact integers, no zone function called for a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.analysis.demand import demand_kw
from meterbook.analysis.gaps import expected_grid
from meterbook.model.calendar import day_start, interval_ends, local_date, next_month
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity
from meterbook.model.errors import AnalysisError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.model.wall_clock import encode, transitions

Int64 = NDArray[np.int64]


class By(StrEnum):
    """What a bucket spans."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


_LENGTH_S = {By.HOUR: 3600, By.DAY: DAY_S, By.MONTH: MONTH_S}
_SUMMED = frozenset({Quantity.USAGE, Quantity.COST})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buckets:
    """A channel's readings by local hour, day or month.

    Attributes:
        channel: what was measured.
        by: what a bucket spans.
        start: n instants, UTC epoch seconds.
        end: n instants after each; a local day lasts 23, 24 or 25 hours.
        value: n sums at ``scale``; for demand and high temperatures the highest, for low temperatures the lowest.
            0 where ``count`` is 0.
        scale: digits after the point.
        count: n numbers of readings.
        expected: n numbers of readings that there should be.
        peak: n highest single values at ``scale``, 0 where ``count`` is 0.
        peak_at: n starts of those intervals; -1 where ``count`` is 0.
    """

    channel: Channel
    by: By
    start: Int64
    end: Int64
    value: Int64
    scale: int
    count: Int64
    expected: Int64
    peak: Int64
    peak_at: Int64

    def __len__(self) -> int:
        return len(self.start)

    @property
    def missing(self) -> Int64:
        """Expected readings that are not there, by bucket."""
        missing: Int64 = np.maximum(self.expected - self.count, 0)
        return missing

    def total(self, row: int) -> Decimal:
        """The value of a bucket in the channel's unit, exact."""
        return Decimal(int(self.value[row])).scaleb(-self.scale)

    def peak_kw(self, row: int) -> Decimal | None:
        """Highest demand of a bucket, kW; None without readings or where they tell no demand."""
        if not self.count[row]:
            return None
        if self.channel.unit is Unit.KW:
            return Decimal(int(self.peak[row])).scaleb(-self.scale)
        if self.channel.unit is not Unit.KWH or self.channel.interval_s >= DAY_S:
            return None
        return demand_kw(int(self.peak[row]), self.scale, self.channel.interval_s)

    def series(self) -> IntervalSeries:
        """The buckets as readings of that length, for writing out; quality MISSING where a bucket has no reading.

        A bucket with some readings missing has quality PARTIAL, since it tells too little.
        """
        quality = np.where(self.count == 0, Quality.MISSING, Quality.ACTUAL)
        quality = np.where((self.count > 0) & (self.missing > 0), Quality.PARTIAL, quality)
        return IntervalSeries(
            channel=replace(self.channel, interval_s=_LENGTH_S[self.by]),
            start=self.start,
            value=self.value,
            quality=quality.astype(np.int8),
            scale=self.scale,
        )


def aggregate(
    series: IntervalSeries, by: By, tz: ZoneInfo, start: int | None = None, end: int | None = None
) -> Buckets:
    """Readings by local hour, day or month.

    Usage and cost are summed; of demand and temperatures the extreme is kept. A reading belongs to the bucket in which
    it starts.

    Args:
        series: n readings of one channel; rows of quality MISSING are passed over.
        by: what a bucket spans; not shorter than the channel's interval.
        tz: zone of the local calendar.
        start: first instant, UTC epoch seconds; without it that of the first reading.
        end: instant after the last; without it the end of the last reading. The first and last bucket may reach past
            start and end; only readings and expectations within count.

    Returns:
        Every bucket that overlaps the span, empty ones too.

    Raises:
        AnalysisError: the channel's intervals are longer than a bucket.
    """
    interval_s = series.channel.interval_s
    if interval_s > _LENGTH_S[by]:
        raise AnalysisError(
            f"readings of a {'month' if interval_s == MONTH_S else 'day'} can't be shown by {by.value}",
            expected="buckets at least as long as the readings' interval",
            hint=f"Use --by {'month' if interval_s == MONTH_S else 'day'}.",
        )
    if not len(series) and (start is None or end is None):
        return _buckets(series, by, np.zeros(1, np.int64), low=0, high=0, tz=tz)
    low = int(series.start[0]) if start is None else start
    high = int(interval_ends(series.start[-1:], interval_s, tz)[0]) if end is None else end
    return _buckets(series, by, boundaries(by, low, high, tz), low=low, high=high, tz=tz)


def boundaries(by: By, start: int, end: int, tz: ZoneInfo) -> Int64:
    """Bounds of the local hours, days or months that overlap ``[start, end)``: n + 1 instants for n of them.

    >>> from datetime import date
    >>> from meterbook.model.calendar import day_bounds, zone
    >>> tz = zone("America/New_York")
    >>> len(boundaries(By.HOUR, *day_bounds(date(2026, 3, 8), tz), tz)) - 1
    23
    """
    if end <= start:
        return np.array([start], np.int64)
    if by is By.HOUR:
        return _hours(start, end, tz)
    day = local_date(start, tz)
    day = day.replace(day=1) if by is By.MONTH else day
    bounds = [day_start(day, tz)]
    while bounds[-1] < end:
        day = next_month(day) if by is By.MONTH else day + timedelta(days=1)
        bounds.append(day_start(day, tz))
    return np.array(bounds, np.int64)


def _hours(start: int, end: int, tz: ZoneInfo) -> Int64:
    """Whole hours on the local clock; a change of the clock in mid-hour begins a new one."""
    changes = transitions(tz, start, end)
    edges = [start, *(change.at for change in changes), end]
    parts = []
    for low, high in pairwise(edges):
        wall = int(encode(np.array([low], np.int64), tz)[0])
        first = low - wall % 3600
        parts.append(np.arange(first if low == start else first + (3600 if first < low else 0), high, 3600))
        if low != start and first < low:
            parts.append(np.array([low]))
    bounds = np.unique(np.concatenate(parts)).astype(np.int64)
    return np.append(bounds, bounds[-1] + 3600)


def _buckets(series: IntervalSeries, by: By, bounds: Int64, *, low: int, high: int, tz: ZoneInfo) -> Buckets:
    count_buckets = len(bounds) - 1
    part = series.clip(low, high)
    usable = part.quality != Quality.MISSING
    at, value = part.start[usable], part.value[usable]
    edges = np.searchsorted(at, bounds)
    firsts, count = edges[:-1], np.diff(edges)
    filled = np.flatnonzero(count > 0)
    total, peak, peak_at = (
        np.zeros(count_buckets, np.int64),
        np.zeros(count_buckets, np.int64),
        np.full(count_buckets, -1),
    )
    if len(filled):
        quantity = series.channel.quantity
        peak[filled] = np.maximum.reduceat(value, firsts[filled])
        if quantity in _SUMMED:
            total[filled] = np.add.reduceat(value, firsts[filled])
        else:
            lowest = quantity is Quantity.TEMPERATURE_LOW
            total[filled] = np.minimum.reduceat(value, firsts[filled]) if lowest else peak[filled]
        bucket = np.repeat(np.arange(count_buckets), count)
        rows = np.flatnonzero(value == peak[bucket])
        which, first = np.unique(bucket[rows], return_index=True)
        peak_at[which] = at[rows[first]]
    grid = expected_grid(series, low, high, tz) if high > low else np.empty(0, np.int64)
    return Buckets(
        channel=series.channel,
        by=by,
        start=bounds[:-1],
        end=bounds[1:],
        value=total,
        scale=series.scale,
        count=count.astype(np.int64),
        expected=np.diff(np.searchsorted(grid, bounds)).astype(np.int64),
        peak=peak,
        peak_at=peak_at.astype(np.int64),
    )
