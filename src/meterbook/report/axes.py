"""Axes of charts: round ends that hold what is drawn."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, floor

QUARTERS = tuple(Decimal(one) for one in ("2.5", "3", "4", "5", "7.5", "10", "15", "20", "25"))
"""A quarter of an axis, in tenths of the leading digit of what is drawn."""
DEGREE_STEP = 20


def top_of(largest: Decimal) -> Decimal:
    """The top of an axis from zero whose quarters are round numbers, none below what is drawn; zero for nothing.

    >>> [float(top_of(Decimal(one))) for one in ("1463", "0.7", "0")]
    [1600.0, 0.8, 0.0]
    """
    if largest <= 0:
        return Decimal(0)
    power = Decimal(1).scaleb(largest.adjusted() - 1)
    return next(4 * step * power for step in QUARTERS if 4 * step * power >= largest)


def degrees_of(lows: list[Decimal], highs: list[Decimal]) -> tuple[int, int]:
    """An axis of temperatures that holds all of them, in steps of twenty; nothing for none.

    >>> degrees_of([Decimal(29)], [Decimal(88)]), degrees_of([], [])
    ((20, 100), (0, 0))
    """
    if not lows or not highs:
        return 0, 0
    low = floor(min(lows) / DEGREE_STEP) * DEGREE_STEP
    return low, max(low + DEGREE_STEP, ceil(max(highs) / DEGREE_STEP) * DEGREE_STEP)
