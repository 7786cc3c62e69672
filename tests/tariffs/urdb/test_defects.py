"""Defects of records and parts that can't be represented: refused by name with the field's path, or remarked on."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import needs_shared
from tariffs.urdb.made_records import examined, made, odd_fields
from tariffs.urdb.priced import record_of

from meterbook.model.errors import InputError, MeterbookError
from meterbook.tariffs.checking import problems

BOTH = [[0] * 12 + [1] * 12] * 12
TIERS = [{"max": 500, "rate": 0.1, "unit": "kWh"}, {"rate": 0.2, "unit": "kWh"}]
FLAT = {"flatdemandstructure": [[{"rate": 5}]], "flatdemandmonths": [0] * 12}

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "a schedule names a period without a rate",
        {"energyweekdayschedule": BOTH},
        "energyweekdayschedule[0][12]",
        "period 1",
    ),
    (
        "a tier has a unit and no rate",
        {"energyratestructure": [[{"unit": "kWh"}]]},
        "energyratestructure[0][0]",
        "neither",
    ),
    ("there is no price of energy", {"energyratestructure": None}, "energyratestructure", "no price of energy"),
    (
        "limits do not rise",
        {"energyratestructure": [[TIERS[0], {"max": 400, "rate": 0.2}, {"rate": 0.3}]]},
        "energyratestructure[0][1].max",
        "does not rise",
    ),
    (
        "a limit is missing in between",
        {"energyratestructure": [[{"rate": 0.1}, {"rate": 0.2}]]},
        "energyratestructure[0][0].max",
        "no limit",
    ),
    (
        "tiers by apparent power",
        {"energyratestructure": [[{"max": 300, "rate": 0.1, "unit": "kWh/kVA"}, {"rate": 0.2, "unit": "kWh/kVA"}]]},
        "energyratestructure[0][0].unit",
        "kWh/kVA",
    ),
    (
        "tiers by horsepower",
        {"energyratestructure": [[{"max": 300, "rate": 0.1, "unit": "kWh/hp"}, {"rate": 0.2, "unit": "kWh/hp"}]]},
        "energyratestructure[0][0].unit",
        "kWh/hp",
    ),
    (
        "tiers by demand without a demand charge",
        {"energyratestructure": [[{"max": 300, "rate": 0.1, "unit": "kWh/kW"}, {"rate": 0.2, "unit": "kWh/kW"}]]},
        "energyratestructure",
        "no demand charge",
    ),
    (
        "tiers of several units",
        {
            "energyratestructure": [
                [
                    {"max": 300, "rate": 0.1, "unit": "kWh"},
                    {"max": 400, "rate": 0.2, "unit": "kWh daily"},
                    {"rate": 0.3},
                ]
            ]
        },
        "energyratestructure[0][1].unit",
        "kwh daily",
    ),
    ("demand in kVA", FLAT | {"flatdemandunit": "kVA"}, "flatdemandunit", "kVA"),
    ("demand in hp", FLAT | {"flatdemandunit": "hp"}, "flatdemandunit", "hp"),
    (
        "demand in kVA by tier",
        {"flatdemandstructure": [[{"rate": 5, "unit": "kVA"}]], "flatdemandmonths": [0] * 12},
        "flatdemandstructure[0][0].unit",
        "kVA",
    ),
    (
        "a month of demand without a rate",
        FLAT | {"flatdemandmonths": [0] * 11 + [2]},
        "flatdemandmonths[11]",
        "period 2",
    ),
    (
        "demand by period without schedules",
        {"demandratestructure": [[{"rate": 5}], [{"rate": 6}]]},
        "demandweekdayschedule",
        "missing",
    ),
    (
        "coincident demand by a schedule that names no rate",
        {"coincidentratestructure": [[{"rate": 1}]], "coincidentrateschedule": BOTH},
        "coincidentrateschedule",
        "no rate",
    ),
    (
        "coincident demand in kVA",
        {"coincidentratestructure": [[{"rate": 1}]], "coincidentrateunit": "kVA"},
        "coincidentrateunit",
        "kVA",
    ),
    ("an odd demand window", FLAT | {"demandwindow": 7}, "demandwindow", "7 minutes"),
    ("a share above one", FLAT | {"lookbackpercent": 300}, "lookbackpercent", "no share"),
    ("a look-back without end", FLAT | {"lookbackpercent": 0.5, "lookbackrange": 100}, "lookbackrange", "100 months"),
    (
        "a ratchet without a charge",
        FLAT
        | {
            "flatdemandstructure": [[{"rate": 5}]],
            "lookbackpercent": 0.5,
            "lookbackrange": 3,
            "flatdemandunit": "kW daily",
        },
        "lookbackpercent",
        "no charge",
    ),
    ("a start after the end", {"startdate": 1609459200, "enddate": 1577836800}, "enddate", "before it begins"),
    ("a rule that nobody knows", {"dgrules": "Barter"}, "dgrules", "Barter"),
    (
        "a unit of a fixed charge that nobody knows",
        {"fixedchargeunits": "$/fortnight"},
        "fixedchargeunits",
        "fortnight",
    ),
    ("a unit of a minimum that nobody knows", {"mincharge": 1, "minchargeunits": "$/hp"}, "minchargeunits", "$/hp"),
    (
        "sells that differ by tier",
        {"dgrules": "Net Billing", "energyratestructure": [[{**TIERS[0], "sell": 0.1}, {**TIERS[1], "sell": 0.2}]]},
        "energyratestructure[0]",
        "differ by tier",
    ),
    (
        "fuel adjustments of other than a year",
        {"fueladjustmentsmonthly": [0.1] * 11},
        "fueladjustmentsmonthly",
        "11 values",
    ),
]


@pytest.mark.parametrize(
    ("changes", "field", "what"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_represented_is_refused_by_name(changes: dict[str, Any], field: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        examined(made(**changes))
    assert field in str(caught.value)
    assert what in str(caught.value)


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"energyweekdayschedule": [[0] * 24] * 11}, "energyweekdayschedule"),
    ({"energyweekdayschedule": [[0] * 23] * 12}, "energyweekdayschedule[0]"),
    ({"energyweekdayschedule": [[-1] * 24] * 12}, "energyweekdayschedule[0][0]"),
    ({"energyweekdayschedule": [[0.5] * 24] * 12}, "energyweekdayschedule[0][0]"),
    ({"energyweekdayschedule": "often"}, "energyweekdayschedule"),
    ({"energyratestructure": {"rate": 1}}, "energyratestructure"),
    ({"energyratestructure": [["cheap"]]}, "energyratestructure[0][0]"),
    ({"energyratestructure": [[{"rate": True}]]}, "energyratestructure[0][0].rate"),
    ({"energyratestructure": [[{"rate": float("inf")}]]}, "energyratestructure[0][0].rate"),
    ({"energyratestructure": [[{"rate": Decimal("1e999999999")}]]}, "energyratestructure[0][0].rate"),
    ({"energyratestructure": [[{"rate": "0." + "1" * 5000}]]}, "energyratestructure[0][0].rate"),
    ({"startdate": Decimal("1e999999999")}, "startdate"),
    ({"startdate": "soon"}, "startdate"),
    ({"startdate": 10**20}, "startdate"),
    ({"fixedchargefirstmeter": "ten"}, "fixedchargefirstmeter"),
    ({"usenetmetering": "perhaps", "dgrules": None}, "usenetmetering"),
]


@pytest.mark.parametrize(
    ("changes", "field"), MALFORMED, ids=[f"{case[1]} {number}" for number, case in enumerate(MALFORMED)]
)
def test_what_cannot_be_read_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        examined(made(**changes))
    assert f"field {field})" in str(caught.value)


ODD: list[tuple[str, dict[str, Any], str]] = [
    ("a price far too high", {"energyratestructure": [[{"rate": 9.9}]]}, "energyratestructure[0][0]"),
    ("a negative price", {"energyratestructure": [[{"rate": -0.01}]]}, "energyratestructure[0][0]"),
    ("a fixed charge far too high", {"fixedchargefirstmeter": 2532584.53}, "fixedchargefirstmeter"),
    ("a negative fixed charge", {"fixedchargefirstmeter": -5}, "fixedchargefirstmeter"),
    ("an end of a two-digit year", {"enddate": -61394284800}, "enddate"),
    ("an end just before the start, as time zones make it", {"enddate": 1577836800 - 86_400}, "enddate"),
    ("the epoch for a start", {"startdate": 0}, "startdate"),
    ("no start", {"startdate": None}, "startdate"),
    (
        "a limit on the last tier",
        {"energyratestructure": [[TIERS[0], {"max": 900, "rate": 0.2, "unit": "kWh"}]]},
        "energyratestructure[0][1].max",
    ),
    (
        "a tier without a unit",
        {"energyratestructure": [[{"max": 500, "rate": 0.1}, {"rate": 0.2}]]},
        "energyratestructure[0][0].unit",
    ),
    ("a period without hours", {"energyratestructure": [[{"rate": 0.1}], [{"rate": 0.2}]]}, "energyratestructure[1]"),
    ("no schedule of the only period", {"energyweekdayschedule": None}, "energyweekdayschedule"),
    ("a field that nobody knows", {"favouritecolour": "green"}, "favouritecolour"),
    ("two fixed charges that differ", {"fixedmonthlycharge": 11}, "fixedmonthlycharge"),
    ("no unit of the fixed charge", {"fixedchargeunits": None}, "fixedchargeunits"),
    ("no unit of the minimum", {"mincharge": 5}, "minchargeunits"),
    ("a part of a bill only", {"servicetype": "Delivery"}, "servicetype"),
    ("money in words", {"basicinformationcomments": "plus a fuel rider"}, "basicinformationcomments"),
    (
        "prices for energy sold that are not used",
        {"energyratestructure": [[{"rate": 0.1, "sell": 0.03}]]},
        "energyratestructure",
    ),
]


@pytest.mark.parametrize(("changes", "field"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
def test_what_looks_wrong_is_remarked_on_with_its_field(changes: dict[str, Any], field: str) -> None:
    assert field in odd_fields(made(**changes))
    assert field not in odd_fields(made())


def test_an_end_of_a_two_digit_year_is_of_this_century() -> None:
    (version,) = examined(made(startdate=None, enddate=-61394284800)).tariff.versions
    assert str(version.end) == "2024-06-29"


def test_a_huge_limit_is_none() -> None:
    record = made(energyratestructure=[[TIERS[0], {"max": 1e38, "rate": 0.2, "unit": "kWh"}]])
    assert odd_fields(record) == []


def test_all_refusals_are_named_at_once_with_how_to_do_without() -> None:
    record = made(**FLAT, flatdemandunit="kVA", energyweekdayschedule=BOTH, dgrules="Barter")
    with pytest.raises(InputError) as caught:
        examined(record)
    for word in ("kVA", "period 1", "Barter"):
        assert word in str(caught.value)
    assert caught.value.hint is not None
    assert "--leave-out generation,energy,flat-demand" in caught.value.hint


def test_a_part_is_left_out_only_when_asked_and_the_note_says_so() -> None:
    record = made(**FLAT, flatdemandunit="kVA")
    reading = examined(record, leave_out=frozenset({"flat-demand"}))
    assert "left out as asked" in (reading.tariff.note or "")
    assert list(problems(reading.tariff)) == []


@needs_shared
@pytest.mark.parametrize(
    ("label", "field"),
    [("539fb6c7", "energyweekdayschedule[0][0]"), ("539fc25d", "energyratestructure[0][0]")],
)
def test_the_defective_records_are_refused_with_the_field(label: str, field: str) -> None:
    with pytest.raises(InputError) as caught:
        examined(record_of(label))
    assert field in str(caught.value)


NAMES = ("energyratestructure", "energyweekdayschedule", "flatdemandstructure", "flatdemandmonths", "lookbackmonths",
         "startdate", "fixedchargefirstmeter", "dgrules", "energyattrs", "mincharge", "revisions", "label")  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("rate", "max", "unit", "adj", "x")), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3))
def test_whatever_stands_in_a_record_it_is_read_without_problems_or_refused_in_words(changes: dict[str, Any]) -> None:
    with contextlib.suppress(MeterbookError):
        assert list(problems(examined(made(**changes)).tariff)) == []
