"""Schedules priced against plain arithmetic, interval by interval, over a year with both changes of the clock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest
from tariffs.by_hand import bills, by_month, tariff

from meterbook.model.errors import InputError
from meterbook.tariffs.measuring import Bins

SEASONS = {"price": {"summer": {"months": [6, 7, 8, 9, 10]}, "winter": {"rest": True}}}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
PERIODS = {
    "tou": {
        "on-peak": [
            {"season": "summer", "days": WEEKDAYS, "start": "14:00", "end": "18:00"},
            {"season": "winter", "days": WEEKDAYS, "start": "06:00", "end": "09:00"},
        ],
        "off-peak": "rest",
    }
}
PRICES = {
    ("summer", "on-peak"): "0.2",
    ("summer", "off-peak"): "0.08",
    ("winter", "on-peak"): "0.15",
    ("winter", "off-peak"): "0.07",
}
FIXED = {"charge": "fixed", "name": "Facilities", "amount": "30"}


def season(at: datetime) -> str:
    return "summer" if 6 <= at.month <= 10 else "winter"


def period(at: datetime) -> str:
    hours = (14, 18) if season(at) == "summer" else (6, 9)
    return "on-peak" if at.weekday() < 5 and hours[0] <= at.hour < hours[1] else "off-peak"


def rate(at: datetime) -> Decimal:
    return Decimal(PRICES[season(at), period(at)])


def totals(*charges: dict[str, object]) -> list[Decimal]:
    return [bill.total for bill in bills(tariff([FIXED, *charges], seasons=SEASONS, periods=PERIODS))]


def tiered(pooling: str) -> dict[str, object]:
    rates = [
        {
            "season": one,
            "period": other,
            "blocks": [{"up_to": 300, "rate": text}, {"rate": str(Decimal(text) + Decimal("0.02"))}],
        }
        for (one, other), text in PRICES.items()
    ]
    return {"charge": "energy", "name": "Energy", "pooling": pooling, "rates": rates}


def test_seasons_and_periods_are_those_of_the_local_clock() -> None:
    rates = [{"season": one, "period": other, "rate": text} for (one, other), text in PRICES.items()]
    expected = [30 + sum(kwh * rate(at) for at, kwh in month) for month in by_month()]
    assert totals({"charge": "energy", "name": "Energy", "rates": rates}) == expected


def test_blocks_fill_by_period() -> None:
    expected = []
    for month in by_month():
        bill = Decimal(30)
        for name in ("on-peak", "off-peak"):
            used = [(at, kwh) for at, kwh in month if period(at) == name]
            total = sum(kwh for _, kwh in used)
            bill += total * rate(used[0][0]) + max(total - 300, Decimal(0)) * Decimal("0.02")
        expected.append(bill)
    assert totals(tiered("period")) == expected


def test_blocks_of_the_month_are_shared_in_proportion() -> None:
    for found, month in zip(totals(tiered("proportion")), by_month(), strict=True):
        total = sum(kwh for _, kwh in month)
        over = max(total - 300, Decimal(0)) / total
        expected = 30 + sum(kwh * (rate(at) + over * Decimal("0.02")) for at, kwh in month)
        assert abs(found - expected) < Decimal("0.0000001")


def test_blocks_of_the_month_fill_in_the_order_of_time_and_divide_an_interval() -> None:
    expected = []
    for month in by_month():
        bill, before = Decimal(30), Decimal(0)
        for at, kwh in month:
            above = max(before + kwh - 300, Decimal(0)) - max(before - 300, Decimal(0))
            bill += kwh * rate(at) + above * Decimal("0.02")
            before += kwh
        expected.append(bill)
    assert totals(tiered("time")) == expected


def test_demand_is_the_highest_power_in_its_window_and_a_ratchet_looks_back() -> None:
    expected, peaks = [], []
    for month in by_month():
        peak = max(kwh * 4 for _, kwh in month)
        on_peak = max(kwh * 4 for at, kwh in month if period(at) == "on-peak")
        billed = max([peak, *(earlier * Decimal("0.95") for earlier in peaks[-11:])])
        peaks.append(peak)
        expected.append(
            30 + sum(kwh for _, kwh in month) * Decimal("0.0439") + on_peak * Decimal("11.84") + billed * Decimal("3.5")
        )
    found = totals(
        {"charge": "energy", "name": "Energy", "rates": [{"rate": "0.0439"}]},
        {"charge": "demand", "name": "On-peak demand", "rates": [{"period": "on-peak", "rate": "11.84"}]},
        {"charge": "demand", "name": "Demand", "rates": [{"rate": "3.50"}], "ratchet": {"share": "0.95"}},
    )
    assert found == expected


def test_demand_over_half_hours_and_hours_is_of_the_clock_or_rolling() -> None:
    for minutes, rolling in ((30, False), (60, False), (30, True), (60, True)):
        steps = minutes // 15
        expected = []
        for month in by_month():
            firsts = range(0, len(month) - steps + 1, 1 if rolling else steps)
            expected.append(
                30 + max(sum(kwh for _, kwh in month[at : at + steps]) for at in firsts) * (60 // minutes) * 5
            )
        charge = {
            "charge": "demand",
            "name": "Demand",
            "minutes": minutes,
            "rolling": rolling,
            "rates": [{"rate": "5"}],
        }
        assert totals(charge) == expected


def test_riders_taxes_and_minimums_are_of_the_lines_above_them() -> None:
    charges = [
        FIXED,
        {"charge": "energy", "name": "Energy", "rates": [{"rate": "0.1"}]},
        {
            "charge": "rider",
            "name": "WPCA",
            "rider": "WPCA",
            "unit": "kWh",
            "values": [{"start": "2025-01", "value": "-0.0025"}],
        },
        {"charge": "percent", "name": "Sales tax", "rate": "0.07"},
    ]
    schedule = tariff(charges, versions=[{"start": "2000-01-01", "charges": charges}])
    for bill, month in zip(bills(schedule), by_month(), strict=True):
        kwh = sum(used for _, used in month)
        lines = [Decimal("30.00"), cents(kwh * Decimal("0.1")), cents(kwh * Decimal("-0.0025"))]
        assert [line.amount for line in bill.lines] == [*lines, cents(sum(lines) * Decimal("0.07"))]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_sums_beyond_64_bits_are_refused_not_wrapped() -> None:
    bins = Bins(bin=np.array([0, 1, 0, 2]), count=2)
    assert bins.sums(np.array([2**60, -5, 2**60, 9])).tolist() == [2**61, -5]
    assert bins.counts.tolist() == [2, 1]
    for wrong in (2**62, -(2**62)):
        with pytest.raises(InputError, match="too large"):
            bins.sums(np.array([wrong, 0, wrong, 0]))
