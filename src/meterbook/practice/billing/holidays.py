"""Days that count as weekend under the time-of-use schedule."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

NAMES = (
    "New Year's Day", "Good Friday", "Memorial Day", "Independence Day",
    "Labor Day", "Thanksgiving Day", "the day after Thanksgiving", "Christmas Day",
)  # fmt: skip


@lru_cache(maxsize=256)
def holidays(year: int) -> tuple[date, ...]:
    """Holidays kept within a calendar year, those moved into it from the next one too.

    One on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.

    >>> [str(day) for day in holidays(2027) if day.month in (1, 7, 12)]
    ['2027-01-01', '2027-07-05', '2027-12-24', '2027-12-31']
    """
    days = {_kept(day) for each in (year - 1, year, year + 1) for day in _dates(each)}
    return tuple(sorted(day for day in days if day.year == year))


def _dates(year: int) -> tuple[date, ...]:
    thanksgiving = _nth(year, 11, 3, 4)
    last_monday = date(year, 5, 31) - timedelta(days=date(year, 5, 31).weekday())
    return (
        date(year, 1, 1),
        _easter(year) - timedelta(days=2),
        last_monday,
        date(year, 7, 4),
        _nth(year, 9, 0, 1),
        thanksgiving,
        thanksgiving + timedelta(days=1),
        date(year, 12, 25),
    )


def _kept(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian rule (Meeus, Astronomical Algorithms, 1991)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
