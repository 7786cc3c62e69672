"""A bill as text: key facts, meters, lines, sums, and what it is held against. Pure; every line fits the width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from meterbook.analysis.bills.comparing import Beside, change
from meterbook.analysis.bills.history import BillMonth, days_of, services_of
from meterbook.analysis.bills.standing import withdrawn
from meterbook.cli.bills.cells import ends, left, right, shown, wrapped
from meterbook.cli.bills.figures import exact, money, percent, priced, rounded, spanned
from meterbook.cli.chart import tinted
from meterbook.cli.context import counted
from meterbook.cli.dates import written
from meterbook.model.bill_kinds import BillType, ReadType
from meterbook.model.statement import LineItem, MeterUsage, PrepaidDay, Statement
from meterbook.model.sums import NOT_CHARGES, carried, discrepancies, due

LEAST_AMOUNT = 12
DETAIL_SHARE = 0.48
PREPAID_DAYS = 7
_SHARE = re.compile(r"\bof \d+ days\b")
"""What a label says where a line is for a part of the period."""
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
        _charges(bill.statement, inner),
        _totals(bill.statement, inner),
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


# -- lines -------------------------------------------------------------------------------------------------------


def _amount_width(told: Statement) -> int:
    """The column of amounts, as wide as its longest."""
    amounts = (*(line.amount for line in told.lines), *(amount for _, amount in _sum_rows(told)))
    return max([LEAST_AMOUNT, *(len(money(amount)) + 2 for amount in amounts)])


def _charges(told: Statement, width: int) -> Iterator[str]:
    charged = [line for line in told.lines if line.kind not in NOT_CHARGES]
    amounts = _amount_width(told)
    detail = _detail_widths(charged, width)
    several = len({_section(line) for line in charged}) > 1
    for section, group in groupby(charged, key=_section):
        lines = list(group)
        if section:
            total = sum((line.amount for line in lines), start=Decimal(0))
            yield from wrapped(f"{section} · {money(total)}" if several else section, width)
        for line in lines:
            yield from _line(line, detail, width, amounts=amounts, indent=2 if section else 0)


def _section(line: LineItem) -> str:
    parts = [
        shown(line.section or (line.service or "").capitalize()),
        f"location {line.location}" if line.location else "",
    ]
    return " · ".join(part for part in parts if part)


def _detail_widths(lines: Sequence[LineItem], width: int) -> tuple[int, int]:
    """Columns of quantity and rate, so that the sign between them stands in one place."""
    told = [priced(line) for line in lines]
    quantity = max((cell_len(shown(one)) for one, _ in told), default=0)
    rate = max((cell_len(one) for _, one in told), default=0)
    room = int(width * DETAIL_SHARE) - 3 - rate
    return min(quantity, max(8, room)), rate


def _line(line: LineItem, detail: tuple[int, int], width: int, *, amounts: int, indent: int) -> Iterator[str]:
    quantity, rate = (shown(part) for part in priced(line))
    amount = right(money(line.amount), amounts)
    told = right(left(quantity, min(cell_len(quantity), detail[0])), detail[0])
    if detail[1]:
        told += f" × {left(rate, detail[1])}" if quantity and rate else f"   {left(rate, detail[1])}"
    if not any(detail):
        told = ""
    told = told if quantity or rate else ""  # a label without a product beside it has the whole line
    room = width - amounts - cell_len(told) - indent - 1
    label = shown(line.label) or line.kind.value.replace("_", " ")
    if line.start is not None and line.end is not None and not _SHARE.search(label):
        label += f", {line.start.day} {line.start:%b} to {line.end.day} {line.end:%b}"
    *above, last = list(wrapped(label, room)) or [""]
    for part in above:
        yield " " * indent + part
    hanging = indent + (2 if above else 0)
    yield " " * hanging + left(last, max(0, room - hanging + indent)) + " " + told + amount


# -- sums --------------------------------------------------------------------------------------------------------


def _totals(told: Statement, width: int) -> Iterator[str]:
    amounts = _amount_width(told)
    for name, amount in _sum_rows(told):
        line = left(name, width - amounts) + right(money(amount), amounts)
        yield tinted(line, "bold") if name in ("Current charges", "Amount due") else line
    yield from _sums(told, width)


def _sum_rows(told: Statement) -> list[tuple[str, Decimal]]:
    rows = (
        ("Current charges", told.current_charges),
        ("Previous balance", told.previous_balance),
        ("Payments", told.payments),
        ("Adjustments", told.adjustments),
        ("Balance forward", told.balance_forward),
        *((shown(line.label), line.amount) for line in told.lines if line.kind in NOT_CHARGES),
        ("Budget amount", told.budget_amount),
        ("Budget balance", told.budget_balance),
        ("Amount due", told.amount_due),
        ("After the due date", told.amount_after_due),
    )
    return [(name, amount) for name, amount in rows if amount is not None]


def _sums(told: Statement, width: int) -> Iterator[str]:
    """Whether the bill adds up: every sum that could be worked out, or by how much it is off."""
    wrong = list(discrepancies(told))
    if wrong:
        for one in wrong:
            text = (
                f"✗ does not add up: {one.rule.replace('-', ' ')}, parts give {money(one.expected)}, "
                f"printed {money(one.printed)}, {money(abs(one.difference))} {'more' if one.difference > 0 else 'less'}"
            )
            yield from (tinted(line, "wrong") for line in wrapped(text, width))
        return
    held = []
    if told.lines and told.current_charges is not None:
        held.append("lines")
    if carried(told) is not None and told.balance_forward is not None:
        held.append("balance forward")
    if due(told) is not None and told.amount_due is not None:
        held.append("amount due")
    if held:
        yield f"✓ adds up: {', '.join(held)}"
    elif told.lines or told.amount_due is not None:
        yield "  too little is told to add it up"


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
