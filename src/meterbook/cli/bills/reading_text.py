"""What reading a bill gave, as text of 80 columns: verdict, reasons, fields with how sure each is, lines, meters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from meterbook.cli.bills.cells import left, right, shown, wrapped
from meterbook.cli.bills.figures import exact, money
from meterbook.formats.bills import BillReading, ReadStatement, Sureness
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem, MeterUsage

WIDTH = 80
_SHOWN = (
    "account", "number", "bill_date", "due_date", "period_start", "period_end", "days", "previous_balance", "payments",
    "adjustments", "balance_forward", "current_charges", "budget_amount", "amount_due", "amount_after_due", "usage",
    "usage_unit", "rate",
)  # fmt: skip
_SURE = {
    Sureness.PROVEN: "proven by the bill's sums",
    Sureness.LABELLED: "named by its label",
    Sureness.SEEN: "seen",
}


def reading_lines(file: str, reading: BillReading) -> Iterator[str]:
    """A file's reading, line by line."""
    yield shown(file)
    how = f"template {reading.template}" if reading.template else "no template: by labels and sums"
    several = f", {len(reading.statements)} bills" if len(reading.statements) > 1 else ""
    yield f"  {'Accepted' if reading.accepted else 'Not accepted'}{several} ({how})"
    for reason in reading.reasons:
        sentence = f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
        for place, line in enumerate(wrapped(shown(sentence), WIDTH - 6)):
            yield f"      {line}" if place else f"    - {line}"
    for number, one in enumerate(reading.statements, start=1):
        if len(reading.statements) > 1:
            first, last = one.pages
            yield ""
            yield f"  Bill {number}, " + (f"page {first}" if first == last else f"pages {first} to {last}")
        yield from _statement_lines(one)


def _statement_lines(one: ReadStatement) -> Iterator[str]:
    if one.fields:
        yield ""
    names = [*(name for name in _SHOWN if name in one.fields), *sorted(set(one.fields) - set(_SHOWN))]
    for name in names:
        sure = one.sure.get(name, Sureness.SEEN)
        value = _value(one.fields[name])
        yield f"  {left(name.replace('_', ' ').capitalize(), 20)}{right(value, 26)}   {_SURE[sure]}"
    if one.lines:
        yield ""
        yield f"  {left('Charge', 38)}{left('Kind', 24)}{right('Amount', 12)}"
        yield from _charge_lines(one.lines)
    if one.meters:
        yield ""
        yield f"  {'Meter':<18}{'Previous':>13}{'Present':>13}{'Times':>8}{'Used':>20}"
        yield from map(_meter_line, one.meters)


def _charge_lines(lines: Sequence[LineItem]) -> Iterator[str]:
    for line in lines:
        kind = "" if line.kind is LineKind.OTHER else str(line.kind).replace("_", " ")
        first, *rest = [*wrapped(shown(line.label), 36)] or [""]
        yield f"  {left(first, 38)}{left(kind, 24)}{right(money(line.amount), 12)}"
        yield from (f"    {more}" for more in rest)
        if line.quantity is not None and line.rate is not None:
            yield f"    {exact(line.quantity)} {line.unit or ''}".rstrip() + f" at {exact(line.rate)}"
    yield f"  {left('', 62)}{right('-' * 10, 12)}"
    yield f"  {left('Together', 62)}{right(money(sum((line.amount for line in lines), start=Decimal(0))), 12)}"


def _meter_line(meter: MeterUsage) -> str:
    used = f"{exact(meter.usage)} {meter.unit or ''}".strip() if meter.usage is not None else ""
    times = exact(meter.multiplier) if meter.multiplier is not None else ""
    return (
        f"  {left(meter.meter or meter.register or '', 18)}{right(exact(meter.previous), 13)}"
        f"{right(exact(meter.present), 13)}{right(times, 8)}{right(used, 20)}"
    ).rstrip()


def _value(value: str | int | Decimal | date) -> str:
    if isinstance(value, Decimal):
        return money(value)
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else shown(str(value))
