"""When a pair of meter readings is proven: both give the usage that the bill prints."""

from __future__ import annotations

import re
from decimal import Decimal

from meterbook.formats.bills.amounts import Number, Sort
from meterbook.formats.bills.tokens import Line, has_letters

METER_VALUE = re.compile(r"^(?=[A-Z-]{0,4}-?\d)(?=(?:.*\d){3})[A-Z0-9][A-Z0-9-]{3,17}$", re.IGNORECASE)
"""What a meter number looks like: four signs or more, three of them figures."""


def proven(
    previous: Number, present: Number, multiplier: Number | None, usage: Number | None, difference: Number | None
) -> Decimal | None:
    """The usage that both readings give and that is printed too; None if they do not agree.

    A counter that passed its highest figure begins anew: 99,950 to 00,020 are 70.
    """
    used = usage_between(previous, present, multiplier, difference)
    return used if used is not None and usage is not None and usage.value == used else None


def usage_between(
    previous: Number, present: Number, multiplier: Number | None, difference: Number | None
) -> Decimal | None:
    """What two readings give; None if they are amounts, or a difference printed beside them is another."""
    if any(number.dollar or number.sort is Sort.PRICE for number in (previous, present)):
        return None
    times = Decimal(1) if multiplier is None else multiplier.value
    one, other = abs(previous.value), abs(present.value)
    plain = other - one
    if plain < 0:
        plain += 10 ** len(str(int(one)))
    if times <= 0 or (difference is not None and difference.value not in {plain, plain * times}):
        return None
    return plain * times


def label_beside(line: Line, number: Number) -> str:
    """The text before a figure in its cell, else the cell to its left."""
    place = line.cell_at(number.start)
    inline = line.text[line.cell_begins[place] : number.start].strip(" :$(")
    if has_letters(inline):
        return inline
    return line.cells[place - 1].text.strip(" :") if place and not inline else ""
