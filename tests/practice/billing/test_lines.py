"""Lines of bills, held against arithmetic written out by hand from the tariff sheet."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.statement import LineItem
from meterbook.practice.billing import charges
from meterbook.practice.billing.dividing import divided, parts
from meterbook.practice.billing.prices import LAMPS, SCHEDULES, reps, wpca
from meterbook.practice.billing.reads import Period
from meterbook.practice.billing.scenarios import Lights
from meterbook.practice.billing.usage import PlaceUsage

D = Decimal


def period(start: str, end: str, *, first: bool = False, final: bool = False) -> Period:
    return Period(
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        begin=0,
        finish=0,
        first=first,
        final=final,
        number=0,
    )


def used(rate: str, delivered: str = "0", received: str = "0", **more: object) -> PlaceUsage:
    given = {"by_period": {}, "measured_kw": None, "water": None, "irrigation": None, "gas": None} | more
    return PlaceUsage(
        location="3000000",
        rate=rate,
        metered=True,
        meters=(),
        delivered=D(delivered),
        received=D(received),
        **given,  # type: ignore[arg-type]
    )


def electric(usage: PlaceUsage, over: Period, peaks: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    found = charges.electric(usage, over, section="", earlier_peaks=[D(peak) for peak in peaks])
    return shown(found)


def shown(lines: list[LineItem]) -> list[tuple[str, str]]:
    return [(line.label, f"{line.amount}") for line in lines]


def test_a_winter_and_a_summer_bill_of_a_house() -> None:
    # 1,391 × 0.09425 = 131.10175; WPCA of February 2026 is 0.0010: 1.391.
    assert electric(used("R", "1391.000"), period("2026-04-14", "2026-05-14")) == [
        ("Facilities Charge", "33.75"),
        ("Energy Charge, Winter", "131.10"),
        ("Wholesale Power Cost Adj.", "2.92"),  # 1,391 × 0.0021 = 2.9211
        ("Renewable & EE Mandate", "0.79"),
    ]
    # 1,000.125 × 0.10280 = 102.81285; × 0.0057 = 5.7007125
    assert electric(used("R", "1000.125"), period("2026-07-02", "2026-08-01")) == [
        ("Facilities Charge", "33.75"),
        ("Energy Charge, Summer", "102.81"),
        ("Wholesale Power Cost Adj.", "5.70"),
        ("Renewable & EE Mandate", "0.79"),
    ]


def test_a_price_change_divides_the_period_by_days() -> None:
    # 18 Feb to 21 Mar 2026: 31 days, 26 of them before 16 Mar.
    # 1,000 × 26 / 31 = 838.7096… → 838.710; 161.290 is left. 31.50 × 26/31 = 26.419…; 33.75 × 5/31 = 5.443…
    assert electric(used("R", "1000.000"), period("2026-02-18", "2026-03-21")) == [
        ("Facilities Charge, 26 of 31 days", "26.42"),
        ("Facilities Charge, 5 of 31 days", "5.44"),
        ("Energy Charge, Winter, 26 of 31 days", "76.74"),  # 838.710 × 0.09150 = 76.741965
        ("Energy Charge, Winter, 5 of 31 days", "15.20"),  # 161.290 × 0.09425 = 15.2015825
        ("Wholesale Power Cost Adj.", "-4.80"),
        ("Renewable & EE Mandate", "0.79"),
    ]


def test_a_period_that_ends_or_begins_on_the_day_of_a_change_is_not_divided() -> None:
    assert electric(used("R", "100"), period("2026-02-14", "2026-03-16"))[0] == ("Facilities Charge", "31.50")
    assert electric(used("R", "100"), period("2026-03-16", "2026-04-15"))[0] == ("Facilities Charge", "33.75")


def test_a_small_bill_is_raised_to_the_minimum() -> None:
    # 33.75 + 0 → 42.00
    assert electric(used("R", "0.000"), period("2026-10-05", "2026-11-05")) == [
        ("Facilities Charge", "33.75"),
        ("Energy Charge, Winter", "0.00"),
        ("Minimum Bill Adjustment", "8.25"),
        ("Renewable & EE Mandate", "0.79"),
    ]


def test_monthly_amounts_of_first_and_final_bills_are_by_days_of_thirty() -> None:
    # 18 days: 33.75 × 18/30 = 20.25; the minimum 42 × 18/30 = 25.20; 20.25 + 100 × 0.09425 = 29.68 is above it.
    assert electric(used("R", "100.000"), period("2026-11-01", "2026-11-19", first=True)) == [
        ("Facilities Charge, 18 of 30 days", "20.25"),
        ("Energy Charge, Winter", "9.43"),  # 9.425, half up
        ("Wholesale Power Cost Adj.", "-0.12"),
        ("Renewable & EE Mandate", "0.79"),
    ]
    assert electric(used("R", "100.000"), period("2026-04-01", "2026-05-10", final=True))[0] == (
        "Facilities Charge, 39 of 30 days",
        "43.88",  # 33.75 × 1.3 = 43.875
    )


def test_blocks_of_small_general_service() -> None:
    assert electric(used("GS", "2394.184"), period("2026-09-22", "2026-10-22")) == [
        ("Facilities Charge", "51.00"),
        ("First 1,500 kWh", "167.85"),
        ("Over 1,500 kWh", "84.41"),  # 894.184 × 0.09440 = 84.4109…
        ("Wholesale Power Cost Adj.", "-2.87"),
        ("Renewable & EE Mandate", "3.95"),
    ]


def test_blocks_are_divided_with_the_period() -> None:
    # 2,000 kWh: 838.710 × 2 = 1,677.419 of them before; limits 1,500 × 26/31 = 1,258.065 and 1,500 × 5/31 = 241.935.
    lines = charges.electric(used("GS", "2000.000"), period("2026-02-18", "2026-03-21"), section="", earlier_peaks=())
    assert [(line.label, f"{line.quantity}") for line in lines if line.quantity and line.kind.value == "energy"] == [
        ("First 1,500 kWh, 26 of 31 days", "1258.065"),
        ("Over 1,500 kWh, 26 of 31 days", "419.354"),
        ("First 1,500 kWh, 5 of 31 days", "241.935"),
        ("Over 1,500 kWh, 5 of 31 days", "80.646"),
    ]


@pytest.mark.parametrize(
    ("measured", "peaks", "billed", "charge"),
    [
        ("87.276", (), "87.276", "837.85"),  # 87.276 × 9.60 = 837.8496
        ("60.000", ("120.111", "90"), "84.078", "807.15"),  # 0.70 × 120.111 = 84.0777
        ("12.000", ("20",), "30", "288.00"),
    ],
)
def test_demand_is_billed_as_measured_or_by_ratchet_or_at_least(
    measured: str, peaks: tuple[str, ...], billed: str, charge: str
) -> None:
    usage = used("LGS-D", "10000.000", measured_kw=D(measured))
    lines = charges.electric(
        usage, period("2026-09-19", "2026-10-19"), section="", earlier_peaks=[D(peak) for peak in peaks]
    )
    (demand,) = (line for line in lines if line.kind.value == "demand")
    assert (f"{demand.quantity}", f"{demand.amount}") == (billed, charge)


def test_time_of_use_periods_have_their_own_prices() -> None:
    usage = used(
        "R-TOU", "1287.134", by_period={"On Peak": D("301.597"), "Off Peak": D("833.569"), "Super Off Pk": D("151.968")}
    )
    assert electric(usage, period("2025-05-19", "2025-06-21")) == [
        ("Facilities Charge", "33.00"),
        ("On Peak Energy, Summer", "64.54"),  # 301.597 × 0.21400 = 64.541758
        ("Off Peak Energy", "61.85"),  # 833.569 × 0.07420 = 61.8508198
        ("Super Off-Peak Energy", "7.37"),  # 151.968 × 0.04850 = 7.370448
        ("Wholesale Power Cost Adj.", "-3.99"),  # × -0.0031 = -3.9901154
        ("Renewable & EE Mandate", "0.85"),
    ]


def test_net_metering_charges_what_is_left_or_credits_what_is_over() -> None:
    over = period("2026-04-16", "2026-05-16")
    assert electric(used("R-NET", "819.856", "560.940"), over)[1] == ("Energy Charge, Winter", "24.40")
    assert electric(used("R-NET", "300.000", "420.500"), over) == [
        ("Facilities Charge", "40.50"),
        ("Energy Charge, Winter", "0.00"),
        ("Excess Energy Credit", "-4.19"),  # 120.5 × 0.03475 = 4.187375
        ("Renewable & EE Mandate", "0.79"),
    ]


def test_energy_received_beside_the_standard_rate_is_credited_at_avoided_cost() -> None:
    lines = electric(used("R", "758.379", "280.488"), period("2026-10-16", "2026-11-16"))
    assert ("Received Energy Credit", "-9.75") in lines  # 280.488 × 0.03475 = 9.746958
    assert ("Energy Charge, Winter", "71.48") in lines


def test_lamps_draw_the_power_cost_on_their_assumed_kwh() -> None:
    lights = (Lights(lamp=LAMPS["L50"], count=3), Lights(lamp=LAMPS["H100"], count=1))
    assert shown(charges.lighting(lights, period("2026-10-20", "2026-11-21"), "1", "")) == [
        ("LED 50 W Area Light", "33.75"),
        ("HPS 100 W Yard Light", "12.40"),
        ("Wholesale Power Cost Adj., Lamps", "-0.12"),  # 96 × -0.0012 = -0.1152
    ]
    assert shown(charges.lighting(lights[:1], period("2026-11-01", "2026-11-11", first=True), "1", ""))[0] == (
        "3 × LED 50 W Area Light, 10 of 30 days",
        "11.25",
    )


@pytest.mark.parametrize(
    ("gallons", "lines"),
    [
        ("0", [("Water, First 2,000 gal", "0.00")]),
        ("2011", [("Water, First 2,000 gal", "8.60"), ("Water, Next 4,000 gal", "0.07")]),
        (
            "7000",
            [
                ("Water, First 2,000 gal", "8.60"),
                ("Water, Next 4,000 gal", "24.40"),
                ("Water, Over 6,000 gal", "7.85"),
            ],
        ),
    ],
)
def test_water_goes_by_blocks_and_sewer_by_the_house_meter(gallons: str, lines: list[tuple[str, str]]) -> None:
    usage = used("R", water=D(gallons), irrigation=D(1000))
    found = shown(charges.town(usage, period("2026-09-14", "2026-10-13")))
    sewer = (D(gallons) * D("0.00675")).quantize(D("0.01"), "ROUND_HALF_UP")
    assert found == [
        ("Water Base Charge", "14.50"),
        *lines,
        ("Irrigation Base Charge", "8.00"),
        ("Irrigation Water", "7.85"),
        ("Sewer Base Charge", "17.10"),
        ("Sewer Usage", f"{sewer}"),
    ]


def test_tax_is_on_electric_service_and_lamps_only() -> None:
    usage = used("R", "1000.000", water=D(3000), gas=D("20.000"))
    over = period("2026-07-02", "2026-08-01")
    lines = charges.electric(usage, over, section="", earlier_peaks=())
    lines += charges.town(usage, over) + charges.gas(usage, over)
    # 33.75 + 102.80 + 5.70 + 0.79 = 143.04; × 7 % = 10.0128. Gas: (14.00 + 23.60) × 7 % = 2.632
    assert shown(charges.tax(lines)) == [("NC Sales Tax", "10.01")]
    assert ("Sales Tax on Gas", "2.63") in shown(lines)


def test_round_up_gives_what_is_missing_to_a_whole_dollar_and_nothing_on_one() -> None:
    def line(amount: str) -> list[LineItem]:
        return [LineItem(kind=charges.LineKind.ENERGY, label="", amount=D(amount))]

    def others(amount: str, **more: bool) -> list[tuple[str, str]]:
        return shown(charges.others(line(amount), **({"paperless": False, "late": False, "round_up": True} | more)))

    assert others("128.43") == [("Operation Round Up", "0.57")]
    assert others("128.00") == []
    assert others("-3.40") == []
    assert others("100.25", paperless=True, late=True) == [
        ("Paperless Credit", "-1.00"),
        ("Late Payment Charge", "5.00"),
        ("Operation Round Up", "0.75"),
    ]


@given(
    kwh=st.decimals("0", "99999", places=3),
    start=st.dates(date(2013, 1, 1), date(2027, 1, 1)),
    days=st.integers(1, 45),
    first=st.booleans(),
)
def test_dividing_loses_no_kwh_and_no_day(kwh: Decimal, start: date, days: int, first: bool) -> None:
    over = period(start.isoformat(), (start + timedelta(days=days)).isoformat(), first=first)
    among = parts(SCHEDULES["GS"].revisions, over)
    assert sum(part.days for part in among) == days
    assert sum(divided(kwh, among)) == kwh
    assert (among[0].start, among[-1].end) == (over.start, over.end - timedelta(days=1))
    billed = charges.electric(used("GS", f"{kwh}"), over, section="", earlier_peaks=())
    assert sum(line.quantity or 0 for line in billed if line.kind.value == "energy") == kwh


def test_riders_know_years_beyond_their_tables() -> None:
    assert wpca(2013, 5) == wpca(2021, 5) == 0
    assert wpca(2027, 11) == wpca(2023, 11)
    assert reps(2040, "commercial") == D("3.95")
