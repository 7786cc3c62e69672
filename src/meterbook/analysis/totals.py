"""A monthly summary: energy, energy a day, peak demand, and temperatures beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.aggregate import Buckets, By, aggregate
from meterbook.model.calendar import local_date
from meterbook.model.channel import DAY_S
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTotal:
    """One local calendar month of one channel.

    Attributes:
        month: its first day.
        start: its first instant, UTC epoch seconds.
        end: the instant after it.
        total: sum in the channel's unit, exact.
        per_day: average a day, over the part of the month that has readings; None without any.
        peak_kw: highest demand, kW; None where the readings tell none.
        peak_at: start of that interval, UTC epoch seconds.
        low_f: mean of the days' low temperatures, °F; None without any.
        high_f: mean of the days' high temperatures, °F.
        readings: readings counted.
        missing: expected readings that are not there.
    """

    month: date
    start: int
    end: int
    total: Decimal
    per_day: Decimal | None
    peak_kw: Decimal | None
    peak_at: int | None
    low_f: Decimal | None
    high_f: Decimal | None
    readings: int
    missing: int


def monthly(
    series: IntervalSeries,
    tz: ZoneInfo,
    *,
    start: int | None = None,
    end: int | None = None,
    low: IntervalSeries | None = None,
    high: IntervalSeries | None = None,
) -> tuple[MonthTotal, ...]:
    """A channel's months, in order, empty ones between them too.

    Args:
        series: usage readings of one channel.
        tz: zone of the local calendar.
        start: first instant counted; without it that of the first reading.
        end: instant after the last one counted.
        low: daily or monthly low temperatures, °F.
        high: daily or monthly high temperatures, °F.
    """
    buckets = aggregate(series, By.MONTH, tz, start, end)
    return tuple(_month(buckets, row, tz, low, high) for row in range(len(buckets)))


def _month(
    buckets: Buckets, row: int, tz: ZoneInfo, low: IntervalSeries | None, high: IntervalSeries | None
) -> MonthTotal:
    start, end, count = int(buckets.start[row]), int(buckets.end[row]), int(buckets.count[row])
    total = buckets.total(row)
    days = (local_date(end, tz) - local_date(start, tz)).days
    # The part of the month that has readings; a month counted in part is not thinned by the days outside the span.
    served = (
        Decimal(count * buckets.channel.interval_s) / DAY_S if buckets.channel.interval_s <= DAY_S else Decimal(days)
    )
    return MonthTotal(
        month=local_date(start, tz),
        start=start,
        end=end,
        total=total,
        per_day=total / served if count else None,
        peak_kw=buckets.peak_kw(row),
        peak_at=int(buckets.peak_at[row]) if count else None,
        low_f=_mean(low, start, end),
        high_f=_mean(high, start, end),
        readings=count,
        missing=int(buckets.missing[row]),
    )


def _mean(series: IntervalSeries | None, start: int, end: int) -> Decimal | None:
    if series is None:
        return None
    part = series.clip(start, end)
    usable = part.value[part.quality != Quality.MISSING]
    if not len(usable):
        return None
    return (Decimal(int(np.sum(usable))) / len(usable)).scaleb(-part.scale)
