"""Whether a statement adds up. Sums are reported, never used to correct what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import Statement

ZERO = Decimal(0)
NOT_CHARGES = frozenset({LineKind.BUDGET})
"""Kinds that stand among the lines without being part of the charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A sum that does not come out.

    Attributes:
        rule: which sum, such as ``lines-current-charges``.
        expected: what the parts give.
        printed: what the bill says.
    """

    rule: str
    expected: Decimal
    printed: Decimal

    @property
    def difference(self) -> Decimal:
        """Printed less expected."""
        return self.printed - self.expected

    def __str__(self) -> str:
        return f"{self.rule.replace('-', ' ')}: parts give {self.expected}, printed {self.printed}"


def charges(statement: Statement) -> Decimal:
    """The sum of the line items that are charges or credits of the period."""
    return sum((line.amount for line in statement.lines if line.kind not in NOT_CHARGES), start=ZERO)


def discrepancies(statement: Statement) -> Iterator[Discrepancy]:
    """Every sum of a statement that can be worked out from it and does not come out to the cent."""
    if statement.lines and statement.current_charges is not None:
        yield from _held("lines-current-charges", charges(statement), statement.current_charges)
    forward = carried(statement)
    if forward is not None and statement.balance_forward is not None:
        yield from _held("balance-forward", forward, statement.balance_forward)
    owed = due(statement)
    if owed is not None and statement.amount_due is not None:
        yield from _held("amount-due", owed, statement.amount_due)


def carried(statement: Statement) -> Decimal | None:
    """Previous balance, payments and adjustments together; None where the bill tells no previous balance."""
    if statement.previous_balance is None:
        return None
    return statement.previous_balance + (statement.payments or ZERO) + (statement.adjustments or ZERO)


def due(statement: Statement) -> Decimal | None:
    """What the parts say is to be paid; None where a part is not known or a budget amount stands instead."""
    if statement.current_charges is None or statement.budget_amount is not None:
        return None
    forward = statement.balance_forward if statement.balance_forward is not None else carried(statement)
    return None if forward is None else forward + statement.current_charges


def _held(rule: str, expected: Decimal, printed: Decimal) -> Iterator[Discrepancy]:
    if expected != printed:
        yield Discrepancy(rule=rule, expected=expected, printed=printed)
