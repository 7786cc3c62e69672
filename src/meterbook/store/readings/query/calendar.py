"""Calendar tables: which period each instant lies in, worked out once for a query and then only looked up.

A calendar is a function of time that is constant on pieces. Local hours, days and months, billing periods, the hours of
the day and time-of-use periods are all calendars, and two of them cross to a third ("on-peak in March"). The zone is
asked where its clock changes; readings are never turned into local time one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import overload

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S
from meterbook.model.errors import UsageError
from meterbook.store.readings.files.rows import MICROS
from meterbook.store.readings.query.offsets import Offsets, utc_offsets
from meterbook.store.readings.values import Int32, Int64

OUTSIDE = -1
"""Period of instants that belong to none."""

HOUR_S = 3_600
_TABLE_SLOTS = 4_000_000
"""Most entries of a look-up table; a year of seconds is looked up by bisection instead."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calendar:
    """Periods of time.

    Attributes:
        edges: m + 1 instants, UTC epoch seconds, increasing: piece i is ``[edges[i], edges[i + 1])``.
        period: m numbers of the period that each piece belongs to, or :data:`OUTSIDE`.
        labels: the name of each period; those of single intervals are spelled only when they are looked at.
        zone: IANA zone whose clock the periods follow; None for those given as instants.
    """

    edges: Int64
    period: Int32
    labels: Sequence[str]
    zone: str | None = None
    _table: list[tuple[int, Int32]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        assert len(self.edges) == len(self.period) + 1, "a piece between each two edges"
        assert bool((np.diff(self.edges) > 0).all()), "edges increase"

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def span(self) -> tuple[int, int]:
        """First edge and last edge."""
        return int(self.edges[0]), int(self.edges[-1])

    def of(self, start: Int64) -> Int32:
        """The period of each of n instants, UTC epoch seconds, as int32; :data:`OUTSIDE` where there is none."""
        return self._of(start, 1)

    def of_micros(self, start: Int64) -> Int32:
        """The same for instants in microseconds, as they are stored."""
        return self._of(start, MICROS)

    def _of(self, start: Int64, second: int) -> Int32:
        if not len(start):
            return np.zeros(0, np.int32)
        step, table = self._lookup()
        if step:
            slot = (start - self.edges[0] * second) // (step * second)
            if slot.min() >= 0 and slot.max() < len(table) - 2:
                return np.asarray(table[1:][slot])
            return np.asarray(table[np.clip(slot + 1, 0, len(table) - 1)])
        piece = np.searchsorted(self.edges, start // second, "right") - 1
        inside = (piece >= 0) & (piece < len(self.period))
        return np.where(inside, self.period[np.clip(piece, 0, len(self.period) - 1)], np.int32(OUTSIDE))

    def slots_of_micros(self, start: Int64) -> tuple[Int64, Int32] | None:
        """For each of n instants in microseconds its slot, and the period of each slot.

        A slot is the largest length of which every piece has a whole number. Sums by slot take no look-up a reading.

        Returns:
            n numbers of slots and the periods of all slots, the first and last of them outside; None if there would
            be too many slots.
        """
        step, table = self._lookup()
        if not step or not len(start):
            return None
        slot = (start - (self.edges[0] - step) * MICROS) // (step * MICROS)
        if slot.min() < 0 or slot.max() >= len(table):
            np.clip(slot, 0, len(table) - 1, out=slot)
        return slot, table

    def bounds(self) -> list[tuple[int, int]]:
        """First and last instant of each period; of those that recur, from the first piece to the last."""
        found = np.zeros((len(self.labels), 2), np.int64)
        inside = np.flatnonzero(self.period >= 0)
        found[self.period[inside[::-1]], 0] = self.edges[inside[::-1]]  # of several the first one is put in last
        found[self.period[inside], 1] = self.edges[inside + 1]
        return [(start, end) for start, end in found.tolist()]

    def cross(self, other: Calendar) -> Calendar:
        """The periods in which both calendars stand still: labels are joined by a space, absent pairs left out."""
        low, high = max(self.edges[0], other.edges[0]), min(self.edges[-1], other.edges[-1])
        if low >= high:
            raise UsageError("the two calendars have no time in common", expected="spans that overlap")
        edges = np.unique(np.concatenate([self.edges, other.edges]))
        edges = edges[(edges >= low) & (edges <= high)]
        mine, theirs = self.of(edges[:-1]).astype(np.int64), other.of(edges[:-1]).astype(np.int64)
        pair = np.where((mine >= 0) & (theirs >= 0), mine * max(1, len(other)) + theirs, OUTSIDE)
        numbers = np.unique(pair[pair >= 0])
        labels = tuple(
            f"{self.labels[number // len(other)]} {other.labels[number % len(other)]}" for number in numbers.tolist()
        )
        period = np.where(pair >= 0, np.searchsorted(numbers, pair), OUTSIDE)
        return _joined(edges, period.astype(np.int32), labels, self.zone or other.zone)

    def _lookup(self) -> tuple[int, Int32]:
        """Step and table for a look-up by division, made at the first use; step 0 if a table would be too long.

        The table has a place before and one after the span, for instants outside of it.
        """
        if not self._table:
            step = int(np.gcd.reduce(np.diff(self.edges)))
            slots = int(self.edges[-1] - self.edges[0]) // step
            if slots > _TABLE_SLOTS:
                self._table.append((0, self.period))
            else:
                inside = np.repeat(self.period, np.diff(self.edges) // step)
                self._table.append((step, np.concatenate([[OUTSIDE], inside, [OUTSIDE]]).astype(np.int32)))
        return self._table[0]


@dataclass(frozen=True, slots=True)
class _Starts(Sequence[str]):
    """Instants as text. A year has 35,040 quarter hours, of which an answer names a few."""

    instants: Int64

    def __len__(self) -> int:
        return len(self.instants)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return _Starts(self.instants[index])
        return datetime.fromtimestamp(int(self.instants[index]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def intervals(start: int, end: int, interval_s: int) -> Calendar:
    """One period an interval of fixed length, counted from 1970, labelled by its start in UTC.

    Where the range begins or ends within an interval, only its part of it counts.
    """
    _in_order(start, end)
    first = start // interval_s * interval_s
    edges = np.arange(first, end + interval_s, interval_s, dtype=np.int64)
    edges = np.clip(edges[: np.searchsorted(edges, end) + 1], start, end)
    return Calendar(edges=edges, period=np.arange(len(edges) - 1, dtype=np.int32), labels=_Starts(edges[:-1]))


def whole(start: int, end: int) -> Calendar:
    """The range as one period."""
    return periods([(start, end, "all")])


def hours(start: int, end: int, zone: str) -> Calendar:
    """One period a local hour; an hour that the clock repeats is two. Labels carry the offset."""
    return _local(_offsets(start, end, zone), end, HOUR_S, lambda local: local // HOUR_S, "%Y-%m-%dT%H:00", apart=True)


def days(start: int, end: int, zone: str) -> Calendar:
    """One period a local day, of 23, 24 or 25 hours as the clock has it."""
    return _local(_offsets(start, end, zone), end, DAY_S, lambda local: local // DAY_S, "%Y-%m-%d")


def day_starts(start: int, end: int, zone: str) -> tuple[Int64, Int64]:
    """The first instant of each local day within ``[start, end)``, and its number counted from 1970."""
    offsets = _offsets(start, end, zone)
    edges = _edges(offsets, start, end, DAY_S)[:-1]
    number, first = np.unique(offsets.local(edges) // DAY_S, return_index=True)
    return edges[first], number


def months(start: int, end: int, zone: str) -> Calendar:
    """One period a local calendar month."""
    return _local(_offsets(start, end, zone), end, DAY_S, _month_number, "%Y-%m")


def years(start: int, end: int, zone: str) -> Calendar:
    """One period a local calendar year."""
    return _local(_offsets(start, end, zone), end, DAY_S, lambda local: _month_number(local) // 12, "%Y")


def hours_of_day(start: int, end: int, zone: str) -> Calendar:
    """24 periods that recur daily: the local hour, ``00`` to ``23``."""
    offsets = _offsets(start, end, zone)
    edges = _edges(offsets, start, end, HOUR_S)
    period = offsets.local(edges[:-1]) // HOUR_S % 24
    return _joined(edges, period.astype(np.int32), tuple(f"{hour:02d}" for hour in range(24)), zone)


def days_of_week(start: int, end: int, zone: str) -> Calendar:
    """Seven periods that recur weekly: the local day of the week."""
    offsets = _offsets(start, end, zone)
    edges = _edges(offsets, start, end, DAY_S)
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return _joined(edges, _weekday(offsets.local(edges[:-1])).astype(np.int32), names, zone)


def periods(spans: Sequence[tuple[int, int, str]]) -> Calendar:
    """Periods given by start, end (UTC epoch seconds) and label: billing periods by their read times, say.

    Raises:
        UsageError: two overlap, or one ends before it starts.
    """
    if not spans:
        raise UsageError("no period was given", expected="at least one start, end and label")
    edges: list[int] = []
    period: list[int] = []
    for number, (start, end, label) in enumerate(sorted(spans)):
        if start >= end or (edges and start < edges[-1]):
            raise UsageError(
                f"period {label} overlaps another or ends before it starts", expected="periods that follow each other"
            )
        if edges and start > edges[-1]:
            period.append(OUTSIDE)
        edges = edges[:-1] if edges and edges[-1] == start else edges
        edges += [start, end]
        period.append(number)
    labels = tuple(label for _, _, label in sorted(spans))
    return Calendar(edges=np.array(edges, np.int64), period=np.array(period, np.int32), labels=labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a time-of-use period applies, on the local clock.

    Attributes:
        name: of the period: "on-peak".
        start_minute: minute of the day at which it begins.
        end_minute: minute of the day at which it ends; 1440 is midnight.
        months: of the year, 1 to 12.
        weekdays: 0 is Monday.
        holidays: whether it applies on the holidays given to :func:`time_of_use`.
    """

    name: str
    start_minute: int
    end_minute: int
    months: frozenset[int] = frozenset(range(1, 13))
    weekdays: frozenset[int] = frozenset(range(7))
    holidays: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= 1_440:
            raise UsageError(
                f"a window of {self.name} runs from minute {self.start_minute} to {self.end_minute}",
                expected="a start before its end within 0 to 1440; make two of one that passes midnight",
            )


def time_of_use(
    start: int,
    end: int,
    zone: str,
    windows: Sequence[Window],
    *,
    otherwise: str = "off-peak",
    holidays: frozenset[date] = frozenset(),
) -> Calendar:
    """Time-of-use periods on the local clock; of windows that overlap the first one given counts.

    Args:
        start: first instant.
        end: instant after the last.
        zone: IANA zone.
        windows: when each period applies.
        otherwise: name of the period for the rest of the time.
        holidays: local dates on which only windows that say so apply.
    """
    offsets = _offsets(start, end, zone)
    names = tuple(dict.fromkeys([*(window.name for window in windows), otherwise]))
    minutes = np.unique([0, *(at % 1_440 for one in windows for at in (one.start_minute, one.end_minute))])
    edges = _edges(offsets, start, end, DAY_S, minutes.astype(np.int64) * 60)
    local = offsets.local(edges[:-1])
    minute, day = local % DAY_S // 60, local // DAY_S
    month, weekday = _month_number(local) % 12 + 1, _weekday(local)
    holiday = np.isin(day, [(one - date(1970, 1, 1)).days for one in holidays])
    period = np.full(len(local), names.index(otherwise), np.int32)
    for window in reversed(windows):
        applies = (minute >= window.start_minute) & (minute < window.end_minute)
        applies &= np.isin(month, list(window.months)) & np.isin(weekday, list(window.weekdays))
        if not window.holidays:
            applies &= ~holiday
        period[applies] = names.index(window.name)
    return _joined(edges, period, names, zone)


def _offsets(start: int, end: int, zone: str) -> Offsets:
    _in_order(start, end)
    return utc_offsets(zone, start, end)


def _in_order(start: int, end: int) -> None:
    if start >= end:
        raise UsageError("the range is empty", expected="a start before its end")


def _edges(offsets: Offsets, start: int, end: int, unit_s: int, within: Int64 | None = None) -> Int64:
    """Start, end, changes of the clock, and each instant at which the local clock passes a multiple of a unit.

    Args:
        within: seconds of the unit at which there is an edge too; the unit's beginning without it.
    """
    at = np.zeros(1, np.int64) if within is None else within
    found = [np.array([start, end], np.int64), offsets.since]
    for low, high, offset in zip(offsets.since, [*offsets.since[1:], end], offsets.offset, strict=True):
        units = np.arange((low + offset) // unit_s, (high + offset) // unit_s + 1, dtype=np.int64) * unit_s
        edges = (units[:, None] + at[None, :]).ravel() - offset
        found.append(edges[(edges > low) & (edges < high)])
    return np.unique(np.concatenate(found))


def _local(
    offsets: Offsets,
    end: int,
    unit_s: int,
    number: Callable[[Int64], Int64],
    pattern: str,
    *,
    apart: bool = False,
) -> Calendar:
    """Periods by a number of local time, labelled by the wall time of their first instant.

    Args:
        apart: the same number under another offset is another period, and labels carry the offset.
    """
    edges = _edges(offsets, int(offsets.since[0]), end, unit_s)
    local = offsets.local(edges[:-1])
    key = number(local)
    new = np.append(True, key[1:] != key[:-1])
    offset = local - edges[:-1]
    if apart:
        new[1:] |= offset[1:] != offset[:-1]
    else:  # a day that the clock enters twice is one day
        _, key = np.unique(key, return_inverse=True)
        new = np.append(True, key[1:] > np.maximum.accumulate(key)[:-1])
    period = (np.cumsum(new) - 1).astype(np.int32) if apart else key.astype(np.int32)
    firsts = zip(local[new].tolist(), offset[new].tolist(), strict=True)
    labels = tuple(_wall(at, pattern) + (_signed(ahead) if apart else "") for at, ahead in firsts)
    return _joined(edges, period, labels, offsets.zone)


def _joined(edges: Int64, period: NDArray[np.int32], labels: tuple[str, ...], zone: str | None) -> Calendar:
    """A calendar in which pieces next to each other differ."""
    keep = np.append(True, period[1:] != period[:-1])
    return Calendar(edges=np.append(edges[:-1][keep], edges[-1]), period=period[keep], labels=labels, zone=zone)


def _month_number(local: Int64) -> Int64:
    return local.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _weekday(local: Int64) -> Int64:
    return (local // DAY_S + 3) % 7  # 1 January 1970 was a Thursday


def _wall(local: int, pattern: str) -> str:
    return datetime.fromtimestamp(local, UTC).strftime(pattern)


def _signed(offset: int) -> str:
    minutes = abs(offset) // 60
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
