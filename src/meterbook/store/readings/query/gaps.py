"""Gaps of any number of channels: expected intervals in which no reading starts.

They are what :func:`meterbook.analysis.gaps.find_gaps` finds in one series. Intervals shorter than a day lie on a grid
through the channel's first reading within the span; days and months are asked of the local calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from meterbook.model.calendar import day_start, interval_ends, local_date
from meterbook.model.calendar import zone as zone_named
from meterbook.model.channel import DAY_S, MONTH_S
from meterbook.model.errors import UsageError
from meterbook.model.month_grid import month_grid
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import MICROS, TIME, Rows
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.calendar import days
from meterbook.store.readings.query.expected import FOREVER, Expected
from meterbook.store.readings.query.unbroken import Unbroken, unbroken, unbroken_of
from meterbook.store.readings.values import Int32, Int64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """n runs of expected intervals without a reading, by channel and time.

    Attributes:
        channel_id: int32.
        start: first instants, int64, UTC epoch seconds.
        end: instants after the last interval.
        intervals: how many are missing, int64.
    """

    channel_id: Int32
    start: Int64
    end: Int64
    intervals: Int64

    def __len__(self) -> int:
        return len(self.start)

    def to_arrow(self) -> pa.Table:
        """Columns ``channel_id, start, end, intervals``; instants as timestamps in UTC."""
        return pa.table(
            {
                "channel_id": pa.array(self.channel_id, pa.int32()),
                "start": pa.array((self.start * MICROS).view("datetime64[us]"), TIME),
                "end": pa.array((self.end * MICROS).view("datetime64[us]"), TIME),
                "intervals": pa.array(self.intervals, pa.int64()),
            }
        )


def gaps(place: Place, files: Sequence[LakeFile], expected: Expected, start: int, end: int) -> Gaps:
    """Gaps within ``[start, end)``, UTC epoch seconds, at both ends and across files too.

    Args:
        place: of the table.
        files: data files of the table.
        expected: channels, each with its interval length and service; nothing is missing outside of service.
        start: first instant.
        end: instant after the last; an interval that only begins before it counts.

    Raises:
        BookDamaged: a file can't be read.
        FileNotFoundError: a file is gone.
        UsageError: a channel is in service for ever, and the span is too.
    """
    within = _bounded(expected, start, end)
    return _between(unbroken(place, files, within), within)


def gaps_of(rows: Rows, expected: Expected, start: int, end: int) -> Gaps:
    """Gaps of sorted rows; arguments as for :func:`gaps`."""
    within = _bounded(expected, start, end)
    return _between(unbroken_of(rows, within), within)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slots:
    """Unbroken readings in numbers of expected intervals, and what those of each channel are.

    Attributes:
        owner: n positions among channels.
        first, last: n numbers of the first and last interval that readings start in.
        begin, until: for each of k channels its first number and the one after the last.
        instant: start of the intervals of channels, by position and number.
    """

    owner: Int64
    first: Int64
    last: Int64
    begin: Int64
    until: Int64
    instant: Callable[[Int64, Int64], Int64]


def _bounded(expected: Expected, start: int, end: int) -> Expected:
    within = expected.within(start, end)
    if bool(((within.start <= FOREVER[0]) | (within.end >= FOREVER[1])).any()):
        raise UsageError(
            "gaps of all time can't be told", expected="a start and an end, of the span or of each channel's service"
        )
    return within


def _between(found: Unbroken, expected: Expected) -> Gaps:
    serving = expected.start < expected.end
    length = expected.interval_s
    parts = []
    fixed = np.flatnonzero(serving & (length != DAY_S) & (length != MONTH_S))
    if len(fixed):
        parts.append(_holes(_even_slots(found.of(fixed), fixed, expected), fixed, expected))
    for number, name in enumerate(expected.zones):
        daily = np.flatnonzero(serving & (length == DAY_S) & (expected.zone == number))
        if len(daily):
            parts.append(_holes(_day_slots(found.of(daily), daily, expected, name), daily, expected))
        monthly = np.flatnonzero(serving & (length == MONTH_S) & (expected.zone == number))
        parts += [
            _month_holes(found.of(monthly[at : at + 1]), int(one), expected, name) for at, one in enumerate(monthly)
        ]
    return _sorted(parts)


def _holes(slots: _Slots, owners: Int64, expected: Expected) -> Gaps:
    """What lies between the readings of each channel, before the first and after the last."""
    # After each channel's readings stands one that begins where it ends, so that what is missing there is a hole too.
    owner = np.concatenate([slots.owner, np.arange(len(owners))])
    first = np.concatenate([slots.first, slots.until])
    last = np.concatenate([slots.last, slots.until])
    order = np.lexsort((first, owner))
    owner, first, last = owner[order], first[order], last[order]
    new = np.append(True, owner[1:] != owner[:-1])
    # Readings out of step with each other may overlap, so what counts is the furthest that any reached before.
    room = int(max(last.max(), slots.until.max()) - min(last.min(), slots.begin.min())) + 2
    reached = np.maximum.accumulate(last + owner * room) - owner * room + 1
    expected_next = np.where(new, slots.begin[owner], np.maximum(np.append(0, reached[:-1]), slots.begin[owner]))
    which = np.flatnonzero(np.minimum(first, slots.until[owner]) > expected_next)
    owner, missed, until = owner[which], expected_next[which], np.minimum(first, slots.until[owner])[which]
    return Gaps(
        channel_id=expected.channels[owners[owner]],
        start=slots.instant(owner, missed),
        end=slots.instant(owner, until),
        intervals=until - missed,
    )


def _even_slots(found: Unbroken, owners: Int64, expected: Expected) -> _Slots:
    """Intervals of fixed length, counted from the first of the grid within each channel's span."""
    start, end, step = expected.start[owners], expected.end[owners], expected.interval_s[owners]
    owner = np.searchsorted(owners, found.owner)
    new = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else owner
    anchor = np.zeros(len(owners), np.int64)
    anchor[owner[new]] = found.first[new]  # sorted by first start
    silent = np.setdiff1d(np.arange(len(owners)), owner[new])
    anchor[silent] = _midnights(start[silent], expected.zone[owners[silent]], expected.zones)
    origin = start + (anchor - start) % step
    return _Slots(
        owner=owner,
        first=(found.first - origin[owner]) // step[owner],
        last=(found.last - origin[owner]) // step[owner],
        begin=np.zeros(len(owners), np.int64),
        until=np.maximum(0, -((origin - end) // step)),
        instant=lambda one, number: origin[one] + number * step[one],
    )


def _day_slots(found: Unbroken, owners: Int64, expected: Expected, zone: str) -> _Slots:
    """Local days, which a reading of any hour fills."""
    start, end = expected.start[owners], expected.end[owners]
    tz = zone_named(zone)
    first = day_start(local_date(int(start.min()), tz), tz)
    calendar = days(first, int(end.max()) + 3 * DAY_S, zone)  # its last day ends with it, so have some more
    edges = calendar.edges[np.unique(calendar.period, return_index=True)[1]]
    number = calendar.of(found.first).astype(np.int64)
    return _Slots(
        owner=np.searchsorted(owners, found.owner),
        first=number,
        last=number,
        begin=np.searchsorted(edges, start),
        until=np.searchsorted(edges, end),
        instant=lambda _, day: edges[day],
    )


def _month_holes(found: Unbroken, owner: int, expected: Expected, zone: str) -> Gaps:
    """Months of one channel, whose grid depends on when each was read."""
    tz = zone_named(zone)
    real = np.unique(found.first)
    grid = month_grid(real, int(expected.start[owner]), int(expected.end[owner]), tz)
    until = np.append(grid[1:], FOREVER[1])
    missing = grid[np.searchsorted(real, grid) == np.searchsorted(real, until)]
    ends = interval_ends(missing, MONTH_S, tz)
    edges = np.flatnonzero(missing[1:] != ends[:-1]) + 1
    firsts, lasts = np.append(0, edges)[: len(missing)], np.append(edges, len(missing))[: len(missing)] - 1
    return Gaps(
        channel_id=np.full(len(firsts), expected.channels[owner], np.int32),
        start=missing[firsts],
        end=ends[lasts],
        intervals=lasts - firsts + 1,
    )


def _midnights(instants: Int64, zone: Int32, zones: tuple[str, ...]) -> Int64:
    """Start of the local day of each instant."""
    keys, inverse = np.unique(np.stack([instants, zone.astype(np.int64)]), axis=1, return_inverse=True)
    found = [
        day_start(local_date(instant, zone_named(zones[number])), zone_named(zones[number]))
        for instant, number in keys.T.tolist()
    ]
    return np.array(found, np.int64)[inverse.ravel()] if len(instants) else instants


def _sorted(parts: Sequence[Gaps]) -> Gaps:
    none = np.zeros(0, np.int64)
    channel = np.concatenate([np.zeros(0, np.int32), *(part.channel_id for part in parts)])
    start = np.concatenate([none, *(part.start for part in parts)])
    order = np.lexsort((start, channel))
    return Gaps(
        channel_id=channel[order],
        start=start[order],
        end=np.concatenate([none, *(part.end for part in parts)])[order],
        intervals=np.concatenate([none, *(part.intervals for part in parts)])[order],
    )
