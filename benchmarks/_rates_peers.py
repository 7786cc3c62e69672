"""The tariff engine's peers: NREL's PySAM by its full path, and plain NumPy by hand, on the same four schedules.

The year is 2018 without changes of the clock, because SSC takes 1 January for a Monday and knows no others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import Tariff

ZONE = "Etc/GMT+5"
SUMMER = (6, 7, 8, 9, 10)
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTH = np.repeat(np.arange(1, 13), np.array(DAYS) * 96)
HOUR = np.tile(np.repeat(np.arange(24), 4), 365)
WEEKDAY = np.repeat(np.arange(365) % 7, 96)
Load = NDArray[np.float64]

WEEK = ["mon", "tue", "wed", "thu", "fri"]
SEASONS = {"price": {"summer": {"months": list(SUMMER)}, "winter": {"rest": True}}}
PERIODS = {
    "tou": {
        "on": [
            {"season": "summer", "days": WEEK, "start": "14:00", "end": "18:00"},
            {"season": "winter", "days": WEEK, "start": "06:00", "end": "09:00"},
        ],
        "night": [{"start": "22:00", "end": "05:00"}],
        "off": "rest",
    }
}
PRICES = {"on": (0.2, 0.15), "night": (0.05, 0.04), "off": (0.08, 0.07)}
FIXED, STEP_UP, LIMIT = 30.0, 0.02, 300.0
DEMAND, RATCHET = 3.5, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A schedule in three hands.

    Attributes:
        name: what it has.
        tariff: ours.
        by_hand: dollars of a year in plain NumPy.
        rates: for PySAM: rows of its energy table.
        demand: whether it charges demand.
        own_ladders: ours where each period fills its own blocks.
    """

    name: str
    tariff: Tariff
    by_hand: Callable[[Load], float]
    rates: list[list[float]]
    own_ladders: Tariff
    demand: bool = False


def cases() -> list[Case]:
    """Flat by season, three periods, three periods with blocks, and three periods with demand and a ratchet."""
    flat = [{"season": "summer", "rate": "0.0998"}, {"season": "winter", "rate": "0.0901"}]
    tou = [
        {"season": season, "period": name, "rate": str(prices[at])}
        for name, prices in PRICES.items()
        for at, season in enumerate(("summer", "winter"))
    ]
    tiers = [
        {key: value for key, value in rate.items() if key != "rate"}
        | {"blocks": [{"up_to": LIMIT, "rate": rate["rate"]}, {"rate": str(round(float(rate["rate"]) + STEP_UP, 4))}]}
        for rate in tou
    ]
    ratchet = {"share": str(RATCHET)}
    demand = {"charge": "demand", "name": "Demand", "rates": [{"rate": str(DEMAND)}], "ratchet": ratchet}
    seasonal = [[at + 1, 1, 1e38, 0, price, 0] for at, price in enumerate((0.0998, 0.0901))]
    rows = [[number + 1, 1, 1e38, 0, float(rate["rate"]), 0] for number, rate in enumerate(tou)]
    blocks = [
        row
        for number, rate in enumerate(tou)
        for row in (
            [number + 1, 1, LIMIT, 0, float(rate["rate"]), 0],
            [number + 1, 2, 1e38, 0, float(rate["rate"]) + STEP_UP, 0],
        )
    ]
    plain, timed = tariff_of(energy_of(flat)), tariff_of(energy_of(tou))
    by_period, pooled = (tariff_of({**energy_of(tiers), "pooling": way}) for way in ("period", "proportion"))
    charged = tariff_of(energy_of(tou), demand)
    return [
        Case(name="flat", tariff=plain, by_hand=_flat, rates=seasonal, own_ladders=plain),
        Case(name="3 periods", tariff=timed, by_hand=_tou, rates=rows, own_ladders=timed),
        Case(name="3 periods, blocks", tariff=pooled, by_hand=_blocks, rates=blocks, own_ladders=by_period),
        Case(name="3 periods, demand", tariff=charged, by_hand=_demand, rates=rows, own_ladders=charged, demand=True),
    ]


def energy_of(rates: list[dict[str, Any]]) -> dict[str, Any]:
    """An energy charge of some rates."""
    return {"charge": "energy", "name": "Energy", "rates": rates}


def tariff_of(*charges: dict[str, Any], periods: dict[str, Any] = PERIODS) -> Tariff:
    """A schedule of a fixed charge and some others."""
    fixed = {"charge": "fixed", "name": "Fixed", "amount": FIXED}
    version = {"start": "2000-01-01", "charges": [fixed, *charges], "rounding": {"places": 8}}
    fields = {
        "format": "meterbook-tariff/1", "utility": "bench", "code": "X", "name": "X", "zone": ZONE, "seasons": SEASONS,
        "periods": periods, "versions": [version],
    }  # fmt: skip
    return msgspec.convert(fields, Tariff, strict=False)


# -- by hand ----------------------------------------------------------------------------------------------------------


def _rate() -> Load:
    summer = np.isin(MONTH, SUMMER)
    on = (WEEKDAY < 5) & np.where(summer, (HOUR >= 14) & (HOUR < 18), (HOUR >= 6) & (HOUR < 9))
    night = (HOUR >= 22) | (HOUR < 5)
    names = np.where(on, "on", np.where(night, "night", "off"))
    found = np.zeros(len(HOUR))
    for name, (high, low) in PRICES.items():
        found = np.where(names == name, np.where(summer, high, low), found)
    return found


RATE = _rate()
SEASON_RATE = np.where(np.isin(MONTH, SUMMER), 0.0998, 0.0901)


def _flat(load: Load) -> float:
    return 12 * FIXED + float((load * SEASON_RATE).sum())


def _tou(load: Load) -> float:
    return 12 * FIXED + float((load * RATE).sum())


def _blocks(load: Load) -> float:
    """The month's total sets the blocks, and each period takes its share."""
    total = np.bincount(MONTH, load, 13)[1:]
    base = np.bincount(MONTH, load * RATE, 13)[1:]
    return 12 * FIXED + float(base.sum() + np.maximum(total - LIMIT, 0).sum() * STEP_UP)


def _demand(load: Load) -> float:
    bounds = np.concatenate([[0], np.cumsum(np.array(DAYS) * 96)[:-1]])
    peaks = np.maximum.reduceat(load, bounds) * 4
    billed = [max(peak, RATCHET * max(peaks[max(at - 11, 0) : at], default=0)) for at, peak in enumerate(peaks)]
    return _tou(load) + float(sum(billed)) * DEMAND


# -- PySAM ------------------------------------------------------------------------------------------------------------


def pysam_year(case: Case, load: Load) -> float:
    """PySAM's full path: the model made, the load copied in, a year's bill worked out. Its ratchet is left out."""
    return pysam_executed(pysam_model(case, load))


def pysam_executed(model: Any) -> float:
    """A year's bill of a model that has its load."""
    model.execute()
    return float(model.Outputs.utility_bill_wo_sys_year1)


def pysam_model(case: Case, load: Load) -> Any:
    """A model of PySAM with the schedule and the load in it."""
    from PySAM import Utilityrate5 as Peer  # noqa: PLC0415 - a peer that need not be there

    model = Peer.new()
    model.ElectricityRates.ur_metering_option = 0
    model.ElectricityRates.ur_monthly_fixed_charge = FIXED
    model.ElectricityRates.ur_monthly_min_charge = 0
    model.ElectricityRates.ur_annual_min_charge = 0
    model.ElectricityRates.ur_nm_yearend_sell_rate = 0
    model.ElectricityRates.ur_nm_credit_month = 11
    model.ElectricityRates.ur_nm_credit_rollover = 0
    model.ElectricityRates.ur_sell_eq_buy = 0
    model.ElectricityRates.ur_en_ts_sell_rate = 0
    model.ElectricityRates.ur_en_ts_buy_rate = 0
    model.ElectricityRates.rate_escalation = [0]
    model.ElectricityRates.ur_ec_tou_mat = case.rates
    weekday, weekend = schedules_of(case)
    model.ElectricityRates.ur_ec_sched_weekday = weekday
    model.ElectricityRates.ur_ec_sched_weekend = weekend
    model.ElectricityRates.ur_dc_enable = int(case.demand)
    if case.demand:
        ones = [[1] * 24] * 12
        model.ElectricityRates.ur_dc_sched_weekday = ones
        model.ElectricityRates.ur_dc_sched_weekend = ones
        model.ElectricityRates.ur_dc_tou_mat = [[1, 1, 1e38, 0]]
        model.ElectricityRates.ur_dc_flat_mat = [[month, 1, 1e38, DEMAND] for month in range(12)]
    model.Lifetime.system_use_lifetime_output = 0
    model.Lifetime.analysis_period = 1
    model.Lifetime.inflation_rate = 0
    model.SystemOutput.degradation = [0]
    model.SystemOutput.gen = [0.0] * len(load)
    model.Load.load = (load * 4).tolist()
    model.Load.load_escalation = [0]
    return model


def schedules_of(case: Case) -> tuple[list[list[int]], list[list[int]]]:
    """The number of the period in each hour of each month, on weekdays and at weekends, from 1."""
    if len({row[0] for row in case.rates}) == 2:
        rows = [[1 if month in SUMMER else 2] * 24 for month in range(1, 13)]
        return rows, rows
    names = list(PRICES)
    weekday, weekend = [], []
    for month in range(1, 13):
        summer = month in SUMMER
        hours = range(14, 18) if summer else range(6, 9)
        plain = ["night" if hour >= 22 or hour < 5 else "off" for hour in range(24)]
        number = {name: 2 * at + (1 if summer else 2) for at, name in enumerate(names)}
        weekend.append([number[name] for name in plain])
        weekday.append([number["on"] if hour in hours else number[plain[hour]] for hour in range(24)])
    return weekday, weekend
