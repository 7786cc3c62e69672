"""tariffkit 0.2.1 on the schedules that it carries: three of PG&E's, hour by hour of two years, and its holidays.

It knows time of use by season, versions by day, both changes of the clock and a charge a day; no demand, blocks, taxes
or riders. Its schedules become ours from its own tables. It asks for Python 3.14; on 3.11 it can be had with
``pip install --ignore-requires-python --no-deps tariffkit==0.2.1``.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from meterbook.model.calendar import day_start, local_date
from meterbook.model.tariff import Holidays, Tariff
from meterbook.tariffs.checking import problems
from meterbook.tariffs.holidays import observed
from meterbook.tariffs.inputs import Span, Usage
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

ZONE = ZoneInfo("America/Los_Angeles")
PERIODS = ("peak", "part_peak", "off_peak")


@pytest.fixture
def _tariffkit() -> None:
    pytest.importorskip("tariffkit", reason="tariffkit is not installed here; it asks for Python 3.14")


def schedule(name: str) -> Tariff:
    """A schedule of theirs as one of ours, with all its versions."""
    folder = files("tariffkit.data") / "tariff" / "pge" / name.lower().replace("-", "")
    read = [
        tomllib.loads(one.read_text(), parse_float=Decimal) for one in folder.iterdir() if one.name.endswith(".toml")
    ]
    sheets = sorted(read, key=lambda sheet: str(sheet["effective"]))
    seasons, hours = sheets[0]["seasons"], sheets[0]["periods"]
    assert all((sheet["seasons"], sheet["periods"]) == (seasons, hours) for sheet in sheets)
    windows = {
        name: [{"start": f"{start:02d}:00", "end": f"{end:02d}:00"} for start, end in hours[name]]
        for name in PERIODS[:2]
        if name in hours
    }
    fields = {
        "format": "meterbook-tariff/1", "utility": "pge", "code": name, "name": name, "zone": ZONE.key,
        "seasons": {"s": {"summer": {"start": seasons["summer_start"], "end": seasons["summer_end"]},
                          "winter": {"rest": True}}},
        "periods": {"p": {**windows, "off_peak": "rest"}},
        "versions": [
            {"start": sheet["effective"], "charges": charges(sheet, list(windows)), "rounding": {"places": 8}}
            for sheet in sheets
        ],
    }  # fmt: skip
    made = msgspec.convert(fields, Tariff, strict=False)
    assert list(problems(made)) == []
    return made


def charges(sheet: dict[str, Any], periods: list[str]) -> list[dict[str, Any]]:
    flat = sum(sheet["adders"].values())
    rates = [
        {"season": season, "period": period, "rate": sum(sheet["energy"][season][period].values()) + flat}
        for season in ("summer", "winter")
        for period in [*periods, "off_peak"]
    ]
    daily = sheet.get("base_services_charge", {}).get("tier_3", 0)
    return [
        {"charge": "fixed", "name": "Base services", "amount": daily, "per": "day"},
        {"charge": "energy", "name": "Energy", "rates": rates},
    ]


@pytest.mark.usefixtures("_tariffkit")
@pytest.mark.parametrize("name", ["E-ELEC", "E-TOU-C", "EV2-A"])
def test_two_years_of_bills_from_mid_month_to_mid_month_are_the_same(name: str) -> None:
    from tariffkit.config import Config
    from tariffkit.tariff.retail import RetailTariff

    theirs = RetailTariff(Config(tariff=name, base_services_charge_tier=3))
    reads = [day_start(date(2025 + month // 12, month % 12 + 1, 15), ZONE) for month in range(24)]
    wh = np.random.default_rng(2025).integers(0, 5000, (reads[-1] - reads[0]) // 3600)
    spans = [Span(start=one, end=other) for one, other in pairwise(reads)]
    usage = Usage(first=reads[0], step_s=3600, scale=3, delivered=wh)
    made = price(plan(schedule(name), spans, first=reads[0], end=reads[-1], step_s=3600), usage)
    for span, bill in zip(spans, made, strict=True):
        hours = range(span.start, span.end, 3600)
        energy = sum(
            theirs.price_at(datetime.fromtimestamp(at, ZONE)).total * int(wh[(at - reads[0]) // 3600]) / 1000
            for at in hours
        )
        first = local_date(span.start, ZONE)
        days = [first + timedelta(days=day) for day in range((local_date(span.end, ZONE) - first).days)]
        fixed = sum(theirs.daily_fixed_charge(datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)) for day in days)
        assert float(bill.total) == pytest.approx(energy + fixed, abs=1e-5)  # their prices are floats of six places


@pytest.mark.usefixtures("_tariffkit")
def test_holidays_are_observed_on_the_days_of_their_table() -> None:
    from tariffkit.timeutil import holidays

    eight = Holidays(
        days=["new-years-day", "presidents-day", "memorial-day", "independence-day", "labor-day", "veterans-day",
              "thanksgiving", "christmas-day"],
        saturday="friday", sunday="monday",
    )  # fmt: skip
    for year in range(2024, 2037):
        ours = observed(eight, date(year, 1, 1), date(year, 12, 31))
        assert sorted(ours) == sorted(holidays(year)), year
