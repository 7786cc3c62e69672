"""Sums that a template names: ``delivery + generation = current_charges``, ``lines.supply = generation``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_TERM = re.compile(r"\s*(?P<sign>[+-])?\s*(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)(?P<maybe>\?)?\s*")


class BadSum(ValueError):
    """A sum that is not written as names with ``+`` and ``-`` between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One name of a sum.

    Attributes:
        name: of a value.
        sign: 1 or -1.
        maybe: counts as nothing where the bill does not print it.
    """

    name: str
    sign: int
    maybe: bool


def terms(text: str) -> tuple[Term, ...]:
    """The names of a sum with their signs.

    Raises:
        BadSum: it is written otherwise.
    """
    found: list[Term] = []
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None or (found and term["sign"] is None):
            raise BadSum(f"{text!r} is not a sum such as 'delivery + generation - credit?'")
        found.append(Term(name=term["name"], sign=-1 if term["sign"] == "-" else 1, maybe=term["maybe"] is not None))
        at = term.end()
    if not found:
        raise BadSum("a sum is empty")
    return tuple(found)


def sides(text: str) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Both sides of an equation.

    Raises:
        BadSum: it has not one ``=``, or a side is no sum.
    """
    left, equals, right = text.partition("=")
    if not equals or "=" in right:
        raise BadSum(f"{text!r} is not an equation such as 'delivery + generation = current_charges'")
    return terms(left), terms(right)


def added(parts: tuple[Term, ...], values: Mapping[str, object]) -> Decimal | str:
    """What a sum comes to; the name of a value that is missing, where one is."""
    total = Decimal(0)
    for part in parts:
        value = values.get(part.name)
        if isinstance(value, (Decimal, int)):
            total += part.sign * value
        elif value is not None or not part.maybe:
            return part.name
    return total
