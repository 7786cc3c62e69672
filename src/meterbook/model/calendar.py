"""The local calendar at the edges: zones, and the true bounds of local hours, days and months.

A local day has 23, 24 or 25 hours. Its bounds are asked for here; nothing adds 86,400 or counts to 96.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S, MONTH_S
from meterbook.model.errors import InputError

Int64 = NDArray[np.int64]
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name.

    Raises:
        InputError: no such zone.

    >>> zone("America/New_York").key
    'America/New_York'
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as err:
        raise InputError(
            f"time zone {name!r} is not known",
            expected="an IANA name such as America/New_York",
            hint="The list is at https://en.wikipedia.org/wiki/List_of_tz_database_time_zones.",
        ) from err


def day_start(day: date, tz: ZoneInfo) -> int:
    """The instant at which a local day begins, UTC epoch seconds.

    Where midnight does not exist (a few zones change the clock then) it is the first instant of the day.

    >>> day_start(date(2026, 3, 9), zone("America/New_York")) - day_start(date(2026, 3, 8), zone("America/New_York"))
    82800
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp())


def day_bounds(day: date, tz: ZoneInfo) -> tuple[int, int]:
    """Start of a local day and of the next, UTC epoch seconds.

    >>> start, end = day_bounds(date(2026, 11, 1), zone("America/New_York"))
    >>> (end - start) // 900
    100
    """
    return day_start(day, tz), day_start(day + timedelta(days=1), tz)


def month_bounds(year: int, month: int, tz: ZoneInfo) -> tuple[int, int]:
    """Start of a local calendar month and of the next, UTC epoch seconds."""
    return day_start(date(year, month, 1), tz), day_start(next_month(date(year, month, 1)), tz)


def next_month(day: date) -> date:
    """First day of the month after the one ``day`` lies in.

    >>> next_month(date(2026, 12, 31))
    datetime.date(2027, 1, 1)
    """
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def day_number(day: date) -> int:
    """Days from 1 January 1970 to a day.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _EPOCH_DAY


def numbered_day(number: int) -> date:
    """The day of such a number.

    >>> numbered_day(1)
    datetime.date(1970, 1, 2)
    """
    return date.fromordinal(number + _EPOCH_DAY)


def local_date(instant: int, tz: ZoneInfo) -> date:
    """The local date at an instant given in UTC epoch seconds."""
    return datetime.fromtimestamp(instant, tz).date()


def utc(instant: int) -> datetime:
    """UTC epoch seconds as an aware datetime."""
    return datetime.fromtimestamp(instant, UTC)


def interval_ends(start: Int64, interval_s: int, tz: ZoneInfo) -> Int64:
    """The instant after each interval.

    Args:
        start: n interval starts, UTC epoch seconds.
        interval_s: length; calendar days (86,400) end at the next local midnight, calendar months on the same day of
            the next month (the last one it has, if it is shorter).
        tz: the zone whose days and months are meant.

    Returns:
        n ends, int64 UTC epoch seconds.
    """
    if interval_s == DAY_S:
        return _calendar_ends(start, tz, lambda day: day + timedelta(days=1))
    if interval_s == MONTH_S:
        return _calendar_ends(start, tz, _same_day_next_month)
    return start + np.int64(interval_s)


def _calendar_ends(start: Int64, tz: ZoneInfo, following: object) -> Int64:
    assert callable(following)
    ends = np.empty(len(start), np.int64)
    for index, instant in enumerate(start.tolist()):
        local = datetime.fromtimestamp(instant, tz)
        after = following(local.date())
        ends[index] = int(datetime.combine(after, local.time(), tzinfo=tz).timestamp())
    return ends


def _same_day_next_month(day: date) -> date:
    first = next_month(day)
    last = (next_month(first) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))
