"""Sums of a statement: what adds up, what does not, and what can't be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from meterbook.model.statement import LineItem, LineKind, Statement
from meterbook.model.sums import discrepancies

BILL = Statement(
    account="1",
    bill_date=date(2026, 3, 4),
    previous_balance=Decimal("101.80"),
    payments=Decimal("-102.00"),
    balance_forward=Decimal("-0.20"),
    current_charges=Decimal("96.44"),
    amount_due=Decimal("96.24"),
    lines=(
        LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal("100.00")),
        LineItem(kind=LineKind.POWER_COST_ADJUSTMENT, label="WPCA", amount=Decimal("-3.56")),
    ),
)


def test_a_bill_whose_parts_give_its_totals_has_no_discrepancy() -> None:
    assert list(discrepancies(BILL)) == []


def test_each_sum_that_does_not_come_out_is_named_with_both_figures() -> None:
    wrong = replace(BILL, current_charges=Decimal("96.45"), balance_forward=Decimal("0.20"))
    found = {one.rule: (one.expected, one.printed, one.difference) for one in discrepancies(wrong)}
    assert found == {
        "lines-current-charges": (Decimal("96.44"), Decimal("96.45"), Decimal("0.01")),
        "balance-forward": (Decimal("-0.20"), Decimal("0.20"), Decimal("0.40")),
        "amount-due": (Decimal("96.65"), Decimal("96.24"), Decimal("-0.41")),
    }


def test_what_is_not_told_can_not_be_wrong() -> None:
    assert list(discrepancies(replace(BILL, lines=(), previous_balance=None, balance_forward=None))) == []


def test_a_budget_amount_is_neither_a_charge_nor_held_against_them() -> None:
    offer = LineItem(kind=LineKind.BUDGET, label="Budget Amount", amount=Decimal("120.00"))
    budget = replace(BILL, lines=(*BILL.lines, offer), budget_amount=Decimal("120.00"), amount_due=Decimal("120.00"))
    assert list(discrepancies(budget)) == []
