"""What a bill says of unknown prices: amounts that are sums of quantities times prices, each rounded to the cent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from typing import Literal

Mode = Literal["half-up", "half-even", "up", "down"]
CENT = Fraction(1, 100)
MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "up": ROUND_UP, "down": ROUND_DOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A price that is looked for among the whole multiples of a step.

    Attributes:
        key: what tells it from others.
        step: published precision, dollars a unit.
        low, high: least and greatest multiple that it may be.
    """

    key: Hashable
    step: Fraction
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Terms that are added up and then rounded together; usually one.

    Attributes:
        terms: key of an unknown, and the quantity that its price multiplies.
        constant: what is added to them before rounding, dollars.
        mode: how it is rounded.
        unit: to a multiple of what, dollars.
    """

    terms: tuple[tuple[Hashable, Fraction], ...]
    constant: Fraction = Fraction(0)
    mode: Mode = "half-up"
    unit: Fraction = CENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """An amount on a bill, and what it is the sum of.

    Attributes:
        bill: number of the bill.
        amount: dollars, as printed.
        groups: what is rounded each by itself and then added up.
    """

    bill: int
    amount: Fraction
    groups: tuple[Group, ...]

    @property
    def keys(self) -> frozenset[Hashable]:
        """Unknowns that it is about."""
        return frozenset(key for group in self.groups for key, _ in group.terms)

    def holds(self, prices: Mapping[Hashable, Fraction]) -> bool:
        """Whether prices give the amount, to the cent."""
        return self.made(prices) == self.amount

    def made(self, prices: Mapping[Hashable, Fraction]) -> Fraction:
        """What prices give, dollars."""
        return sum((value_of(group, prices) for group in self.groups), start=Fraction(0))


def value_of(group: Group, prices: Mapping[Hashable, Fraction]) -> Fraction:
    """What a group comes to, rounded."""
    exact = group.constant + sum((prices[key] * quantity for key, quantity in group.terms), start=Fraction(0))
    return rounded(exact, group.mode, group.unit)


def rounded(exact: Fraction, mode: Mode, unit: Fraction = CENT) -> Fraction:
    """A fraction rounded to a multiple of a unit, as decimals are.

    >>> rounded(Fraction("8.645"), "half-up"), rounded(Fraction("-8.645"), "half-even")
    (Fraction(173, 20), Fraction(-216, 25))
    """
    parts = exact / unit
    whole, rest = divmod(abs(parts.numerator), parts.denominator)
    twice = 2 * rest
    up = {
        "half-up": twice >= parts.denominator,
        "half-even": twice > parts.denominator or (twice == parts.denominator and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[mode]
    return (whole + up) * (1 if parts >= 0 else -1) * unit


def decimal_of(price: Fraction, step: Fraction) -> Decimal:
    """A price as a decimal with the digits of its step.

    >>> decimal_of(Fraction(499, 5000), Fraction(1, 100000))
    Decimal('0.09980')
    """
    places = 0
    while (step * 10**places).denominator != 1:
        places += 1
    return Decimal(int(price * 10**places)).scaleb(-places)
