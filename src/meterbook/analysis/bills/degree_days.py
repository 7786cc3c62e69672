"""Degree days: how cold and how warm a period was, as heating and cooling feel it.

A day's mean is half of its high and low together, as the weather service reckons it. Base 65 °F, the trade's usual one,
unless the account's own balance point is asked for: where the base that is right for a house is not known, a base that
explains its bills best is chosen among a few, and only if it does so clearly better than 65.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

BASE_F = 65.0
"""Balance point, °F, of heating and cooling alike. Source: NOAA Climate Prediction Center, degree day definitions."""

Number = Decimal | float


class DegreeDays(NamedTuple):
    """Degree days of a period, °F · days: below the base, and above it."""

    heating: float
    cooling: float


def degree_days(lows: Sequence[Number], highs: Sequence[Number], base: float = BASE_F) -> DegreeDays:
    """Heating and cooling degree days of a period.

    Args:
        lows: n daily low temperatures, °F.
        highs: n daily highs of the same days.
        base: balance point, °F.

    Raises:
        ValueError: lows and highs are not of the same days.

    >>> degree_days([30, 60], [50, 80])
    DegreeDays(heating=25.0, cooling=5.0)
    """
    means = [(float(low) + float(high)) / 2 for low, high in zip(lows, highs, strict=True)]
    return DegreeDays(
        heating=sum((base - mean for mean in means if mean < base), start=0.0),
        cooling=sum((mean - base for mean in means if mean > base), start=0.0),
    )


def degree_days_of_mean(low: Number, high: Number, days: int, base: float = BASE_F) -> DegreeDays:
    """Degree days of a period whose mean low and high alone are known.

    Too few in mild months, whose warm and cold days cancel each other in the mean.

    >>> degree_days_of_mean(30, 50, 10)
    DegreeDays(heating=250.0, cooling=0.0)
    """
    one = degree_days([low], [high], base)
    return DegreeDays(heating=one.heating * days, cooling=one.cooling * days)
