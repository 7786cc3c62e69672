"""Numbers on a bill: money, prices, quantities, percentages; told apart by how and beside what they are printed.

Money has two decimals. Negative amounts come as ``-127.59``, ``- 16.12``, ``-$ 0.38``, ``$-117.00``, ``51.23CR``,
``51.23-`` and ``(51.23)``; kerning may part digits (``$112. 07``). A price has a unit behind it (``/kWh``) or an ``@``
before it, and any number of decimals; a quantity has a unit behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

UNITS = {
    "kwh": "kWh", "kwhs": "kWh", "kilowatthours": "kWh", "kwhr": "kWh", "kw": "kW", "kva": "kVA", "kvar": "kVAR",
    "therm": "therm", "therms": "therm", "thm": "therm", "ccf": "CCF", "hcf": "CCF", "mcf": "MCF", "cgl": "100 gal",
    "gal": "gal", "gals": "gal", "gallon": "gal", "gallons": "gal", "kgal": "1000 gal", "day": "day", "days": "day",
    "unit": "unit", "units": "unit", "lamp": "lamp", "lamps": "lamp", "light": "lamp", "lights": "lamp",
    "dth": "Dth", "mmbtu": "MMBtu",
}  # fmt: skip
"""Units as printed, letters only and in lower case, and as we write them."""
_UNIT = r"(?P<unit>" + "|".join(sorted(UNITS, key=len, reverse=True)) + r")(?![a-z])"
_NUMBER = re.compile(
    r"(?=[-+–−($.\d])(?<![\w.,/#:'’-])(?P<open>\()?(?:(?<!\d\s)(?P<sign>[-+–−])\s?)?(?:(?P<dollar>\$)\s*)?"
    r"(?:(?<!\d\s)(?P<sign2>[-+–−])\s?)?"
    r"(?:(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\s?\.\s?(?P<part>\d+))?|\.\s?(?P<bare>\d+))"
    r"(?!\d|/\d|[.,:]\d|-\d|(?!" + _UNIT.replace("?P<unit>", "?:") + r"|CR?\b|c\b|o\b|x\b)[A-Za-z])(?P<close>\))?"
    r"(?P<after>\s{0,2}CR\b|-(?![\w$.(]))?",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\s?(?P<percent>%)|\s?(?P<cents>¢|c\b)|\s?(?:/|per\b|a\b)\s?\$?\s?(?P<per>[a-z]+)", re.IGNORECASE)
_UNIT_AFTER = re.compile(r"\s{0,3}" + _UNIT, re.IGNORECASE)
_TEMPERATURE = re.compile(r"\s?(?:°|º|o\b|degrees)")
_PRICED = re.compile(r"(?:@|\b[x×*]|×|\bat)\s*\$?\s*$", re.IGNORECASE)
_PRICE_SIGNS = frozenset("@xX×*tT")
_SHARE_OF = re.compile(r"(?:%|percent)\s+of\s*$", re.IGNORECASE)
_TIMES = re.compile(r"\s*(?:x|×|\*|@)\s", re.IGNORECASE)


class Sort(Enum):
    """What a number is, by its print alone."""

    MONEY = auto()
    PRICE = auto()
    QUANTITY = auto()
    PERCENT = auto()
    PLAIN = auto()


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a line of text, from ``start`` up to ``end``.

    ``unit`` is that of a quantity, or the one a price is for. A price in cents is told in dollars.
    """

    sort: Sort
    value: Decimal
    start: int
    end: int
    unit: str | None = None
    dollar: bool = False
    minus: bool = False
    decimals: int = 0


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a line of text, left to right.

    >>> [(n.sort.name, str(n.value), n.unit) for n in numbers("Peak 92.965000 kWh @ $0.39193  $36.44")]
    [('QUANTITY', '92.965000', 'kWh'), ('PRICE', '0.39193', None), ('MONEY', '36.44', None)]
    >>> [str(n.value) for n in numbers("Credit $-117.00  51.23CR  (51.23)  - . 38  $112. 07  51.23-")]
    ['-117.00', '-51.23', '-51.23', '-0.38', '112.07', '-51.23']
    """
    return (_number(text, found) for found in _NUMBER.finditer(text))


def decimal_of(text: str) -> Decimal:
    """Digits with thousands' commas as a number."""
    return Decimal(text.replace(",", ""))


def _number(text: str, found: re.Match[str]) -> Number:
    part = found["part"] or found["bare"] or ""
    value = Decimal((found["whole"] or "0").replace(",", "") + ("." + part if part else ""))
    signs = (found["sign"] or "") + (found["sign2"] or "")
    bracketed = bool(found["open"] and found["close"])
    minus = any(sign in "-–−" for sign in signs) or bracketed or bool(found["after"])
    if minus:
        value = -value
    end = found.end()
    unit = None
    sort = Sort.MONEY if len(part) == 2 else Sort.PLAIN
    # Most figures end a row or stand before a gap: only what follows closely can be a unit or a sign.
    follows = text[end : end + 4].lstrip()[:1]
    after = _AFTER.match(text, end) if follows else None
    unit_after = _UNIT_AFTER.match(text, end) if follows.isalpha() else None
    before = text[max(0, found.start() - 8) : found.start() + 1 if found["open"] else found.start()].rstrip(" $")
    priced = before[-1:] in _PRICE_SIGNS and bool(
        _PRICED.search(text, max(0, found.start() - 8), found.start() + 1 if found["open"] else found.start())
    )
    if after is not None and after["percent"]:
        sort, end = Sort.PERCENT, after.end()
    elif after is not None and after["cents"]:
        sort, value, end = Sort.PRICE, value / 100, after.end()
    elif after is not None and after["per"] and after["per"].lower() in UNITS:
        sort, unit, end = Sort.PRICE, UNITS[after["per"].lower()], after.end()
    elif unit_after is not None and not found["dollar"]:
        sort, unit, end = Sort.QUANTITY, UNITS[unit_after["unit"].lower()], unit_after.end()
    elif follows and _TEMPERATURE.match(text, end):
        sort = Sort.QUANTITY
    elif before[-1:] in "fF" and before and _SHARE_OF.search(text, max(0, found.start() - 8), found.start()):
        sort = Sort.PLAIN  # what a percentage was taken of
    elif priced or (found["dollar"] and len(part) > 2) or len(part) > 4:
        sort = Sort.PRICE
    elif follows and _TIMES.match(text, end):
        sort = Sort.PRICE if found["dollar"] else Sort.QUANTITY
    return Number(sort, value, found.start(), end, unit, bool(found["dollar"]), minus, len(part))
