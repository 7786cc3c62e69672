"""A bill's own sums: lines, totals, balances, quantity × price, and the kWh that the prices multiply."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from meterbook.analysis.bills.checks.billed import flow_of, kwh_rows
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_words, dollars, number, the_bill, told
from meterbook.model.bill_kinds import LineKind
from meterbook.model.channel import FlowDirection
from meterbook.model.money import CENT
from meterbook.model.statement import LineItem, Statement
from meterbook.model.sums import discrepancies
from meterbook.model.units import Unit

CREDITS = frozenset({LineKind.CREDIT_GENERATION, LineKind.NET_METERING, LineKind.ADJUSTMENT, LineKind.LOAD_CONTROL})
"""Kinds whose amount is printed negative beside a price that is not."""
_SUMS = {
    "lines-current-charges": "the lines come to {expected}, the current charges are {printed}",
    "balance-forward": "previous balance, payments and adjustments give {expected}, the balance forward is {printed}",
    "amount-due": "balance forward and charges come to {expected}, the amount due is {printed}",
}
HALF_CENT = Decimal("0.005")


def sums(run: BillRun) -> Iterator[BillFinding]:
    """Totals that are not the sum of their parts."""
    for bill in run.standing:
        for one in discrepancies(bill):
            words = _SUMS[one.rule].format(expected=dollars(one.expected), printed=dollars(one.printed))
            yield told(
                "sum",
                bill,
                run.zone,
                f"On {bill_words(bill)} {words}: {dollars(abs(one.difference))} "
                f"{'too much' if one.difference > 0 else 'too little'}.",
                advice="Ask the utility what the difference is for.",
                rule=one.rule,
                expected=one.expected,
                printed=one.printed,
                difference=one.difference,
            )


def lines(run: BillRun) -> Iterator[BillFinding]:
    """Lines whose quantity times price is not their amount."""
    for bill in run.standing:
        for place, line in enumerate(bill.lines):
            found = _line(run, bill, line, place)
            if found is not None:
                yield found


def quantities(run: BillRun) -> Iterator[BillFinding]:
    """Bills that charge for other kWh than their registers or their total say."""
    for bill in run.standing:
        rows = kwh_rows(bill)
        if not rows:
            continue
        used = {flow: sum((row.usage or _ZERO for row in rows if flow_of(row) is flow), start=_ZERO) for flow in _FLOWS}
        out, back, net = (used[flow] for flow in _FLOWS)
        allowed = {out, out - back, out + net, max(_ZERO, out - back), max(_ZERO, out + net)}
        if bill.usage is not None and bill.usage_unit == Unit.KWH and not _near(bill.usage, allowed):
            yield _quantity(run, bill, "says that", bill.usage, (out, back))
        # A credit for kWh within a baseline counts them a second time.
        energy = [one for one in bill.lines if one.kind is LineKind.ENERGY and not _credit(one)]
        charged = [one for one in energy if one.unit == Unit.KWH and one.quantity is not None]
        if not charged or len(charged) < len(energy):
            continue
        sections = [
            sum((one.quantity or _ZERO for one in charged if one.section == name), start=_ZERO)
            for name in dict.fromkeys(one.section for one in charged)
        ]
        whole = sum((one.quantity or _ZERO for one in charged), start=_ZERO)
        if not _near(whole, allowed) and not any(_near(one, allowed) for one in sections):
            yield _quantity(run, bill, "charges for", whole, (out, back))


_ZERO = Decimal(0)
_FLOWS = (FlowDirection.DELIVERED, FlowDirection.RECEIVED, FlowDirection.NET)


def _line(run: BillRun, bill: Statement, line: LineItem, place: int) -> BillFinding | None:
    if line.quantity is None or line.rate is None or abs(line.amount) == abs(line.rate):
        return None  # the price of a month with its days beside it is charged once
    product = line.quantity * line.rate
    amount = -line.amount if line.kind in CREDITS and product * line.amount < 0 else line.amount
    unit = min(CENT, Decimal(1).scaleb(int(line.amount.as_tuple().exponent)))
    off = abs(amount - product)
    if off < unit or amount == product.quantize(unit, ROUND_HALF_UP):
        return None
    # Bills print fewer digits of a price or a quantity than they reckon with.
    hidden = abs(line.rate) * _half(line.quantity) + abs(line.quantity) * _half(line.rate) + HALF_CENT
    severe = off > hidden
    return told(
        "line",
        bill,
        run.zone,
        f"“{line.label}” on {bill_words(bill)}: {number(line.quantity)} {line.unit or ''} × {number(line.rate)} is "
        f"{dollars(product.quantize(CENT, ROUND_HALF_UP))}, charged are {dollars(line.amount)}".replace("  ", " ")
        + ("." if severe else "; digits that are not printed can explain it."),
        advice="Ask the utility to reckon the line again." if severe else "Nothing, unless it recurs and grows.",
        severity=Severity.FAULT if severe else Severity.NOTE,
        line=place + 1,
        label=line.label,
        quantity=line.quantity,
        rate=line.rate,
        expected=product.quantize(CENT, ROUND_HALF_UP),
        printed=line.amount,
    )


def _credit(line: LineItem) -> bool:
    """Whether a line gives back money for a quantity that was used."""
    return (line.rate or _ZERO) < 0 or (line.amount < 0 <= (line.quantity or _ZERO))


def _half(value: Decimal) -> Decimal:
    """Half a unit of the last printed place."""
    return Decimal(1).scaleb(int(value.as_tuple().exponent)) / 2


def _near(value: Decimal, allowed: set[Decimal]) -> bool:
    """The same but for rounding to the digits that are told."""
    unit = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return any(abs(value - one) < max(unit, Decimal("0.001")) for one in allowed)


def _quantity(
    run: BillRun, bill: Statement, verb: str, told_kwh: Decimal, registers: tuple[Decimal, Decimal]
) -> BillFinding:
    out, back = registers
    sent = f", of which {number(back)} sent back" if back else ""
    return told(
        "quantity",
        bill,
        run.zone,
        f"{the_bill(bill)} {verb} {number(told_kwh)} kWh; its registers say {number(out)}{sent}.",
        advice="Ask the utility which of the two is right.",
        what=verb,
        told_kwh=told_kwh,
        delivered_kwh=out,
        received_kwh=back,
    )
