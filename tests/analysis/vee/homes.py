"""Made-up channels without trouble, to put faults into: a home by the quarter hour, with its daily readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.calendar import day_start, zone
from meterbook.model.channel import DAY_S, Channel, FlowDirection
from meterbook.model.series import IntervalSeries
from meterbook.model.wall_clock import encode

TZ = zone("America/New_York")
FIRST = date(2025, 9, 1)


def channel(interval_s: int = 900, **fields: object) -> Channel:
    made = Channel(utility="ccec", account="1", service_location="2", meter="3", interval_s=interval_s)
    return replace(made, **fields)  # type: ignore[arg-type]


def home(days: int = 120, *, step: int = 900, seed: int = 1, first: date = FIRST, tz: ZoneInfo = TZ) -> IntervalSeries:
    """Use that follows the clock on the wall, with noise: about 1 kWh an hour, more in the evening."""
    random = np.random.default_rng(seed)
    start = np.arange(day_start(first, tz), day_start(first + timedelta(days=days), tz), step, dtype=np.int64)
    hour = encode(start, tz) % DAY_S / 3600
    usual = 150 + 200 * np.exp(-((hour - 19) ** 2) / 8) + 120 * np.exp(-((hour - 7) ** 2) / 3)
    value = np.rint(usual * (step / 900) * random.lognormal(0, 0.35, len(start))).astype(np.int64) + 1
    return made(start, value, channel(step))


def made(start: np.ndarray, value: np.ndarray, of: Channel, scale: int = 3) -> IntervalSeries:  # type: ignore[type-arg]
    return IntervalSeries(
        channel=of,
        start=start.astype(np.int64),
        value=value.astype(np.int64),
        quality=np.zeros(len(start), np.int8),
        scale=scale,
    )


def changed(series: IntervalSeries, value: np.ndarray) -> IntervalSeries:  # type: ignore[type-arg]
    return replace(series, value=value.astype(np.int64))


def without(series: IntervalSeries, low: int, high: int) -> IntervalSeries:
    """The series without the readings at positions from ``low`` up to ``high``."""
    keep = np.ones(len(series), np.bool_)
    keep[low:high] = False
    return replace(series, start=series.start[keep], value=series.value[keep], quality=series.quality[keep])


def moved(series: IntervalSeries, at: int, by_s: int) -> IntervalSeries:
    """The series with all that starts from an instant on moved; where two then coincide the first one stays."""
    start = np.where(series.start >= at, series.start + by_s, series.start)
    start, first = np.unique(start, return_index=True)
    return replace(series, start=start, value=series.value[first], quality=series.quality[first])


def daily(series: IntervalSeries, tz: ZoneInfo = TZ) -> IntervalSeries:
    """The daily readings of the same register, as a register at midnight would tell them: added up one by one."""
    sums: dict[int, int] = {}
    bounds = [day_start(FIRST + timedelta(days=number), tz) for number in range(-400, 1200)]
    spans = list(pairwise(bounds))
    edges = np.searchsorted(bounds, series.start, side="right") - 1
    for edge, value in zip(edges.tolist(), series.value.tolist(), strict=True):
        sums[spans[edge][0]] = sums.get(spans[edge][0], 0) + value
    start = np.array(sorted(sums))
    values = np.array([sums[at] for at in start.tolist()])
    return made(start, values, replace(series.channel, interval_s=DAY_S), series.scale)


def net(series: IntervalSeries) -> IntervalSeries:
    return replace(series, channel=replace(series.channel, flow=FlowDirection.NET))
