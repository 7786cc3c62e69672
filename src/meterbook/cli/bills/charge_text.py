"""The charges of a bill as text: lines by section, the sums under them, and whether they come out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from rich.cells import cell_len

from meterbook.cli.bills.cells import left, right, shown, wrapped
from meterbook.cli.bills.figures import money, priced
from meterbook.cli.chart import tinted
from meterbook.model.statement import LineItem, Statement
from meterbook.model.sums import NOT_CHARGES, carried, discrepancies, due

LEAST_AMOUNT = 12
DETAIL_SHARE = 0.48
"""Part of the width that quantity and rate may take."""
_SHARE = re.compile(r"\bof \d+ days\b")
"""What a label says where a line is for a part of the period."""
_RULES = {
    "lines-current-charges": "current charges: the lines come to",
    "balance-forward": "balance forward: balance, payments and adjustments come to",
    "amount-due": "amount due: balance forward and charges come to",
}
"""What each sum is of."""


def charge_lines(told: Statement, width: int) -> Iterator[str]:
    """The lines that are charges or credits of the period, by section, as wide as asked for."""
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
        f"location {shown(line.location)}" if line.location else "",
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


def total_lines(told: Statement, width: int) -> Iterator[str]:
    """What the bill comes to, what was owed and paid, and whether the sums come out."""
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
                f"✗ {_RULES.get(one.rule, one.rule.replace('-', ' '))} {money(one.expected)}, printed is "
                f"{money(one.printed)}, {money(abs(one.difference))} {'more' if one.difference > 0 else 'less'}"
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


def _amount_width(told: Statement) -> int:
    """The column of amounts, as wide as its longest."""
    amounts = (*(line.amount for line in told.lines), *(amount for _, amount in _sum_rows(told)))
    return max([LEAST_AMOUNT, *(len(money(amount)) + 2 for amount in amounts)])
