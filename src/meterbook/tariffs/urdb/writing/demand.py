"""Demand charges as structures by month, by period and at the supplier's peak, with one ratchet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from meterbook.model.tariff import Demand, Ratchet, Rate, Reactive
from meterbook.tariffs.urdb.demand import MINUTES
from meterbook.tariffs.urdb.writing.hours import Clock
from meterbook.tariffs.urdb.writing.losses import Losses


def demand(charges: Sequence[Demand], reactive: Sequence[Reactive], clock: Clock, losses: Losses) -> dict[str, Any]:
    """Fields of demand."""
    fields: dict[str, Any] = {}
    sorts: dict[str, Demand] = {}
    for charge in charges:
        sort = "coincident" if charge.coincident else "tou" if any(rate.period for rate in charge.rates) else "flat"
        _check(charge, losses)
        if sort in sorts:
            losses.refuse("demand", f"{charge.name!r} beside {sorts[sort].name!r}: a record has one charge of the sort")
            continue
        sorts[sort] = charge
        fields |= {"flat": _flat, "tou": _by_period, "coincident": _coincident}[sort](charge, clock, losses)
    windows = {charge.minutes for charge in charges}
    if len(windows) > 1:
        losses.refuse("demand", "demand charges are over intervals of different lengths")
    elif windows and not all(charge.coarse and charge.minutes == MINUTES for charge in charges):
        fields["demandwindow"] = windows.pop()
    fields |= _ratchet(sorts, losses)
    for one in reactive:
        if one.free_share or "demandreactivepowercharge" in fields:
            losses.refuse("reactive", f"{one.name!r} is on what exceeds a share of the kW, or one of several")
        fields["demandreactivepowercharge"] = losses.value(one.rate, f"{one.name!r}")
    return fields


def _check(charge: Demand, losses: Losses) -> None:
    for wrong, what in (
        (charge.rolling, "is measured over rolling windows"),
        (charge.minimum is not None, "has a least billing demand"),
        (charge.contract_share is not None, "has a share of contract demand"),
        (charge.power_factor is not None, "is corrected by power factor"),
        (charge.step is not None, "is rounded to steps of kW"),
    ):
        if wrong:
            losses.refuse("demand", f"{charge.name!r} {what}")


def _flat(charge: Demand, clock: Clock, losses: Losses) -> dict[str, Any]:
    shape = clock.shape(charge)
    months = shape[0, :, 0]
    numbers = list(dict.fromkeys(months.tolist()))
    return {
        "flatdemandstructure": [_tiers(charge, number, losses) for number in numbers],
        "flatdemandmonths": [numbers.index(number) for number in months.tolist()],
        "flatdemandunit": "kW daily" if charge.daily else "kW",
    }


def _by_period(charge: Demand, clock: Clock, losses: Losses) -> dict[str, Any]:
    shape = clock.shape(charge)
    numbers = list(dict.fromkeys(shape.ravel().tolist()))
    numbered = np.vectorize(numbers.index)(shape)
    weekday, weekend = numbered.tolist()
    return {
        "demandratestructure": [_tiers(charge, number, losses) for number in numbers],
        "demandweekdayschedule": weekday,
        "demandweekendschedule": weekend,
        "demandrateunit": "kW daily" if charge.daily else "kW",
    }


def _coincident(charge: Demand, clock: Clock, losses: Losses) -> dict[str, Any]:
    shape = clock.shape(charge)
    if bool((shape[0] != shape[1]).any()):
        losses.refuse("demand", f"{charge.name!r} differs by day, and a record has one schedule of coincident demand")
    numbers = list(dict.fromkeys(shape[0].ravel().tolist()))
    return {
        "coincidentratestructure": [_tiers(charge, number, losses) for number in numbers],
        "coincidentrateschedule": np.vectorize(numbers.index)(shape[0]).tolist(),
        "coincidentrateunit": "kW",
    }


def _tiers(charge: Demand, number: int, losses: Losses) -> list[dict[str, Any]]:
    if number < 0:
        return [{"rate": Decimal(0)}]
    rate: Rate = charge.rates[number]
    if not rate.blocks:
        assert rate.rate is not None
        return [{"rate": losses.value(rate.rate, f"the price of {charge.name!r}")}]
    found = []
    for block in rate.blocks:
        cells = {"rate": losses.value(block.rate, f"a block of {charge.name!r}")}
        if block.up_to is not None:
            cells["max"] = losses.value(block.up_to, f"a limit of {charge.name!r}")
        found.append(cells)
    return found


def _ratchet(sorts: dict[str, Demand], losses: Losses) -> dict[str, Any]:
    held = {sort: charge.ratchet for sort, charge in sorts.items() if charge.ratchet is not None}
    if not held:
        return {}
    ratchet, *others = held.values()
    assert ratchet is not None
    if any(other != ratchet for other in others) or "coincident" in held:
        losses.refuse("demand", "ratchets differ between demand charges")
    losses.kept["ratchet-on"] = "all" if {"flat", "tou"} <= set(held) else next(iter(held))
    if ratchet.periods is not None:
        losses.refuse("demand", "a ratchet counts billing periods instead of months")
    if ratchet.of_period is not None:
        losses.refuse("demand", "a ratchet looks at the demand of another period")
    return _lookback(ratchet, losses)


def _lookback(ratchet: Ratchet, losses: Losses) -> dict[str, Any]:
    months = ratchet.of_months or ratchet.in_months
    if ratchet.by_month:
        losses.kept["lookbackmonths"] = "bills" if ratchet.month_of == "bill" else "peaks"
        if months or ratchet.months != 11:
            losses.refuse("demand", "a ratchet with shares by month also names months")
        return {"demandratchetpercentage": list(ratchet.by_month)}
    if not months:
        return {"lookbackpercent": ratchet.share, "lookbackrange": ratchet.months}
    if ratchet.months != 11 or (ratchet.of_months and ratchet.in_months):
        losses.refuse("demand", "a ratchet names months and a number of them, or two sorts of months")
    losses.kept["lookbackmonths"] = "peaks" if ratchet.of_months else "bills"
    return {
        "lookbackpercent": ratchet.share,
        "lookbackmonths": [month in months for month in range(1, 13)],
    }
