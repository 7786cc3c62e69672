"""Estimates in a book: looked at first, stored as a load of their own, listed, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.analysis.estimation import Estimate, Filled, estimate
from meterbook.analysis.vee import DEFAULTS, Thresholds
from meterbook.book.readings import utility_zone
from meterbook.book.selection import FOREVER, Selection, span_of
from meterbook.book.validating import accounts_of
from meterbook.consent import audit
from meterbook.model.channel import DAY_S, Channel, Quantity
from meterbook.model.digits import decimal_text
from meterbook.model.errors import NotFound
from meterbook.model.finding import Finding
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.store.readings import Batch
from meterbook.store.records import LoadDone, StoredChannel, StoredFinding
from meterbook.sync.estimates import ESTIMATED
from meterbook.sync.validation import check_account

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEstimate:
    """Estimates of one channel.

    Attributes:
        id: the book's number of the channel.
        zone: the utility's zone.
        estimate: the readings, what they fill, and what was left.
    """

    id: int
    zone: ZoneInfo
    estimate: Estimate

    @property
    def channel(self) -> Channel:
        """Which."""
        return self.estimate.series.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Estimates that were stored.

    Attributes:
        load_id: the load by which they can be taken back; None if there was nothing to store.
        readings: how many.
        channels: what was stored, as it stands in the book.
    """

    load_id: int | None
    readings: int
    channels: tuple[ChannelEstimate, ...]


def estimates(
    book: OpenBook,
    *,
    account: str | None = None,
    since: date | datetime | str | None = None,
    until: date | datetime | str | None = None,
    totals: bool = True,
    limits: Thresholds = DEFAULTS,
) -> list[ChannelEstimate]:
    """What the missing readings of interval channels may have been; nothing is stored.

    Args:
        book: which.
        account: account number or any external identifier of one; without it all.
        since: first local day or instant of the gaps that are filled.
        until: local day or instant at which to end.
        totals: let the estimates add up to daily and monthly readings.
        limits: thresholds.

    Returns:
        One entry a channel with gaps, also where none of them can be filled.

    Raises:
        NotFound: the book has no such account.
        NotEnoughReadings: it holds no readings at all.
        UsageError: a date can't be read.
    """
    wanted = Selection(account=account, since=since, until=until, quantities=frozenset({Quantity.USAGE}))
    found = []
    for utility, number in accounts_of(book, wanted):
        tz = utility_zone(book.records, utility)
        stored = book.records.channels(utility=utility, account=number, quantity=Quantity.USAGE)
        for one in stored:
            if one.channel.interval_s < DAY_S and one.channel.tou_period is None:
                made = _estimate(book, one, stored, span=span_of(wanted, tz), tz=tz, totals=totals, limits=limits)
                if made.filled or made.left:
                    found.append(ChannelEstimate(id=one.id, zone=tz, estimate=made))
    return found


def apply(
    book: OpenBook,
    *,
    account: str | None = None,
    since: date | datetime | str | None = None,
    until: date | datetime | str | None = None,
    totals: bool = True,
    limits: Thresholds = DEFAULTS,
) -> Applied:
    """Store the estimates as one load, each reading marked estimated, and note what was filled.

    They are made anew while no one else can write, so that no reading is overwritten that came in between. A reading
    that comes later takes the place of its estimate, as any later value does.

    Args, errors: as for :func:`estimates`.
    """
    now = datetime.now(UTC)
    with book.lake.writing():
        made = [
            one
            for one in estimates(book, account=account, since=since, until=until, totals=totals, limits=limits)
            if len(one.estimate.series)
        ]
        if not made:
            return Applied(load_id=None, readings=0, channels=())
        provenance = Provenance(
            kind=SourceKind.ESTIMATE, source="meterbook estimate", at=now, detail=account or "all accounts"
        )
        (load,) = book.records.begin_loads([provenance])
        written = book.lake.write([Batch(channel_id=one.id, load_id=load, series=one.estimate.series) for one in made])
    new = sum(one.new for one in written)
    book.records.finish_loads(
        [LoadDone(load_id=load, new=new, revised=sum(one.revised for one in written), unchanged=0)]
    )
    for one in made:
        book.records.add_findings(
            channel_id=one.id,
            account=one.channel.account,
            findings=[_finding(one, filled) for filled in one.estimate.filled],
            load_id=load,
            at=now,
            utility=one.channel.utility,
        )
    _record(book, "readings.estimated", load, f"{new} readings", now)
    _look_again(book, made, now)
    return Applied(load_id=load, readings=new, channels=tuple(made))


def stored_estimates(book: OpenBook, *, account: str | None = None) -> list[StoredFinding]:
    """What was filled and still stands, one entry a gap, with the load by which it can be taken back."""
    return book.records.findings(account=account, name=ESTIMATED, open_only=True)


def withdraw(book: OpenBook, load_id: int) -> int:
    """Take estimates back: what they filled is missing again. Readings that have replaced some of them stay.

    Returns:
        How many readings went.

    Raises:
        NotFound: no load of estimates has that number.
    """
    loads = book.records.loads(ids=[load_id])
    if not loads or loads[0].provenance.kind is not SourceKind.ESTIMATE:
        raise NotFound(
            f"no estimates bear the number {load_id}", hint="See which there are with: meterbook estimate --list"
        )
    of_load = [one for one in book.records.findings(name=ESTIMATED) if one.load_id == load_id]
    channels = sorted({one.channel_id for one in of_load if one.channel_id is not None})
    removed = book.lake.withdraw(channels, load_id)
    now = datetime.now(UTC)
    book.records.close_findings([one.id for one in of_load], now)
    _record(book, "estimates.withdrawn", load_id, f"{removed} readings", now)
    for utility, number, start in sorted(
        {(one.utility, one.account or "", min(x.finding.start or 0 for x in of_load)) for one in of_load}
    ):
        _check(book, utility, number, start, now)
    return removed


def _estimate(
    book: OpenBook,
    one: StoredChannel,
    stored: Sequence[StoredChannel],
    *,
    span: tuple[int, int],
    tz: ZoneInfo,
    totals: bool,
    limits: Thresholds,
) -> Estimate:
    coarse = [
        other
        for other in stored
        if totals
        and other.channel.interval_s >= DAY_S
        and replace(other.channel, interval_s=0) == replace(one.channel, interval_s=0)
    ]
    around = (limits.like_weeks + 5) * 7 * DAY_S
    read = book.lake.read(
        [one.id, *(other.id for other in coarse)], max(0, span[0] - around), min(span[1] + around, FOREVER[1])
    )
    return estimate(
        read[one.id].series(one.channel),
        tz,
        start=span[0] if span[0] != FOREVER[0] else None,
        end=span[1] if span[1] != FOREVER[1] else None,
        totals=[read[other.id].series(other.channel) for other in coarse],
        limits=limits,
    )


def _finding(one: ChannelEstimate, filled: Filled) -> Finding:
    scale = one.estimate.series.scale
    total, unit = decimal_text(filled.total, scale), one.channel.unit.value
    readings = "1 reading" if filled.intervals == 1 else f"{filled.intervals} readings"
    return Finding(
        name=ESTIMATED,
        message=f"{readings} of {total} {unit} in all were estimated by {filled.method.words}",
        start=filled.start,
        end=filled.end,
        data={"intervals": filled.intervals, "method": filled.method.value, "total": total},
    )


def _record(book: OpenBook, action: str, load: int, detail: str, at: datetime) -> None:
    audit.record(book.records, actor="user", action=action, subject=f"load {load}", detail=detail, at=at)


def _look_again(book: OpenBook, made: Sequence[ChannelEstimate], now: datetime) -> None:
    """Close the findings on what was missing."""
    firsts: dict[tuple[str, str], int] = {}
    for one in made:
        key, first = (one.channel.utility, one.channel.account), one.estimate.filled[0].start
        firsts[key] = min(first, firsts.get(key, first))
    for (utility, number), first in firsts.items():
        _check(book, utility, number, first, now)


def _check(book: OpenBook, utility: str, number: str, since: int, now: datetime) -> None:
    tz = utility_zone(book.records, utility)
    check_account(book.records, book.lake, account=number, utility=utility, tz=tz, at=now, since=since - DAY_S)
