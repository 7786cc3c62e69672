"""What a book's bills are written out as: bills, line items, registers, months, and Portfolio Manager's template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterbook.analysis.bills.calendar_months import MonthShare
from meterbook.analysis.bills.portfolio import (
    BilledService,
    GroupBy,
    MonthCell,
    absent,
    as_billed,
    billed_services,
    by_calendar,
    first_day,
    shares,
)
from meterbook.book.bill_places import Places
from meterbook.book.readings import utility_zone
from meterbook.book.selection import Selection
from meterbook.formats.bill_exports import MONTH_COLUMNS, SHARE_COLUMNS, ExportedBill, ExportTable, MeterEntry
from meterbook.formats.bill_exports.portfolio_manager import fits
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.calendar import day_bounds
from meterbook.model.channel import FlowDirection, ServiceCategory
from meterbook.model.errors import AnalysisError, NotFound
from meterbook.model.identity import IdScheme
from meterbook.model.units import Unit
from meterbook.store.records import OwnerKind, StoredStatement, owner_parts

if TYPE_CHECKING:
    from meterbook.book.book import Book
    from meterbook.book.opened import OpenBook

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Many accounts by month.

    Attributes:
        parts: each service of each bill that stands.
        cells: months with bills, and those where a bill is missing or late, in order.
    """

    parts: tuple[BilledService, ...]
    cells: tuple[MonthCell, ...]


def accounts_of(book: Book, *, customer: str) -> list[str]:
    """Numbers of the accounts of a customer.

    Raises:
        NotFound: the book knows no such customer.
    """
    found = [stored.account.number for stored in book.records.accounts() if stored.account.customer == customer]
    if not found:
        raise NotFound(f"the book has no accounts of a customer {customer!r}", hint="See: meterbook status")
    return sorted(set(found))


def exported(stored: Iterable[StoredStatement]) -> list[ExportedBill]:
    """Bills for the writers."""
    return [
        ExportedBill(
            statement=one.statement, utility=one.utility, sources=tuple(dict.fromkeys(s.source for s in one.sources))
        )
        for one in stored
    ]


def portfolio(
    book: Book, stored: Sequence[StoredStatement], by: GroupBy, *, today: date, calendar: bool = False
) -> Portfolio:
    """Bills by month, with those that are missing or late.

    Args:
        book: the book they came from.
        stored: bills, as :meth:`~meterbook.book.Book.bills` gives them.
        by: what a row is.
        today: the day on which a bill may be late.
        calendar: calendar months instead of the month that each bill is for.
    """
    parts = billed(book, stored)
    cells = by_calendar(shared(book, parts), by) if calendar else as_billed(parts, by)
    if by is GroupBy.ACCOUNT:
        closed = frozenset(one.account.number for one in book.records.accounts() if not one.account.active)
        cells += absent(parts, today, closed=closed)
    cells.sort(key=lambda cell: (cell.key, cell.service, cell.month, cell.unit or ""))
    return Portfolio(parts=tuple(parts), cells=tuple(cells))


def billed(book: OpenBook, stored: Iterable[StoredStatement]) -> list[BilledService]:
    """Each service of each bill that stands, by account, with the service location as the portal knows it."""
    accounts: dict[tuple[str, str], list[StoredStatement]] = {}
    for one in stored:
        accounts.setdefault((one.utility, one.statement.account), []).append(one)
    places = Places.of(book)
    return [
        part if part.location or not (place := places.location(part)) else replace(part, location=place)
        for (utility, _), some in sorted(accounts.items())
        for part in billed_services(utility, [one.statement for one in some])
    ]


def shared(book: Book, parts: Sequence[BilledService]) -> list[tuple[BilledService, MonthShare]]:
    """Bills in calendar months: electric ones by the meter's intervals where every day is held, else by days."""
    accounts = dict.fromkeys((one.utility, one.account) for one in parts if one.service == "electric")
    spans = {owner: _span([one for one in parts if (one.utility, one.account) == owner]) for owner in accounts}
    days = {owner: _daily(book, *owner, span) for owner, span in spans.items() if span is not None}
    found = []
    for one in parts:
        held = days.get((one.utility, one.account)) if one.service == "electric" else None
        found += [(one, share) for share in shares(one, _whole_days(one, held))]
    return found


def month_table(cells: Iterable[MonthCell]) -> ExportTable:
    """A row a month of each account, location or service."""
    rows = [
        (
            ";".join(cell.utilities) or None, cell.key, cell.service, cell.month, cell.bills, cell.days, cell.usage,
            cell.unit, cell.cost, "+".join(cell.methods) or None, cell.standing.value if cell.standing else None,
        )
        for cell in cells
    ]  # fmt: skip
    return ExportTable(name="months", columns=MONTH_COLUMNS, rows=rows)


def share_table(book: Book, stored: Iterable[StoredStatement]) -> ExportTable:
    """A row for each calendar month of each bill, the bill itself beside it."""
    rows: list[tuple[Any, ...]] = []
    for one, share in shared(book, billed(book, stored)):
        bill = one.statement
        rows.append(
            (
                one.utility, one.account, one.service, share.month, share.days, share.usage, one.unit, share.cost,
                share.method.value, bill.bill_date, bill.number, bill.period_start, bill.period_end, one.days,
                one.usage, one.cost,
            )
        )  # fmt: skip
    return ExportTable(name="calendar months", columns=SHARE_COLUMNS, rows=rows)


def meter_entries(book: Book, stored: Iterable[StoredStatement]) -> tuple[list[MeterEntry], list[BilledService]]:
    """Rows for Portfolio Manager's template, and what it has no place for: no period, no use, another service or unit.

    Meters bear the number that Portfolio Manager gave them, or else the account's; see ``meterbook identify``.
    """
    numbers = {
        owner_parts(owner)[:2]: items[-1].value
        for (kind, owner), items in book.records.external_ids(IdScheme.PORTFOLIO_MANAGER).items()
        if kind is OwnerKind.ACCOUNT
    }
    entries, left_out = [], []
    for one in billed(book, stored):
        start = first_day(one.statement)
        if start is None or not one.days or one.usage is None or one.unit is None or not fits(one.service, one.unit):
            left_out.append(one)
            continue
        entries.append(_entry(one, start, one.days, numbers.get((one.utility, one.account), one.account)))
    return entries, left_out


def _entry(one: BilledService, start: date, days: int, meter_id: str) -> MeterEntry:
    bill = one.statement
    assert one.usage is not None  # the caller looked
    mine = [meter for meter in bill.meters if meter.service in (one.service, None)]
    demands = [meter.billed or meter.usage for meter in mine if (meter.billed_unit or meter.unit) == "kW"]
    charges = [line.amount for line in bill.lines if line.kind is LineKind.DEMAND]
    return MeterEntry(
        meter_id=meter_id,
        property_id="",
        property_name=one.location or one.account,
        meter_name=next((meter.meter for meter in mine if meter.meter is not None), one.account),
        service=one.service,
        start=start,
        end=start + timedelta(days=days - 1),
        usage=one.usage,
        unit=one.unit or "",
        cost=one.cost,
        demand_kw=max((demand for demand in demands if demand is not None), default=None),
        demand_cost=sum(charges[1:], start=charges[0]) if charges and one.service == "electric" else None,
        estimated=any(meter.read_type is ReadType.ESTIMATED for meter in mine),
    )


Daily = Mapping[date, tuple[int, int, int]]
"""Use in millionths, readings, and seconds of each local day."""


def _span(parts: Sequence[BilledService]) -> tuple[date, date] | None:
    starts = [(start, one.days) for one in parts if (start := first_day(one.statement)) is not None and one.days]
    if not starts:
        return None
    return min(start for start, _ in starts), max(start + timedelta(days=days) for start, days in starts)


def _daily(book: Book, utility: str, account: str, span: tuple[date, date]) -> Daily:
    """Use of each local day by an account's intervals: delivered less received, or net; empty where none are held."""
    if not any(item.channel.utility == utility for item in book.records.channels(account=account)):
        return {}
    wanted = Selection(account=account, unit=Unit.KWH, since=span[0], until=span[1])
    try:
        answer = book.aggregate(wanted, by="day", per="account", measures=("sum", "count"))
    except (NotFound, AnalysisError):
        return {}
    tz = utility_zone(book.records, utility)
    found: dict[date, tuple[int, int, int]] = {}
    for row in answer.to_pylist():
        if row["category"] != ServiceCategory.ELECTRICITY.value:
            continue
        day = date.fromisoformat(row["period"])
        sign = -1 if row["flow"] == FlowDirection.RECEIVED.value else 1
        before = found.get(day, (0, 0, 0))
        start, end = day_bounds(day, tz)
        found[day] = (before[0] + sign * int(row["sum"] * MICRO), before[1] + row["count"], end - start)
    return found


def _whole_days(one: BilledService, held: Daily | None) -> dict[date, int] | None:
    """Use by day of a bill's period, if all its days have as many readings an hour."""
    start = first_day(one.statement)
    if not held or start is None or not one.days:
        return None
    days = [start + timedelta(days=offset) for offset in range(one.days)]
    if any(day not in held for day in days):
        return None
    paces = {(held[day][1] * 3600, held[day][2]) for day in days}
    first = next(iter(paces))
    if any(readings * first[1] != first[0] * seconds for readings, seconds in paces):
        return None
    return {day: held[day][0] for day in days}
