"""When a bill's meters were read: known instants, or the days within which they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from meterbook.model.calendar import day_bounds, day_start, local_date
from meterbook.model.statement import MeterUsage, Statement

LINKED_DAYS = (0, 1)
"""From the end of one period to the start of the next: 0 where read days are told, 1 where days of service are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A read of the meter.

    Attributes:
        low: earliest instant at which it can have been, UTC epoch seconds.
        high: latest instant.
        midnight: it was told as a local midnight, which often stands for the day alone.
    """

    low: int
    high: int
    midnight: bool = False

    @property
    def known(self) -> bool:
        """Whether its instant is told."""
        return self.low == self.high

    def widened(self, zone: ZoneInfo) -> Read:
        """A midnight as the day that it begins; others as they are."""
        return Read(low=self.low, high=day_bounds(local_date(self.low, zone), zone)[1]) if self.midnight else self


def reads(bill: Statement, rows: Sequence[MeterUsage], zone: ZoneInfo) -> tuple[Read, Read] | None:
    """The earlier and the later read of a bill; None if it tells neither instants nor days."""
    first, last = read_days(bill, rows)
    start = _told(bill.read_start, zone) or (_start_day(bill, first, zone) if first else None)
    end = _told(bill.read_end, zone) or (_day(last, last, zone) if last else None)
    return (start, end) if start is not None and end is not None and start.low < end.high else None


def read_days(bill: Statement, rows: Sequence[MeterUsage]) -> tuple[date | None, date | None]:
    """Days of the earlier and later read, from the registers where they tell them, else the ends of the period."""
    starts = [one.read_start for one in rows if one.read_start is not None]
    ends = [one.read_end for one in rows if one.read_end is not None]
    return min(starts, default=bill.period_start), max(ends, default=bill.period_end)


def linked(earlier: Read, later: Read, before: Statement, after: Statement) -> Read | None:
    """The one read that ends a bill and begins the next; None if they are two."""
    if earlier.known and later.known:
        return earlier if earlier.low == later.low else None
    if before.period_end is not None and after.period_start is not None:
        if (after.period_start - before.period_end).days not in LINKED_DAYS:
            return None
    elif earlier.low > later.high or later.low > earlier.high:
        return None
    return later if later.known else earlier


def _told(instant: datetime | None, zone: ZoneInfo) -> Read | None:
    if instant is None:
        return None
    at = int(instant.timestamp())
    return Read(low=at, high=at, midnight=at == day_start(local_date(at, zone), zone))


def _start_day(bill: Statement, first: date, zone: ZoneInfo) -> Read:
    """The earlier read; a bill that counts its first and last day tells the day after it."""
    after = bill.days is not None and bill.period_end is not None and (bill.period_end - first).days + 1 == bill.days
    return _day(first - timedelta(days=1) if after else first, first, zone)


def _day(first: date, last: date, zone: ZoneInfo) -> Read:
    return Read(low=day_start(first, zone), high=day_bounds(last, zone)[1])
