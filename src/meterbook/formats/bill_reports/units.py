"""Units and services as billing reports name them."""

from __future__ import annotations

import re
from decimal import Decimal

_LETTERS = re.compile(r"[^0-9a-z]+")
ONE = Decimal(1)

# By all letters of the name, its explanation in brackets included: Portfolio Manager's "MCF (million cubic feet)" is a
# thousand times the gas trade's MCF, and "Mbtu" alone may be a thousand or a million.
_UNITS = {
    "kwh": ("kWh", ONE),
    "kilowatthours": ("kWh", ONE),
    "kwhthousandwatthours": ("kWh", ONE),
    "wh": ("kWh", Decimal("0.001")),
    "mwh": ("kWh", Decimal(1000)),
    "mwhmillionwatthours": ("kWh", Decimal(1000)),
    "gwh": ("kWh", Decimal(1_000_000)),
    "kbtu": ("kBtu", ONE),
    "kbtuthousandbtu": ("kBtu", ONE),
    "mbtumillionbtu": ("kBtu", Decimal(1000)),
    "mmbtu": ("kBtu", Decimal(1000)),
    "therm": ("therm", ONE),
    "therms": ("therm", ONE),
    "th": ("therm", ONE),
    "dth": ("therm", Decimal(10)),
    "dekatherms": ("therm", Decimal(10)),
    "gj": ("GJ", ONE),
    "gjbillionjoules": ("GJ", ONE),
    "ccf": ("CCF", ONE),
    "ccfhundredcubicfeet": ("CCF", ONE),
    "mcf": ("CCF", Decimal(10)),
    "kcf": ("CCF", Decimal(10)),
    "kcfthousandcubicfeet": ("CCF", Decimal(10)),
    "mcfmillioncubicfeet": ("CCF", Decimal(10_000)),
    "cf": ("ft3", ONE),
    "ft3": ("ft3", ONE),
    "cfcubicfeet": ("ft3", ONE),
    "cubicfeet": ("ft3", ONE),
    "cubicmeters": ("m3", ONE),
    "m3": ("m3", ONE),
    "cmcubicmeters": ("m3", ONE),
    "gal": ("gal", ONE),
    "gallon": ("gal", ONE),
    "gallons": ("gal", ONE),
    "gallonsus": ("gal", ONE),
    "galgallons": ("gal", ONE),
    "kgal": ("gal", Decimal(1000)),
    "kgalthousandgallons": ("gal", Decimal(1000)),
    "kgalthousandgallonsus": ("gal", Decimal(1000)),
    "mgal": ("gal", Decimal(1_000_000)),
    "mgalmilliongallons": ("gal", Decimal(1_000_000)),
    "mgalmilliongallonsus": ("gal", Decimal(1_000_000)),
    "lbs": ("lb", ONE),
    "lb": ("lb", ONE),
    "pounds": ("lb", ONE),
    "klbs": ("lb", Decimal(1000)),
    "klbsthousandpounds": ("lb", Decimal(1000)),
    "kw": ("kW", ONE),
    "kva": ("kVA", ONE),
    "tonhours": ("ton-hour", ONE),
}
_SERVICES = {
    "electric": "electric",
    "electricity": "electric",
    "elec": "electric",
    "e": "electric",
    "electricgrid": "electric",
    "electricitygridpurchase": "electric",
    "electricitygrid": "electric",
    "power": "electric",
    "gas": "gas",
    "naturalgas": "gas",
    "g": "gas",
    "water": "water",
    "w": "water",
    "municipallysuppliedpotablewaterindoor": "water",
    "municipallysuppliedpotablewateroutdoor": "water",
    "municipallysuppliedpotablewatermixedindooroutdoor": "water",
    "potableindoor": "water",
    "sewer": "sewer",
    "wastewater": "sewer",
    "districtsteam": "steam",
    "steam": "steam",
    "districthotwater": "hot water",
    "districtchilledwater": "chilled water",
    "propane": "propane",
    "liquidpropane": "propane",
    "fueloilno2": "fuel oil",
    "fueloil": "fuel oil",
    "electriconsitesolar": "solar",
    "electricitysolar": "solar",
    "electricitywind": "wind",
}
_BY_UNIT = {"kWh": "electric", "kW": "electric", "kVA": "electric", "therm": "gas", "gal": "water"}
_VOLUMES = frozenset({"gal", "ft3", "CCF", "m3"})
_ENERGIES = frozenset({"kBtu", "GJ"})
_MEASURED_IN = {
    "electric": frozenset({"kWh", "kW", "kVA"}) | _ENERGIES,
    "solar": frozenset({"kWh"}) | _ENERGIES,
    "wind": frozenset({"kWh"}) | _ENERGIES,
    "gas": frozenset({"therm", "CCF", "ft3", "m3", "kWh"}) | _ENERGIES,
    "water": _VOLUMES,
    "sewer": _VOLUMES,
}


def bill_unit(code: str) -> tuple[str, Decimal] | None:
    """The unit that a report's spelling means, and how many of it one of theirs is; None if it is not known.

    >>> bill_unit("kBtu (thousand Btu)"), bill_unit("Mbtu")
    (('kBtu', Decimal('1')), None)
    """
    return _UNITS.get(_LETTERS.sub("", code.casefold()))


def bill_service(word: str) -> str | None:
    """The service that a report's word means; None if it is not known.

    >>> bill_service("Natural gas billing"), bill_service("Electric - Grid"), bill_service("Some Type")
    ('gas', 'electric', None)
    """
    letters = _LETTERS.sub("", word.casefold())
    return (
        _SERVICES.get(letters)
        or _SERVICES.get(letters.removesuffix("billing"))
        or _SERVICES.get(letters.removesuffix("service"))
    )


def service_of_unit(unit: str) -> str | None:
    """The one service that is sold in a unit; None where several are (kBtu, cubic feet).

    >>> service_of_unit("kWh"), service_of_unit("CCF")
    ('electric', None)
    """
    return _BY_UNIT.get(unit)


def fits(unit: str, service: str) -> bool:
    """Whether a service can be measured in a unit.

    >>> fits("gal", "electric"), fits("kBtu", "electric"), fits("lb", "steam")
    (False, True, True)
    """
    known = _MEASURED_IN.get(service)
    return known is None or unit in known
