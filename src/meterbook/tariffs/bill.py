"""What pricing gives: statements of lines that add up, each of which tells where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from meterbook.model.bill_kinds import LineKind
from meterbook.model.tariff import Source

SURENESS = ("published", "derived", "fitted", "assumed")
"""Statuses of numbers, from sure to not sure; a line is as sure as its least sure number."""


def least_sure(*statuses: str) -> str:
    """The least sure of some statuses.

    >>> least_sure("published", "derived")
    'derived'
    """
    return max(statuses, key=SURENESS.index, default=SURENESS[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Where a line comes from.

    Attributes:
        rule: what of the schedule made it, in words.
        measured: what was measured for it, in words.
        how: arithmetic or reason behind the number, as the file tells it.
        source: page that the number was read from.
        version: first day of the version that was used.
    """

    rule: str
    measured: str = ""
    how: str | None = None
    source: Source | None = None
    version: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line item.

    Attributes:
        kind: what it is for.
        name: as a bill would print it.
        amount: dollars, rounded as the schedule says.
        quantity: in ``unit``.
        unit: kWh, kW, month, day, lamp, or ``$`` for a share.
        rate: dollars a unit, or the share.
        status: of the least sure number in it.
        section: heading.
        why: where it comes from.
    """

    kind: LineKind
    name: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str | None = None
    rate: Decimal | None = None
    status: str = "published"
    section: str | None = None
    why: Why | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON values; numbers are strings, so that no digit is lost."""
        found = {
            "kind": self.kind.value, "name": self.name, "quantity": _text(self.quantity), "unit": self.unit,
            "rate": _text(self.rate), "amount": str(self.amount), "status": self.status,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedStatement:
    """A bill as a schedule makes it.

    Attributes:
        start, end: instants of the reads, UTC epoch seconds.
        first, last: local days of the reads.
        lines: in the order of the schedule.
        notes: what a reader should know, such as intervals that were estimated.
        bank_kwh: kWh carried on to the next one, of net metering.
        demands: measured demands by name of the period, kW, for ratchets of later bills.
        estimated: intervals that were estimated.
    """

    start: int
    end: int
    first: date
    last: date
    lines: tuple[PricedLine, ...]
    notes: tuple[str, ...] = ()
    bank_kwh: Decimal = Decimal(0)
    demands: tuple[tuple[str | None, Decimal], ...] = ()
    estimated: int = 0

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), start=Decimal(0))

    @property
    def status(self) -> str:
        """Of the least sure line."""
        return least_sure(*(line.status for line in self.lines))

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        found: dict[str, Any] = {
            "start": self.first.isoformat(),
            "end": self.last.isoformat(),
            "total": str(self.total),
            "status": self.status,
            "lines": [line.plain() for line in self.lines],
        }
        return found | ({"notes": list(self.notes)} if self.notes else {})


def _text(number: Decimal | None) -> str | None:
    """A decimal without an exponent."""
    return None if number is None else format(number, "f")
