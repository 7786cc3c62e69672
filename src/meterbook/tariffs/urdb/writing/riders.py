"""Riders that do not change any more: the only ones that a record, which is one price list, can hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from meterbook.model.tariff import Dated, Rider
from meterbook.tariffs.urdb.writing.losses import Losses

ZERO = Decimal(0)


def by_month(riders: Sequence[Rider], on: date, losses: Losses) -> list[Decimal]:
    """What riders add to a kWh in each calendar month."""
    added = [ZERO] * 12
    for rider in riders:
        values = [constant(rider, month, on) for month in range(1, 13)]
        if any(value is None or value.by_class for value in values):
            losses.refuse("rider", f"rider {rider.rider} changes with time or class; a record has one price")
            continue
        for month, value in enumerate(values):
            assert value is not None
            if value.value is None:
                losses.refuse("rider", f"rider {rider.rider} is not known")
            added[month] += value.value or ZERO
    return added


def constant(rider: Rider, month: int, on: date) -> Dated | None:
    """The only value of a calendar month from a day on."""
    text = f"{on:%Y-%m}"
    later = [
        value
        for value in rider.values
        if (value.end is None or value.end >= text) and (not value.months or month in value.months)
    ]
    alone = len(later) == 1 and later[0].start <= text and later[0].end is None
    return later[0] if alone else None
