"""Many accounts by month: sums, and the bills that are not there."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from meterbook.analysis.bills.portfolio import GroupBy, Standing, absent, as_billed, billed_services
from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import MeterUsage, Statement


def _bill(account: str, start: date, *, days: int = 30, kwh: str = "100", **more: object) -> Statement:
    end = start + timedelta(days=days)
    told = {"services": ("electric",), "meters": (MeterUsage(meter="1", location="L1"),)} | more
    return Statement(
        account=account, bill_date=end, period_start=start, period_end=end, days=days, usage=Decimal(kwh),
        usage_unit="kWh", current_charges=Decimal("12.34"), **told,  # type: ignore[arg-type]
    )  # fmt: skip


def _run(account: str, months: int, skip: frozenset[int] = frozenset()) -> list[Statement]:
    starts = [date(2024, 1, 3) + timedelta(days=30 * n) for n in range(months)]
    return [_bill(account, start) for n, start in enumerate(starts) if n not in skip]


def test_accounts_are_rows_and_locations_and_services_sum_them() -> None:
    parts = billed_services("u", _run("A", 3)) + billed_services("u", _run("B", 3))
    by_account = as_billed(parts, GroupBy.ACCOUNT)
    assert [(cell.key, cell.month.month, cell.usage, cell.cost, cell.days) for cell in by_account][:4] == [
        ("A", 1, Decimal(100), Decimal("12.34"), 30),
        ("A", 2, Decimal(100), Decimal("12.34"), 30),
        ("A", 3, Decimal(100), Decimal("12.34"), 30),
        ("B", 1, Decimal(100), Decimal("12.34"), 30),
    ]
    for by, key in ((GroupBy.LOCATION, "L1"), (GroupBy.SERVICE, "electric")):
        cells = as_billed(parts, by)
        assert [(cell.key, cell.bills, cell.usage, cell.cost) for cell in cells] == [
            (key, 2, Decimal(200), Decimal("24.68"))
        ] * 3


def test_cancelled_and_replaced_bills_do_not_count() -> None:
    wrong = _bill("A", date(2024, 1, 3), kwh="900", cancelled=True, source_id="1")
    right = _bill("A", date(2024, 1, 3), source_id="2", corrects="1")
    assert [one.usage for one in billed_services("u", [wrong, right])] == [Decimal(100)]


def test_a_month_between_two_bills_is_missing() -> None:
    parts = billed_services("u", _run("A", 6, skip=frozenset({2, 3})))
    gone = absent(parts, date(2024, 6, 30))
    assert [(cell.key, cell.month, cell.standing) for cell in gone] == [
        ("A", date(2024, 3, 1), Standing.MISSING),
        ("A", date(2024, 4, 1), Standing.MISSING),
    ]


def test_a_bill_of_two_months_leaves_none_missing() -> None:
    bills = [*_run("A", 2), _bill("A", date(2024, 3, 3), days=61), _bill("A", date(2024, 5, 3))]
    assert absent(billed_services("u", bills), date(2024, 6, 30)) == []


def test_the_next_bill_is_late_two_weeks_after_it_should_have_come() -> None:
    parts = billed_services("u", _run("A", 4))
    last = parts[-1].statement.bill_date
    assert absent(parts, last + timedelta(days=45)) == []
    (late,) = absent(parts, last + timedelta(days=46))
    assert (late.month, late.standing) == (date(2024, 5, 1), Standing.LATE)


def test_closed_accounts_and_final_bills_are_never_late() -> None:
    parts = billed_services("u", _run("A", 4))
    assert absent(parts, date(2026, 1, 1), closed=frozenset({"A"})) == []
    final = [*_run("B", 3), _bill("B", date(2024, 4, 2), bill_type=BillType.FINAL)]
    assert absent(billed_services("u", final), date(2026, 1, 1)) == []
