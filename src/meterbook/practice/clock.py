"""The co-op's wall clock: what its clocks showed at an instant. Written straight from :mod:`zoneinfo`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.practice.settings import midnight

Int64 = NDArray[np.int64]

DAY_S = 86_400


def wall(instants: Int64, tz: ZoneInfo) -> Int64:
    """Seconds since 1970-01-01T00:00 on the wall, for instants in UTC epoch seconds in any order."""
    if not len(instants):
        return instants
    first, last = int(instants.min()), int(instants.max())
    at, offset = offsets(first, last, tz)
    return instants + offset[np.searchsorted(at, instants, side="right") - 1]


def offsets(first: int, last: int, tz: ZoneInfo) -> tuple[Int64, Int64]:
    """Where the offset from UTC changes in ``[first, last]``, and the offset from there on.

    The first entry is ``first`` itself.
    """
    at, offset = [first], [offset_at(first, tz)]
    for day in range(first // DAY_S, last // DAY_S + 1):
        change = _change_within(day, tz)
        if change is not None and first < change <= last:
            at.append(change)
            offset.append(offset_at(change, tz))
    return np.array(at, np.int64), np.array(offset, np.int64)


def changes(first: int, last: int, tz: ZoneInfo) -> list[tuple[int, int, int]]:
    """Instants in ``(first, last]`` at which clocks were put, each with the offset before and after."""
    at, offset = offsets(first, last, tz)
    return [(int(at[i]), int(offset[i - 1]), int(offset[i])) for i in range(1, len(at))]


def offset_at(instant: int, tz: ZoneInfo) -> int:
    """Seconds east of UTC at an instant."""
    shift = datetime.fromtimestamp(instant, tz).utcoffset()
    assert shift is not None
    return int(shift.total_seconds())


def local_day(instant: int, tz: ZoneInfo) -> date:
    """The local date at an instant."""
    return datetime.fromtimestamp(instant, tz).date()


def days(start: int, end: int, tz: ZoneInfo) -> tuple[list[date], Int64]:
    """The local days that ``[start, end)`` touches, and their bounds: one more than days, UTC epoch seconds."""
    if end <= start:
        return [], np.empty(0, np.int64)
    day, last = local_day(start, tz), local_day(end - 1, tz)
    found = [day + timedelta(days=i) for i in range((last - day).days + 1)]
    bounds = [midnight(each, tz) for each in (*found, last + timedelta(days=1))]
    return found, np.array(bounds, np.int64)


def months(start: int, end: int, tz: ZoneInfo) -> tuple[list[date], Int64]:
    """The local calendar months that ``[start, end)`` touches, by their first day, and their bounds."""
    if end <= start:
        return [], np.empty(0, np.int64)
    month, last = local_day(start, tz).replace(day=1), local_day(end - 1, tz).replace(day=1)
    found = [month]
    while found[-1] < last:
        found.append(following(found[-1]))
    bounds = [midnight(each, tz) for each in (*found, following(found[-1]))]
    return found, np.array(bounds, np.int64)


def following(month: date) -> date:
    """First day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def wall_of_day(day: date) -> int:
    """A local midnight as the wire writes it: wall time as if it were UTC, seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@lru_cache(maxsize=8192)
def _change_within(day: int, tz: ZoneInfo) -> int | None:
    """The instant in ``(start, end]`` of a UTC day at which its offset changes, or None."""
    low, high = day * DAY_S, (day + 1) * DAY_S
    before = offset_at(low, tz)
    if before == offset_at(high, tz):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_at(middle, tz) == before else (low, middle)
    return high
