"""Columns of exact decimals: integers with a power of ten in common, and how they are rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import Rounding

_SAFE = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Numbers ``n / (10**scale)``.

    Attributes:
        n: integers of any shape; int64, or Python's own where they would not fit.
        scale: power of ten.
    """

    n: NDArray[Any]
    scale: int

    @classmethod
    def of(cls, number: Decimal) -> Exact:
        """One decimal, as a column of one.

        >>> Exact.of(Decimal("0.0998")).n.item(), Exact.of(Decimal("0.0998")).scale
        (998, 4)
        """
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)
        whole = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
        whole, scale = (whole * 10**exponent, 0) if exponent > 0 else (whole, -exponent)
        return cls(np.array([whole], np.int64 if abs(whole) < _SAFE else object), scale)

    def __mul__(self, other: Exact) -> Exact:
        if _most(self.n) * _most(other.n) >= _SAFE:
            return Exact(self.n.astype(object) * other.n.astype(object), self.scale + other.scale)
        return Exact(self.n * other.n, self.scale + other.scale)

    def at(self, scale: int) -> NDArray[Any]:
        """The integers at a scale not coarser than now."""
        factor = 10 ** (scale - self.scale)
        if factor == 1:
            return self.n
        wide = _most(self.n) * factor >= _SAFE
        found: NDArray[Any] = self.n.astype(object) * factor if wide else self.n * factor
        return found

    def maximum(self, other: Exact) -> Exact:
        """The greater of two, place by place."""
        scale = max(self.scale, other.scale)
        return Exact(np.maximum(self.at(scale), other.at(scale)), scale)

    def __sub__(self, other: Exact) -> Exact:
        scale = max(self.scale, other.scale)
        return Exact(self.at(scale) - other.at(scale), scale)

    def __add__(self, other: Exact) -> Exact:
        scale = max(self.scale, other.scale)
        return Exact(self.at(scale) + other.at(scale), scale)

    def share(self, share: Fraction, rounding: Rounding) -> NDArray[np.int64]:
        """Each times a fraction, rounded to whole units of ``10**-places``."""
        numerator, denominator = share.numerator, share.denominator
        number = self.n
        if numerator != 1:
            number = number.astype(object) * numerator if _most(number) * numerator >= _SAFE else number * numerator
        return rounded_to(number, self.scale, denominator, rounding)


def rounded_to(number: NDArray[Any], scale: int, denominator: int, rounding: Rounding) -> NDArray[np.int64]:
    """``number / (10**scale * denominator)`` in whole units of ``10**-places``, rounded as a schedule says.

    >>> rounded_to(np.array([8645, -8645, 8644]), 3, 1, Rounding()).tolist()
    [865, -865, 864]
    """
    over = scale - rounding.places
    if over < 0:
        number, divisor = number.astype(object) * 10**-over, denominator
    else:
        divisor = denominator * 10**over
    if divisor >= _SAFE or (number.dtype != object and 2 * _most(number) + divisor >= _SAFE * 2):
        number = number.astype(object)
    if divisor == 1:
        return number.astype(np.int64)
    size = np.abs(number)
    whole = size // divisor
    rest = size - whole * divisor
    if rounding.mode == "half-up":
        up = 2 * rest >= divisor
    elif rounding.mode == "half-even":
        up = (2 * rest > divisor) | ((2 * rest == divisor) & (whole % 2 == 1))
    elif rounding.mode == "up":
        up = rest > 0
    else:
        up = np.zeros(np.shape(rest), np.bool_)
    whole = whole + np.asarray(up).astype(np.int64)
    signed: NDArray[np.int64] = np.where(np.asarray(number < 0).astype(np.bool_), -whole, whole).astype(np.int64)
    return signed


def rounded_ratio(
    numerator: NDArray[Any], denominator: NDArray[Any], scale: int, rounding: Rounding
) -> NDArray[np.int64]:
    """``numerator / (denominator * 10**scale)``, place by place, in whole units of ``10**-places``; 0 / 0 is 0."""
    over = 10 ** max(scale - rounding.places, 0)
    under = 10 ** max(rounding.places - scale, 0)
    pairs = zip(numerator.tolist(), denominator.tolist(), strict=True)
    found = [rounded_quotient(above * under, below * over, rounding.mode) if below else 0 for above, below in pairs]
    return np.array(found, np.int64)


def filled(total: Exact, limits: Sequence[Exact | None]) -> list[Exact]:
    """Totals put into blocks from the first on; what is below nothing stays in the first."""
    found: list[Exact] = []
    below: Exact | None = None
    for limit in limits:
        scale = max(total.scale, 0 if limit is None else limit.scale, 0 if below is None else below.scale)
        top = total.at(scale) if limit is None else np.minimum(total.at(scale), limit.at(scale))
        found.append(Exact(top if below is None else np.maximum(top - below.at(scale), 0), scale))
        below = limit if limit is not None else below
    return found


def rounded_quotient(above: int, below: int, mode: str) -> int:
    """``above / below`` as a whole number.

    >>> rounded_quotient(-5, 2, "half-up"), rounded_quotient(-5, 2, "half-even")
    (-3, -2)
    """
    if below < 0:
        above, below = -above, -below
    whole, rest = divmod(abs(above), below)
    up = {
        "half-up": 2 * rest >= below,
        "half-even": 2 * rest > below or (2 * rest == below and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[mode]
    return (whole + up) * (1 if above >= 0 else -1)


def _most(number: NDArray[Any]) -> int:
    return int(np.abs(number).max()) if number.size else 0
