"""A schedule in words: each charge with its prices, and how sure each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from meterbook.model.tariff import (
    AnyCharge,
    Dated,
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
        only: which accounts pay it, where not all do.
        others: what else it may be.
    """

    name: str
    price: str
    status: str = "published"
    source: str | None = None
    how: str | None = None
    only: str | None = None
    others: tuple[str, ...] = ()


def described(version: Version, *, month: str | None = None, kind: str | None = None) -> list[Row]:
    """Every price of a version, in the order of the bill.

    Args:
        version: of a schedule.
        month: ``2025-01``: riders have their value of that month; their newest without it.
        kind: class of customer; of riders that differ by class the others are left out, where it is among them.
    """
    return [replace(row, only=_only(charge)) for charge in version.charges for row in _rows(charge, month, kind)]


def history(charge: Rider, kind: str | None = None) -> list[tuple[str, Row]]:
    """Every value of a rider with its months, the oldest first."""
    return [(_months(dated), row) for dated in charge.values for row in _dated(charge, dated, kind, since=False)]


def _only(charge: AnyCharge) -> str | None:
    """Which accounts have a charge, in words; None where all have."""
    words = [", ".join(charge.classes)] if charge.classes else []
    words += [f"with the option {charge.optional}"] if charge.optional else []
    return f"only {' '.join(words)}" if words else None


def _rows(charge: AnyCharge, month: str | None, kind: str | None) -> Iterator[Row]:
    if isinstance(charge, Fixed):
        yield _row(charge.name, charge.amount, f"a {charge.per}")
    elif isinstance(charge, Energy):
        yield from (row for rate in charge.rates for row in _rates(charge, rate, "kWh"))
    elif isinstance(charge, Demand):
        yield from (row for rate in charge.rates for row in _rates(charge, rate, "kW"))
        yield from _billing(charge)
    elif isinstance(charge, Export):
        yield from (row for rate in charge.rates for row in _rates(charge, rate, "kWh"))
        if charge.scheme in ("net-metering", "net-register"):
            yield Row(name=charge.name, price="what is sent back is taken off, kWh by kWh")
        if charge.pay_out is not None:
            yield _row(f"{charge.name}, what is left over", charge.pay_out, "a kWh")
    elif isinstance(charge, Rider):
        yield from _rider(charge, month, kind)
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


def _billing(charge: Demand) -> Iterator[Row]:
    """How billing demand comes about."""
    name = f"{charge.name}, measured"
    of = "the sum of each day's highest" if charge.daily else "at the supplier's peak" if charge.coincident else ""
    words = f"over {'any ' if charge.rolling else ''}{charge.minutes} minutes{f', {of}' if of else ''}"
    others = tuple(str(one) for one in charge.minutes_alternatives)
    yield Row(name=name, price=words, status=charge.minutes_status, others=others)
    ratchet, name = charge.ratchet, f"{charge.name}, at the least"
    if ratchet is not None:
        share = "a share by month" if ratchet.by_month else f"{_text(ratchet.share * 100)}%"
        back = f"{ratchet.periods} billing periods" if ratchet.periods is not None else f"{ratchet.months} months"
        yield Row(name=name, price=f"{share} of the highest of {back}")
    if charge.minimum is not None:
        yield _row(name, charge.minimum, "kW", dollars=False)
    if charge.contract_share is not None:
        yield _row(name, charge.contract_share, "of contract demand", percent=True)
    if charge.power_factor is not None:
        yield Row(name=name, price=f"corrected below a power factor of {charge.power_factor.target}")


def _rider(charge: Rider, month: str | None, kind: str | None) -> Iterator[Row]:
    """The value of a month, or the newest; how it changed is for the history."""
    if not charge.values:
        yield Row(name=charge.name, price="by month", status="not known")
        return
    if month is None:
        yield from _dated(charge, charge.values[-1], kind)
        return
    there = [one for one in charge.values if one.start <= month and (one.end is None or month <= one.end)]
    if not there:
        yield Row(name=charge.name, price=f"? in {month}", status="not known", how="the riders tell nothing of it")
    for dated in there:
        if not dated.months or int(month[5:]) in dated.months:
            yield from _dated(charge, dated, kind)


def _dated(charge: Rider, dated: Dated, kind: str | None, *, since: bool = True) -> Iterator[Row]:
    numbers = dated.by_class or {"": dated.value}
    when = f" since {dated.start}" if since else ""
    for name, value in numbers.items():
        if name and kind in numbers and name != kind:
            continue
        others = dated.alternatives_by_class.get(name, []) if name else dated.alternatives
        figure = Figure(value=value, status=dated.status, source=dated.source, how=dated.how, alternatives=list(others))
        full = f"{charge.name}, {name}" if name else charge.name
        yield _row(full, figure, f"{UNITS[charge.unit]}{when}", percent=charge.unit == "share")


def _months(dated: Dated) -> str:
    if dated.end == dated.start:
        return dated.start
    words = f"{dated.start} on" if dated.end is None else f"{dated.start} to {dated.end}"
    return f"{words}, months {', '.join(map(str, dated.months))}" if dated.months else words


def _row(name: str, number: Number, unit: str, *, percent: bool = False, dollars: bool = True) -> Row:
    figure = number if isinstance(number, Figure) else Figure(value=number)
    if figure.value is None:
        return Row(name=name, price=f"? {unit}", status="not known", source=figure.source, how=figure.how)
    shown = f"{_text(figure.value * 100)}%" if percent else f"{'$' if dollars else ''}{_text(figure.value)}"
    price = f"{shown} {unit}".replace("$-", "-$")
    others = tuple(_text(one * 100) if percent else _text(one) for one in figure.alternatives)
    return Row(name=name, price=price, status=figure.status, source=figure.source, how=figure.how, others=others)


def _text(number: Decimal) -> str:
    """A decimal without an exponent, with cents at the least.

    >>> _text(Decimal("0.0998")), _text(Decimal("30")), _text(Decimal("7.00"))
    ('0.0998', '30.00', '7.00')
    """
    text = format(number, "f")
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"
