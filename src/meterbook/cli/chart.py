"""Bars and sparks of text: they read without colour, and a missing value is a blank."""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from math import isnan
from typing import Any

import typer

from meterbook.model.channel import Channel, FlowDirection, Quantity

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"
_COLOURS = {FlowDirection.DELIVERED: typer.colors.BLUE, FlowDirection.RECEIVED: typer.colors.GREEN}
_COST = typer.colors.YELLOW
_ROLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "cost": {"fg": _COST, "bold": True},
    "use": {"fg": typer.colors.BLUE},
    "weather": {"fg": typer.colors.MAGENTA},
    "wrong": {"fg": typer.colors.RED},
}


def bar(value: Decimal | float, largest: Decimal | float, width: int) -> str:
    """A bar as long as a value's share of the largest, to an eighth of a column; empty for zero and below.

    >>> bar(3, 8, 4)
    '█▌'
    >>> bar(0, 8, 4)
    ''
    """
    if largest <= 0 or value <= 0:
        return ""
    eighths = min(width * 8, max(1, round(float(value) / float(largest) * width * 8)))
    return EIGHTHS[8] * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")


def coloured(blocks: str, channel: Channel) -> str:
    """Blocks in the colour of what they stand for: delivered blue, received green, cost amber; colour only adds.

    Plain with ``NO_COLOR``, and where nobody looks (what prints it takes the colour out of a pipe).
    """
    colour = _COST if channel.quantity is Quantity.COST else _COLOURS.get(channel.flow)
    if not blocks or colour is None or os.environ.get("NO_COLOR"):
        return blocks
    return typer.style(blocks, fg=colour)


def tinted(text: str, role: str) -> str:
    """Text in the look of ``bold``, ``cost``, ``use``, ``weather`` or ``wrong``; plain with ``NO_COLOR``."""
    return text if not text or os.environ.get("NO_COLOR") else typer.style(text, **_ROLES[role])


def spark(values: Sequence[float | None]) -> str:
    """A line of blocks, zero at the foot; below zero counts as zero, None and NaN are blanks.

    >>> spark([0, 1, None, 4])
    '▁▃ █'
    """
    known = [value for value in values if value is not None and not isnan(value)]
    largest = max(known, default=0.0)

    def block(value: float | None) -> str:
        if value is None or isnan(value):
            return " "
        share = max(0.0, value / largest) if largest > 0 else 0.0
        return LEVELS[min(7, int(share * 8))]

    return "".join(block(value) for value in values)
