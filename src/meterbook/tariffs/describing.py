"""A schedule in words: each charge with its prices, and how sure each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from meterbook.model.tariff import (
    AnyCharge,
    Demand,
    Energy,
    Export,
    Figure,
    Fixed,
    Lamps,
    Minimum,
    Number,
    Percent,
    Rate,
    Reactive,
    Rider,
    RoundUp,
    Version,
)
from meterbook.tariffs.cells import label
from meterbook.tariffs.energy import block_label

UNITS = {"kWh": "a kWh", "kW": "a kW", "month": "a month", "share": "of lines above"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A price of a schedule.

    Attributes:
        name: of the line it makes.
        price: in words.
        status: how sure it is; ``not known`` where it has no value.
        source: key of the file's sources.
        how: arithmetic or reason.
    """

    name: str
    price: str
    status: str = "published"
    source: str | None = None
    how: str | None = None


def described(version: Version) -> list[Row]:
    """Every price of a version, in the order of the bill."""
    return [row for charge in version.charges for row in _rows(charge)]


def _rows(charge: AnyCharge) -> Iterator[Row]:
    if isinstance(charge, Fixed):
        yield _row(charge.name, charge.amount, f"a {charge.per}")
    elif isinstance(charge, Energy):
        yield from (row for rate in charge.rates for row in _rates(charge, rate, "kWh"))
    elif isinstance(charge, Demand):
        yield from (row for rate in charge.rates for row in _rates(charge, rate, "kW"))
    elif isinstance(charge, Export):
        yield from (row for rate in charge.rates for row in _rates(charge, rate, "kWh"))
        if charge.scheme in ("net-metering", "net-register"):
            yield Row(name=charge.name, price="what is sent back is taken off, kWh by kWh")
        if charge.pay_out is not None:
            yield _row(f"{charge.name}, what is left over", charge.pay_out, "a kWh")
    elif isinstance(charge, Rider):
        yield from _rider(charge)
    elif isinstance(charge, Percent):
        yield _row(charge.name, charge.rate, f"of {', '.join(charge.base) or 'all lines above'}", percent=True)
    elif isinstance(charge, Minimum):
        yield _row(charge.name, charge.amount, f"a {charge.per} at the least")
    elif isinstance(charge, Lamps):
        yield from (_row(f"{charge.name}, {name}", lamp.price, "a lamp") for name, lamp in charge.types.items())
    elif isinstance(charge, Reactive):
        yield _row(charge.name, charge.rate, "a kVAr")
    elif isinstance(charge, RoundUp):
        yield Row(name=charge.name, price=f"what raises the bill to a multiple of ${_text(charge.to)}")


def _rates(charge: Energy | Demand | Export, rate: Rate, unit: str) -> Iterator[Row]:
    name = label(charge, rate)
    if rate.rate is not None:
        yield _row(name, rate.rate, f"a {unit}")
    for number, block in enumerate(rate.blocks):
        of = charge.block_unit if isinstance(charge, Energy) else unit
        yield _row(f"{name}, {block_label(rate, number, of)}", block.rate, f"a {unit}")


def _rider(charge: Rider) -> Iterator[Row]:
    """The newest value; how it changed is for the trend."""
    if not charge.values:
        yield Row(name=charge.name, price="by month", status="not known")
        return
    last = charge.values[-1]
    numbers = last.by_class or {"": last.value}
    for kind, value in numbers.items():
        figure = Figure(value=value, status=last.status, source=last.source, how=last.how)
        name = f"{charge.name}, {kind}" if kind else charge.name
        yield _row(name, figure, f"{UNITS[charge.unit]} since {last.start}", percent=charge.unit == "share")


def _row(name: str, number: Number, unit: str, *, percent: bool = False) -> Row:
    figure = number if isinstance(number, Figure) else Figure(value=number)
    if figure.value is None:
        return Row(name=name, price=f"? {unit}", status="not known", source=figure.source, how=figure.how)
    shown = f"{_text(figure.value * 100)}%" if percent else f"${_text(figure.value)}"
    price = f"{shown} {unit}".replace("$-", "-$")
    return Row(name=name, price=price, status=figure.status, source=figure.source, how=figure.how)


def _text(number: Decimal) -> str:
    """A decimal without an exponent, with cents at the least.

    >>> _text(Decimal("0.0998")), _text(Decimal("30")), _text(Decimal("7.00"))
    ('0.0998', '30.00', '7.00')
    """
    text = format(number, "f")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"
