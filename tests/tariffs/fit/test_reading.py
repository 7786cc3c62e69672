"""What bills say of a schedule's numbers, and what they can't be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from tariffs.fit.secret import bill, tariff, with_wpca

from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem, Statement
from meterbook.model.tariff import Tariff
from meterbook.tariffs.fit.determinants import Charged, determinants
from meterbook.tariffs.fit.reading import told

JULY = bill(1, date(2025, 7, 1), "1204.5")


def changed(**charges: Any) -> Tariff:
    """The schedule with fields of charges, by their names, set."""
    plain = msgspec.to_builtins(with_wpca("0.001"))
    for charge in plain["versions"][0]["charges"]:
        charge.update(charges.get(charge["name"].split()[0], {}))
    return msgspec.convert(plain, Tariff, strict=False)


def test_each_line_is_an_equation_and_the_tax_is_one_of_what_is_above_it() -> None:
    found = told(tariff(), JULY, frozenset())
    names = [sorted(str(key) for key in one.keys) for one in found.equations]
    assert names == [["Facilities charge"], ["Energy, summer"], ["WPCA of 2025-07"], [], []]
    every = told(tariff(), JULY)
    assert [sorted(map(str, one.keys)) for one in every.equations][3:] == [
        ["REPS of 2025-07, residential"],
        ["NC sales tax"],
    ]


def test_a_total_is_divided_from_its_tax_and_is_one_equation() -> None:
    (one,) = told(with_wpca("0.001"), replace(JULY, lines=()), frozenset()).equations
    before = sum((line.amount for line in JULY.lines if line.kind is not LineKind.TAX_SALES), start=Decimal(0))
    assert one.amount == Fraction(before)
    assert len(one.groups) == 4


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (changed(Energy={"season_by": "interval"}), ""),
        (changed(NC={"rate": {"value": None}}), "only its total is known"),
        (changed(NC={"base": ["Energy"]}), "only its total is known"),
        (changed(Energy={"of": "net"}), "does not tell the quantity of Energy, summer"),
    ],
)
def test_totals_that_can_not_be_asked_say_why(schedule: Tariff, words: str) -> None:
    found = told(schedule, replace(JULY, lines=()), frozenset())
    assert bool(found.equations) == (not words)
    assert words in " ".join(found.notes)


def test_a_total_of_two_seasons_is_not_divided_by_guess() -> None:
    both = replace(JULY, first=date(2025, 5, 20), last=date(2025, 6, 20), lines=())
    found = told(changed(Energy={"season_by": "interval"}), both, frozenset())
    assert not found.equations
    assert "does not tell the quantity of Energy" in found.notes[0]


def test_a_total_that_no_amount_before_tax_gives_is_told() -> None:
    totals = [Decimal(cents) / 100 for cents in range(10000, 10020)]
    notes = [told(with_wpca("0.001"), replace(JULY, lines=(), total=total), frozenset()).notes for total in totals]
    assert any("no amount before" in note for some in notes for note in some)


def test_a_period_in_which_the_schedule_changes_is_left_out() -> None:
    plain = msgspec.to_builtins(tariff())
    first = {**plain["versions"][0], "by": "use"}
    plain["versions"] = [first, {**first, "start": "2025-07-16"}]
    found = told(msgspec.convert(plain, Tariff, strict=False), JULY, frozenset())
    assert found.notes == ("the schedule changes within its period",)


def test_lines_that_are_no_charges_of_the_schedule_and_other_services_are_left_out() -> None:
    kinds = (LineKind.ROUND_UP, LineKind.DONATION, LineKind.LATE_FEE)
    lines = [LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal(50), quantity=Decimal(500), unit="kWh")]
    lines += [LineItem(kind=kind, label=kind.value, amount=Decimal(1)) for kind in kinds]
    lines.append(LineItem(kind=LineKind.WATER_USAGE, label="Water", amount=Decimal(30), service="water"))
    paper = Statement(
        account="1", bill_date=date(2025, 8, 2), period_start=date(2025, 7, 1), period_end=date(2025, 8, 1),
        lines=tuple(lines),
    )  # fmt: skip
    found = determinants(paper, number=1, account=1)
    assert found is not None
    assert found.lines == (
        Charged(kind=LineKind.ENERGY, label="Energy", amount=Decimal(50), quantity=Decimal(500), unit="kWh"),
    )
    assert (found.total, found.kwh) == (Decimal(50), Decimal(500))
    assert determinants(replace(paper, period_start=None), number=1, account=1) is None
    bare = replace(paper, lines=(), current_charges=Decimal(80), services=("electric", "water"))
    assert determinants(bare, number=1, account=1) is None
