"""Demand: average power over an interval, and its peak."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from meterbook.model.channel import DAY_S
from meterbook.model.errors import AnalysisError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest demand of a span.

    Attributes:
        kw: average power of that interval, kW, exact.
        start: its first instant, UTC epoch seconds.
        end: the instant after it.
    """

    kw: Decimal
    start: int
    end: int


def demand_kw(energy: int, scale: int, interval_s: int) -> Decimal:
    """Average power of an interval from its energy.

    Args:
        energy: kWh × 10**scale.
        scale: digits after the point.
        interval_s: length of the interval, seconds; not a calendar length.

    Returns:
        kW; exact for intervals of 5, 10, 15, 30 or 60 minutes, else to 28 digits.

    >>> demand_kw(642, 3, 900)
    Decimal('2.568')
    """
    return Decimal(energy).scaleb(-scale) * 3600 / interval_s


def peak_demand(series: IntervalSeries) -> Peak | None:
    """The highest demand of a channel's readings, the first one where several are equal.

    Args:
        series: energy in kWh of intervals shorter than a day, or power in kW.

    Returns:
        The peak; None without a usable reading.

    Raises:
        AnalysisError: another unit, or energy of whole days or months, which tells no demand.
    """
    channel = series.channel
    if channel.unit not in (Unit.KWH, Unit.KW) or (channel.unit is Unit.KWH and channel.interval_s >= DAY_S):
        raise AnalysisError(
            "these readings tell no demand",
            expected="kWh of intervals shorter than a day, or kW",
            hint="Choose the channel with the shortest interval.",
        )
    usable = np.flatnonzero(series.quality != Quality.MISSING)
    if not len(usable):
        return None
    row = int(usable[series.value[usable].argmax()])
    value, start = int(series.value[row]), int(series.start[row])
    kw = (
        Decimal(value).scaleb(-series.scale)
        if channel.unit is Unit.KW
        else demand_kw(value, series.scale, channel.interval_s)
    )
    return Peak(kw=kw, start=start, end=start + channel.interval_s)
