"""Several meters of one account as one stream of readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.aggregate import By, aggregate
from meterbook.model.channel import DAY_S, MONTH_S
from meterbook.model.errors import NotEnoughReadings
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

HOUR_S = 3600


def together(series: Sequence[IntervalSeries], tz: ZoneInfo) -> IntervalSeries:
    """The sum of channels that measure the same kind of thing, interval by interval.

    Channels of different interval lengths are brought to hours, or to days or months where one of them has no finer
    readings. A sum has the worst quality among its parts; an interval that only some channels have is the sum of those,
    and is marked as partial.

    Args:
        series: channels alike in quantity, flow and unit.
        tz: zone of the local calendar.

    Returns:
        One series under the first channel's name, without rows of quality MISSING.

    Raises:
        NotEnoughReadings: no reading at all.
    """
    filled = [part for part in (one.take(one.quality != Quality.MISSING) for one in series) if len(part)]
    if not filled:
        raise NotEnoughReadings("there are no readings to add up")
    filled = _alike(filled, tz)
    scale = max(one.scale for one in filled)
    filled = [one.rescaled(scale) for one in filled]
    start = np.unique(np.concatenate([one.start for one in filled]))
    value, quality = np.zeros(len(start), np.int64), np.zeros(len(start), np.int8)
    held, due = np.zeros(len(start), np.int64), np.zeros(len(start), np.int64)
    for one in filled:
        rows = np.searchsorted(start, one.start)
        value[rows] += one.value
        quality[rows] = np.maximum(quality[rows], one.quality)
        held[rows] += 1
        low, high = np.searchsorted(start, (one.start[0], one.start[-1]))
        due[low : high + 1] += 1
    quality = np.where(held < due, np.int8(Quality.PARTIAL), quality)
    return IntervalSeries(channel=filled[0].channel, start=start, value=value, quality=quality, scale=scale)


def _alike(series: Sequence[IntervalSeries], tz: ZoneInfo) -> list[IntervalSeries]:
    """The same channels with intervals of one length."""
    lengths = {one.channel.interval_s for one in series}
    if len(lengths) == 1:
        return list(series)
    longest = max(lengths)
    by, length = (By.MONTH, MONTH_S) if longest > DAY_S else (By.DAY, DAY_S) if longest > HOUR_S else (By.HOUR, HOUR_S)
    return [_summed(one, by, length, tz) for one in series]


def _summed(one: IntervalSeries, by: By, length: int, tz: ZoneInfo) -> IntervalSeries:
    if one.channel.interval_s == length:
        return one
    sums = aggregate(one, by, tz).series()
    found = sums.take(sums.quality != Quality.MISSING)
    return replace(found, channel=replace(one.channel, interval_s=length))
