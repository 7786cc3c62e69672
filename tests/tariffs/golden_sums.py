"""Arithmetic as people write it, worked out by itself, so that what a golden bill says and what it expects agree.

``22 days × 3 h = 66 kWh; 66 × 0.12 = 7.92`` are two sums. Words are for the reader and mean nothing. ``=`` is exact;
``≈`` rounds to the places of what follows it, halves away from zero or to even; ``↑`` rounds away from zero and ``↓``
towards it. A chain such as ``a × b = c ≈ d`` is held at each sign. ``%`` is a hundredth.
"""

from __future__ import annotations

import re
from fractions import Fraction

_TOKEN = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<percent> ?%)?|(?P<mark>[+−×÷()√])|(?P<word>[^\W\d_]\S*|\$)")


def result(text: str) -> Fraction:
    """What the last sum of a text comes to, after all of its sums were found right.

    >>> result("2 weeks × 5 = 10; (10 − 2) × 7 % = 0.56")
    Fraction(14, 25)
    """
    found = [_chain(sum_) for sum_ in text.split(";")]
    return found[-1]


def _chain(text: str) -> Fraction:
    parts = re.split(r"\s*([=≈↑↓])\s*", text.strip())
    assert len(parts) > 1, f"{text!r} has no result"
    value = _value(parts[0])
    for sign, written in zip(parts[1::2], parts[2::2], strict=True):
        after = _value(written)
        _hold(value, sign, after, written, text)
        value = after
    return value


def _hold(before: Fraction, sign: str, after: Fraction, written: str, text: str) -> None:
    number = re.search(r"\d[\d,]*(?:\.(\d+))?", written)
    assert number is not None, f"{text!r}: {written!r} is no number"
    unit = Fraction(1, 10 ** len(number[1] or ""))
    distance = abs(before - after)
    right = {
        "=": distance == 0,
        "≈": distance <= unit / 2,
        "↑": distance < unit and abs(before) <= abs(after),
        "↓": distance < unit and abs(before) >= abs(after),
    }[sign]
    assert right, f"{text!r}: {float(before)} {sign} {written!r} is wrong"


def _value(text: str) -> Fraction:
    tokens = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        assert found is not None, f"{text!r} can't be read from {text[at:]!r}"
        at = found.end()
        if found["number"]:
            number = Fraction(found["number"].replace(",", ""))
            tokens.append(number / 100 if found["percent"] else number)
        elif found["mark"]:
            tokens.append(found["mark"])
    reader = _Reader(tokens)
    value = reader.sum()
    assert not reader.left, f"{text!r} goes on after its end: {reader.left}"
    return value


class _Reader:
    """Sums of products of numbers and brackets, read from the left."""

    def __init__(self, tokens: list[Fraction | str]) -> None:
        self.left = tokens

    def sum(self) -> Fraction:
        value = self._product()
        while self.left and self.left[0] in ("+", "−"):
            value = value + self._product() if self.left.pop(0) == "+" else value - self._product()
        return value

    def _product(self) -> Fraction:
        value = self._factor()
        while self.left and self.left[0] in ("×", "÷"):
            value = value * self._factor() if self.left.pop(0) == "×" else value / self._factor()
        return value

    def _factor(self) -> Fraction:
        token = self.left.pop(0)
        if token == "−":
            return -self._factor()
        if token == "√":
            squared = self._factor()
            root = Fraction(int(squared**0.5 + 0.5))
            assert root * root == squared, f"{squared} has no whole root"
            return root
        if token == "(":
            value = self.sum()
            assert self.left.pop(0) == ")"
            return value
        assert isinstance(token, Fraction), f"{token!r} stands where a number belongs"
        return token
