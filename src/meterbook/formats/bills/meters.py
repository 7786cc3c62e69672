"""Meters of a bill: readings that stand beside their names and whose difference is what was used."""

from __future__ import annotations

from collections.abc import Sequence

from meterbook.formats.bills.entries import Entry
from meterbook.formats.bills.tokens import Line, Token
from meterbook.model.statement import MeterUsage


def meters_of(lines: Sequence[Line], tokens: Sequence[Token], charges: Sequence[Entry]) -> tuple[MeterUsage, ...]:
    return ()
