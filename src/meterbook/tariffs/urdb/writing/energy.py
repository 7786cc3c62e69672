"""Energy charges, constant riders and prices for energy sent back, as periods of tiers with schedules."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from meterbook.model.tariff import Energy, Export, Rate
from meterbook.tariffs.urdb.writing.hours import Clock, Shape
from meterbook.tariffs.urdb.writing.losses import Losses

ZERO = Decimal(0)
_UNITS = {"kWh": "kWh", "kWh/day": "kWh daily", "kWh/kW": "kWh/kW", "kWh/kW/day": "kWh/kW daily"}
_RULES = {"net-metering": "Net Metering", "net-billing": "Net Billing Instantaneous", "buy-all": "Buy All Sell All"}


def energy(
    charges: Sequence[Energy],
    exports: Sequence[Export],
    added: list[Decimal],
    clock: Clock,
    losses: Losses,
) -> dict[str, Any]:
    """Fields of energy.

    Args:
        charges: of energy.
        exports: rules of energy sent back.
        added: what riders add to a kWh in each calendar month.
        clock: of the schedule.
        losses: what is found.
    """
    fields = _generation(charges, exports, losses)
    if not charges:
        return fields
    tiered = [charge for charge in charges if any(rate.blocks for rate in charge.rates)]
    main = tiered[0] if tiered else charges[0]
    if len(tiered) > 1:
        losses.refuse("energy", f"{tiered[1].name!r} has blocks beside those of {main.name!r}")
    if main.prorate_blocks:
        losses.refuse("energy", f"blocks of {main.name!r} go by the days of the period")
    shapes = [clock.shape(charge) for charge in charges]
    sold = [export for export in exports if export.rates][:1]
    sells = [clock.shape(export) for export in sold]
    keys, schedule = _periods(shapes, sells, added)
    _tell_pooling(main, shapes, charges.index(main), schedule, losses)
    unit = "kWh daily" if main.fill == "day" and main.block_unit == "kWh" else _UNITS[main.block_unit]
    structure = []
    for key in keys:
        rates = [charge.rates[place] for charge, place in zip(charges, key[: len(charges)], strict=True)]
        sell = [export.rates[place] for export, place in zip(sold, key[len(charges) : -1], strict=True) if place >= 0]
        structure.append(_tiers(rates, sell, added[key[-1]], unit, losses))
    weekday, weekend = schedule.tolist()
    return fields | {
        "energyratestructure": structure,
        "energyweekdayschedule": weekday,
        "energyweekendschedule": weekend,
    }


def _periods(shapes: list[Shape], sells: list[Shape], added: list[Decimal]) -> tuple[list[tuple[int, ...]], Shape]:
    """Periods of hours that are alike in all, and the number of each hour's.

    Returns:
        keys: places of each charge's rate, of what is paid for energy sold, and of a month with that adjustment.
        schedule: 2 × 12 × 24 numbers of periods.
    """
    month = np.array([added.index(value) for value in added])
    stack = np.stack([*shapes, *sells, np.broadcast_to(month[None, :, None], (2, 12, 24))], axis=-1)
    keys: list[tuple[int, ...]] = []
    schedule = np.zeros((2, 12, 24), np.int64)
    for at in np.ndindex(2, 12, 24):
        key = tuple(int(one) for one in stack[at])
        if key not in keys:
            keys.append(key)
        schedule[at] = keys.index(key)
    return keys, schedule


def _tiers(
    rates: Sequence[Rate], sell: Sequence[Rate], adjustment: Decimal, unit: str, losses: Losses
) -> list[dict[str, Any]]:
    steps = next((rate.blocks for rate in rates if rate.blocks), [])
    flat = sum((losses.value(rate.rate, "a price of energy") for rate in rates if rate.rate is not None), start=ZERO)
    sold = losses.value(sell[0].rate, "a price for energy sold") if sell and sell[0].rate is not None else None
    found = []
    for place in range(max(len(steps), 1)):
        cells: dict[str, Any] = {"unit": unit}
        price = flat
        if steps:
            block = steps[place]
            price += losses.value(block.rate, "a price of a block")
            if block.up_to is not None:
                cells["max"] = losses.value(block.up_to, "the limit of a block")
        cells["rate"] = price
        if adjustment:
            cells["adj"] = adjustment
        if sold is not None:
            cells["sell"] = sold
        found.append(cells)
    return found


def _tell_pooling(main: Energy, shapes: list[Shape], place: int, schedule: Shape, losses: Losses) -> None:
    """Keep how tiers are shared and filled, for which the format has no field."""
    if not any(rate.blocks for rate in main.rates):
        return
    if main.pooling is not None:
        losses.kept["pooling"] = main.pooling
    if main.fill == "day":
        losses.kept["kwh-daily"] = "daily"
    if main.pooling in (None, "period"):
        for month in range(12):
            pairs = {
                (int(one), int(other))
                for one, other in zip(shapes[place][:, month].ravel(), schedule[:, month].ravel(), strict=True)
            }
            if len(pairs) > len({one for one, _ in pairs}):
                losses.refuse("energy", f"blocks of {main.name!r} fill by periods that other prices divide")
                return


def _generation(charges: Sequence[Energy], exports: Sequence[Export], losses: Losses) -> dict[str, Any]:
    of = {charge.of for charge in charges}
    if "received" in of or len(of) > 1:
        losses.refuse("energy", "energy charges are of different flows")
    if len(exports) > 1:
        losses.refuse("export", "there are two rules for energy sent back")
    if not exports:
        if "net" in of:
            losses.refuse("export", "energy is netted without a rule of net metering")
        losses.kept["generation"] = "none"
        return {}
    export = exports[0]
    netted = export.scheme == "net-metering"
    if netted and of == {"delivered"}:
        losses.refuse("export", f"{export.name!r}: net metering of energy that is not netted")
    if export.scheme == "net-register":
        losses.refuse("export", f"{export.name!r}: a register that runs backwards")
        return {}
    if export.settle == "bill":
        losses.refuse("export", f"the bank of {export.name!r} is settled with each bill")
    if export.reset_month is not None or export.pay_out is not None or export.by_period:
        losses.refuse("export", f"the bank of {export.name!r} is reset or kept by period")
    if any(rate.blocks for rate in export.rates):
        losses.refuse("export", f"{export.name!r} pays by blocks")
    return {"dgrules": _RULES[export.scheme]}
