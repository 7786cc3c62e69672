"""A year of one account, gathered from the book: bills, readings, weather, and where each came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from meterbook.analysis.bills.history import BillMonth
from meterbook.analysis.metered_year import metered_year
from meterbook.analysis.year import Prepaid, YearFacts, year_facts
from meterbook.book.bill_months import AccountBills, account_bills, bill_months
from meterbook.book.bills import meant
from meterbook.book.readings import ChannelReadings, ReadingSet, select, utility_zone
from meterbook.book.selection import Selection
from meterbook.model.account_number import account_key
from meterbook.model.channel import DAY_S, MONTH_S, FlowDirection, Quantity
from meterbook.model.errors import NotFound
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.model.wording import counted
from meterbook.store.records import StoredAccount

if TYPE_CHECKING:
    from meterbook.book.book import Book


def year_of(book: Book, year: int, account: str, today: date) -> YearFacts:
    """What a book knows of an account's electric service in a calendar year.

    Args:
        book: the book.
        year: calendar year.
        account: account number, or an external identifier of one.
        today: what lies after it is not missing.

    Raises:
        NotFound: the book knows no such account, or nothing of it in that year.
    """
    numbers = _numbers(book, account)
    owners = account_bills(book, [one for one in book.bills() if one.statement.account in numbers])
    readings = _readings(book, numbers, year)
    slug = _utility(owners, readings, account, year)
    tz = utility_zone(book.records, slug)
    owner = next((one for one in owners if one.utility == slug), None)
    months = bill_months(book, owner) if owner is not None else ()
    stored = next((one for one in book.records.accounts() if one.account.number in numbers), None)
    flows = _by_flow(readings, slug)
    main = flows.get(FlowDirection.DELIVERED) or flows.get(FlowDirection.NET) or []
    low, high = (_weather(readings, slug, one) for one in (Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH))
    metered = metered_year(main, year, tz, low=low, high=high)
    if metered is None and not any(one.bills and one.month.year == year for one in months):
        raise NotFound(
            f"the book has neither bills nor readings of account {account} in {year}",
            hint="See what it holds with: meterbook status",
        )
    back = metered_year(flows.get(FlowDirection.RECEIVED, []), year, tz)
    known = book.records.utility(slug)
    return year_facts(
        year,
        today,
        months,
        account=owner.account if owner is not None else next(iter(sorted(numbers))),
        utility=known.name if known is not None and known.name else slug,
        place=_place(stored),
        zone=tz.key,
        metered=metered,
        metered_before=metered_year(main, year - 1, tz),
        sent_back=back.total if back is not None else None,
        saved=_saved(book, numbers, year),
        prepaid=_prepaid(book, numbers, year),
        sources=[*_bill_sources(owner, months, year), *_reading_sources(main)],
    )


def _numbers(book: Book, account: str) -> set[str]:
    """The account's number as any source writes it."""
    try:
        return meant(book.records, [account])
    except NotFound:
        key = account_key(account)
        held = {one.channel.account for one in book.records.channels() if account_key(one.channel.account) == key}
        if not held:
            raise
        return held


def _readings(book: Book, numbers: set[str], year: int) -> ReadingSet:
    """All that meters and weather tell of a year and the one before it."""
    held = {one.channel.account for one in book.records.channels()}
    found: list[ChannelReadings] = []
    for number in sorted(numbers & held):
        wanted = Selection(
            account=number,
            since=f"{year - 1}-01-01",
            until=f"{year + 1}-01-01",
            quantities=frozenset({Quantity.USAGE, Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH}),
        )
        found += select(book.records, book.lake, wanted).channels
    return ReadingSet(channels=tuple(found))


def _utility(owners: Sequence[AccountBills], readings: ReadingSet, account: str, year: int) -> str:
    for slug in [*(one.utility for one in owners), *(one.series.channel.utility for one in readings)]:
        return slug
    raise NotFound(
        f"the book has neither bills nor readings of account {account} in {year}",
        hint="See what it holds with: meterbook status",
    )


def _by_flow(readings: ReadingSet, slug: str) -> dict[FlowDirection, list[IntervalSeries]]:
    found: dict[FlowDirection, list[IntervalSeries]] = {}
    for one in readings:
        channel = one.series.channel
        if channel.utility == slug and channel.quantity is Quantity.USAGE and channel.unit is Unit.KWH:
            found.setdefault(channel.flow, []).append(one.series)
    return found


def _weather(readings: ReadingSet, slug: str, quantity: Quantity) -> IntervalSeries | None:
    """The account's temperatures, those of its first location where there are several."""
    return next(
        (
            one.series
            for one in readings
            if one.series.channel.utility == slug
            and one.series.channel.quantity is quantity
            and one.series.channel.interval_s == DAY_S
        ),
        None,
    )


def _place(stored: StoredAccount | None) -> str:
    for location in stored.account.locations if stored is not None else ():
        if location.nickname or location.address:
            return location.nickname or location.address
    return ""


def _saved(book: Book, numbers: set[str], year: int) -> Decimal | None:
    rows = [one.month for one in book.tou_ledger() if one.month.account in numbers and one.month.month.year == year]
    return sum((one.saved for one in rows), start=Decimal(0)) if rows else None


def _prepaid(book: Book, numbers: set[str], year: int) -> Prepaid | None:
    days = [one.day for one in book.prepaid_ledger() if one.account in numbers and one.day.day.year == year]
    if not days:
        return None
    return Prepaid(days=len(days), charged=sum((one.charge or Decimal(0) for one in days), start=Decimal(0)))


def _bill_sources(owner: AccountBills | None, months: Sequence[BillMonth], year: int) -> list[str]:
    """How many of the year's bills each source told."""
    if owner is None:
        return []
    wanted = [bill for one in months if one.month.year == year for bill in one.bills]
    told: Counter[str] = Counter()
    for stored in owner.stored:
        if any(stored.statement is bill for bill in wanted):
            told.update({f"{one.kind.value} {one.source}" for one in stored.sources})
    return [f"{counted(count, 'bill')} from {source}" for source, count in sorted(told.items())]


def _reading_sources(series: Sequence[IntervalSeries]) -> list[str]:
    names = {900: "15-minute", 1800: "half-hour", 3600: "hourly", DAY_S: "daily", MONTH_S: "monthly"}
    found = []
    for one in series:
        channel = one.channel
        step = names.get(channel.interval_s, f"{channel.interval_s} s")
        found.append(f"{step} readings of meter {channel.meter or channel.service_location}, {channel.flow.value}")
    return found
