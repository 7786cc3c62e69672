"""Rich schedules drawn at random come to what plain arithmetic makes of them, charge by charge."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given
from tariffs.drawn import Drawn, cases
from tariffs.plainly import bills
from tariffs.test_properties import LINE, enough

from meterbook.model.tariff import Demand, Tariff


@enough
@given(cases(kind="rich"))
def test_every_charge_of_every_bill_is_what_plain_arithmetic_makes_it(case: Drawn) -> None:
    case = replace(case, tariff=without_several_ratchets(case.tariff))
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


def without_several_ratchets(tariff: Tariff) -> Tariff:
    """The schedule without ratchets where several charges measure demand of one name, each in its own way."""
    versions = []
    for version in tariff.versions:
        several = sum(isinstance(one, Demand) for one in version.charges) > 1
        charges = [
            msgspec.structs.replace(one, ratchet=None) if isinstance(one, Demand) and several else one
            for one in version.charges
        ]
        versions.append(msgspec.structs.replace(version, charges=charges))
    return msgspec.structs.replace(tariff, versions=versions)
