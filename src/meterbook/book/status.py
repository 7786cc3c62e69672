"""What a book holds: freshness, coverage and gaps, channel by channel; bills account by account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.book.bill_status import BillsStatus, bills_status
from meterbook.book.readings import utility_zone
from meterbook.model.calendar import interval_ends
from meterbook.model.channel import MONTH_S, Channel
from meterbook.store.readings import Coverage
from meterbook.store.readings.query.expected import FOREVER, Expected, Service
from meterbook.store.readings.query.gaps import Gaps
from meterbook.store.records import Connection, Counts, StoredChannel, StoredFinding

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """What a book holds of one channel.

    Attributes:
        channel: which.
        zone: zone of its utility.
        count: readings held.
        first: start of the first, UTC epoch seconds.
        end: end of the last.
        missing: intervals without a reading between the two.
        gaps: how many runs those make.
        longest: the longest of them, ``[start, end)``.
    """

    channel: Channel
    zone: ZoneInfo
    count: int
    first: int
    end: int
    missing: int
    gaps: int
    longest: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookStatus:
    """What a book holds.

    Attributes:
        folder: where it lies.
        counts: how much is in the records.
        connections: log-ins in use.
        channels: one entry a channel that holds readings.
        bills: what is held of bills.
        findings: findings that still stand, newest first.
        last_sync: when a sync last ended.
        unfinished: connections whose last sync was cut off.
    """

    folder: str
    counts: Counts
    connections: tuple[Connection, ...]
    channels: tuple[ChannelStatus, ...]
    bills: BillsStatus
    findings: tuple[StoredFinding, ...]
    last_sync: datetime | None
    unfinished: tuple[int, ...]


def status(book: OpenBook) -> BookStatus:
    """What a book holds; see :meth:`meterbook.book.Book.status`."""
    connections = tuple(book.connections())
    counts = book.records.counts()
    return BookStatus(
        folder=str(book.folder),
        counts=counts,
        connections=connections,
        channels=tuple(_channels(book)),
        bills=bills_status(book),
        findings=tuple(book.records.findings(open_only=True)),
        last_sync=counts.last_sync,
        unfinished=tuple(one.id for one in connections if book.records.unfinished_run(one.id) is not None),
    )


def _channels(book: OpenBook) -> list[ChannelStatus]:
    stored = book.records.channels()
    held = book.lake.coverage([item.id for item in stored])
    zones = {slug: utility_zone(book.records, slug) for slug in {item.channel.utility for item in stored}}
    found = [_held(item, held[item.id], zones[item.channel.utility]) for item in stored if item.id in held]
    # Months are read when the meter is read: a month that is late is not yet a hole.
    expected = Expected.of(
        Service(
            channel_id=number,
            interval_s=one.channel.interval_s,
            start=one.first,
            end=one.end,
            zone=one.zone.key,
        )
        for number, one in found
        if one.channel.interval_s < MONTH_S
    )
    gaps = book.lake.gaps(expected, *FOREVER)
    return sorted((_with_gaps(one, gaps, number) for number, one in found), key=lambda one: one.channel.key)


def _held(item: StoredChannel, held: Coverage, tz: ZoneInfo) -> tuple[int, ChannelStatus]:
    end = int(interval_ends(np.array([held.last], np.int64), item.channel.interval_s, tz)[0])
    return item.id, ChannelStatus(
        channel=item.channel,
        zone=tz,
        count=held.count,
        first=held.first,
        end=end,
        missing=0,
        gaps=0,
        longest=None,
    )


def _with_gaps(one: ChannelStatus, gaps: Gaps, number: int) -> ChannelStatus:
    low, high = (int(at) for at in np.searchsorted(gaps.channel_id, (number, number + 1)))
    if low == high:
        return one
    start, end = gaps.start[low:high], gaps.end[low:high]
    longest = int((end - start).argmax())
    return replace(
        one,
        missing=int(gaps.intervals[low:high].sum()),
        gaps=high - low,
        longest=(int(start[longest]), int(end[longest])),
    )
