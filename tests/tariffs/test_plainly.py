"""Rich schedules drawn at random come to what plain arithmetic makes of them, charge by charge."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from tariffs.drawn import Drawn, cases
from tariffs.plainly import bills
from tariffs.test_properties import LINE, enough


@enough
@given(cases(kind="solar"))
def test_energy_that_is_sent_back_is_credited_as_plain_arithmetic_credits_it(case: Drawn) -> None:
    hold(case)


@enough
@given(cases(kind="rich"))
def test_every_charge_of_every_bill_is_what_plain_arithmetic_makes_it(case: Drawn) -> None:
    hold(case)


def hold(case: Drawn) -> None:
    """Each charge of each bill against plain arithmetic."""
    for bill, expected in zip(case.bills(), bills(case), strict=True):
        found: dict[str, Decimal] = {}
        for line in bill.lines:
            name = line.name.split(",")[0]
            found[name] = found.get(name, Decimal(0)) + line.amount
        lines = len(bill.lines)
        for name in found.keys() | expected.keys():
            difference = Fraction(found.get(name, Decimal(0))) - expected.get(name, Fraction(0))
            assert abs(difference) <= Fraction(LINE) * (lines + 1), (
                name,
                found.get(name),
                float(expected.get(name, 0)),
            )
