"""A value of a template from its printed text, and the year of a date that prints none."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from meterbook.formats.bills.dates import Printed, dates, nearest_year
from meterbook.formats.bills.template_values import Value
from meterbook.model.bill_pattern import REGEX, ValueType

_DIGITS = re.compile(r"[^\d.]")
_WHOLE = {kind: re.compile(regex, re.IGNORECASE) for kind, regex in REGEX.items()}
_OPENING = {kind: re.compile(rf"(?:{regex})(?=$|\s|[|,;)](?!\d))", re.IGNORECASE) for kind, regex in REGEX.items()}


def parsed(kind: ValueType, text: str) -> Value | None:
    """A text that is a value of a type and nothing else; None if it is not."""
    text = text.strip()
    if kind in (ValueType.TEXT, ValueType.WORD, ValueType.ANY):
        return text or None
    return _converted(kind, text) if _WHOLE[kind].fullmatch(text) else None


def opening(kind: ValueType, text: str) -> Value | None:
    """The value that a text begins with; None if it begins with something else."""
    found = _OPENING[kind].match(text)
    return None if found is None else _converted(kind, found[0])


def with_year(part: tuple[int, int], bill_date: date, *, after: bool = False) -> date | None:
    """The date nearest to the bill date: the last such day on or before it, or with ``after`` the first one after it.

    Source: read dates lie on or before the day of billing, due and next read dates after it.
    """
    return nearest_year(Printed(0, 0, None, *part, True), bill_date, later=after)


def _converted(kind: ValueType, text: str) -> Value | None:
    if kind is ValueType.DATE:
        return _day(text)
    if kind is ValueType.INTEGER:
        return int(text.replace(",", ""))
    number = Decimal(_DIGITS.sub("", text.rstrip(".")))
    lowered = text.casefold()
    taken_off = any(sign in text for sign in "-\u2212\u2013") or text.startswith("(") or lowered.endswith("cr")
    if kind is ValueType.RATE and lowered.endswith(("\u00a2", "c")):
        number = number.scaleb(-2)
    return -number if taken_off else number


@lru_cache(maxsize=4096)
def _day(text: str) -> date | tuple[int, int] | None:
    printed = next(dates(text), None)
    if printed is None:
        return None
    if printed.year is not None:
        return printed.on()
    return (printed.first, printed.second) if printed.on(year=2000) is not None else None
