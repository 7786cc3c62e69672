"""A year put together: what is missing, what it is held against, and what the charges were for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from bill_samples import thirteen
from year_samples import NEW_YORK, facts, quarter_hours

from meterbook.analysis.bills.history import history
from meterbook.analysis.bills.kinds import GROUPS, Group, by_group
from meterbook.analysis.metered_year import metered_year
from meterbook.model.bill_kinds import BillType, LineKind
from meterbook.model.statement import LineItem, Statement
from meterbook.model.sums import NOT_CHARGES


def test_every_kind_of_charge_is_in_one_group() -> None:
    assert set(GROUPS) == set(LineKind) - NOT_CHARGES


def test_groups_come_to_the_charges_even_of_bills_that_have_no_lines_or_do_not_add_up() -> None:
    bills = [
        thirteen()[0],
        replace(thirteen()[1], lines=()),
        replace(thirteen()[2], current_charges=Decimal("100.00")),
        replace(
            thirteen()[3],
            lines=(*thirteen()[3].lines, LineItem(kind=LineKind.BUDGET, label="Budget", amount=Decimal(90))),
        ),
    ]
    found = by_group(bills)
    assert sum(one.amount for one in found) == sum(one.current_charges or 0 for one in bills)
    told = {one.group: one.amount for one in found}
    # 151.38 of the second bill, and 100.00 less 128.97 of the third
    assert told[Group.NOT_ITEMISED] == Decimal("151.38") + Decimal("100.00") - Decimal("128.97")
    assert told[Group.FIXED] == 3 * Decimal("32.33")
    assert [one.group for one in found] == sorted((one.group for one in found), key=list(Group).index)


def test_no_bill_is_no_group() -> None:
    assert by_group([]) == ()
    assert by_group([Statement(account="1", bill_date=date(2026, 1, 1))]) == ()


def test_a_whole_year_misses_nothing() -> None:
    year = facts()
    assert (year.billed, year.unbilled, year.estimated, year.wrong) == (True, (), (), 0)
    assert (year.total.usage, year.cost) == (Decimal(11686), Decimal("1563.74"))
    # 31.93 a day over 366 days before, 32.02 over 365 now
    assert year.daily_change == (Decimal(11686) / 365 - Decimal(11686) / 366) / (Decimal(11686) / 366)
    assert len(year.pairs) == 12


@pytest.mark.parametrize(
    ("dropped", "today", "missing"),
    [
        ((), date(2026, 2, 10), ()),
        ((7,), date(2026, 2, 10), (8,)),
        ((10, 11, 12), date(2026, 2, 10), (11,)),  # December's bill may still come until the middle of February
        ((10, 11, 12), date(2026, 2, 15), (11, 12)),
        ((9, 10, 11, 12), date(2025, 11, 1), ()),
        ((0, 1), date(2026, 2, 10), ()),  # before the first bill nobody said that there was an account
    ],
)
def test_months_whose_bill_should_be_there_are_named(
    dropped: tuple[int, ...], today: date, missing: tuple[int, ...]
) -> None:
    bills = [one for number, one in enumerate(thirteen()) if number not in dropped]
    year = facts(months=history(bills, months=None), today=today)
    assert year.unbilled == tuple(date(2025, month, 1) for month in missing)


def test_after_the_final_bill_no_bill_is_missing() -> None:
    bills = thirteen()[:6]
    bills[-1] = replace(bills[-1], bill_type=BillType.FINAL)
    assert facts(months=history(bills, months=None)).unbilled == ()


def test_without_bills_readings_are_held_against_the_same_whole_months_of_the_year_before() -> None:
    before = metered_year([quarter_hours(2024).clip(0, 1_717_200_000)], 2024, NEW_YORK)  # until 1 June
    year = facts(months=(), metered_before=before)
    assert not year.billed
    assert year.cost is None
    assert year.daily_change is not None
    assert abs(year.daily_change) < Decimal("0.0001")
    assert facts(months=(), metered_before=None).daily_change is None
