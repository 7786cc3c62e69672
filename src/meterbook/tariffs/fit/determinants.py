"""A bill without whose it is: what was used, when, and what was charged for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterbook.model.bill_kinds import LineKind
from meterbook.model.calendar import local_date
from meterbook.model.statement import LineItem, Statement

ELECTRIC = "electric"
NOT_CHARGES = frozenset({
    LineKind.BUDGET, LineKind.DEPOSIT, LineKind.DONATION, LineKind.ROUND_UP, LineKind.CAPITAL_CREDIT,
    LineKind.LATE_FEE, LineKind.SERVICE_FEE,
})  # fmt: skip
"""Kinds of lines that no rate schedule makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """A line of a bill.

    Attributes:
        kind: what for.
        label: as printed.
        amount: dollars.
        quantity: in ``unit``, where it is printed.
        unit: kWh, kW …
        start: first day it covers, where the bill tells a part of the period.
    """

    kind: LineKind
    label: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str | None = None
    start: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledOnce:
    """The determinants and amounts of one bill.

    Attributes:
        number: which, among those that are fitted together.
        account: number of its account among them; says nothing about whose it is.
        first: day of the earlier read.
        last: day of the later read.
        billed: day of the bill.
        lines: charges of electric service; empty where only the total is known.
        total: what they come to.
        kwh: energy delivered, kWh.
        kw: highest demand, kW.
        kwh_of: energy by time-of-use period, where registers or intervals tell it.
        kind: class of customer.
        meters: how many.
        read: last day of use, where the instant of the later read is told.
        rider_month: whose value its riders have, if not the schedule's rule: ``bill``, ``read`` or ``before``.
    """

    number: int
    account: int
    first: date
    last: date
    billed: date
    lines: tuple[Charged, ...] = ()
    total: Decimal | None = None
    kwh: Decimal | None = None
    kw: Decimal | None = None
    kwh_of: Mapping[str, Decimal] = field(default_factory=dict)
    kind: str | None = None
    meters: int = 1
    read: date | None = None
    rider_month: str | None = None

    @property
    def last_day(self) -> date:
        """The last day of use: that of the later read, or the one before where it may have been at midnight."""
        return self.read or self.last - timedelta(days=1)

    @property
    def days(self) -> int:
        """Days from read to read."""
        return (self.last - self.first).days

    @property
    def month(self) -> str:
        """The month in which most of its days lie: how people call it."""
        middle = self.first + timedelta(days=max(self.days // 2, 0))
        return f"{middle:%Y-%m}"


def determinants(
    bill: Statement, *, number: int, account: int, kind: str | None = None, zone: ZoneInfo | None = None
) -> BilledOnce | None:
    """What a statement tells of electric service; None where it has no period or no amount.

    Args:
        bill: the statement.
        number, account: what it is called from here on.
        kind: class of its customer.
        zone: whose local days it means, for the instant of its read.
    """
    first, last = bill.period_start, bill.period_end
    if first is None or last is None or last <= first:
        return None
    lines = tuple(
        Charged(
            kind=line.kind, label=line.label, amount=line.amount, quantity=line.quantity, unit=line.unit,
            start=line.start,
        )
        for line in bill.lines
        if line.kind not in NOT_CHARGES and line.service in (None, ELECTRIC)
    )  # fmt: skip
    alone = all(line.service in (None, ELECTRIC) for line in bill.lines) and set(bill.services) <= {ELECTRIC}
    total = sum((line.amount for line in lines), start=Decimal(0)) if lines else bill.current_charges if alone else None
    if total is None:
        return None
    return BilledOnce(
        number=number,
        account=account,
        first=first,
        last=last,
        billed=bill.bill_date,
        lines=lines,
        total=total,
        kwh=_kwh(bill, lines),
        kw=_kw(bill),
        kwh_of=_by_register(bill),
        kind=kind,
        read=None if zone is None or bill.read_end is None else local_date(int(bill.read_end.timestamp()) - 1, zone),
        meters=len({one.meter for one in bill.meters if one.meter and one.service in (None, ELECTRIC)}) or 1,
    )


def service_points(bill: Statement) -> int:
    """How many service points a bill is for: headings that a fixed charge of electric service stands under.

    >>> from datetime import date
    >>> bill = Statement(account="1", bill_date=date(2026, 1, 5), lines=tuple(
    ...     LineItem(kind=LineKind.FIXED_CHARGE, label="Base", amount=Decimal(9), section=f"Location {name}")
    ...     for name in "AB"))
    >>> service_points(bill)
    2
    """
    fixed = [line for line in bill.lines if line.kind is LineKind.FIXED_CHARGE and line.service in (None, ELECTRIC)]
    return max(len({line.section for line in fixed}), 1)


def _kwh(bill: Statement, lines: tuple[Charged, ...]) -> Decimal | None:
    charged = [one for one in lines if one.kind is LineKind.ENERGY and one.unit == "kWh" and one.quantity is not None]
    if charged:
        return sum((one.quantity or Decimal(0) for one in charged), start=Decimal(0))
    if bill.usage is not None and bill.usage_unit in (None, "kWh"):
        return bill.usage
    used = [one.usage for one in bill.meters if one.unit == "kWh" and one.usage is not None]
    return used[0] if len(used) == 1 else None


def _kw(bill: Statement) -> Decimal | None:
    charged = [_of(line) for line in bill.lines if line.kind is LineKind.DEMAND and line.unit == "kW"]
    measured = [one.usage for one in bill.meters if one.unit == "kW" and one.usage is not None]
    found = [one for one in (*charged, *measured) if one is not None]
    return found[0] if found else None


def _of(line: LineItem) -> Decimal | None:
    return line.quantity


def _by_register(bill: Statement) -> dict[str, Decimal]:
    rows = [one for one in bill.meters if one.register and one.unit == "kWh" and one.usage is not None]
    found: dict[str, Decimal] = {}
    for one in rows:
        name = str(one.register).casefold().replace(" ", "-")
        found[name] = found.get(name, Decimal(0)) + (one.usage or Decimal(0))
    return found
