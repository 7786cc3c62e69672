"""Bills in calendar months: shares add up to the bill, whatever the period, the amounts and the days."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from meterbook.analysis.bills.calendar_months import Method, prorate, shared

AMOUNTS = st.decimals(-99_999, 99_999, places=2)
USES = st.decimals(0, 99_999, places=3)
LENGTHS = st.integers(1, 95)
STARTS = st.dates(date(2019, 1, 1), date(2026, 12, 31))


@given(AMOUNTS, st.lists(st.integers(0, 10_000), min_size=1, max_size=14).filter(any))
def test_parts_add_up_and_none_is_off_by_a_cent(amount: Decimal, weights: list[int]) -> None:
    parts = shared(amount, weights)
    assert sum(parts) == amount
    assert all(
        abs(part - amount * weight / sum(weights)) < Decimal("0.0100000001")
        for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(STARTS, LENGTHS, USES, AMOUNTS)
def test_shares_by_days_add_up_to_the_bill_and_its_days(start: date, days: int, usage: Decimal, cost: Decimal) -> None:
    found = prorate(start, days, usage=usage, cost=cost)
    assert sum(one.days for one in found) == days
    assert sum((one.usage or 0 for one in found), Decimal(0)) == usage
    assert sum((one.cost or 0 for one in found), Decimal(0)) == cost
    assert [one.month for one in found] == sorted({(start + timedelta(days=n)).replace(day=1) for n in range(days)})
    assert {one.method for one in found} == ({Method.WHOLE} if len(found) == 1 else {Method.DAYS})


@given(STARTS, LENGTHS, USES, AMOUNTS, st.data())
def test_shares_by_intervals_add_up_to_the_bill(
    start: date, days: int, usage: Decimal, cost: Decimal, data: st.DataObject
) -> None:
    held = {start + timedelta(days=n): data.draw(st.integers(0, 90_000)) for n in range(days)}
    found = prorate(start, days, usage=usage, cost=cost, by_day=held)
    assert sum((one.usage or 0 for one in found), Decimal(0)) == usage
    assert sum((one.cost or 0 for one in found), Decimal(0)) == cost
    if len(found) > 1:
        assert {one.method for one in found} == {Method.INTERVALS if any(held.values()) else Method.DAYS}


@given(STARTS, st.lists(st.tuples(LENGTHS, USES, AMOUNTS), min_size=1, max_size=40))
def test_months_of_a_run_of_bills_sum_to_the_bills(start: date, bills: list[tuple[int, Decimal, Decimal]]) -> None:
    months: dict[date, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for days, usage, cost in bills:
        for one in prorate(start, days, usage=usage, cost=cost):
            months[one.month][0] += one.usage or 0
            months[one.month][1] += one.cost or 0
        start += timedelta(days=days)
    assert sum((one[0] for one in months.values()), Decimal(0)) == sum((usage for _, usage, _ in bills), Decimal(0))
    assert sum((one[1] for one in months.values()), Decimal(0)) == sum((cost for _, _, cost in bills), Decimal(0))


def test_a_bill_over_new_year_is_shared_by_its_days() -> None:
    found = prorate(date(2024, 12, 12), 31, usage=Decimal(310), cost=Decimal("100.00"))
    assert [(one.month, one.days, one.usage, one.cost) for one in found] == [
        (date(2024, 12, 1), 20, Decimal("200.00"), Decimal("64.52")),
        (date(2025, 1, 1), 11, Decimal("110.00"), Decimal("35.48")),
    ]


def test_intervals_say_that_all_was_used_in_one_month() -> None:
    held = {date(2025, 1, 30): 0, date(2025, 1, 31): 0, date(2025, 2, 1): 500, date(2025, 2, 2): 0}
    found = prorate(date(2025, 1, 30), 4, usage=Decimal(5), cost=Decimal(9), by_day=held)
    assert [(one.days, one.usage, one.method) for one in found] == [
        (2, Decimal("0.00"), Method.INTERVALS),
        (2, Decimal("5.00"), Method.INTERVALS),
    ]


def test_a_missing_day_or_use_below_zero_makes_it_go_by_days() -> None:
    days = [date(2025, 1, 31), date(2025, 2, 1)]
    for held in ({days[0]: 5}, {days[0]: -5, days[1]: 9}, dict.fromkeys(days, 0)):
        found = prorate(days[0], 2, usage=Decimal(5), cost=None, by_day=held)
        assert [(one.usage, one.cost, one.method) for one in found] == [(Decimal("2.50"), None, Method.DAYS)] * 2
