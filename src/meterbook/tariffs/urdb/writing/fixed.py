"""Fixed charges and minimums, in dollars a month, a day or a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from meterbook.model.tariff import Fixed, Minimum, Rider
from meterbook.tariffs.urdb.writing.losses import Losses
from meterbook.tariffs.urdb.writing.riders import constant

_DAYS_OF_30 = 30


def fixed(charges: Sequence[Fixed], riders: Sequence[Rider], on: date, losses: Losses) -> dict[str, Any]:
    """Fields of fixed charges; riders of dollars a month count among them."""
    sums: dict[tuple[str, str], Fraction] = {}
    for charge in charges:
        amount = Fraction(losses.value(charge.amount, f"{charge.name!r}"))
        unit, amount = _in_unit(charge.per, charge.prorate, amount)
        for of in {"account": ("first",), "meter": ("first", "further"), "further-meter": ("further",)}[charge.each]:
            sums[of, unit] = sums.get((of, unit), Fraction(0)) + amount
    for rider in riders:
        values = [constant(rider, month, on) for month in range(1, 13)]
        numbers = {value.value for value in values if value is not None and not value.by_class}
        if None in values or len(numbers) != 1 or None in numbers:
            losses.refuse("rider", f"rider {rider.rider} changes with time or class; a record has one price")
            continue
        sums["first", "month"] = sums.get(("first", "month"), Fraction(0)) + Fraction(numbers.pop() or 0)
    units = {unit for (_, unit), amount in sums.items() if amount}
    if len(units) > 1:
        losses.refuse("fixed", "fixed charges are by the month and by the day, and a record has one unit")
    if not units:
        return {}
    unit = units.pop()
    first, further = (sums.get((of, unit), Fraction(0)) for of in ("first", "further"))
    factor = 1
    if unit == "month" and not all(_is_decimal(amount) for amount in (first, further)):
        unit, factor = "year", 12
    fields: dict[str, Any] = {"fixedchargeunits": f"$/{unit}"}
    fields["fixedchargefirstmeter"] = _decimal(first * factor, losses)
    if further:
        fields["fixedchargeeaaddl"] = _decimal(further * factor, losses)
    return fields


def minimum(charges: Sequence[Minimum], above: Sequence[str], losses: Losses) -> dict[str, Any]:
    """Fields of the minimum charge.

    Args:
        charges: minimums of the schedule.
        above: names of charges that stand before the first of them.
        losses: what is found.
    """
    if not charges:
        return {}
    if len(charges) > 1:
        losses.refuse("minimum", "there are several minimums, and a record has one")
    charge = charges[0]
    if charge.per_kw is not None:
        losses.refuse("minimum", f"{charge.name!r} is also by the kW of contract demand")
    if charge.base and set(charge.base) != set(above):
        losses.refuse("minimum", f"{charge.name!r} is held against a part of the bill")
    amount = losses.value(charge.amount, f"{charge.name!r}")
    if charge.settle == "year":
        return {"mincharge": amount, "minchargeunits": "$/year"}
    unit, each = _in_unit(charge.per, charge.prorate, Fraction(amount))
    return {"mincharge": _decimal(each, losses), "minchargeunits": f"$/{unit}"}


def _in_unit(per: str, prorate: str, amount: Fraction) -> tuple[str, Fraction]:
    """An amount by the month or by the day."""
    if per == "day":
        return "day", amount
    monthly = amount / 12 if per == "year" else amount
    return ("day", monthly / _DAYS_OF_30) if prorate == "days-of-30" else ("month", monthly)


def _is_decimal(amount: Fraction) -> bool:
    """Whether an amount has a last digit."""
    rest = amount.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    return rest == 1


def _decimal(amount: Fraction, losses: Losses) -> Decimal:
    if not _is_decimal(amount):
        losses.refuse("fixed", "an amount has no last digit in the units that a record has")
    return Decimal(amount.numerator) / Decimal(amount.denominator)
