"""Where a number stands in a schedule: its name, its unit, the value it has there, and a place to put another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from meterbook.model.tariff import Energy, Figure, Number
from meterbook.tariffs.cells import label
from meterbook.tariffs.energy import block_label

PRECISION = {
    "kWh": Decimal("0.00001"), "kW": Decimal("0.01"), "month": Decimal("0.01"), "day": Decimal("0.01"),
    "lamp": Decimal("0.01"), "$": Decimal("0.0001"), "kVAr": Decimal("0.01"),
}  # fmt: skip
"""Digits in which utilities publish prices, dollars a unit; shares by a hundredth of a percent."""
LARGEST = {
    "kWh": (Decimal(-1), Decimal(5)), "kW": (Decimal(-20), Decimal(200)), "month": (Decimal(-1000), Decimal(20000)),
    "day": (Decimal(-50), Decimal(1000)), "lamp": (Decimal(0), Decimal(1000)), "$": (Decimal(-1), Decimal(1)),
    "kVAr": (Decimal(-20), Decimal(200)),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A number of a schedule, or a rider's of a month.

    Attributes:
        schedule: ``utility/CODE``; empty for a rider, whose values are the same for all schedules.
        version: place of the version; -1 for a rider.
        charge: place of the charge in it.
        part: ``amount``, ``rate``, ``share``, or the rider's code.
        rate: place of the rate, or name of the lamp.
        block: place of the block; -1 without blocks.
        month: of a rider's value.
        kind: class of a rider's value, where they differ by it.
        unit: dollars a what.
        name: what the line is called.
    """

    schedule: str = ""
    version: int = -1
    charge: int = -1
    part: str = "amount"
    rate: str = ""
    block: int = -1
    month: str = ""
    kind: str = ""
    unit: str = "month"
    name: str = ""

    def __str__(self) -> str:
        """In words: ``Energy, summer`` or ``WPCA of 2025-01, residential``."""
        words = f"{self.name} of {self.month}" if self.month else self.name
        return f"{words}, {self.kind}" if self.kind else words


def step_of(place: Place, precision: dict[str, Decimal]) -> Fraction:
    """Published precision of a number."""
    return Fraction(precision.get(place.unit) or PRECISION[place.unit])


def limits_of(place: Place, step: Fraction) -> tuple[int, int]:
    """Least and greatest multiple of a step that a price may be."""
    low, high = LARGEST[place.unit]
    return int(Fraction(low) / step), int(Fraction(high) / step)


def rate_places(schedule: str, version: int, charge: int, of: Energy, rate: int) -> Iterator[tuple[Place, Number]]:
    """Numbers of a rate of an energy charge: one, or one a block."""
    entry = of.rates[rate]
    name = label(of, entry)
    common = {"schedule": schedule, "version": version, "charge": charge, "part": "rate", "rate": str(rate)}
    if entry.rate is not None:
        yield Place(**common, unit="kWh", name=name), entry.rate  # type: ignore[arg-type]
    for number, block in enumerate(entry.blocks):
        full = f"{name}, {block_label(entry, number, of.block_unit)}"
        yield Place(**common, block=number, unit="kWh", name=full), block.rate  # type: ignore[arg-type]


def settled(number: Number | None) -> bool:
    """Whether a number is taken as it stands: it is published, or was fitted before."""
    if isinstance(number, Figure):
        return number.value is not None and number.status in ("published", "fitted")
    return number is not None
