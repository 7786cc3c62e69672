"""The time that is priced: a row of intervals without a hole, and the local clock at the start of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import numbered_day
from meterbook.model.channel import DAY_S
from meterbook.model.wall_clock import encode

Int64 = NDArray[np.int64]
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday; Monday is 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """A grid of n intervals, each ``step_s`` long, and the local clock at their starts.

    Attributes:
        first: start of the first, UTC epoch seconds.
        step_s: length of each.
        count: n.
        zone: whose clock.
        day: n places in ``days``.
        minute: n minutes of the local day.
        days: the local days met, as days since 1970, increasing.
    """

    first: int
    step_s: int
    count: int
    zone: ZoneInfo
    day: Int64
    minute: Int64
    days: Int64

    @property
    def start(self) -> Int64:
        """n starts, UTC epoch seconds."""
        return self.first + self.step_s * np.arange(self.count, dtype=np.int64)

    @property
    def end(self) -> int:
        """The instant after the last interval."""
        return self.first + self.step_s * self.count

    def date_of(self, place: int) -> date:
        """The local day on which an interval starts."""
        return numbered_day(int(self.days[self.day[place]]))

    def place(self, instant: int) -> int:
        """How many intervals start before an instant."""
        return min(max(-(-(instant - self.first) // self.step_s), 0), self.count)


def axis(first: int, end: int, step_s: int, zone: ZoneInfo) -> Axis:
    """The grid from one instant to another.

    Args:
        first: start of the first interval, UTC epoch seconds.
        end: not after which the last one ends.
        step_s: length, seconds.
        zone: whose clock.
    """
    count = max((end - first) // step_s, 0)
    wall = encode(first + step_s * np.arange(count, dtype=np.int64), zone)
    days, day = np.unique(wall // DAY_S, return_inverse=True)
    return Axis(
        first=first,
        step_s=step_s,
        count=count,
        zone=zone,
        day=day.astype(np.int64),
        minute=wall % DAY_S // 60,
        days=days,
    )


def weekdays(days: Int64) -> Int64:
    """Weekday of each day since 1970; Monday is 0."""
    return (days + _EPOCH_WEEKDAY) % 7


def month_days(days: Int64) -> Int64:
    """``month * 100 + day`` of each day since 1970."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    number: Int64 = months.astype(np.int64) % 12 + 1
    found: Int64 = number * 100 + (dates - months).astype(np.int64) + 1
    return found
