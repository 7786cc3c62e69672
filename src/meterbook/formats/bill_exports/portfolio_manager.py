"""ENERGY STAR Portfolio Manager's upload template *Add Bills to Existing Meters*, filled with bills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from meterbook.formats.bill_exports.writing import harmless, plain_decimal

_COMMON = (
    "Meter ID\n(Pre-filled)",
    "Meter Consumption ID\n(Pre-filled)",
    "Portfolio Manager ID\n(Pre-filled)",
    "Property  Name\n(Pre-filled)",
    "Meter Name\n(Pre-filled)",
    "Meter Type\n(Pre-filled)",
    "Start Date\n(Required)",
    "End Date\n(Required)",
)
_ELECTRIC = (
    *_COMMON,
    "Usage\n(Required)",
    "Meter Unit\n(Pre-filled)",
    "Cost\n(Optional)",
    "Demand (kW) (Optional)",
    "Demand Cost ($) (Optional)",
    "Estimation (Required)",
    "Green Power?\n(Required)",
    "Green Power Quantity\n(Required, if Green Power)",
    "Generation Location\n(Required, if you have Green Power)",
    "Generation Facility ID\n(Required, if known)",
    "eGRID Subregion or Province\n(Required, if known)",
    "Fuel Source- Biogas % (Optional)",
    "Fuel Source- Biomass % (Optional)",
    "Fuel Source- Geothermal % (Optional)",
    "Fuel Source- Small Hydropower %  (Optional)",
    "Fuel Source- Solar % (Optional)",
    "Fuel Source - Wind % (Optional)",
    "Fuel Source- Unknown % (Optional)",
)
"""As the template has them, odd blanks included; what follows green power stays empty."""
_OTHER = (*_COMMON, "Quantity\n(Required)", "Meter Unit\n(Pre-filled)", "Cost\n(Optional)", "Estimation (Required)")
_WATER = (*_COMMON, "Usage\n(Required)", "Meter Unit\n(Pre-filled)", "Cost\n(Optional)", "Estimation (Required)")
_SHEETS = {
    "Add Bills-Electricity": _ELECTRIC,
    "Add Bills-Non Electric": _OTHER,
    "Add Bills-Water": _WATER,
}
_TYPES = {
    "electric": ("Add Bills-Electricity", "Electricity - Grid Purchase"),
    "gas": ("Add Bills-Non Electric", "Natural Gas"),
    "steam": ("Add Bills-Non Electric", "District Steam"),
    "propane": ("Add Bills-Non Electric", "Propane"),
    "water": ("Add Bills-Water", "Municipally Supplied Potable Water - Mixed Indoor/Outdoor"),
}
_UNITS = {
    "kWh": "kWh (thousand Watt-hours)",
    "kBtu": "kBtu (thousand Btu)",
    "therm": "Therms",
    "CCF": "ccf (hundred cubic feet)",
    "ft3": "cf (cubic feet)",
    "gal": "Gallons (US)",
    "m3": "Cubic meters",
    "GJ": "GJ",
    "lb": "pounds",
}
SERVICES = frozenset(_TYPES)
"""Services that the template has a sheet for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEntry:
    """One row of the template: what one meter used in one period.

    Attributes:
        meter_id: Portfolio Manager's number of the meter.
        property_id: Portfolio Manager's number of the property; empty if not known.
        property_name: the property's name.
        meter_name: the meter's name.
        service: electric, gas, water …
        start: first day.
        end: last day, which belongs to the period.
        usage: what was used.
        unit: its unit.
        cost: charges, dollars.
        demand_kw: highest demand.
        demand_cost: the part of the cost that is for demand.
        estimated: a reading was estimated.
    """

    meter_id: str
    property_id: str
    property_name: str
    meter_name: str
    service: str
    start: date
    end: date
    usage: Decimal
    unit: str
    cost: Decimal | None = None
    demand_kw: Decimal | None = None
    demand_cost: Decimal | None = None
    estimated: bool = False


def fits(service: str, unit: str) -> bool:
    """Whether the template has a sheet for a service and a word for a unit."""
    return service in _TYPES and unit in _UNITS


def write_template(entries: Iterable[MeterEntry], sink: BinaryIO) -> None:
    """The workbook, its sheets and headings as Portfolio Manager hands it out.

    Args:
        entries: what :func:`fits`.
        sink: where to.
    """
    import xlsxwriter  # noqa: PLC0415 - only for workbooks

    book = xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.00##"})
    sheets, used = {}, {}
    for name, headings in _SHEETS.items():
        sheets[name], used[name] = book.add_worksheet(name), 0
        for place, heading in enumerate(headings):
            sheets[name].write_string(0, place, heading, bold)
        sheets[name].set_column(0, len(headings) - 1, 18)
        sheets[name].freeze_panes(1, 0)
    for entry in entries:
        name = _TYPES[entry.service][0]
        used[name] += 1
        for place, value in enumerate(_cells(entry, name)):
            _write(sheets[name], (used[name], place), value, day, money)
    book.close()


def _cells(entry: MeterEntry, sheet: str) -> tuple[Any, ...]:
    common = (
        entry.meter_id, None, entry.property_id or None, entry.property_name, entry.meter_name,
        _TYPES[entry.service][1], entry.start, entry.end, entry.usage, _UNITS[entry.unit], entry.cost,
    )  # fmt: skip
    estimated = "Yes" if entry.estimated else "No"
    if sheet == "Add Bills-Electricity":
        return (*common, entry.demand_kw, entry.demand_cost, estimated, "No")
    return (*common, estimated)


def _write(sheet: Any, at: tuple[int, int], value: Any, day: Any, money: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(*at, harmless(value))
    elif isinstance(value, Decimal):
        if len(value.normalize().as_tuple().digits) > 15:
            sheet.write_string(*at, plain_decimal(value))
        else:
            sheet.write_number(*at, value, money)
    elif value is not None:
        sheet.write_datetime(*at, value, day)
