"""A bill as text: key facts, meters, lines, sums, and what it is held against. Pure; every line fits the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from meterbook.analysis.bills.comparing import Beside, change
from meterbook.analysis.bills.history import BillMonth, days_of, services_of
from meterbook.analysis.bills.standing import withdrawn
from meterbook.cli.bills.cells import ends, left, right, shown, wrapped
from meterbook.cli.bills.charge_text import charge_lines, total_lines
from meterbook.cli.bills.figures import exact, money, percent, rounded, spanned
from meterbook.cli.chart import tinted
from meterbook.cli.dates import written
from meterbook.model.bill_kinds import BillType, ReadType
from meterbook.model.statement import MeterUsage, PrepaidDay, Statement
from meterbook.model.wording import counted

PREPAID_DAYS = 7
_NAMES = {
    BillType.FIRST: "First bill",
    BillType.FINAL: "Final bill",
    BillType.CORRECTED: "Corrected bill",
    BillType.CANCELLED: "Cancelled bill",
}
_READS = {ReadType.ACTUAL: "actual", ReadType.ESTIMATED: "estimated", ReadType.CUSTOMER: "read by customer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where a bill came from.

    Attributes:
        source: ``portal``, ``file`` …, with its name.
        paper: it was read from a PDF there.
        first: when it was first seen there.
        last: when it was last seen there.
    """

    source: str
    first: datetime
    last: datetime
    paper: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPage:
    """All that is shown of a bill.

    Attributes:
        statement: the bill.
        zone: zone of the utility, if known.
        beside: the months it is held against, for the service most of it is for.
        chain: it and what it replaces or is replaced by, oldest first.
        seen: where it came from.
    """

    statement: Statement
    zone: ZoneInfo | None = None
    beside: Beside | None = None
    chain: tuple[Statement, ...] = ()
    seen: tuple[Seen, ...] = ()


def page(bill: BillPage, width: int = 80) -> Iterator[str]:
    """The lines of a bill, none wider than asked for.

    Args:
        bill: what is shown.
        width: columns of the terminal; 60 at least are used.
    """
    inner = max(60, width) - 2
    yield from _heading(bill, inner + 2)
    blocks = (
        _meters(bill.statement.meters, inner),
        charge_lines(bill.statement, inner),
        total_lines(bill.statement, inner),
        _prepaid(bill.statement.prepaid, inner),
        _against(bill.beside, bill.statement),
        _origin(bill, inner),
    )
    for block in blocks:
        lines = list(block)
        if lines:
            yield ""
            yield from (f"  {line}".rstrip() for line in lines)


# -- key facts ---------------------------------------------------------------------------------------------------


def _heading(bill: BillPage, width: int) -> Iterator[str]:
    told = bill.statement
    name = _NAMES.get(told.bill_type or BillType.REGULAR, "Bill")
    name = "Cancelled bill" if withdrawn(told) else name
    title = f"{name} of {written(told.bill_date)}" + (f", due {written(told.due_date)}" if told.due_date else "")
    owner = " · ".join([f"account {shown(told.account)}", *([shown(told.rate)] if told.rate else [])])
    first, *rest = ends(title, owner, width)
    yield tinted(first[: len(title)], "bold") + first[len(title) :]
    yield from rest
    yield from (f"  {line}" for line in ends(_period(bill), bill.zone.key if bill.zone else "", width - 2))
    if told.amount_due is not None:
        said = "credit left to the member" if told.amount_due < 0 else "to pay in all"
        yield "  " + tinted(f"{money(abs(told.amount_due))}", "cost") + f"  {said}"


def _and(words: Sequence[str]) -> str:
    clean = [shown(one) for one in words]
    return ", ".join(clean[:-1]) + f" and {clean[-1]}"


def _period(bill: BillPage) -> str:
    told, tz = bill.statement, bill.zone
    if told.read_start is not None and told.read_end is not None and tz is not None:
        start, end = told.read_start.astimezone(tz), told.read_end.astimezone(tz)
        text = f"{start:%-d %b %H:%M} → {end:%-d %b %Y %H:%M}"
    elif told.period_start is not None and told.period_end is not None:
        text = spanned(told.period_start, told.period_end)
    else:
        text = "period not told"
    days = days_of(told)
    parts = [text, *([counted(days, "day")] if days is not None else [])]
    services = services_of(told)
    return " · ".join([*parts, *([_and(services)] if len(services) > 1 else [])])


# -- meters ------------------------------------------------------------------------------------------------------


def _meters(meters: Sequence[MeterUsage], width: int) -> Iterator[str]:
    if not meters:
        return
    rows = [_meter(one) for one in meters]
    columns = [max(cell_len(row[at]) for row in rows) for at in (1, 2, 3)]
    name = max(12, width - sum(columns) - 2 * sum(1 for one in columns if one))
    for row in rows:
        *above, last = list(wrapped(row[0], name)) or [""]
        yield from above
        line = left(f"  {last}" if above else last, name)
        for at, size in enumerate(columns, start=1):
            if size:
                line += "  " + (right(row[at], size) if at < 3 else left(row[at], size))
        yield line


def _meter(one: MeterUsage) -> tuple[str, str, str, str]:
    """Name, readings, use, and how it was read."""
    name = " ".join(shown(part) for part in (one.meter, one.register) if part) or (one.service or "meter")
    name = f"Meter {name}" if one.meter else name.capitalize()
    reads = f"{exact(one.previous)} → {exact(one.present)}" if None not in (one.previous, one.present) else ""
    if one.multiplier not in (None, Decimal(1)):
        reads += f" × {exact(one.multiplier)}"
    used = f"{exact(one.usage)} {shown(one.unit or '')}".rstrip() if one.usage is not None else ""
    if one.billed is not None:
        used += f" = {exact(one.billed)} {shown(one.billed_unit or '')}".rstrip()
    return name, reads, used, _READS[one.read_type] if one.read_type is not None else ""


# -- paid ahead ------------------------------------------------------------------------------------------------


def _prepaid(days: Sequence[PrepaidDay], width: int) -> Iterator[str]:
    if not days:
        return
    last = days[-PREPAID_DAYS:]
    yield f"Paid ahead: {counted(len(days), 'day')}" + (f", the last {len(last)}" if len(last) < len(days) else "")
    yield f"{'':<14}{'used':>10}{'charge':>12}{'paid in':>12}{'left':>12}"
    for one in last:
        yield (
            f"{written(one.day):<14}{exact(one.usage):>10}{money(one.charge):>12}"
            f"{money(one.payment):>12}{money(one.balance):>12}"
        )


# -- beside others -----------------------------------------------------------------------------------------------


def _against(found: Beside | None, told: Statement) -> Iterator[str]:
    if found is None:
        return
    this, unit = found.this, found.this.unit or "unit"
    name = left(shown(this.service), 14) if len(services_of(told)) > 1 else " " * 14
    told_use = (unit, "a day", f"a {unit}") if this.usage is not None else ("", "", "")
    yield f"{name}{told_use[0]:>10}{told_use[1]:>9}{'cost':>11}{told_use[2]:>10}{'low/high °F':>14}"
    yield _month("this bill", this)
    for name, other in (("month before", found.month_before), ("year before", found.year_before)):
        if other is None:
            yield f"{name:<14}{'no bill':>10}"
        else:
            yield _month(f"{other.month:%b %Y}", other)
            yield _changes(this, other)


def _month(name: str, one: BillMonth) -> str:
    weather = f"{rounded(one.low_f, 0)} / {rounded(one.high_f, 0)}" if None not in (one.low_f, one.high_f) else ""
    return (
        f"{name:<14}{exact(one.usage):>10}{rounded(one.per_day, 1):>9}{money(one.cost):>11}"
        f"{rounded(one.cost_per_unit, 4):>10}{weather:>14}"
    )


def _changes(this: BillMonth, other: BillMonth) -> str:
    return (
        f"{'  to this':<14}{percent(change(this.usage, other.usage)):>10}"
        f"{percent(change(this.per_day, other.per_day)):>9}{percent(change(this.cost, other.cost)):>11}"
        f"{percent(change(this.cost_per_unit, other.cost_per_unit)):>10}"
    )


# -- where it comes from -----------------------------------------------------------------------------------------


def _origin(bill: BillPage, width: int) -> Iterator[str]:
    told = bill.statement
    if len(bill.chain) > 1:
        for one in bill.chain:
            here = "this bill" if one == told else f"bill of {written(one.bill_date)}"
            state = "cancelled" if withdrawn(one) else "replaced" if one != bill.chain[-1] else "stands"
            yield left(f"{here}: {state}, {money(one.current_charges) or 'charges not told'}", width)
    numbers = [f"Number {shown(told.number)}"] if told.number else []
    numbers += [f"part of consolidated bill {shown(told.group)}"] if told.group else []
    if numbers:
        yield from wrapped(", ".join(numbers), width)
    for source in bill.seen:
        again = f", last {_instant(source.last, bill.zone)}" if source.last != source.first else ""
        what = "PDF from" if source.paper else "From"
        yield from wrapped(f"{what} {shown(source.source)}, seen {_instant(source.first, bill.zone)}{again}", width)
    if told.document:
        yield from wrapped(f"PDF's hash {told.document}", width)


def _instant(at: datetime, tz: ZoneInfo | None) -> str:
    return f"{at.astimezone(tz):%-d %b %Y %H:%M}" if tz is not None else f"{at:%-d %b %Y %H:%MZ}"
