"""Which intervals a schedule makes dear: those with a demand charge of their own, or a price above the least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import Demand, Energy, Rate, plain
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.work import applies

Bool = NDArray[np.bool_]


def peak_hours(plan: Plan, account: Account | None = None) -> Bool:
    """For each interval of a plan whether use in it costs more than in the cheapest hours of its day's season.

    All False for a schedule whose hours cost the same.
    """
    account = account or Account()
    dear = np.zeros(plan.axis.count, np.bool_)
    for number in {part.number for parts in plan.parts for part in parts}:
        for place, charge in enumerate(plan.tariff.versions[number].charges):
            if not isinstance(charge, Energy | Demand) or not applies(charge, account):
                continue
            index = plan.index(number, place)
            if isinstance(charge, Energy):
                dear |= _above_least(charge.rates, index)
            elif any(rate.period for rate in charge.rates) and not charge.coincident:
                prices = np.array(
                    [float(plain(rate.rate or rate.blocks[0].rate) or 0) for rate in charge.rates] or [0.0]
                )
                covered = index >= 0
                dear |= (
                    covered & (prices[index] > 0)
                    if not _everywhere(plan, covered)
                    else _above_least(charge.rates, index)
                )
    return dear & _priced(plan)


def energy_prices(plan: Plan, account: Account | None = None) -> NDArray[np.float64]:
    """Dollars a kWh of each interval: first blocks of all energy charges together; only to put hours in order."""
    account = account or Account()
    total = np.zeros(plan.axis.count)
    for number in {part.number for parts in plan.parts for part in parts}:
        for place, charge in enumerate(plan.tariff.versions[number].charges):
            if isinstance(charge, Energy) and charge.of != "received" and applies(charge, account):
                index = plan.index(number, place)
                total += np.where(index >= 0, _prices(charge.rates)[index], 0.0)
    return total


def _above_least(rates: list[Rate], index: Int64) -> Bool:
    prices = _prices(rates)
    least = {season: min(float(p) for rate, p in zip(rates, prices, strict=True) if rate.season in (season, None))
             for season in {rate.season for rate in rates}}  # fmt: skip
    dear = np.array([price > least[rate.season] for rate, price in zip(rates, prices, strict=True)])
    found: Bool = (index >= 0) & dear[index]
    return found


def _prices(rates: list[Rate]) -> NDArray[np.float64]:
    return np.array([float(plain(rate.rate if rate.rate is not None else rate.blocks[0].rate) or 0) for rate in rates])


def _priced(plan: Plan) -> Bool:
    inside = np.zeros(plan.axis.count, np.bool_)
    for span in plan.spans:
        inside[plan.axis.place(span.start) : plan.axis.place(span.end)] = True
    return inside


def _everywhere(plan: Plan, covered: Bool) -> bool:
    return bool(covered[_priced(plan)].all())
