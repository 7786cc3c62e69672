"""Secret prices, bills made of them by plain arithmetic, and the same prices found again, to the last digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tariffs.fit.secret import SECRET, bill, tariff, with_wpca

from meterbook.tariffs.fit.joint import Case, Fitted, Outcome, fit

KWH = (
    "1391.214", "1115.007", "987.5", "812.38", "640.25", "1204.119",
    "1633.9", "1580.02", "1301.33", "905.6", "871.2", "1260.77",
)  # fmt: skip
YEAR = [date(2025, month, 1) for month in range(1, 13)]


def fitted(outcome: Outcome) -> dict[str, Fitted]:
    return {str(one.place): one for one in outcome.fitted}


def year(show: str = "lines", account: int = 1, scale: str = "1", **more: object) -> list[Case]:
    schedule = tariff()
    return [
        Case(
            tariff=schedule,
            bill=bill(
                100 * account + at, month, str(Decimal(kwh) * Decimal(scale)), show=show, account=account, **more
            ),  # type: ignore[arg-type]
        )
        for at, (month, kwh) in enumerate(zip(YEAR, KWH, strict=True))
    ]


@pytest.mark.parametrize("show", ["lines", "folded"])
def test_a_year_of_bills_gives_each_price_alone(show: str) -> None:
    found = fit(year(show))
    assert not found.spoiled
    by_name = fitted(found)
    names = {"Facilities charge": "fixed", "Energy, summer": "summer", "Energy, winter": "winter"}
    for name, key in names.items():
        assert by_name[name].only, name
        assert by_name[name].low == Decimal(SECRET[key])
    assert by_name["Energy, winter"].bills == 7
    assert (by_name["Energy, winter"].first, by_name["Energy, winter"].last) == ("2025-01", "2025-12")
    riders = [one for name, one in by_name.items() if name.startswith("WPCA of")]
    assert len(riders) == 12
    assert all(one.low <= Decimal(SECRET["WPCA"]) <= one.high for one in riders)
    assert [one.only for one in riders if one.place.month == "2025-07"] == [True]  # 1,633.9 kWh


def test_totals_of_two_accounts_give_what_those_of_one_do_not() -> None:
    made = with_wpca("0.001")
    one = [Case(tariff=made, bill=case.bill) for case in year("total")]
    two = [Case(tariff=made, bill=case.bill) for case in year("total", account=2, scale="0.31")]
    alone, both = fitted(fit(one[:2])), fitted(fit([*one, *two]))
    assert not alone["Facilities charge"].only
    assert {name: (each.only, each.low) for name, each in both.items()} == {
        "Facilities charge": (True, Decimal("32.33")),
        "Energy, summer": (True, Decimal("0.09980")),
        "Energy, winter": (True, Decimal("0.09010")),
    }
    assert both["Facilities charge"].accounts == 2
    assert both["Facilities charge"].bills == 24


def test_too_few_bills_leave_a_range_and_name_the_bill_that_decides_it() -> None:
    schedule = tariff()
    small = bill(1, date(2025, 7, 1), "212.4")
    found = fitted(fit([Case(tariff=schedule, bill=small)]))["Energy, summer"]
    assert not found.only
    assert found.low < Decimal(SECRET["summer"]) < found.high
    assert found.decides is not None
    assert found.decides.unit == "kWh"
    more = bill(2, date(2025, 8, 1), str(found.decides.quantity))
    both = fitted(fit([Case(tariff=schedule, bill=small), Case(tariff=schedule, bill=more)]))["Energy, summer"]
    assert both.only
    assert both.low == Decimal(SECRET["summer"])


def test_folded_charges_leave_pairs_and_the_bill_that_is_named_decides_them() -> None:
    schedule = tariff()
    first = [bill(at, date(2025, 6 + at, 1), kwh, show="folded") for at, kwh in enumerate(("640.25", "700.1"))]
    found = fitted(fit([Case(tariff=schedule, bill=one) for one in first]))
    energy = found["Energy, summer"]
    assert not energy.only
    assert energy.exact
    assert [str(one) for one in energy.with_] == ["Facilities charge"]
    assert energy.decides is not None
    assert energy.decides.left == 1
    more = bill(9, date(2025, 9, 1), str(energy.decides.quantity), show="folded")
    both = fitted(fit([Case(tariff=schedule, bill=one) for one in [*first, more]]))
    assert both["Energy, summer"].only
    assert both["Facilities charge"].low == both["Facilities charge"].high == Decimal("32.33")


def test_a_bill_that_is_a_cent_off_is_named_and_nothing_is_told_as_certain() -> None:
    cases = year()
    wrong = bill(106, YEAR[6], KWH[6], off="0.01")
    cases[6] = Case(tariff=cases[6].tariff, bill=wrong)
    found = fit(cases)
    (trouble,) = [one for one in found.spoiled if "Energy, summer" in {str(place) for place in one.places}]
    assert trouble.bills == (106,)
    assert trouble.alone
    assert "Energy, summer" not in fitted(found)
    assert "Energy, winter" in fitted(found)


def test_a_bill_that_is_a_cent_off_is_named_among_folded_ones() -> None:
    cases = year("folded")
    wrong = bill(103, YEAR[3], KWH[3], off="-0.01", show="folded")
    cases[3] = Case(tariff=cases[3].tariff, bill=wrong)
    (trouble,) = fit(cases).spoiled
    assert 103 in trouble.bills


def test_one_wrong_bill_is_found_among_those_of_many_accounts() -> None:
    cases = [one for account in range(1, 16) for one in year("folded", account=account, scale=f"0.{40 + 3 * account}")]
    spoiled = cases[100].bill
    cases[100] = Case(
        tariff=cases[100].tariff,
        bill=bill(spoiled.number, spoiled.first, str(spoiled.kwh), account=spoiled.account, show="folded", off="0.02"),
    )
    found = fit(cases)
    assert [one.bills for one in found.spoiled] == [(spoiled.number,)]
    assert found.elsewhere == ()


def test_several_wrong_bills_are_told_apart_from_those_that_agree() -> None:
    cases = [*year(account=1), *year(account=2, scale="0.83")]
    wrong = {3: "0.02", 14: "-0.05", 22: "1.00"}
    for at, off in wrong.items():
        old = cases[at].bill
        cases[at] = Case(
            tariff=cases[at].tariff, bill=bill(old.number, old.first, str(old.kwh), account=old.account, off=off)
        )
    (trouble,) = [one for one in fit(cases).spoiled if "Energy, winter" in {str(place) for place in one.places}]
    assert not trouble.alone
    assert set(trouble.bills) == {cases[at].bill.number for at in wrong}


def test_a_price_that_changes_is_told_with_the_bill_it_changes_at() -> None:
    cases = year()
    new = {**SECRET, "winter": "0.0945"}
    for at in (10, 11):
        cases[at] = Case(tariff=cases[at].tariff, bill=bill(100 + at, YEAR[at], KWH[at], prices=new))
    (trouble,) = fit(cases).spoiled
    assert trouble.changed == 110


def test_an_account_of_another_class_is_named_and_the_others_are_fitted() -> None:
    cases = [*year(account=1), *year(account=2, scale="0.7"), *year(account=3, scale="1.2", kind="commercial")]
    found = fit(cases)
    assert [(one.account, one.kind) for one in found.elsewhere] == [(3, "commercial")]
    assert not found.spoiled
    assert fitted(found)["Energy, winter"].only


def test_an_account_whose_riders_are_a_month_behind_is_named() -> None:
    values = [f"0.00{month}" for month in (100, 150, 210, 320, 180, 250, 400, 110, 90, 510, 330, 240)]

    def of(account: int, scale: str, behind: int) -> list[Case]:
        return [
            Case(
                tariff=tariff(),
                bill=bill(
                    100 * account + at, month, str(Decimal(KWH[at]) * Decimal(scale)), account=account,
                    prices={**SECRET, "WPCA": values[at - behind]},
                ),
            )
            for at, month in enumerate(YEAR)
            if at
        ]  # fmt: skip

    found = fit([*of(1, "1.3", 0), *of(2, "1.1", 0), *of(3, "1.7", 0), *of(4, "0.9", 1)])
    assert [(one.account, one.rider_month, one.bills) for one in found.elsewhere] == [(4, "before", 11)]
    assert not found.spoiled
