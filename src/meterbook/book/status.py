"""What a book holds: freshness, coverage and gaps, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.analysis.gaps import find_gaps
from meterbook.book.readings import select
from meterbook.book.selection import Selection
from meterbook.model.calendar import interval_ends
from meterbook.model.channel import MONTH_S, Channel, Quantity
from meterbook.store.records import Connection, Counts, StoredFinding

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
        findings: findings that still stand, newest first.
        last_sync: when a sync last ended.
        unfinished: connections whose last sync was cut off.
    """

    folder: str
    counts: Counts
    connections: tuple[Connection, ...]
    channels: tuple[ChannelStatus, ...]
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
        findings=tuple(book.records.findings(open_only=True)),
        last_sync=counts.last_sync,
        unfinished=tuple(one.id for one in connections if book.records.unfinished_run(one.id) is not None),
    )


def _channels(book: OpenBook) -> list[ChannelStatus]:
    found = []
    lengths = sorted({item.channel.interval_s for item in book.records.channels()})
    for length in lengths:
        wanted = Selection(quantities=frozenset(Quantity), interval_s=length, tou=True)
        for item in select(book.records, book.lake, wanted):
            series = item.series
            first = int(series.start[0])
            end = int(interval_ends(series.start[-1:], series.channel.interval_s, item.zone)[0])
            # Months are read when the meter is read: a month that is late is not yet a hole.
            gaps = find_gaps(series, first, end, item.zone) if series.channel.interval_s < MONTH_S else ()
            longest = max(gaps, key=lambda gap: gap.length_s, default=None)
            found.append(
                ChannelStatus(
                    channel=series.channel,
                    zone=item.zone,
                    count=len(series),
                    first=first,
                    end=end,
                    missing=sum(gap.intervals for gap in gaps),
                    gaps=len(gaps),
                    longest=(longest.start, longest.end) if longest is not None else None,
                )
            )
    return sorted(found, key=lambda one: one.channel.key)
