"""A month of bills for machines: exact decimals as text, what is not known left out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterbook.analysis.bills.history import BillMonth


def month_json(one: BillMonth) -> dict[str, Any]:
    """The fields of a month under their names, and how many bills it is made of."""
    told: dict[str, Any] = {"month": f"{one.month:%Y-%m}", "bills": len(one.bills), "estimated": one.estimated}
    if one.days is not None:
        told["days"] = one.days
    if one.unit is not None:
        told["unit"] = one.unit
    exact = {"usage": one.usage, "cost": one.cost}
    derived = {
        "per_day": one.per_day, "cost_per_day": one.cost_per_day, "cost_per_unit": one.cost_per_unit,
        "temperature_low": one.low_f, "temperature_high": one.high_f,
    }  # fmt: skip
    told |= {name: f"{value:f}" for name, value in exact.items() if value is not None}
    places = Decimal("0.000001")
    told |= {name: f"{value.quantize(places).normalize():f}" for name, value in derived.items() if value is not None}
    if one.degrees is not None:
        told["heating_degree_days"] = round(one.degrees.heating, 1)
        told["cooling_degree_days"] = round(one.degrees.cooling, 1)
        told["degree_days_from"] = "days" if one.daily_degrees is not None else "mean"
    return told
