"""Which services a bill is for: by units, kinds and headings; told only if every charge for use can be placed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from meterbook.formats.bills.labels import key_of
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem, MeterUsage

_BY_KIND = {
    LineKind.WATER_USAGE: "water",
    LineKind.SEWER: "sewer",
    LineKind.STORMWATER: "stormwater",
    LineKind.GARBAGE: "garbage",
    LineKind.INTERNET: "internet",
}
_BY_UNIT = {"kWh": "electric", "kW": "electric", "kVA": "electric", "kVAR": "electric", "therm": "gas", "Dth": "gas",
            "MMBtu": "gas", "100 gal": "water", "gal": "water", "1000 gal": "water"}  # fmt: skip
_WORDS = (
    ("sewer", re.compile(r"\b(sewer|waste ?water)\b")),
    ("stormwater", re.compile(r"\b(storm ?water)\b")),
    ("garbage", re.compile(r"\b(garbage|trash|refuse|sanitation|solid waste)\b")),
    ("internet", re.compile(r"\b(internet|broadband|powernet)\b")),
    ("water", re.compile(r"\bwater\b(?! heat)")),
    ("gas", re.compile(r"\b(gas|therms?)\b")),
    ("electric", re.compile(r"\b(electric|electricity|kwh)\b")),
)
_USE = frozenset({
    LineKind.FIXED_CHARGE, LineKind.ENERGY, LineKind.DEMAND, LineKind.DELIVERY, LineKind.SUPPLY,
    LineKind.POWER_COST_ADJUSTMENT, LineKind.WATER_USAGE, LineKind.SEWER, LineKind.STORMWATER, LineKind.GARBAGE,
    LineKind.INTERNET, LineKind.OTHER,
})  # fmt: skip
"""Kinds of lines that are some service's; taxes, fees and gifts may be of all."""
_METERED = frozenset({"electric", "gas", "water"})


def services_of(lines: Sequence[LineItem], meters: Sequence[MeterUsage]) -> tuple[str, ...]:
    """The services billed, in the order printed; empty if a charge for use belongs to none that can be told.

    A charge without a sign of its own is placed only where the bill has one metered service.
    """
    own = [service_of(line) for line in lines]
    by_meters = [_BY_UNIT[meter.unit] for meter in meters if meter.unit in _BY_UNIT]
    metered = {service for service in [*own, *by_meters] if service in _METERED}
    placeless = [line for line, service in zip(lines, own, strict=True) if service is None and line.kind in _USE]
    if placeless and len(metered) != 1:
        return ()
    only = next(iter(metered)) if len(metered) == 1 else None
    if only == "water" and any(line.kind in {LineKind.ENERGY, LineKind.POWER_COST_ADJUSTMENT} for line in placeless):
        return ()
    told = [
        service or (only if line.kind in _USE else None) for line, service in zip(lines, own, strict=True)
    ]  # fmt: skip
    return tuple(dict.fromkeys(service for service in [*told, *by_meters] if service is not None))


def several_metered(lines: Sequence[LineItem], meters: Sequence[MeterUsage]) -> bool:
    """Whether the bill counts more than one of electricity, gas and water, so that no use is the use in all."""
    found = {service_of(line) for line in lines} | {_BY_UNIT.get(meter.unit or "") for meter in meters}
    return len(found & _METERED) > 1


def placed(lines: Iterable[LineItem]) -> tuple[LineItem, ...]:
    """The lines with the service that their kind, unit, heading or label names."""
    return tuple(replace(line, service=service_of(line)) for line in lines)


def service_of(line: LineItem) -> str | None:
    """The service one line is for, None if nothing of it says so or two things say different ones."""
    if line.kind in _BY_KIND:
        return _BY_KIND[line.kind]
    told = {_BY_UNIT.get(line.unit or "")} | {_word(line.label)}
    told.discard(None)
    if not told and line.section is not None:
        told = _all_words(line.section)
    return told.pop() if len(told) == 1 else None


def _word(label: str) -> str | None:
    words = _all_words(label)
    return next(iter(words)) if len(words) == 1 else None


def _all_words(text: str) -> set[str | None]:
    key = key_of(text)
    found: set[str | None] = {name for name, pattern in _WORDS if pattern.search(key)}
    return found
