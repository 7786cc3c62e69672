"""Every record of the ground truth under three loads, against NREL's SAM; and the figures of the reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared_data import SHARED, needs_shared
from tariffs.urdb.priced import LOADS, LOADS_BY_NAME, RECORDS, bills, home, kw_of, record_of
from tariffs.urdb.sam import sam

from meterbook.model.errors import InputError

pytestmark = needs_shared

FILES = sorted(RECORDS.glob("*.json")) if SHARED.is_dir() else []
NOT_IN_SAM = frozenset({"reactive", "coincident"})
"""SAM reads neither, so that they are left out to compare the rest."""
WITHOUT_PRICE = "539fb6c7ec4f024bc1dc0445"
"""Its schedules name a period for the winter whose price the record does not have: nothing can price it."""
WITHOUT_ENERGY = "539fc25dec4f024c27d8b0a5"
"""It has no price of energy, and is read where energy is left out by name."""
CLOSE = 1e-8
PAGE = Path(__file__).resolve().parents[3] / "docs" / "urdb.md"
HOME, HOUSEHOLD, FACTORY = LOADS_BY_NAME
FLAT_MONTHS = [[1 if 6 <= month <= 10 else 0] * 24 for month in range(1, 13)]
BY_SEASON: dict[str, Any] = {
    "energyratestructure": [[{"rate": 0.0901}], [{"rate": 0.0998}]],
    "energyweekdayschedule": FLAT_MONTHS,
    "energyweekendschedule": FLAT_MONTHS,
    "fixedchargefirstmeter": 30,
    "fixedchargeunits": "$/month",
}


def tiered(limit: float, unit: str = "kWh", **more: float) -> dict[str, Any]:
    """The reference's four periods, each with two tiers: summer on and off peak, winter on and off peak."""
    weekday, weekend = [], []
    for month in range(1, 13):
        on, off, hours = (0, 1, range(14, 18)) if 6 <= month <= 10 else (2, 3, range(6, 9))
        weekday.append([on if hour in hours else off for hour in range(24)])
        weekend.append([off] * 24)
    prices = ((0.25, 0.30), (0.09, 0.12), (0.20, 0.24), (0.08, 0.10))
    structure = [
        [{"max": limit, "rate": low, "unit": unit, **more}, {"rate": high, "unit": unit, **more}]
        for low, high in prices
    ]
    return BY_SEASON | {
        "energyratestructure": structure,
        "energyweekdayschedule": weekday,
        "energyweekendschedule": weekend,
    }


@pytest.fixture
def _pysam() -> None:
    pytest.importorskip("PySAM", reason="PySAM is not installed here")


@pytest.mark.usefixtures("_pysam")
@pytest.mark.parametrize("load", LOADS_BY_NAME)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[25:60])
def test_every_record_prices_as_sam_does_or_is_refused(path: Path, load: str) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    left_out = NOT_IN_SAM
    if record["label"] in (WITHOUT_PRICE, WITHOUT_ENERGY):
        with pytest.raises(InputError, match="can't be represented"):
            bills(record, load, leave_out=left_out)
        left_out |= {"energy"}
    if record["label"] == WITHOUT_PRICE:
        with pytest.raises(Exception, match="fail"):
            sam(record, kw_of(load))
        return
    ours = bills(record, load, leave_out=left_out, day_charges="month")
    theirs = sam(record, kw_of(load))
    np.testing.assert_allclose(ours, theirs.months, rtol=CLOSE)
    assert ours.sum() == pytest.approx(theirs.year, rel=CLOSE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[25:60])
def test_the_table_of_the_documents_has_what_is_measured(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if _is_of(line, record["label"])]
    for load in LOADS_BY_NAME:
        if record["label"] == WITHOUT_PRICE:
            assert any(f"| {load} | refused | fails |" in row for row in rows)
            continue
        left_out = NOT_IN_SAM | ({"energy"} if record["label"] == WITHOUT_ENERGY else set())
        ours = f"{bills(record, load, leave_out=left_out).sum():,.4f}"
        assert any(f"| {load} | {ours} | {ours} |" in row for row in rows), ours


def _is_of(line: str, label: str) -> bool:
    first = label[:8]
    return line.startswith((f"| {first} ", f"| {first}…{label[-3:]} "))


@pytest.mark.usefixtures("_pysam")
def test_dollars_a_day_are_of_real_days_and_agree_over_the_year() -> None:
    record = record_of("5cef0a41")
    ours, theirs = bills(record, FACTORY), sam(record, kw_of(FACTORY))
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    np.testing.assert_allclose(ours - theirs.months, (days - 365 / 12) * 19.71253, atol=1e-6)
    assert ours.sum() == pytest.approx(theirs.year, rel=CLOSE)


@pytest.mark.usefixtures("_pysam")
@pytest.mark.parametrize(
    ("unit", "least"),
    [("$/month", 120), ("$/year", 1000), ("$/year", 2000)],
)
def test_minimums_of_a_month_and_of_a_year_are_those_of_sam(unit: str, least: float) -> None:
    record = BY_SEASON | {"mincharge": least, "minchargeunits": unit}
    np.testing.assert_allclose(bills(record, HOME), sam(record, kw_of(HOME)).months, rtol=CLOSE)


RATCHETS: list[dict[str, Any]] = [
    {"lookbackpercent": 0.8, "lookbackrange": 3},
    {"lookbackpercent": 0.8, "lookbackmonths": [True] + [False] * 11},
    {"lookbackpercent": 0.8, "lookbackmonths": [False] * 5 + [True] * 4 + [False] * 3},
    {"demandratchetpercentage": [0.5, 0.6] + [0.9] * 10},
    {"demandratchetpercentage": [0.5] * 6 + [0] * 6},
]


@pytest.mark.usefixtures("_pysam")
@pytest.mark.parametrize("ratchet", RATCHETS, ids=range(len(RATCHETS)))
def test_ratchets_of_all_versions_are_those_of_sam(ratchet: dict[str, Any]) -> None:
    record = BY_SEASON | {"flatdemandstructure": [[{"rate": 5}]], "flatdemandmonths": [0] * 12} | ratchet
    np.testing.assert_allclose(bills(record, FACTORY), sam(record, kw_of(FACTORY)).months, rtol=CLOSE)


@pytest.mark.usefixtures("_pysam")
def test_months_of_a_ratchet_may_be_those_of_bills_instead() -> None:
    record = BY_SEASON | {"flatdemandstructure": [[{"rate": 5}]], "flatdemandmonths": [0] * 12} | RATCHETS[2]
    ours, theirs = bills(record, FACTORY, lookbackmonths="bills"), sam(record, kw_of(FACTORY)).months
    higher = ours - theirs > 1
    assert [month for month, more in enumerate(higher, start=1) if more] == [6, 7, 8, 9]
    np.testing.assert_allclose(ours[~higher], theirs[~higher], rtol=CLOSE)


cents = st.integers(0, 60).map(lambda number: number / 100)
matrix = st.lists(st.lists(st.integers(0, 2), min_size=24, max_size=24), min_size=1, max_size=3).flatmap(
    lambda some: st.lists(st.sampled_from(some), min_size=12, max_size=12)
)


@st.composite
def any_record(draw: st.DrawFn) -> dict[str, Any]:
    """A record of what SAM can express: tiers have the same limits in all periods."""
    tiers = draw(st.integers(1, 3))
    unit = draw(st.sampled_from(["kWh", "kWh daily", "kWh/kW"]))
    limits = [step * {"kWh": 400, "kWh daily": 13, "kWh/kW": 60}[unit] for step in range(1, tiers)]
    units, most = draw(st.sampled_from(["$/month", "$/day", "$/year"])), draw(st.integers(1, 300))

    def energy(limit: float | None) -> dict[str, Any]:
        cells = {"rate": draw(cents), "adj": draw(cents) / 10, "unit": unit}
        return cells if limit is None else cells | {"max": limit}

    def kw() -> list[dict[str, Any]]:
        return [{"max": most, "rate": draw(cents) * 10}, {"rate": draw(cents) * 10}]

    record = {
        "energyratestructure": [[energy(limit) for limit in (*limits, None)] for _ in range(3)],
        "energyweekdayschedule": draw(matrix),
        "energyweekendschedule": draw(matrix),
        "flatdemandstructure": [kw(), kw()],
        "flatdemandmonths": draw(st.lists(st.integers(0, 1), min_size=12, max_size=12)),
        "fixedchargefirstmeter": draw(cents) * 100,
        "fixedchargeunits": units,
        "mincharge": draw(st.sampled_from([0, 100, 900])),
        "minchargeunits": draw(st.sampled_from(["$/month", "$/day", "$/year"])),
    }
    if draw(st.booleans()):
        record |= {
            "demandratestructure": [kw() for _ in range(3)],
            "demandweekdayschedule": draw(matrix),
            "demandweekendschedule": draw(matrix),
        }
    elif draw(st.booleans()):
        record |= {"lookbackpercent": draw(cents), "lookbackrange": draw(st.integers(1, 11))}
    return record


@pytest.mark.usefixtures("_pysam")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=any_record(), load=st.sampled_from(list(LOADS_BY_NAME)))
def test_whatever_sam_can_express_it_prices_as_we_do(record: dict[str, Any], load: str) -> None:
    ours, theirs = bills(record, load, day_charges="month"), sam(record, kw_of(load)).months
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-6)


GENERATION = {
    "net metering, one price": (BY_SEASON, 0, {}),
    "net billing": (
        BY_SEASON
        | {
            "dgrules": "Net Billing Instantaneous",
            "energyratestructure": [[{"rate": 0.0901, "sell": 0.03}], [{"rate": 0.0998, "sell": 0.04}]],
        },
        2,
        {},
    ),
    "net billing, tiers in order of time": (
        tiered(500, sell=0.05) | {"dgrules": "Net Billing"},
        2,
        {"pooling": "time"},
    ),
    "all bought and sold": (
        BY_SEASON
        | {
            "dgrules": "Buy All Sell All",
            "energyratestructure": [[{"rate": 0.0901, "sell": 0.03}], [{"rate": 0.0998, "sell": 0.04}]],
        },
        4,
        {},
    ),
}


@pytest.mark.usefixtures("_pysam")
@pytest.mark.parametrize("case", GENERATION)
def test_energy_sent_back_is_paid_as_sam_does(case: str) -> None:
    record, metering, options = GENERATION[case]
    made = sun()
    net = home() - made
    drawn, sent = (home(), made) if metering == 4 else (np.maximum(net, 0), np.maximum(-net, 0))
    ours = bills(record, HOME, delivered=drawn, received=sent, **options)
    theirs = sam(record, kw_of(HOME), made=made / 10_000, metering=metering)
    np.testing.assert_allclose(ours, theirs.months, rtol=CLOSE)


def sun() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What 5 kW of panels on that home make, tenths of a watt-hour an hour."""
    import csv
    import gzip

    with gzip.open(LOADS / "fontana_homes_hourly.csv.gz", "rt", newline="", encoding="utf-8") as lines:
        return np.array([round(float(row["pv_w_per_kw"]) * 50) for row in csv.DictReader(lines)], np.int64)


@pytest.mark.parametrize(
    ("load", "pooling", "measured"),
    [
        (HOME, "period", 1438.2240),
        (HOME, "proportion", 1463.4765),
        (HOME, "time", 1463.2355),
        (HOUSEHOLD, "period", 1095.3994),
        (HOUSEHOLD, "proportion", 1111.1131),
        (HOUSEHOLD, "time", 1111.0216),
    ],
)
def test_the_three_ways_to_share_tiers_give_the_figures_of_the_reference(
    load: str, pooling: str, measured: float
) -> None:
    assert round(bills(tiered(500), load, pooling=pooling).sum(), 4) == measured


def test_tiers_are_shared_in_proportion_unless_it_is_said_otherwise() -> None:
    assert round(bills(tiered(500), HOME).sum(), 4) == 1463.4765


@pytest.mark.parametrize(
    ("pooling", "kwh_daily", "measured"),
    [("proportion", "pooled", 1476.7794), ("time", "daily", 1473.5632), ("period", "pooled", 1450.7740)],
)
def test_daily_tiers_give_the_figures_of_the_reference(pooling: str, kwh_daily: str, measured: float) -> None:
    found = bills(tiered(15, "kWh daily"), HOME, pooling=pooling, kwh_daily=kwh_daily)
    assert round(found.sum(), 4) == measured


@pytest.mark.parametrize(
    ("more", "load", "measured"),
    [
        ({}, HOME, 1351.3111),
        ({}, HOUSEHOLD, 1032.1610),
        ({"fixedchargefirstmeter": 1, "fixedchargeunits": "$/day"}, HOME, 1356.3111),
        ({"mincharge": 120, "minchargeunits": "$/month"}, HOME, 1469.5813),
    ],
)
def test_fixed_charges_and_minimums_give_the_figures_of_the_reference(
    more: dict[str, Any], load: str, measured: float
) -> None:
    assert round(bills(BY_SEASON | more, load).sum(), 4) == measured


def test_time_of_use_demand_gives_the_figures_of_the_reference() -> None:
    periods = tiered(500)
    record = periods | {
        "energyratestructure": [[{"rate": 0.0439}]] * 4,
        "demandratestructure": [[{"rate": 11.84}], [{"rate": 0}], [{"rate": 11.84}], [{"rate": 0}]],
        "demandweekdayschedule": periods["energyweekdayschedule"],
        "demandweekendschedule": periods["energyweekendschedule"],
        "flatdemandstructure": [[{"rate": 3.5}]],
        "flatdemandmonths": [0] * 12,
    }
    assert round(bills(record, HOME).sum(), 4) == 1547.2447
    assert round(bills(record, HOUSEHOLD).sum(), 4) == 1339.6637
