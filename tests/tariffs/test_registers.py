"""Bills on register: what the register tells is billed, where its kWh lie on the clock, and what demand stays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tariffs.test_rules import DEAR, FLAT, amounts, at, bill, schedule, usage

from meterbook.model.errors import InputError
from meterbook.tariffs.inputs import Span, Usage
from meterbook.tariffs.plan import plan
from meterbook.tariffs.registers import on_register

PERIODS: dict[str, Any] = {"tou": {"on": [{"start": "12:00", "end": "18:00"}], "off": "rest"}}
TIMED: dict[str, Any] = {
    "charge": "energy", "name": "Energy", "rates": [{"period": "on", "rate": 1}, {"period": "off", "rate": "0.1"}],
}  # fmt: skip
JUNE = (at("2026-06-01"), at("2026-07-01"))


def june(**told: Any) -> Span:
    return Span(start=JUNE[0], end=JUNE[1], **told)


def used(**more: Any) -> Usage:
    return usage("2026-06-01", "2026-07-01", 1000, **more)


def test_missing_intervals_are_billed_by_the_register_and_never_as_nothing() -> None:
    tariff = schedule(FLAT, missing="register")
    gone = used(missing=slice(24, 72))  # two days of 48 kWh
    made = bill(tariff, gone, june(register_kwh=Decimal("719.4")))
    assert amounts(made) == ["71.94"]
    assert made.notes == ("48 of 720 intervals are missing; energy is what the register tells",)
    with pytest.raises(InputError, match="what the register tells is not known"):
        bill(tariff, gone, june())


def test_without_missing_intervals_the_register_counts_only_where_bills_go_by_it() -> None:
    assert amounts(bill(schedule(FLAT, missing="register"), used(), june(register_kwh=Decimal(600)))) == ["72.00"]
    assert amounts(bill(schedule(FLAT, usage="register"), used(), june(register_kwh=Decimal(600)))) == ["60.00"]
    assert amounts(bill(schedule(FLAT, usage="register"), used(), june())) == ["72.00"]


def test_kwh_of_missing_hours_have_the_prices_of_those_hours() -> None:
    # Noon to six of three days is missing: 18 hours on peak. The register has 36 kWh for them, twice the usual.
    gone = np.zeros(720, np.bool_)
    for day in range(3):
        gone[day * 24 + 12 : day * 24 + 18] = True
    lost = replace(used(), delivered=np.where(gone, 0, 1000), missing=gone)
    made = bill(schedule(TIMED, missing="register", periods=PERIODS), lost, june(register_kwh=Decimal(702 + 36)))
    assert [str(line.quantity) for line in made.lines] == ["198.000", "540.000"]  # 162 measured + 36; 540 as measured
    shared = schedule(TIMED, missing="register", register_split="proportion", periods=PERIODS)
    made = bill(shared, lost, june(register_kwh=Decimal(738)))
    # 738 shared out as 162 to 540: 170.308 (170.3077) and 567.692
    assert [str(line.quantity) for line in made.lines] == ["170.308", "567.692"]
    with pytest.raises(InputError, match="one register for all hours"):
        bill(schedule(TIMED, missing="register", register_split="refuse", periods=PERIODS), lost, june(
            register_kwh=Decimal(738)))  # fmt: skip


def test_a_register_of_each_period_decides_by_itself() -> None:
    tariff = schedule(TIMED, usage="register", register_split="refuse", periods=PERIODS)
    told = (("on", Decimal("150.5")), ("off", Decimal("600.25")))
    assert [str(line.quantity) for line in bill(tariff, used(), june(register_periods=told)).lines] == [
        "150.500", "600.250",
    ]  # fmt: skip


def test_demand_is_that_of_the_intervals_whatever_the_register_tells() -> None:
    demand = {"charge": "demand", "name": "Demand", "minutes": 60, "rates": [{"rate": 10}]}
    gone = used(missing=slice(24, 26))
    made = bill(schedule(FLAT, demand, missing="register"), gone, june(register_kwh=Decimal(900)))
    assert amounts(made) == ["90.00", "10.00"]  # not the 91 kW that two hours would need


def test_blocks_parts_and_energy_sent_back_go_by_the_register_too() -> None:
    tiers = {**FLAT, "rates": [{"blocks": [{"up_to": 500, "rate": "0.1"}, {"rate": "0.2"}]}]}
    assert amounts(bill(schedule(tiers, usage="register"), used(), june(register_kwh=Decimal(800)))) == [
        "50.00",
        "60.00",
    ]
    credit = {"charge": "export", "name": "Credit", "scheme": "net-billing", "rates": [{"rate": "0.05"}]}
    told = june(register_kwh=Decimal(800), register_received_kwh=Decimal(100))
    assert amounts(bill(schedule(FLAT, credit, usage="register"), used(), told)) == ["80.00", "-5.00"]
    march = usage("2026-03-01", "2026-04-01", 1000)
    span = Span(start=march.first, end=march.end, register_kwh=Decimal(1486))  # twice the 743 that were measured
    made = bill(schedule(DEAR, old=[FLAT], usage="register"), march, span)
    assert [str(line.quantity) for line in made.lines] == ["718.000", "768.000"]


def test_a_meter_without_intervals_is_billed_by_its_dial() -> None:
    dial = Usage(first=JUNE[0], step_s=3600, scale=0, delivered=np.zeros(720, np.int64), missing=np.ones(720, np.bool_))
    assert amounts(bill(schedule(FLAT, missing="register"), dial, june(register_kwh=Decimal(941)))) == ["94.10"]


@given(
    values=some.lists(some.integers(0, 10**6), min_size=24, max_size=24),
    holes=some.lists(some.booleans(), min_size=24, max_size=24),
    wanted=some.decimals(0, 10**5, places=4),
    split=some.sampled_from(["missing", "proportion"]),
)
def test_energy_comes_to_what_the_register_tells_to_the_last_digit(
    values: list[int], holes: list[bool], wanted: Decimal, split: str
) -> None:
    gone = np.array(holes)
    one = Usage(
        first=JUNE[0], step_s=3600, scale=3, delivered=np.where(gone, 0, np.array(values)),
        missing=gone if gone.any() else None,
    )  # fmt: skip
    span = Span(start=one.first, end=one.end, register_kwh=wanted)
    laid = plan(
        schedule(FLAT, usage="register", register_split=split), [span], first=one.first, end=one.end, step_s=3600
    )
    billed = on_register(laid, one)
    assert Decimal(int(billed.delivered.sum())).scaleb(-billed.scale) == wanted
    if sum(one.delivered.tolist()) and split == "proportion":
        assert int(billed.delivered.min()) >= 0


def test_a_meter_without_intervals_pays_the_demand_that_its_register_holds() -> None:
    demand = {"charge": "demand", "name": "Demand", "minutes": 60, "rates": [{"rate": 10}]}
    dial = Usage(first=JUNE[0], step_s=3600, scale=0, delivered=np.zeros(720, np.int64), missing=np.ones(720, np.bool_))
    told = june(register_kwh=Decimal(941), register_kw=Decimal("12.5"))
    assert amounts(bill(schedule(FLAT, demand, missing="register"), dial, told)) == ["94.10", "125.00"]
    measured = bill(schedule(FLAT, demand, missing="register"), used(), told)
    assert amounts(measured) == ["72.00", "10.00"]  # intervals that are there tell it themselves
