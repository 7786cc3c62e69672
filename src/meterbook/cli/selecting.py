"""Which readings a command is about, as its options say it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from meterbook.cli.context import word_of

if TYPE_CHECKING:
    from meterbook.book import Selection


def selection_of(
    *, account: str | None, location: str | None, meter: str | None, since: str | None, until: str | None,
    flow: str | None, unit: str | None, as_of: str | None,
) -> Selection:  # fmt: skip
    """The selection that options name. A unit tells the quantity: money is cost, kW demand, all else usage.

    Raises:
        UsageError: a word or an instant can't be read.
    """
    from meterbook.book import Selection
    from meterbook.model.channel import FlowDirection, Quantity
    from meterbook.model.units import Unit

    chosen_unit = word_of(Unit, unit, "--unit") if unit is not None else None
    quantity = {Unit.DOLLAR: Quantity.COST, Unit.KW: Quantity.DEMAND}.get(chosen_unit or Unit.KWH, Quantity.USAGE)
    return Selection(
        account=account,
        location=location,
        meter=meter,
        since=since,
        until=until,
        flow=word_of(FlowDirection, flow, "--flow") if flow is not None else None,
        unit=chosen_unit,
        quantities=frozenset({quantity}),
        as_of=_instant(as_of),
    )


def _instant(text: str | None) -> datetime | None:
    from meterbook.model.errors import UsageError

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise UsageError(f"{text!r} is not an instant", where="--as-of", expected="2026-01-31T06:00") from None
