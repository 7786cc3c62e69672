"""Seasons and windows made of matrices, held against them hour by hour over years with both changes of the clock."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import SHARED, needs_shared
from tariffs.urdb.made_records import ZONE, examined, made
from tariffs.urdb.priced import RECORDS

from meterbook.model.tariff import Demand, Energy, Tariff, plain
from meterbook.tariffs.axis import axis
from meterbook.tariffs.calendars import Calendar
from meterbook.tariffs.cells import cells
from meterbook.tariffs.checking import problems
from meterbook.tariffs.holidays import observed

FILES = sorted(RECORDS.glob("*.json")) if SHARED.is_dir() else []
NEW_YORK = ZoneInfo(ZONE)


def hours(tariff: Tariff, charge: Energy | Demand, years: tuple[int, int] = (2023, 2025)) -> list[tuple[datetime, int]]:
    """Each hour of two years, one of them a leap year: its local start, and the place of its rate."""
    first, end = (int(datetime(year, 1, 1, tzinfo=NEW_YORK).timestamp()) for year in years)
    grid = axis(first, end, 3600, NEW_YORK)
    index = cells(tariff, charge).index(Calendar(tariff, grid)).tolist()
    starts = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in grid.start.tolist())
    return [(start.astimezone(NEW_YORK), place) for start, place in zip(starts, index, strict=True)]


def held(tariff: Tariff, record: dict[str, Any], kind: str, charge: Energy | Demand, days: frozenset[date]) -> None:
    """Every hour has the price of its cell."""
    prices = [
        [float(cell.get("rate", 0)) + float(cell.get("adj", 0)) for cell in tiers]
        for tiers in record[f"{kind}ratestructure"]
    ]
    rates = [[float(plain(one) or 0) for one in _numbers(rate)] for rate in charge.rates]
    met = {
        (at.month - 1, at.weekday() >= 5 or at.date() in days, at.hour, place) for at, place in hours(tariff, charge)
    }
    for month, free, hour, place in met:
        schedule = record[f"{kind}{'weekend' if free else 'weekday'}schedule"]
        wanted = prices[schedule[month][hour]]
        assert (rates[place] if place >= 0 else [0]) == pytest.approx(wanted), (month, free, hour)


def _numbers(rate: Any) -> list[Any]:
    return [block.rate for block in rate.blocks] or [rate.rate]


@needs_shared
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[25:60])
def test_every_hour_of_every_record_has_the_price_of_its_cell(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    if record["label"] in ("539fb6c7ec4f024bc1dc0445", "539fc25dec4f024c27d8b0a5"):
        pytest.skip("defective on purpose")
    tariff = examined(record).tariff
    for charge in tariff.versions[0].charges:
        if isinstance(charge, Energy):
            held(tariff, record, "energy", charge, frozenset())
        elif isinstance(charge, Demand) and charge.name == "Time-of-use demand":
            held(tariff, record, "demand", charge, frozenset())


rows = st.lists(st.integers(0, 3), min_size=24, max_size=24)
few_rows = st.lists(rows, min_size=1, max_size=4).flatmap(
    lambda some: st.lists(st.sampled_from(some), min_size=12, max_size=12)
)


@settings(max_examples=12, deadline=None)
@given(weekday=few_rows, weekend=few_rows, same=st.booleans(), with_holidays=st.booleans())
def test_any_matrices_are_read_hour_by_hour(
    weekday: list[list[int]], weekend: list[list[int]], same: bool, with_holidays: bool
) -> None:
    record = made(
        energyratestructure=[[{"rate": 0.1 + 0.05 * number}] for number in range(4)],
        energyweekdayschedule=weekday,
        energyweekendschedule=weekday if same else weekend,
    )
    names = ("thanksgiving", "independence-day") if with_holidays else ()
    tariff = examined(record, holidays=names).tariff
    assert list(problems(tariff)) == []
    days: frozenset[date] = frozenset()
    if tariff.holidays:
        days = observed(tariff.holidays["weekend-hours"], date(2023, 1, 1), date(2024, 12, 31))
        assert len(days) == 4
    (charge,) = [one for one in tariff.versions[0].charges if isinstance(one, Energy)]
    held(tariff, record, "energy", charge, days)


def test_equal_months_are_a_season_and_equal_hours_a_window() -> None:
    summer, winter = [0] * 14 + [1] * 4 + [0] * 6, [0] * 6 + [2] * 3 + [0] * 15
    record = made(
        energyratestructure=[[{"rate": 0.08}], [{"rate": 0.25}], [{"rate": 0.2}]],
        energyweekdayschedule=[summer if 6 <= month <= 10 else winter for month in range(1, 13)],
        energytoulabels=["Off-Peak", "Summer On-Peak", "Winter On-Peak"],
    )
    tariff = examined(record).tariff
    assert list(tariff.seasons["energy"]) == ["nov-may", "jun-oct"]
    periods = tariff.periods["energy"]
    assert periods["off-peak"] == "rest"
    ((window,), (other,)) = periods["summer-on-peak"], periods["winter-on-peak"]
    assert (window.season, window.start, window.end, len(window.days)) == ("energy/jun-oct", "14:00", "18:00", 5)
    assert (other.season, other.start, other.end) == ("energy/nov-may", "06:00", "09:00")


def test_prices_by_whole_months_need_no_periods() -> None:
    months = [[1 if month in (6, 7, 8) else 0] * 24 for month in range(1, 13)]
    tariff = examined(
        made(
            energyratestructure=[[{"rate": 0.1}], [{"rate": 0.2}]],
            energyweekdayschedule=months,
            energyweekendschedule=months,
        )
    ).tariff
    assert tariff.periods == {}
    assert {name: season.months for name, season in tariff.seasons["energy"].items()} == {
        "sep-may": [1, 2, 3, 4, 5, 9, 10, 11, 12],
        "jun-aug": [6, 7, 8],
    }
