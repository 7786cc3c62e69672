"""Which bill would leave one value: how much it would have to be for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from meterbook.tariffs.fit.determinants import BilledOnce
from meterbook.tariffs.fit.equation import Equation, Group
from meterbook.tariffs.fit.lattice import Solved
from meterbook.tariffs.fit.places import Place

TRIED = (1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000)
"""Quantities that are tried, least first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A bill that would leave fewer values.

    Attributes:
        quantity: how much of ``unit`` it is for.
        unit: kWh, kW, or ``$`` before tax.
        months: months for which it counts; any in which the numbers hold without it.
        left: how many values it would leave at the most; 1 decides.
    """

    quantity: int
    unit: str
    months: tuple[str, ...] = ()
    left: int = 1


def deciding(part: Solved, bills: Mapping[int, BilledOnce]) -> Deciding | None:
    """The least bill that tells all remaining values apart, or the one that leaves fewest.

    Returns:
        None where no bill of the sort seen would tell them apart.
    """
    patterns = {
        tuple((key, quantity != 0) for group in one.groups for key, quantity in group.terms): one
        for one in part.equations
    }
    found: list[tuple[int, int, Deciding]] = []
    for pattern in patterns.values():
        unit = _unit(pattern)
        if unit is None:
            continue
        months = tuple(sorted({key.month for key in pattern.keys if isinstance(key, Place) and key.month}))
        if len(part.unknowns) == 1 and len(pattern.groups) == 1:
            return Deciding(quantity=_enough(part, pattern), unit=unit, months=months)
        for quantity in TRIED:
            left = _most_left(part, _scaled(pattern, unit, quantity))
            found.append((left, quantity, Deciding(quantity=quantity, unit=unit, months=months, left=left)))
    del bills
    if not found or part.points is None:
        return None
    best = min(found, key=lambda one: one[:2])
    return best[2] if best[0] < len(part.points) else None


def _unit(equation: Equation) -> str | None:
    units = [key.unit for key in equation.keys if isinstance(key, Place)]
    return next((unit for unit in ("kWh", "kW", "$") if unit in units), None)


def _enough(part: Solved, pattern: Equation) -> int:
    """A quantity for which neighbouring values differ by a whole unit of rounding, or a smaller one that is seen to."""
    group = pattern.groups[0]
    sure = ceil(group.unit / part.unknowns[0].step)
    if part.points is None:
        return sure
    unit = _unit(pattern)
    assert unit is not None
    tried = (one for one in TRIED if one < sure and _most_left(part, _scaled(pattern, unit, one)) == 1)
    return next(tried, sure)


def _scaled(pattern: Equation, unit: str, quantity: int) -> Equation:
    """The same sort of bill, for another quantity."""
    ours = [abs(q) for one in pattern.groups for key, q in one.terms if isinstance(key, Place) and key.unit == unit]
    factor = Fraction(quantity) / max(ours) if max(ours, default=Fraction(0)) else Fraction(1)
    groups = []
    for group in pattern.groups:
        terms = tuple((key, q * factor if isinstance(key, Place) and key.unit == unit else q) for key, q in group.terms)
        groups.append(Group(terms=terms, constant=group.constant, mode=group.mode, unit=group.unit))
    return Equation(bill=0, amount=Fraction(0), groups=tuple(groups))


def _most_left(part: Solved, equation: Equation) -> int:
    """How many of the remaining combinations the most likely amount of a bill would leave."""
    counts: dict[Fraction, int] = {}
    for point in part.points or ():
        prices = {one.key: one.step * value for one, value in zip(part.unknowns, point, strict=True)}
        amount = equation.made(prices)
        counts[amount] = counts.get(amount, 0) + 1
    return max(counts.values(), default=0)
