"""Other engines of rates, where they are installed: ratebook by the hour, and ts-tariffs on what it can express.

Neither has seasons, days of the week, periods, tiers and demand together, so that ours is priced on the very schedule
that a peer can express. ratebook and ts-tariffs are no dependencies: ``pip install --no-deps --ignore-requires-python
ratebook ts-tariffs`` puts them there.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from benchmarks._rates_peers import FIXED, LIMIT, STEP_UP, WEEK, Case, Load, energy_of, schedules_of, tariff_of
from meterbook.model.tariff import Tariff

HOURLY, QUARTERS = 8_760, 35_040
RATE, PRICES, DEMAND = 0.1, (0.05, 0.2, 0.08, 0.05), 3.5
"""Of all hours; from midnight, 05:00, 17:00 and 22:00; a kW of the month's highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A schedule that another engine prices.

    Attributes:
        name: the engine.
        what: the schedule.
        tariff: the same as ours.
        hourly: whether it takes a load by the hour alone.
        priced: dollars of a year of kWh.
    """

    name: str
    what: str
    tariff: Tariff
    hourly: bool
    priced: Callable[[Load], float]


def others(cases: list[Case]) -> Iterator[Peer]:
    """Every schedule of every engine that is installed."""
    if importlib.util.find_spec("ratebook") is not None:
        yield from (_by_ratebook(case) for case in cases if not case.demand)
    if importlib.util.find_spec("ts_tariffs") is not None:
        yield from _by_ts_tariffs()


# -- ratebook ---------------------------------------------------------------------------------------------------------


def _by_ratebook(case: Case) -> Peer:
    import ratebook  # noqa: PLC0415 - a peer that need not be there
    from ratebook.urdb import tariff_from_v8  # noqa: PLC0415

    weekday, weekend = ([[period - 1 for period in row] for row in rows] for rows in schedules_of(case))
    periods: dict[int, list[dict[str, Any]]] = {}
    for period, _, limit, _, price, _ in case.rates:
        tier = {"rate": round(price, 6), "unit": "kWh"} | ({"max": limit} if limit < 1e30 else {})
        periods.setdefault(int(period), []).append(tier)
    record = {
        "label": "0" * 24, "utility": "X", "name": "X", "sector": "Residential", "fixedchargefirstmeter": FIXED,
        "fixedchargeunits": "$/month", "energyratestructure": [periods[key] for key in sorted(periods)],
        "energyweekdayschedule": weekday, "energyweekendschedule": weekend,
    }  # fmt: skip
    tariff = tariff_from_v8(record)

    def priced(load: Load) -> float:
        done = ratebook.estimate_annual(tariff, load.tolist(), 2018)
        assert done.total is not None, done
        return float(done.total)

    return Peer(name="ratebook", what=case.name, tariff=case.own_ladders, hourly=True, priced=priced)


# -- ts-tariffs -------------------------------------------------------------------------------------------------------


def _by_ts_tariffs() -> Iterator[Peer]:
    """One price; four periods by the hour of the day; blocks of a month; one price and the month's highest demand."""
    import pandas as pd  # noqa: PLC0415 - comes with the peer
    from ts_tariffs import tariffs as theirs  # noqa: PLC0415
    from ts_tariffs.meters import MeterData  # noqa: PLC0415
    from ts_tariffs.ts_utils import TouBins  # noqa: PLC0415
    from ts_tariffs.utils import Block  # noqa: PLC0415

    times = pd.date_range("2018-01-01", periods=QUARTERS, freq="15min")
    step = timedelta(minutes=15)
    words = {"consumption_unit": "kWh", "rate_unit": "dollars", "sample_rate": step, "adjustment_factor": 1.0}

    def made(kind: str, **more: Any) -> Any:
        return getattr(theirs, kind)(name=kind, charge_type=kind, **words, **more)

    def peer(what: str, tariff: Tariff, charges: list[Any], power: list[Any] | None = None) -> Peer:
        def priced(load: Load) -> float:
            energy = MeterData("energy", pd.Series(load, times), step, "kWh")
            total = 12 * FIXED + sum(float(one.apply(energy).total) for one in charges)
            if power:
                kw = MeterData("power", pd.Series(load * 4, times), step, "kW")
                total += sum(float(one.apply(kw).total) for one in power)
            return total

        return Peer(name="ts-tariffs", what=what, tariff=tariff, hourly=False, priced=priced)

    single = made("SingleRateTariff", rate=RATE)
    flat = energy_of([{"rate": str(RATE)}])
    yield peer("one price", tariff_of(flat), [single])
    bins = TouBins(time_bins=[5, 17, 22, 24], bin_rates=list(PRICES), bin_labels=["a", "b", "c", "d"])
    yield peer("by the hour of the day", tariff_of(_by_hour(), periods=_PERIODS), [made("TouTariff", tou=bins)])
    blocks = [Block(0.0, LIMIT), Block(LIMIT, float("inf"))]
    prices = [RATE, RATE + STEP_UP]
    step_up = made(
        "BlockTariff", frequency_applied="month", blocks=blocks, bin_rates=prices, bin_labels=["a", "b"]
    )  # fmt: skip
    rates = [{"blocks": [{"up_to": LIMIT, "rate": str(RATE)}, {"rate": str(RATE + STEP_UP)}]}]
    yield peer("blocks", tariff_of(energy_of(rates)), [step_up])
    demand = {"charge": "demand", "name": "Demand", "rates": [{"rate": str(DEMAND)}]}
    highest = made("DemandTariff", rate=DEMAND, frequency_applied="month")
    yield peer("one price, demand", tariff_of(flat, demand), [single], [highest])


_PERIODS = {
    "hours": {
        "day": [{"start": "05:00", "end": "17:00"}],
        "evening": [{"start": "17:00", "end": "22:00"}],
        "night": "rest",
    }
}
_ALL_DAYS = [*WEEK, "sat", "sun"]


def _by_hour() -> dict[str, Any]:
    names = {"night": PRICES[0], "day": PRICES[1], "evening": PRICES[2]}
    return energy_of([{"period": name, "rate": str(price)} for name, price in names.items()])


def year_of(peer: Peer, wh: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A load as the peer takes it: by the hour, or by quarters of one."""
    return wh.reshape(-1, 4).sum(axis=1) if peer.hourly else wh


def kwh_of(wh: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Load:
    """kWh, as peers take them."""
    return wh / 1000


def agrees(peer: Peer, total: Decimal, load: Load) -> bool:
    """Whether both make the same of a year, to a ten-thousandth of a dollar."""
    return abs(peer.priced(load) - float(total)) < 1e-4 * max(1.0, float(total) / 1000)
