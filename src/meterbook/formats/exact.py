"""Exact integers from decimal text times an exact factor. No floats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from meterbook.model.units import MAX_SCALE

FLOAT_DIGITS = Context(prec=15)  # what survives a binary float; digits past it are its noise
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
INT64_MAX = (1 << 63) - 1


class NotANumber(ValueError):
    """A text that is no finite decimal number.

    Args:
        index: its place in the sequence.
    """

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class TooLarge(NotANumber):
    """A number that does not fit int64 at the scale that the finest one needs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exact:
    """Numbers as integers at one scale.

    Attributes:
        value: n integers, int64; the number is ``value / 10**scale``.
        scale: digits after the point.
        noisy: n marks: had digits past the fifteenth that a binary float leaves behind; those were cut.
        rounded: n marks: needs more than nine decimals and was rounded half to even.
    """

    value: NDArray[np.int64]
    scale: int
    noisy: NDArray[np.bool_]
    rounded: NDArray[np.bool_]


def exact_integers(texts: Sequence[str], factor: Fraction, least_scale: int, *, keep_zeros: bool = False) -> Exact:
    """Integers from decimal texts, each times a factor, at the least scale that holds them all.

    Args:
        texts: decimal numbers with a point, also ``1e-3``; callers with many equal texts pass each once.
        factor: multiplies each; exact.
        least_scale: digits after the point to keep at least.
        keep_zeros: trailing zeros count as digits of the source ("1.50" needs two).

    Raises:
        NotANumber: a text is no finite number.
        TooLarge: a number does not fit.

    >>> exact = exact_integers(["0.276685", "1"], Fraction(1), 3)
    >>> exact.value.tolist(), exact.scale
    ([276685, 1000000], 6)
    >>> exact_integers(["206.58900000000003"], Fraction(1), 3).value.tolist()
    [206589]
    """
    numerator, power = _decimal_factor(factor)
    numbers: list[int] = []
    places: list[int] = []
    noisy = np.zeros(len(texts), np.bool_)
    rounded = np.zeros(len(texts), np.bool_)
    for index, text in enumerate(texts):
        try:
            number, digits = _parsed(text)
        except (InvalidOperation, ValueError):
            raise NotANumber(index) from None
        if numerator is None:
            number, digits, rounded[index] = _rounded(number, digits, factor)
        else:
            number, digits = number * numerator, digits + power
            if digits > MAX_SCALE or not keep_zeros:
                number, digits = _stripped(number, digits)
            if digits > MAX_SCALE:
                cut, cut_digits = _cut(text)
                cut, cut_digits = _stripped(cut * numerator, cut_digits + power)
                if cut_digits <= MAX_SCALE:
                    number, digits, noisy[index] = cut, cut_digits, True
                else:
                    number, digits, rounded[index] = _rounded(number, digits, Fraction(1))
        numbers.append(number)
        places.append(digits)
    scale = max(least_scale, max(places, default=0))
    whole = [number * 10 ** (scale - digits) for number, digits in zip(numbers, places, strict=True)]
    for index, number in enumerate(whole):
        if abs(number) > INT64_MAX:
            raise TooLarge(index)
    return Exact(value=np.array(whole, np.int64), scale=scale, noisy=noisy, rounded=rounded)


def _decimal_factor(factor: Fraction) -> tuple[int | None, int]:
    """``(m, k)`` with factor = m / 10**k, or ``(None, 0)`` where it is no finite decimal, such as 1/12."""
    for power in range(31):
        scaled = factor * 10**power
        if scaled.denominator == 1:
            return scaled.numerator, power
    return None, 0


def _parsed(text: str) -> tuple[int, int]:
    """``(n, p)`` with the text's number = n / 10**p."""
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if digits.isascii() and digits.lstrip("+-").isdigit() and len(digits) - len(digits.lstrip("+-")) <= 1:
        return int(digits), len(fraction)
    if _NUMBER.fullmatch(text) is None:  # Decimal would also take underscores and the digits of other scripts
        raise ValueError(text)
    return _of_decimal(Decimal(text))


def _of_decimal(number: Decimal) -> tuple[int, int]:
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("not finite")
    if abs(exponent) > 40:
        raise ValueError("out of all proportion")
    value = int("".join(map(str, digits))) * (-1 if sign else 1)
    return (value * 10**exponent, 0) if exponent >= 0 else (value, -exponent)


def _cut(text: str) -> tuple[int, int]:
    return _of_decimal(FLOAT_DIGITS.create_decimal(text))


def _stripped(number: int, digits: int) -> tuple[int, int]:
    while digits > 0 and number % 10 == 0:
        number //= 10
        digits -= 1
    return number, digits


def _rounded(number: int, digits: int, factor: Fraction) -> tuple[int, int, bool]:
    exact = Fraction(number, 10**digits) * factor * 10**MAX_SCALE
    whole = round(exact)  # half to even
    value, places = _stripped(whole, MAX_SCALE)
    return value, places, whole != exact
