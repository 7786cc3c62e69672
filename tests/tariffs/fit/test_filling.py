"""Numbers that are proved put into a schedule, shells shaped by their bills, and the file that is written of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
from tariffs.fit.secret import SECRET, bill, tariff

from meterbook.model.tariff import Energy, Figure, Fixed, Rider, Tariff
from meterbook.tariffs.checking import problems
from meterbook.tariffs.fit.filling import filled
from meterbook.tariffs.fit.joint import Case, fit
from meterbook.tariffs.fit.shape import shaped
from meterbook.utilities.tariff_loader import parse
from meterbook.utilities.tariff_writer import dump

YEAR = [date(2025, month, 1) for month in range(1, 13)]
BILLS = [bill(at, month, str(900 + 137 * (at * 5 % 12)), account=1) for at, month in enumerate(YEAR)]


def fitted_into(schedule: Tariff) -> tuple[Tariff, int]:
    return filled(schedule, fit([Case(tariff=schedule, bill=one) for one in BILLS]).fitted)


def test_numbers_of_one_value_stand_in_the_schedule_with_what_proves_them() -> None:
    made, count = fitted_into(tariff())
    facilities, energy, *_ = made.versions[0].charges
    assert count >= 3
    assert isinstance(facilities, Fixed)
    assert isinstance(facilities.amount, Figure)
    assert facilities.amount.value == Decimal(SECRET["fixed"])
    assert facilities.amount.status == "fitted"
    how = "the only value in steps of 0.01 that gives 12 bills, 2025-01 to 2025-12, to the cent"
    assert facilities.amount.how == how
    assert isinstance(energy, Energy)
    assert [one.rate.value for one in energy.rates if isinstance(one.rate, Figure)] == [
        Decimal("0.09980"),
        Decimal("0.09010"),
    ]


def test_months_of_one_value_in_a_row_are_one_span_and_others_stay_as_they_were() -> None:
    made, _ = fitted_into(tariff())
    rider = next(one for one in made.versions[0].charges if isinstance(one, Rider) and one.rider == "WPCA")
    spans = [(one.start, one.end, one.value) for one in rider.values]
    assert spans[0] == ("2014-01", "2024-12", None)
    assert spans[-1][:2] == ("2026-01", None)
    assert all(value in (None, Decimal("0.00100")) for _, _, value in spans)
    assert any(start != end and value for start, end, value in spans)


def test_the_file_that_is_written_reads_back_without_a_problem() -> None:
    made, _ = fitted_into(tariff())
    assert list(problems(made)) == []
    assert parse(dump(made).encode(), "R.yaml") == made


def test_months_between_of_which_no_bill_tells_are_not_known() -> None:
    bare = tariff()
    charges = [
        msgspec.structs.replace(one, values=[]) if isinstance(one, Rider) and one.rider == "WPCA" else one
        for one in bare.versions[0].charges
    ]
    schedule = msgspec.structs.replace(bare, versions=[msgspec.structs.replace(bare.versions[0], charges=charges)])
    bills = [one for at, one in enumerate(BILLS, start=1) if at not in (5, 6)]
    made, _ = filled(schedule, fit([Case(tariff=schedule, bill=one) for one in bills]).fitted)
    rider = next(one for one in made.versions[0].charges if isinstance(one, Rider) and one.rider == "WPCA")
    assert ("2025-05", "2025-06", None, "no bill tells it") in [
        (one.start, one.end, one.value, one.how) for one in rider.values
    ]
    assert list(problems(made)) == []


def test_a_range_is_never_put_in() -> None:
    schedule = tariff()
    few = [Case(tariff=schedule, bill=bill(0, date(2025, 7, 1), "212.4"))]
    made, _ = filled(schedule, fit(few).fitted)
    energy = made.versions[0].charges[1]
    assert isinstance(energy, Energy)
    assert energy.rates[0].rate == Figure(value=None)


def test_a_shell_gets_its_charges_from_its_bills_and_its_seasons_from_another_schedule() -> None:
    shell = msgspec.convert(
        {
            "format": "meterbook-tariff/1", "utility": "test", "code": "SGS", "name": "Small", "sector": "commercial",
            "zone": "America/New_York", "versions": [{"start": "2013-01-01", "not_known": ["the price of energy"]}],
        },
        Tariff,
        strict=False,
    )  # fmt: skip
    made, count = fitted_into(shaped(shell, BILLS, [tariff()]))
    shell_, version = made.versions
    assert shell_ == shell.versions[0]  # what the bills of 2025 say is not said of the years before
    assert version.start == date(2025, 1, 1)
    assert count
    assert version.not_known == []
    assert [one.name for one in version.charges] == ["Facilities Charge", "Energy", "WPCA", "REPS", "NC sales tax"]
    energy = version.charges[1]
    assert isinstance(energy, Energy)
    assert [one.season for one in energy.rates] == ["summer", "winter"]
    assert list(problems(made)) == []


def test_bills_of_one_season_say_nothing_of_the_other() -> None:
    shell = msgspec.convert(
        {
            "format": "meterbook-tariff/1", "utility": "test", "code": "SGS", "name": "Small",
            "zone": "America/New_York", "versions": [{"start": "2013-01-01", "not_known": ["the price of energy"]}],
        },
        Tariff,
        strict=False,
    )  # fmt: skip
    summer = BILLS[5:10]
    schedule = shaped(shell, summer, [tariff()])
    made, _ = filled(schedule, fit([Case(tariff=schedule, bill=one) for one in summer]).fitted)
    energy = made.versions[-1].charges[1]
    assert isinstance(energy, Energy)
    assert [one.rate.value for one in energy.rates if isinstance(one.rate, Figure)] == [Decimal("0.09980"), None]
    assert made.versions[-1].not_known == ["Energy"]


def test_a_shell_without_a_price_that_holds_all_year_and_without_another_schedule_is_told_where_it_changes() -> None:
    shell = msgspec.convert(
        {
            "format": "meterbook-tariff/1", "utility": "test", "code": "SGS", "name": "Small",
            "zone": "America/New_York", "versions": [{"start": "2013-01-01"}],
        },
        Tariff,
        strict=False,
    )  # fmt: skip
    schedule = shaped(shell, BILLS)
    found = fit([Case(tariff=schedule, bill=one) for one in BILLS])
    assert [str(place) for one in found.spoiled for place in one.places] == ["Energy"]
    assert fitted_into(schedule)[0].versions[1].not_known == ["Energy"]
