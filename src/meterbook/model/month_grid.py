"""When monthly readings are expected: on the same day of each month as the one before, since reading days wander."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import day_start, local_date
from meterbook.model.channel import DAY_S

Int64 = NDArray[np.int64]

MONTH_SLACK_S = 6 * DAY_S  # meter reading days wander; a read this near the expected day is the expected one


def month_grid(real: Int64, start: int, end: int, tz: ZoneInfo) -> Int64:
    """The readings' own starts, with the months between and around them filled in on the same day of the month.

    Args:
        real: n starts of monthly readings, UTC epoch seconds, increasing. Without any, months begin on the first.
        start: first instant of the span.
        end: instant after the last; a month that only begins before it counts.
        tz: zone of the local calendar.

    Returns:
        Starts of the months expected within the span, in order.
    """
    days_of = real.tolist()
    day_of_month = local_date(days_of[0], tz).day if days_of else 1
    filled: list[int] = []
    for mark in [*days_of, None]:
        limit = end if mark is None else mark
        at = _next(filled[-1], day_of_month, tz) if filled else _first(start, limit, day_of_month, tz)
        while at < limit - (MONTH_SLACK_S if mark is not None else 0):
            filled.append(at)
            at = _next(at, day_of_month, tz)
        if mark is not None:
            filled.append(mark)
            day_of_month = local_date(mark, tz).day
    return np.array([at for at in filled if start <= at < end], np.int64)


def _first(start: int, limit: int, day_of_month: int, tz: ZoneInfo) -> int:
    day = _on(datetime.fromtimestamp(start, UTC).date().replace(day=1), day_of_month)
    at = day_start(day, tz)
    while at < start and at < limit:
        at = _next(at, day_of_month, tz)
    return at


def _next(at: int, day_of_month: int, tz: ZoneInfo) -> int:
    day = local_date(at, tz)
    return day_start(_on(date(day.year + day.month // 12, day.month % 12 + 1, 1), day_of_month), tz)


def _on(first: date, day_of_month: int) -> date:
    last = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day_of_month, last))
