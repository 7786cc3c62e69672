"""The questions asked of a co-op's readings, in words that both sides share: which readings, and what of them.

Every answer is brought to one form (`numpy` columns, integers) so that answers are compared before anything is timed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

ZONE = "America/New_York"
ON_PEAK_HOURS = (6, 10)
"""On weekdays, local time: from six until ten."""

Answer = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The readings that a question is about.

    Attributes:
        start, end: UTC epoch seconds, half open.
        meter: one of them; None asks of all.
        as_of: number of a load: as it was known once that was in; None for what holds.
    """

    start: int
    end: int
    meter: int | None = None
    as_of: int | None = None


def local(year: int, month: int, day: int = 1) -> int:
    """Start of a local day, UTC epoch seconds."""
    return int(datetime(year, month, day, tzinfo=ZoneInfo(ZONE)).timestamp())


def meter_year(meter: int) -> Asked:
    """Q1: the readings of a meter for a local year."""
    return Asked(start=local(2025, 1), end=local(2026, 1), meter=meter)


def thirteen_months(meter: int) -> Asked:
    """Q2: a meter's Wh and highest quarter hour by local month."""
    return Asked(start=local(2025, 1), end=local(2026, 2), meter=meter)


def july() -> Asked:
    """Q3 and Q6: all meters for a local July."""
    return Asked(start=local(2025, 7), end=local(2025, 8))


def everything() -> Asked:
    """Q4: all meters for all thirteen local months."""
    return Asked(start=local(2025, 1), end=local(2026, 2))


def march() -> Asked:
    """Q5: all meters for a local month in which the clock changes."""
    return Asked(start=local(2025, 3), end=local(2025, 4))


def last_week(meter: int, as_of: int) -> Asked:
    """Q8: a meter's year up to the newest readings, as it was known some loads ago."""
    return Asked(start=local(2025, 1, 20), end=local(2026, 1, 20), meter=meter, as_of=as_of)


def calendar() -> dict[str, NDArray[np.int64]]:
    """A row for each quarter hour of the thirteen months: start, local month, local hour, and whether it is on-peak."""
    rows = []
    zone = ZoneInfo(ZONE)
    for start in range(local(2025, 1), local(2026, 2), 900):
        at = datetime.fromtimestamp(start, zone)
        on_peak = at.weekday() < 5 and ON_PEAK_HOURS[0] <= at.hour < ON_PEAK_HOURS[1]
        rows.append((start, at.year * 100 + at.month, at.hour, int(on_peak)))
    start, month, hour, on = np.array(rows, np.int64).T
    return {"start": start, "month": month, "hour": hour, "on": on}


def days(first: date, count: int) -> list[int]:
    """Starts of UTC days, epoch seconds."""
    return [int((first + timedelta(days=number) - date(1970, 1, 1)).total_seconds()) for number in range(count)]


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers are equal, column by column."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def gap_rows(
    meter: NDArray[np.int64], after: NDArray[np.int64], until: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """Gaps as an answer: the first missing start and the one after the last, by meter and time."""
    order = np.lexsort((after, meter))
    return {"meter": meter[order], "start": after[order], "end": until[order]}


def local_months(asked: Asked) -> list[tuple[int, int, int]]:
    """Local months of a question's time: number (202503), start and end."""
    first = datetime.fromtimestamp(asked.start, ZoneInfo(ZONE))
    found = []
    year, month = first.year, first.month
    while (start := local(year, month)) < asked.end:
        number = year * 100 + month
        year, month = year + month // 12, month % 12 + 1
        found.append((number, start, local(year, month)))
    return found


def local_hours(start: NDArray[np.int64]) -> NDArray[np.int64]:
    """The local hour of the day of each start."""
    zone = ZoneInfo(ZONE)
    return np.array([datetime.fromtimestamp(at, zone).hour for at in start.tolist()], np.int64)
