"""The run of bills: which count, which month each is for, and what a month came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.analysis.bills.comparing import beside, change, like_for_like, years
from meterbook.analysis.bills.degree_days import DegreeDays
from meterbook.analysis.bills.history import Weather, cost_of, days_of, history, usage_of, with_weather
from meterbook.analysis.bills.standing import chain, months_of, standing
from meterbook.model.bill_kinds import BillType, LineKind, ReadType
from meterbook.model.statement import LineItem, MeterUsage, Statement


def bill(start: date, end: date, **more: object) -> Statement:
    fields: dict[str, object] = {
        "account": "7001001",
        "bill_date": end + timedelta(days=1),
        "period_start": start,
        "period_end": end,
        "usage": Decimal(930),
        "usage_unit": "kWh",
        "current_charges": Decimal("111.60"),
        "services": ("electric",),
    }
    return Statement(**(fields | more))  # type: ignore[arg-type]


def cycle(first: date, lengths: list[int]) -> list[Statement]:
    """Bills one after the other, each from the read day that ended the one before."""
    found = []
    for days in lengths:
        found.append(bill(first, first + timedelta(days=days)))
        first += timedelta(days=days)
    return found


def test_a_bill_is_for_the_month_in_which_most_of_its_period_lies() -> None:
    bills = [bill(date(2026, 1, 2), date(2026, 2, 2)), bill(date(2026, 2, 2), date(2026, 3, 3))]
    assert months_of(bills) == (date(2026, 1, 1), date(2026, 2, 1))


def test_of_two_bills_whose_middles_fall_in_march_the_earlier_is_february_s() -> None:
    bills = [
        bill(date(2026, 1, 15), date(2026, 2, 14)),
        bill(date(2026, 2, 14), date(2026, 3, 16)),
        bill(date(2026, 3, 16), date(2026, 4, 15)),
    ]
    assert [one.month for one in months_of(bills)] == [1, 2, 3]


def test_an_account_read_in_the_middle_of_the_month_has_a_bill_for_every_month() -> None:
    reads = [date(2026, 1, 17), date(2026, 2, 16), date(2026, 3, 17), date(2026, 4, 17), date(2026, 5, 15)]
    reads += [date(2026, 6, 17), date(2026, 7, 17), date(2026, 8, 15), date(2026, 9, 15)]
    months = months_of([bill(start, end) for start, end in pairwise(reads)])
    assert [one.month for one in months] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_month_that_has_no_bill_is_not_filled_by_its_neighbour() -> None:
    bills = [bill(date(2026, 1, 2), date(2026, 2, 2)), bill(date(2026, 3, 2), date(2026, 4, 2))]
    assert [one.month for one in months_of(bills)] == [1, 3]
    summer = [bill(date(2026, 6, 17), date(2026, 7, 17)), bill(date(2026, 8, 16), date(2026, 9, 15))]
    assert [one.month for one in months_of(summer)] == [7, 9]


def test_a_bill_without_a_period_is_for_the_month_before_its_date() -> None:
    told = Statement(account="1", bill_date=date(2026, 2, 3))
    assert months_of([told]) == (date(2026, 1, 1),)


@given(
    st.dates(date(2015, 1, 1), date(2024, 1, 1)),
    st.lists(st.integers(28, 33), min_size=1, max_size=40),
)
def test_months_never_go_backwards_and_hold_at_most_two_bills(first: date, lengths: list[int]) -> None:
    months = months_of(cycle(first, lengths))
    assert list(months) == sorted(months)
    assert max(months.count(month) for month in months) <= 2


@given(st.dates(date(2015, 1, 1), date(2024, 1, 1)))
def test_three_years_of_bills_read_on_about_the_same_day_have_a_month_each(first: date) -> None:
    first = first.replace(day=min(first.day, 28))
    days = [first]
    for _ in range(36):
        after = (days[-1].replace(day=1) + timedelta(days=32)).replace(day=first.day)
        days.append(after)
    bills = [bill(start, end) for start, end in pairwise(days)]
    assert len(set(months_of(bills))) == 36


def test_a_cancelled_bill_and_a_replaced_one_do_not_count() -> None:
    first = bill(date(2026, 1, 2), date(2026, 2, 2), source_id="a", cancelled=True)
    second = bill(date(2026, 1, 2), date(2026, 2, 2), source_id="b", corrects="a", usage=Decimal(900))
    assert standing([second, first]) == (second,)
    uncancelled = replace(first, cancelled=False)
    assert standing([second, uncancelled]) == (second,)
    assert standing([replace(second, bill_type=BillType.CANCELLED), uncancelled]) == (uncancelled,)


def test_another_account_s_bill_of_the_same_number_is_not_replaced() -> None:
    first = bill(date(2026, 1, 2), date(2026, 2, 2), number="17")
    other = replace(first, account="7001002")
    second = bill(date(2026, 1, 2), date(2026, 2, 2), number="18", corrects="17")
    assert set(standing([first, other, second])) == {other, second}


def test_a_chain_of_corrections_is_found_from_any_of_its_bills() -> None:
    first = bill(date(2026, 1, 2), date(2026, 2, 2), number="1", cancelled=True)
    second = replace(first, bill_date=date(2026, 2, 9), number="2", corrects="1")
    third = replace(second, bill_date=date(2026, 2, 20), number="3", corrects="2", cancelled=False)
    other = bill(date(2026, 2, 2), date(2026, 3, 3), number="9")
    for one in (first, second, third):
        assert chain(one, [other, third, first, second]) == (first, second, third)
    assert chain(other, [other, third, first, second]) == (other,)


def test_a_bill_that_corrects_itself_ends_the_chain() -> None:
    one = bill(date(2026, 1, 2), date(2026, 2, 2), number="1", corrects="1")
    assert chain(one, [one]) == (one,)


def test_a_month_without_a_bill_stands_between_the_others_and_is_not_zero() -> None:
    months = history([bill(date(2026, 1, 2), date(2026, 2, 2)), bill(date(2026, 3, 3), date(2026, 4, 2))])
    assert [one.month.month for one in months] == [1, 2, 3]
    assert months[1].bills == ()
    assert (months[1].usage, months[1].cost, months[1].per_day) == (None, None, None)


def test_thirteen_months_are_kept_of_twenty() -> None:
    bills = cycle(date(2024, 1, 2), [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30, 31, 30, 31, 31])
    assert len(history(bills)) == 13
    assert len(history(bills, months=None)) == 20
    assert history(bills)[-1].month == date(2025, 8, 1)


def test_a_month_s_figures_are_the_bill_s() -> None:
    (month,) = history(
        [bill(date(2026, 1, 2), date(2026, 2, 2), temperature_low=Decimal(30), temperature_high=Decimal(50))]
    )
    assert (month.days, month.usage, month.cost) == (31, Decimal(930), Decimal("111.60"))
    assert (month.per_day, month.cost_per_day, month.cost_per_unit) == (Decimal(30), Decimal("3.6"), Decimal("0.12"))
    assert (month.low_f, month.high_f) == (Decimal(30), Decimal(50))


def test_nothing_used_has_no_cost_a_unit() -> None:
    (month,) = history([bill(date(2026, 1, 2), date(2026, 2, 2), usage=Decimal(0), current_charges=Decimal("32.33"))])
    assert month.cost_per_unit is None
    assert month.per_day == 0


def test_two_services_on_one_bill_are_told_apart() -> None:
    both = Statement(
        account="1",
        bill_date=date(2026, 2, 3),
        services=("electric", "water"),
        current_charges=Decimal("150.00"),
        lines=(
            LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal("100.00"), service="electric"),
            LineItem(kind=LineKind.WATER_USAGE, label="Water", amount=Decimal("49.12"), service="water"),
            LineItem(kind=LineKind.ROUND_UP, label="Round up", amount=Decimal("0.88")),
        ),
        meters=(
            MeterUsage(meter="E1", service="electric", usage=Decimal(812), unit="kWh"),
            MeterUsage(meter="E1", service="electric", register="kW", usage=Decimal("6.8"), unit="kW"),
            MeterUsage(meter="W1", service="water", usage=Decimal("3573.5"), unit="gal", read_type=ReadType.ESTIMATED),
        ),
    )
    assert usage_of(both, "electric") == (Decimal(812), "kWh")
    assert usage_of(both, "water") == (Decimal("3573.5"), "gal")
    assert (cost_of(both, "electric"), cost_of(both, "water")) == (Decimal("100.00"), Decimal("49.12"))
    assert [history([both], service=one)[0].estimated for one in ("electric", "water")] == [False, True]
    assert history([both], service="gas") == ()


def test_registers_of_parts_count_only_without_one_for_the_whole_and_energy_sent_back_never() -> None:
    parts = tuple(
        MeterUsage(meter="E1", register=name, usage=Decimal(amount), unit="kWh")
        for name, amount in (("on-peak", 100), ("off-peak", 500), ("received", 40))
    )
    statement = Statement(account="1", bill_date=date(2026, 2, 3), meters=parts)
    assert usage_of(statement) == (Decimal(600), "kWh")
    whole = MeterUsage(meter="E1", usage=Decimal(600), unit="kWh")
    assert usage_of(replace(statement, meters=(*parts, whole))) == (Decimal(600), "kWh")
    second = MeterUsage(meter="E2", usage=Decimal(7), unit="kWh")
    assert usage_of(replace(statement, meters=(*parts, whole, second))) == (Decimal(607), "kWh")


def test_units_that_differ_are_not_added() -> None:
    meters = (
        MeterUsage(meter="1", usage=Decimal(1), unit="CCF"),
        MeterUsage(meter="2", usage=Decimal(9), unit="therm"),
    )
    assert usage_of(Statement(account="1", bill_date=date(2026, 2, 3), services=("gas",), meters=meters), "gas") is None


def test_days_are_those_printed_else_those_between_the_dates() -> None:
    told = bill(date(2026, 1, 2), date(2026, 2, 2))
    assert days_of(told) == 31
    assert days_of(replace(told, days=32)) == 32
    assert days_of(replace(told, period_start=None)) is None


def test_weather_from_elsewhere_fills_only_what_the_bill_does_not_tell() -> None:
    told = {"temperature_low": Decimal(30), "temperature_high": Decimal(50)}
    bills = [bill(date(2026, 1, 2), date(2026, 2, 2), **told), bill(date(2026, 2, 2), date(2026, 3, 3))]
    weather = Weather(low_f=Decimal(1), high_f=Decimal(2), degrees=DegreeDays(heating=700.0, cooling=1.0))
    months = with_weather(history(bills), {date(2026, month, 1): weather for month in (1, 2)})
    assert [one.low_f for one in months] == [Decimal(30), Decimal(1)]
    assert [one.degrees for one in months] == [weather.degrees, weather.degrees]


def test_degree_days_are_told_by_the_mean_where_the_days_are_not_known() -> None:
    told = {"temperature_low": Decimal(30), "temperature_high": Decimal(50)}
    (month,) = history([bill(date(2026, 1, 2), date(2026, 2, 2), **told)])
    assert month.degrees == DegreeDays(heating=25.0 * 31, cooling=0.0)
    (without,) = history([bill(date(2026, 1, 2), date(2026, 2, 2))])
    assert without.degrees is None


def test_a_bill_stands_beside_the_month_before_and_the_year_before() -> None:
    bills = cycle(date(2025, 1, 2), [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31])
    found = beside(bills[-1], history(bills, months=None))
    assert found is not None
    assert found.month_before is not None
    assert found.year_before is not None
    assert (found.this.month, found.month_before.month, found.year_before.month) == (
        date(2026, 1, 1),
        date(2025, 12, 1),
        date(2025, 1, 1),
    )
    first = beside(bills[0], history(bills, months=None))
    assert first is not None
    assert (first.month_before, first.year_before) == (None, None)


def test_years_are_summed_and_held_against_the_same_months_only() -> None:
    bills = cycle(date(2025, 1, 2), [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31])
    bills[-1] = replace(bills[-1], usage=Decimal(1023), current_charges=Decimal("120.00"))
    months = history(bills, months=None)
    assert [(one.year, one.usage, one.cost) for one in years(months)] == [
        (2025, Decimal(930) * 12, Decimal("111.60") * 12),
        (2026, Decimal(1023), Decimal("120.00")),
    ]
    pair = like_for_like(months, 2026)
    assert pair is not None
    assert (pair[0].usage, pair[1].usage, pair[1].days) == (Decimal(1023), Decimal(930), 31)
    assert change(pair[0].usage, pair[1].usage) == Decimal("0.1")
    assert like_for_like(months, 2025) is None


@pytest.mark.parametrize(
    ("now", "before"), [(None, Decimal(1)), (Decimal(1), None), (Decimal(1), Decimal(0)), (Decimal(1), Decimal(-5))]
)
def test_a_change_is_not_told_where_it_means_nothing(now: Decimal | None, before: Decimal | None) -> None:
    assert change(now, before) is None
