"""What meters tell of a year: sums, extremes, the shape of the load, use by temperature, and what is missing.

Energy is exact; means by hour and by temperature are statistics, and floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.aggregate import Buckets, By, aggregate
from meterbook.analysis.demand import Peak, peak_demand
from meterbook.analysis.gaps import expected_grid
from meterbook.analysis.together import together
from meterbook.analysis.totals import MonthTotal, monthly
from meterbook.model.calendar import interval_ends, local_date, month_bounds
from meterbook.model.channel import DAY_S
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.model.wall_clock import encode

HOUR_S = 3600
BAND_F = 10
LEAST_DAYS = 5
"""Days a band of temperatures must have to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """The most that a local day or hour used.

    Attributes:
        start: its first instant, UTC epoch seconds.
        usage: energy in the channel's unit.
    """

    start: int
    usage: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Days alike in temperature.

    Attributes:
        low_f: lower bound of the days' mean temperature, °F.
        high_f: upper bound, not included.
        days: how many there were.
        per_day: mean use of such a day, in the channel's unit.
    """

    low_f: int
    high_f: int
    days: int
    per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredYear:
    """The readings of a year.

    Attributes:
        unit: of all energies.
        meters: numbers of the meters.
        interval_s: length of the intervals, of several kinds the one they were brought to.
        first: first local day with a reading in the year.
        last: last local day with one.
        months: twelve months, as far as they have readings; exact sums, and what is missing from first to last reading.
        total: energy of the year, as far as it was read.
        days: length of the readings, in days, gaps left out.
        highest_day: the whole local day that used most; None where no day is whole.
        highest_hour: the hour that used most; None where intervals are longer than an hour.
        peak: highest demand; None where readings tell none.
        shape: mean kW by local hour (24) and month (12), NaN without a reading; None where intervals are too long.
        bands: use of a day by its mean temperature, coldest first; none without weather.
        expected: intervals there should be between first and last reading of each meter.
        present: those there are.
        estimated: of those present, the ones estimated or edited.
    """

    unit: str
    meters: tuple[str, ...]
    interval_s: int
    first: date
    last: date
    months: tuple[MonthTotal, ...]
    total: Decimal
    days: Decimal
    highest_day: Extreme | None
    highest_hour: Extreme | None
    peak: Peak | None
    shape: tuple[tuple[float, ...], ...] | None
    bands: tuple[Band, ...]
    expected: int
    present: int
    estimated: int

    @property
    def per_day(self) -> Decimal:
        """Mean use a day, over the time that has readings."""
        return self.total / self.days


def metered_year(
    series: Sequence[IntervalSeries],
    year: int,
    tz: ZoneInfo,
    *,
    low: IntervalSeries | None = None,
    high: IntervalSeries | None = None,
) -> MeteredYear | None:
    """What the meters of an account tell of a calendar year; None if they tell nothing.

    Args:
        series: channels alike in quantity, flow and unit; readings outside of the year are passed over.
        year: local calendar year.
        tz: zone of the local calendar.
        low: daily low temperatures, °F.
        high: daily high temperatures, °F.
    """
    start, end = month_bounds(year, 1, tz)[0], month_bounds(year, 12, tz)[1]
    parts = [one for one in (_present(item.clip(start, end)) for item in series) if len(one)]
    if not parts:
        return None
    whole = together(parts, tz)
    channel = whole.channel
    months = _twelve(monthly(whole, tz, low=low, high=high), year, tz)
    by_day = aggregate(whole, By.DAY, tz) if channel.interval_s <= DAY_S else None
    fine = channel.interval_s <= HOUR_S and channel.unit in (Unit.KWH, Unit.KW)
    return MeteredYear(
        unit=channel.unit.value,
        meters=tuple(dict.fromkeys(one.channel.meter for one in parts)),
        interval_s=channel.interval_s,
        first=local_date(int(whole.start[0]), tz),
        last=local_date(int(interval_ends(whole.start[-1:], channel.interval_s, tz)[0]) - 1, tz),
        months=months,
        total=sum((one.total for one in months), start=Decimal(0)),
        days=_days(whole, tz),
        highest_day=_most(by_day, whole=True) if by_day is not None else None,
        highest_hour=_most(aggregate(whole, By.HOUR, tz)) if fine else None,
        peak=peak_demand(whole) if fine else None,
        shape=_shape(whole, tz) if fine else None,
        bands=_bands(by_day, low, high, tz) if by_day is not None and low is not None and high is not None else (),
        expected=sum(_expected(one, tz) for one in parts),
        present=sum(len(one) for one in parts),
        estimated=sum(int(np.isin(one.quality, (Quality.ESTIMATED, Quality.EDITED)).sum()) for one in parts),
    )


def _twelve(found: Sequence[MonthTotal], year: int, tz: ZoneInfo) -> tuple[MonthTotal, ...]:
    """Twelve months: those before the first reading and after the last have none, and miss none."""
    by_month = {one.month.month: one for one in found}
    return tuple(by_month.get(number) or _empty(year, number, tz) for number in range(1, 13))


def _empty(year: int, number: int, tz: ZoneInfo) -> MonthTotal:
    start, end = month_bounds(year, number, tz)
    return MonthTotal(
        month=date(year, number, 1),
        start=start,
        end=end,
        total=Decimal(0),
        per_day=None,
        peak_kw=None,
        peak_at=None,
        low_f=None,
        high_f=None,
        readings=0,
        missing=0,
    )


def _present(series: IntervalSeries) -> IntervalSeries:
    return series.take(series.quality != Quality.MISSING)


def _days(series: IntervalSeries, tz: ZoneInfo) -> Decimal:
    """The length of all readings, in days of their own length: a night of a clock change makes no day longer."""
    if series.channel.interval_s < DAY_S:
        return Decimal(len(series) * series.channel.interval_s) / DAY_S
    ends = interval_ends(series.start, series.channel.interval_s, tz)
    spans = zip(series.start.tolist(), ends.tolist(), strict=True)
    return Decimal(sum((local_date(end, tz) - local_date(start, tz)).days for start, end in spans))


def _most(buckets: Buckets, *, whole: bool = False) -> Extreme | None:
    """The bucket with the highest sum, the first of several; of whole ones only, if asked."""
    rows = np.flatnonzero((buckets.count > 0) & ((buckets.missing == 0) | (not whole)))
    if not len(rows):
        return None
    row = int(rows[buckets.value[rows].argmax()])
    return Extreme(start=int(buckets.start[row]), usage=buckets.total(row))


def _shape(series: IntervalSeries, tz: ZoneInfo) -> tuple[tuple[float, ...], ...]:
    """Mean power by local hour and month."""
    wall = encode(series.start, tz)
    month = wall.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    cell = wall % DAY_S // HOUR_S * 12 + month
    power = series.value.astype(np.float64) / 10.0**series.scale
    power *= 1.0 if series.channel.unit is Unit.KW else HOUR_S / series.channel.interval_s
    count, total = np.bincount(cell, minlength=288), np.bincount(cell, weights=power, minlength=288)
    mean = np.full(288, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return tuple(tuple(row) for row in mean.reshape(24, 12).tolist())


def _bands(by_day: Buckets, low: IntervalSeries, high: IntervalSeries, tz: ZoneInfo) -> tuple[Band, ...]:
    """Whole days by the mean of their low and high temperature, in bands of ten degrees."""
    lows, highs = _by_day(low, tz), _by_day(high, tz)
    found: dict[int, list[Decimal]] = {}
    for row in np.flatnonzero((by_day.count > 0) & (by_day.missing == 0)).tolist():
        day = local_date(int(by_day.start[row]), tz)
        if day in lows and day in highs:
            band = int((lows[day] + highs[day]) / 2 // BAND_F) * BAND_F
            found.setdefault(band, []).append(by_day.total(row))
    return tuple(
        Band(low_f=band, high_f=band + BAND_F, days=len(used), per_day=float(sum(used) / len(used)))
        for band, used in sorted(found.items())
        if len(used) >= LEAST_DAYS
    )


def _by_day(series: IntervalSeries, tz: ZoneInfo) -> dict[date, Decimal]:
    usable = _present(series)
    rows = zip(usable.start.tolist(), usable.value.tolist(), strict=True)
    return {local_date(start, tz): Decimal(value).scaleb(-usable.scale) for start, value in rows}


def _expected(series: IntervalSeries, tz: ZoneInfo) -> int:
    end = int(interval_ends(series.start[-1:], series.channel.interval_s, tz)[0])
    return len(expected_grid(series, int(series.start[0]), end, tz))


def year_days(year: int) -> int:
    """Days of a calendar year.

    >>> year_days(2024)
    366
    """
    return (date(year + 1, 1, 1) - timedelta(days=1)).timetuple().tm_yday
