"""Every account of a book under each of several schedules, row by row; memory does not grow with the accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.book.choosing import chosen_channels
from meterbook.book.fleet import Number, dollars, price_channels
from meterbook.book.schedules import folders, schedule
from meterbook.book.selection import FOREVER, Selection, span_of
from meterbook.model.calendar import local_date
from meterbook.model.channel import Channel, FlowDirection
from meterbook.model.errors import InputError, NotFound, UsageError
from meterbook.model.tariff import Tariff
from meterbook.model.units import Unit
from meterbook.tariffs.assumed import Assumed, assumed, corners
from meterbook.tariffs.eligibility import Facts, eligible
from meterbook.tariffs.inputs import Account, Span, months
from meterbook.tariffs.parts import parts_of
from meterbook.tariffs.plan import plan
from meterbook.utilities import tariff_loader

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook
    from meterbook.store.readings import Coverage

HOUR_S = 3600
LIGHTING = "lighting"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account under all schedules.

    Attributes:
        utility: slug.
        account: account number.
        location: service location.
        meters: serial numbers, one after the other.
        months: how many.
        intervals: of all months.
        missing: of them without a reading; they count as nothing.
        kwh: delivered.
        totals: dollars by schedule, in their order: lowest and highest over the stated alternatives of assumed numbers.
        best: place of the cheapest; None where what is assumed decides, or readings are missing.
        sends_back: the account sends energy back, which is not priced here.
    """

    utility: str
    account: str
    location: str
    meters: tuple[str, ...]
    months: int
    intervals: int
    missing: int
    kwh: Decimal
    totals: tuple[tuple[Decimal, Decimal], ...]
    best: int | None
    sends_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """What is priced.

    Attributes:
        schedules: names, in order.
        ranges: which of them rest on numbers with alternatives, so that totals are ranges.
        open: what each assumes without an alternative; its totals hold if that does.
        spans: the months.
        accounts: how many rows there will be.
        notes: what a reader should know.
    """

    schedules: tuple[str, ...]
    ranges: tuple[bool, ...]
    open: tuple[tuple[str, ...], ...]
    spans: tuple[Span, ...]
    accounts: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The channels of an account's place that are one load."""

    channels: tuple[Channel, ...]
    numbers: tuple[int, ...]
    sends_back: bool


def portfolio(
    book: OpenBook,
    tariffs: Sequence[Tariff],
    *,
    since: str | None = None,
    until: str | None = None,
    kind: str | None = None,
) -> tuple[Portfolio, Iterator[AccountRow]]:
    """Price every account of a book.

    Args:
        book: the book; energy delivered, intervals of an hour or less.
        tariffs: schedules of one zone.
        since: first local day, or month.
        until: local day or month at which to end; not included.
        kind: class of customer; that of each schedule without it.

    Returns:
        What is priced, and the rows, made as they are asked for, by interval length and number of channel.

    Raises:
        NotFound: the book has no interval readings.
        UsageError: no whole month lies in the time.
        InputError: schedules are of different zones, or one can't be priced.
    """
    zone = ZoneInfo(tariffs[0].zone)
    if len({one.zone for one in tariffs}) > 1:
        raise InputError("schedules are of different zones", expected="schedules of one zone")
    wanted = Selection(since=since, until=until, unit=Unit.KWH)
    groups, notes, held = _groups(book, wanted, {one.utility for one in tariffs})
    spans = _spans(held, wanted, zone)
    accounts = [Account(kind=kind or one.sector) for one in tariffs]
    numbers = [_numbers(tariff, spans, account) for tariff, account in zip(tariffs, accounts, strict=True)]
    variants = [corners(tariff, some) for tariff, some in zip(tariffs, numbers, strict=True)]
    owners = [at for at, some in enumerate(variants) for _ in some]
    plans = {
        key: [plan(one, spans, first=grid[0], end=grid[1], step_s=key[0]) for some in variants for one in some]
        for key, grid in ((key, _grid(key, spans)) for key in groups)
    }
    about = Portfolio(
        schedules=tuple(f"{one.utility}/{one.code}" for one in tariffs),
        ranges=tuple(len(some) > 1 for some in variants),
        open=tuple(
            tuple(one.what for one in some if one.status == "assumed" and len(one.values) == 1) for some in numbers
        ),
        spans=tuple(spans),
        accounts=sum(len(some) for some in groups.values()),
        notes=tuple(notes),
    )

    def rows() -> Iterator[AccountRow]:
        for key, some in groups.items():
            by_number = {_number(one): one for one in some}
            for done in price_channels(book.lake, list(by_number), plans[key], [accounts[at] for at in owners]):
                for row, number in enumerate(done.channels):
                    group = by_number[number]
                    missing = int(done.missing[row].sum())
                    amounts = [dollars(int(one.amount[row].sum()), one.places) for one in done.totals]
                    totals = tuple(_ends(amounts, owners, at) for at in range(len(tariffs)))
                    first = done.totals[0]
                    sure = not missing and not group.sends_back and not any(about.open)
                    channel = group.channels[0]
                    yield AccountRow(
                        utility=channel.utility,
                        account=channel.account,
                        location=channel.service_location,
                        meters=tuple(dict.fromkeys(one.meter for one in group.channels)),
                        months=len(spans),
                        intervals=sum((span.end - span.start) // key[0] for span in spans),
                        missing=missing,
                        kwh=Decimal(int(first.kwh[row].sum())).scaleb(-first.scale),
                        totals=totals,
                        best=_best(totals) if sure else None,
                        sends_back=group.sends_back,
                    )

    return about, rows()


def all_schedules(
    book: OpenBook, *, since: str | None = None, until: str | None = None, kind: str | None = None
) -> tuple[list[Tariff], dict[str, str]]:
    """Schedules of the accounts' utilities that can be priced over some months, and why the others can't.

    Args:
        book: the book.
        since: first local day, or month.
        until: local day or month at which to end; not included.
        kind: only those for this class of customer.

    Raises:
        NotFound: none can be priced.
    """
    kept: list[Tariff] = []
    left: dict[str, str] = {}
    chosen = chosen_channels(book.records, book.lake, Selection(unit=Unit.KWH))
    for utility in sorted({one.stored.channel.utility for one in chosen}):
        for code in tariff_loader.codes(utility, folders(book.folder)):
            name = f"{utility}/{code}"
            try:
                tariff = schedule(name, book=book.folder)
                if tariff.sector == LIGHTING:
                    continue
                if (why := eligible(tariff, Facts(kind=kind)).refused) is None:
                    portfolio(book, [tariff], since=since, until=until, kind=kind)
            except InputError as err:
                why = err.what
            if why is None:
                kept.append(tariff)
            else:
                left[name] = why
    if not kept:
        raise NotFound(
            "no schedule of the accounts' utilities can be priced over those months",
            expected="schedules by name, or files",
            hint="See which there are with: meterbook tariffs list",
        )
    return kept, left


def _ends(amounts: Sequence[Decimal], owners: Sequence[int], at: int) -> tuple[Decimal, Decimal]:
    own = [amount for amount, owner in zip(amounts, owners, strict=True) if owner == at]
    return min(own), max(own)


def _best(totals: Sequence[tuple[Decimal, Decimal]]) -> int | None:
    """The one that costs no more than any other whatever the numbers, the first of equal ones."""
    for at, (_, high) in enumerate(totals):
        if all(high <= low for other, (low, _) in enumerate(totals) if other != at):
            return at
    return None


def _groups(
    book: OpenBook, wanted: Selection, utilities: set[str]
) -> tuple[dict[tuple[int, int], list[_Group]], list[str], list[Coverage]]:
    """Loads by interval length and place of the grid, and when readings begin and end."""
    chosen = [one.stored for one in chosen_channels(book.records, book.lake, wanted)]
    if any(one.channel.utility in utilities for one in chosen):
        chosen = [one for one in chosen if one.channel.utility in utilities]
    kept = [one for one in chosen if one.channel.interval_s <= HOUR_S and one.channel.flow is not FlowDirection.NET]
    coverage = book.lake.coverage([one.id for one in kept])
    back = {(one.channel.utility, one.channel.account, one.channel.service_location) for one in kept
            if one.channel.flow is FlowDirection.RECEIVED}  # fmt: skip
    loads: dict[tuple[str, str, str, int, int], list[tuple[int, Channel]]] = {}
    for one in kept:
        channel = one.channel
        if channel.flow is FlowDirection.DELIVERED and one.id in coverage:
            at = coverage[one.id].first % channel.interval_s
            place = (channel.utility, channel.account, channel.service_location, channel.interval_s, at)
            loads.setdefault(place, []).append((one.id, channel))
    if not loads:
        raise NotFound("the book has no hourly or finer kWh", hint="See what it holds with: meterbook status")
    groups: dict[tuple[int, int], list[_Group]] = {}
    for place, some in sorted(loads.items(), key=lambda item: item[1][0][0]):
        groups.setdefault(place[3:], []).append(
            _Group(
                channels=tuple(channel for _, channel in some),
                numbers=tuple(number for number, _ in some),
                sends_back=place[:3] in back,
            )
        )
    notes = []
    left = len(chosen) - len(kept)
    if left:
        notes.append(f"{left:,} channels of net, daily or monthly readings are left out")
    if back:
        notes.append(f"{len(back):,} accounts send energy back, which is not priced: see rates compare for each")
    delivered = [coverage[number] for some in loads.values() for number, _ in some]
    return groups, notes, delivered


def _spans(held: Sequence[Coverage], wanted: Selection, zone: ZoneInfo) -> list[Span]:
    low, high = span_of(wanted, zone)
    if low == FOREVER[0]:
        low = min(one.first for one in held)
    if high == FOREVER[1]:
        high = max(one.last for one in held) + HOUR_S
    found = months(low, high, zone)
    if not found:
        first, last = (datetime.fromtimestamp(at, zone).date() for at in (low, high))
        raise UsageError(
            f"no whole month lies between {first} and {last}", where="--since", expected="at least one whole month"
        )
    return found


def _grid(key: tuple[int, int], spans: Sequence[Span]) -> tuple[int, int]:
    step, at = key
    first = spans[0].start
    return first - (first - at) % step, spans[-1].end + (at - spans[-1].end) % step


def _number(group: _Group) -> Number:
    return group.numbers[0] if len(group.numbers) == 1 else group.numbers


def _numbers(tariff: Tariff, spans: Sequence[Span], account: Account) -> list[Assumed]:
    """What the months' prices rest on that may be another."""
    zone = ZoneInfo(tariff.zone)
    versions = sorted({part.number for span in spans for part in parts_of(tariff, span, zone)})
    return assumed(tariff, versions, [f"{local_date(span.start, zone):%Y-%m}" for span in spans], account)
