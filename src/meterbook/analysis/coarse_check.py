"""Interval readings held against daily ones of the same register: the best check on the nights of clock changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import isqrt
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.gaps import missing_starts
from meterbook.model.calendar import day_bounds, local_date
from meterbook.model.digits import decimal_text
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries


def check_days(intervals: IntervalSeries, daily: IntervalSeries, tz: ZoneInfo) -> tuple[Finding, ...]:
    """Findings on the days whose intervals do not add up to the daily reading.

    For an autumn night whose repeated hour the source gave once (quality ambiguous), the day's sum tells what it did:

    * equal to the daily reading: the one hour holds both hours' energy, ``time.autumn-merged``;
    * less: the second hour was lost, ``time.autumn-hour-lost`` with the energy that is missing.

    Where the hour's energy is within the tolerance the two can't be told apart, and nothing is said. Any other complete
    day that differs is ``vee.day-sum``. Days with gaps of their own are passed over.

    Args:
        intervals: readings shorter than a day.
        daily: readings of calendar days, of the same meter, flow and unit.
        tz: zone of the local calendar.

    Returns:
        Findings in order of time; ``data`` has the sums as decimal text in the channel's unit.
    """
    scale = max(intervals.scale, daily.scale)
    fine, coarse = intervals.rescaled(scale), daily.rescaled(scale)
    found = []
    for start_of_day, reading, quality in zip(
        coarse.start.tolist(), coarse.value.tolist(), coarse.quality.tolist(), strict=True
    ):
        if quality == Quality.MISSING:
            continue
        day = local_date(start_of_day, tz)
        finding = _check_day(fine, reading, day, tz, _tolerance(intervals, daily))
        if finding is not None:
            found.append(finding)
    return tuple(found)


def _tolerance(intervals: IntervalSeries, daily: IntervalSeries) -> int:
    """What rounding may explain, at the finer scale: one last digit of the day, and of n intervals four deviations.

    The sum of n values each rounded to a digit is off by √(n/12) digits on average; n is at most 100 a day at 15
    minutes, so that 1.2·√n covers four deviations.
    """
    scale = max(intervals.scale, daily.scale)
    a_day = 86_400 // intervals.channel.interval_s
    return int(10 ** (scale - daily.scale)) + int(10 ** (scale - intervals.scale)) * (6 * isqrt(a_day) // 5 + 1)


def _check_day(fine: IntervalSeries, reading: int, day: date, tz: ZoneInfo, tolerance: int) -> Finding | None:
    start, end = day_bounds(day, tz)
    part = fine.clip(start, end)
    unsure = part.quality == Quality.AMBIGUOUS
    missing = missing_starts(fine, start, end, tz)
    # The second hour of an autumn night is missing by nature where the first is ambiguous: not a gap of its own.
    gaps = len(missing) - int(np.count_nonzero(np.isin(missing - 3600, part.start[unsure])))
    if not len(part) or gaps > 0:
        return None
    total, doubtful = int(part.value.sum()), int(part.value[unsure].sum())
    data = {
        "intervals": decimal_text(total, fine.scale),
        "daily": decimal_text(reading, fine.scale),
        "difference": decimal_text(reading - total, fine.scale),
    }
    at = part.start[unsure]
    if not len(at) or not len(missing) or total - reading > tolerance:
        return None if abs(reading - total) <= tolerance else _finding("vee.day-sum", start, end, day, data)
    hours = int(at[0]), int(at[-1]) + 3600 + fine.channel.interval_s
    if reading - total > tolerance:
        return _finding("time.autumn-hour-lost", *hours, day, data)
    return _finding("time.autumn-merged", *hours, day, data) if doubtful > 2 * tolerance else None


_MESSAGES = {
    "time.autumn-merged": "the repeated hour of {day} came as one that holds the energy of both",
    "time.autumn-hour-lost": "the second of the repeated hours of {day} was lost by the source",
    "vee.day-sum": "the intervals of {day} do not add up to its daily reading",
}


def _finding(name: str, start: int, end: int, day: date, data: dict[str, str]) -> Finding:
    return Finding(name=name, message=_MESSAGES[name].format(day=day.isoformat()), start=start, end=end, data={**data})


def difference(finding: Finding) -> Decimal:
    """Daily reading minus the sum of the intervals, in the channel's unit, of a finding of :func:`check_days`."""
    return Decimal(str(finding.data["difference"]))
