"""What pricing gives: statements of lines that add up, each of which tells where it comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

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


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Where a line comes from. Words are put together when they are asked for: most bills are never explained.

    Attributes:
        rule: what of the schedule made it, in words.
        said: what was measured for it: a form of words, and what goes into it.
        how: arithmetic or reason behind the number, as the file tells it.
        source: page that the number was read from.
        version: first day of the version that was used.
    """

    rule: str
    said: tuple[object, ...] = ()
    how: str | None = None
    source: Source | None = None
    version: date | None = None

    @property
    def measured(self) -> str:
        """What was measured for it, in words."""
        return str(self.said[0]).format(*self.said[1:]) if self.said else ""

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        page = self.source
        found = {
            "rule": self.rule, "measured": self.measured or None, "how": self.how,
            "source": None if page is None else page.title, "page": None if page is None else page.page,
            "version": None if self.version is None else self.version.isoformat(),
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
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

    def plain(self, *, explain: bool = False) -> dict[str, Any]:
        """As JSON values; numbers are strings, so that no digit is lost.

        Args:
            explain: with where it comes from.
        """
        found: dict[str, Any] = {
            "kind": self.kind.value, "name": self.name, "quantity": _text(self.quantity), "unit": self.unit,
            "rate": _text(self.rate), "amount": str(self.amount), "status": self.status,
            "why": self.why.plain() if explain and self.why is not None else None,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}


class PricedStatement(msgspec.Struct, frozen=True, kw_only=True):
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

    def plain(self, *, explain: bool = False) -> dict[str, Any]:
        """As JSON values.

        Args:
            explain: with where each line comes from.
        """
        found: dict[str, Any] = {
            "start": self.first.isoformat(),
            "end": self.last.isoformat(),
            "total": str(self.total),
            "status": self.status,
            "lines": [line.plain(explain=explain) for line in self.lines],
        }
        return found | ({"notes": list(self.notes)} if self.notes else {})


def _text(number: Decimal | None) -> str | None:
    """A decimal without an exponent."""
    return None if number is None else format(number, "f")
