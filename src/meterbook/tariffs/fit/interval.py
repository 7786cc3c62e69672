"""One unknown price: a rounded amount divided by its quantity is an interval, exact at both ends."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from meterbook.tariffs.fit.equation import CENT, Mode

Range = tuple[int, int]
"""First and last whole multiple of a step; the last is less than the first where there is none."""
NONE: Range = (1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Exact amounts that a rounding brings to one printed amount.

    Attributes:
        low, high: its ends, dollars.
        low_in, high_in: whether the ends themselves belong to it.
    """

    low: Fraction
    high: Fraction
    low_in: bool
    high_in: bool


def before_rounding(amount: Fraction, mode: Mode, unit: Fraction = CENT) -> Interval:
    """The amounts that are rounded to a printed one, which is a multiple of the unit.

    >>> str(before_rounding(Fraction("1.27"), "half-up").low), before_rounding(Fraction("1.27"), "half-up").high_in
    ('253/200', False)
    """
    half, sign = unit / 2, (amount > 0) - (amount < 0)
    if mode == "half-up":
        return Interval(low=amount - half, high=amount + half, low_in=sign > 0, high_in=sign < 0)
    if mode == "half-even":
        even = (amount / unit) % 2 == 0
        return Interval(low=amount - half, high=amount + half, low_in=even, high_in=even)
    if mode == "down":
        low = amount - unit if sign <= 0 else amount
        high = amount + unit if sign >= 0 else amount
        return Interval(low=low, high=high, low_in=sign > 0, high_in=sign < 0)
    low = amount - unit if sign > 0 else amount
    high = amount + unit if sign < 0 else amount
    return Interval(low=low, high=high, low_in=sign <= 0, high_in=sign >= 0)


def multiples(interval: Interval, quantity: Fraction, constant: Fraction, step: Fraction) -> Range | None:
    """Whole numbers n for which ``constant + quantity * n * step`` lies in an interval.

    Returns:
        First and last of them; None where the quantity is 0 and every number does.
    """
    factor = quantity * step
    if factor == 0:
        inside = _above(interval, constant) and _below(interval, constant)
        return None if inside else NONE
    ends = (
        ((interval.low - constant) / factor, interval.low_in),
        ((interval.high - constant) / factor, interval.high_in),
    )
    (low, low_in), (high, high_in) = ends if factor > 0 else ends[::-1]
    first = ceil(low) if low_in else floor(low) + 1
    last = floor(high) if high_in else ceil(high) - 1
    return first, last


def common(one: Range, other: Range) -> Range:
    """What two ranges have in common.

    >>> common((1, 5), (4, 9)), common((1, 2), (4, 9))
    ((4, 5), (1, 0))
    """
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else NONE


def _above(interval: Interval, value: Fraction) -> bool:
    return value > interval.low or (interval.low_in and value == interval.low)


def _below(interval: Interval, value: Fraction) -> bool:
    return value < interval.high or (interval.high_in and value == interval.high)
