"""Units of what a channel measures, and exact conversion from the units that sources use.

A stored value is an integer ``n`` with a ``scale`` ``s`` and means ``n / 10**s`` of the channel's unit: Wh for a
channel in kWh at scale 3, tenths of a Wh at scale 4. Conversion multiplies by an exact decimal, never a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from meterbook.model.errors import UnknownCode, Where


class Unit(StrEnum):
    """Unit of a channel, spelled as in files and on screen."""

    KWH = "kWh"
    KW = "kW"
    KVARH = "kVArh"
    GALLON = "gal"
    CUBIC_FOOT = "ft3"
    THERM = "therm"
    DOLLAR = "USD"
    FAHRENHEIT = "degF"


# Least digits after the point that a channel in this unit is kept with; finer sources raise it, nothing lowers it.
DEFAULT_SCALE = {
    Unit.KWH: 3,
    Unit.KW: 3,
    Unit.KVARH: 3,
    Unit.GALLON: 0,
    Unit.CUBIC_FOOT: 0,
    Unit.THERM: 3,
    Unit.DOLLAR: 2,
    Unit.FAHRENHEIT: 1,
}
MAX_SCALE = 9  # int64 then still holds ±9.2 billion of the unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceUnit:
    """A unit as a source spells it.

    Attributes:
        unit: ours.
        factor: multiply a value in the source's unit by this to have it in ours.
        power: the source gives average power (W, kW), so energy is factor × value × hours of the interval.
    """

    unit: Unit
    factor: Decimal
    power: bool = False


# Keys are upper case without blanks, dots and underscores. CCF is 100 cubic feet and KGAL 1,000 gallons by definition.
_SOURCE_UNITS = {
    "KWH": SourceUnit(unit=Unit.KWH, factor=Decimal(1)),
    "WH": SourceUnit(unit=Unit.KWH, factor=Decimal("0.001")),
    "MWH": SourceUnit(unit=Unit.KWH, factor=Decimal(1000)),
    "KW": SourceUnit(unit=Unit.KW, factor=Decimal(1)),
    "W": SourceUnit(unit=Unit.KW, factor=Decimal("0.001")),
    "MW": SourceUnit(unit=Unit.KW, factor=Decimal(1000)),
    "KVARH": SourceUnit(unit=Unit.KVARH, factor=Decimal(1)),
    "GAL": SourceUnit(unit=Unit.GALLON, factor=Decimal(1)),
    "GALLON": SourceUnit(unit=Unit.GALLON, factor=Decimal(1)),
    "GALLONS": SourceUnit(unit=Unit.GALLON, factor=Decimal(1)),
    "KGAL": SourceUnit(unit=Unit.GALLON, factor=Decimal(1000)),
    "FT3": SourceUnit(unit=Unit.CUBIC_FOOT, factor=Decimal(1)),
    "CF": SourceUnit(unit=Unit.CUBIC_FOOT, factor=Decimal(1)),
    "CUFT": SourceUnit(unit=Unit.CUBIC_FOOT, factor=Decimal(1)),
    "CCF": SourceUnit(unit=Unit.CUBIC_FOOT, factor=Decimal(100)),
    "MCF": SourceUnit(unit=Unit.CUBIC_FOOT, factor=Decimal(1000)),
    "THERM": SourceUnit(unit=Unit.THERM, factor=Decimal(1)),
    "THERMS": SourceUnit(unit=Unit.THERM, factor=Decimal(1)),
    "USD": SourceUnit(unit=Unit.DOLLAR, factor=Decimal(1)),
    "DOLLARS": SourceUnit(unit=Unit.DOLLAR, factor=Decimal(1)),
    "DOLLAR": SourceUnit(unit=Unit.DOLLAR, factor=Decimal(1)),
    "$": SourceUnit(unit=Unit.DOLLAR, factor=Decimal(1)),
    "DEGF": SourceUnit(unit=Unit.FAHRENHEIT, factor=Decimal(1)),
    "F": SourceUnit(unit=Unit.FAHRENHEIT, factor=Decimal(1)),
    "°F": SourceUnit(unit=Unit.FAHRENHEIT, factor=Decimal(1)),
}


def source_unit(code: str, where: Where | str) -> SourceUnit:
    """The unit that a source's code stands for.

    Args:
        code: the source's spelling, such as ``KWH``, ``CCF`` or ``kilowatts``; case, blanks, dots and underscores
            do not matter.
        where: file or request and field it was read from, carried into the error.

    Raises:
        UnknownCode: not in the list; no unit is ever assumed.

    >>> source_unit("kgal", "example").factor
    Decimal('1000')
    """
    key = code.strip().upper().replace(" ", "").replace("_", "").replace(".", "")
    try:
        return _SOURCE_UNITS[key]
    except KeyError:
        known = ", ".join(sorted(_SOURCE_UNITS))
        raise UnknownCode(
            f"unit {code!r} is not known",
            where=where,
            expected=f"one of {known}",
            hint="Nothing of this series was stored. If the unit is real, please report it with the utility's name.",
        ) from None
