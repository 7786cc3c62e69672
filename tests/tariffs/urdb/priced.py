"""Records priced by us on the calendar that SAM knows: 365 days from a Monday on, without summer time."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray
from shared_data import SHARED

from meterbook.model.calendar import day_start
from meterbook.model.tariff import Rounding, Tariff
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price
from meterbook.tariffs.urdb import Options, read

ZONE = ZoneInfo("Etc/GMT+5")
RECORDS = SHARED / "data" / "urdb"
LOADS = SHARED / "data" / "load"
EXACT = Rounding(places=8)


def record_of(start: str) -> dict[str, Any]:
    """The record of the ground truth whose file begins so."""
    (path,) = RECORDS.glob(f"{start}*.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def home() -> NDArray[np.int64]:
    """A real home by the hour, 8,760 values in tenths of a watt-hour."""
    return _column(LOADS / "fontana_homes_hourly.csv.gz", "home1_kwh", 10_000)


@cache
def household() -> NDArray[np.int64]:
    """A measured household profile scaled to 6 kW, by quarters of an hour: 35,040 values in 1e-7 kWh."""
    per_unit = _column(LOADS / "simbench_2016_15min_pu.csv.gz", "H0-A", 1_000_000)[:35_040]
    return per_unit * 15


@cache
def factory() -> NDArray[np.int64]:
    """A made load of some 300 kW by quarters of an hour, 35,040 values in Wh; ratchets see its peak in January."""
    dice = np.random.default_rng(539)
    hour = np.tile(np.arange(96) // 4, 365)
    weekday = np.repeat(np.arange(365) % 7 < 5, 96)
    season = 1 + 0.35 * np.cos(np.arange(35_040) / 35_040 * 2 * np.pi)
    shape = np.where(weekday & (hour >= 7) & (hour < 19), 260.0, 70.0) * season
    kwh = shape * dice.uniform(0.85, 1.15, 35_040) / 4
    kwh[96 * 10 + 40 : 96 * 10 + 48] *= 2
    return np.rint(kwh * 1000).astype(np.int64)


LOADS_BY_NAME = {"home, hourly": (home, 4), "household, 15 min": (household, 7), "factory, 15 min": (factory, 3)}
"""Loads with the digits after the point of their kWh."""


def kw_of(name: str) -> NDArray[np.float64]:
    """Average power of a load's intervals."""
    values, scale = LOADS_BY_NAME[name]
    load = values()
    return load / 10**scale * (len(load) / 8760)


def bills(
    record: Mapping[str, Any],
    name: str,
    *,
    received: NDArray[np.int64] | None = None,
    delivered: NDArray[np.int64] | None = None,
    **options: Any,
) -> NDArray[np.float64]:
    """Twelve bills of a load under a record, rounded to the hundred-millionth of a dollar."""
    tariff = read(record, Options(zone=ZONE.key, dates="always", **options))
    return of_tariff(tariff, name, received=received, delivered=delivered)


def of_tariff(
    tariff: Tariff,
    name: str,
    *,
    received: NDArray[np.int64] | None = None,
    delivered: NDArray[np.int64] | None = None,
    account: Account | None = None,
) -> NDArray[np.float64]:
    """The same of a schedule."""
    versions = [msgspec.structs.replace(version, rounding=EXACT) for version in tariff.versions]
    exact = msgspec.structs.replace(tariff, versions=versions, zone=ZONE.key)
    values, scale = LOADS_BY_NAME[name]
    load = values() if delivered is None else delivered
    start, end, step = year_of(load)
    usage = Usage(first=start, step_s=step, scale=scale, delivered=load, received=received)
    made = plan(exact, months(start, end, ZONE), first=start, end=end, step_s=step)
    return np.array([float(bill.total) for bill in price(made, usage, account)])


def year_of(load: NDArray[np.int64]) -> tuple[int, int, int]:
    """Start, end and step of 2018, whose 1 January is a Monday."""
    start, end = (day_start(date(year, 1, 1), ZONE) for year in (2018, 2019))
    return start, end, (end - start) // len(load)


def _column(path: Path, name: str, factor: int) -> NDArray[np.int64]:
    with gzip.open(path, "rt", newline="", encoding="utf-8") as lines:
        return np.array([round(float(row[name]) * factor) for row in csv.DictReader(lines)], np.int64)
