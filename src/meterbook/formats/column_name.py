"""What a column's name tells: whether its numbers are energy, in which unit, drawn or sent back; or times of an end."""

from __future__ import annotations

import re

from meterbook.formats.mapping import ValueColumn
from meterbook.model.channel import FlowDirection
from meterbook.model.errors import UnknownCode
from meterbook.model.units import source_unit

VALUE = re.compile(
    r"kwh|usage|consum|value|load|energy|import|demand|export|generat|deliver|receive|\bwh\b|watt|\bkw\b", re.IGNORECASE
)
SENT_BACK = re.compile(r"export|received|return|generat|surplus", re.IGNORECASE)
_END = re.compile(r"\bend|_to\b|until|finish", re.IGNORECASE)


def by_name(name: str) -> ValueColumn:
    """What a column of values holds by its name alone; a unit of "" where that tells none."""
    flow = FlowDirection.RECEIVED if SENT_BACK.search(name) else FlowDirection.DELIVERED
    return ValueColumn(name=name, unit=unit_in(name), flow=flow)


def is_end(name: str) -> bool:
    """Whether a column of times is named after the end of an interval.

    >>> is_end("Interval End"), is_end("end_time"), is_end("valid_to"), is_end("sender"), is_end("Weekend")
    (True, True, True, False, False)
    """
    return bool(_END.search(name) or _END.search(name.replace("_", " ")))


def unit_in(header: str) -> str:
    """The unit that a header names, such as ``load_w`` or ``USAGE (kWh)``; empty if none."""
    if re.search(r"watt.?hours$", header, re.IGNORECASE) and not re.search(r"kilo|mega", header, re.IGNORECASE):
        return "Wh"
    words = [word for word in re.split(r"[^A-Za-z0-9$]+", header) if word]
    return next((word for word in reversed(words) if word.lower() != "f" and is_unit(word)), "")


def is_unit(word: str) -> bool:
    """Whether a word is a unit that is known."""
    try:
        source_unit(word, word)
    except UnknownCode:
        return False
    return True
