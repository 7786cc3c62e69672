"""Exact integers from decimal text and from JSON numbers.

A JSON number is decimal text; a decoder that makes it a binary float keeps every decimal of up to 15 significant
digits, and portals add noise of their own (57.029999999999994 for 57.03). The scale found here is the least one at
which all values are whole up to that noise, so what the meter resolved is stored and nothing is cut off.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.model.units import MAX_SCALE

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


def integers(values: Float64, scale: int) -> tuple[Int64, int, Bool]:
    """Integers and their scale from numbers that a JSON decoder gave.

    Args:
        values: n finite numbers.
        scale: least scale wanted.

    Returns:
        n integers, the scale they are at (``scale`` or finer, at most 9), and n marks on those that have more
        digits than the finest scale holds and were rounded to it.
    """
    largest = float(np.abs(values).max()) if len(values) else 0.0
    for digits in range(scale, MAX_SCALE + 1):
        scaled = values * 10.0**digits
        whole = np.rint(scaled)
        # Noise is what lies below a tenth of the finest digit that is kept at all, or below the 15th significant one,
        # which a binary float does not hold.
        error = np.abs(scaled - whole)
        inexact = error > np.maximum(np.abs(scaled) * 2e-15, 10.0 ** (digits - MAX_SCALE - 1))
        if not bool(inexact.any()):
            return whole.astype(np.int64), digits, np.zeros(len(values), np.bool_)
        if largest * 10.0 ** (digits + 1) >= 2**53:
            break  # past what a binary float can tell apart
    return whole.astype(np.int64), digits, inexact


def decimal_places(value: Decimal) -> int:
    """Digits after the point that a decimal needs, trailing zeros left out.

    >>> decimal_places(Decimal("1.2500"))
    2
    >>> decimal_places(Decimal("1200"))
    0
    """
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def without_zeros(text: str) -> str:
    """A number's text without needless zeros at its end.

    >>> without_zeros("1,391.2140"), without_zeros("30.00"), without_zeros("1200")
    ('1,391.214', '30', '1200')
    """
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal_text(value: int, scale: int) -> str:
    """Exact decimal text of an integer at a scale.

    >>> decimal_text(-1250, 3)
    '-1.250'
    >>> decimal_text(7, 0)
    '7'
    """
    if scale == 0:
        return str(value)
    digits = str(abs(value)).rjust(scale + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"
