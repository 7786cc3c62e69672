"""Many accounts by month: what each used and cost, and which bills are missing or late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from meterbook.analysis.bills.calendar_months import MonthShare, prorate
from meterbook.analysis.bills.history import cost_of, days_of, services_of, usage_of
from meterbook.analysis.bills.standing import months_of, standing
from meterbook.model.bill_kinds import BillType
from meterbook.model.calendar import next_month
from meterbook.model.statement import Statement

ZERO = Decimal(0)
GRACE_DAYS = 14
"""Days after the usual one until a bill that did not come is called late."""
CYCLE_DAYS = 31
_FEWEST_BILLS = 3
_SHORTEST_GAP = 20


class GroupBy(StrEnum):
    """What a row of the portfolio is."""

    ACCOUNT = "account"
    LOCATION = "location"
    SERVICE = "service"


class Standing(StrEnum):
    """Why a month has no bill."""

    MISSING = "missing"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledService:
    """What one bill says of one service.

    Attributes:
        utility: catalogue slug.
        account: account number.
        location: service location, where the bill names one alone.
        service: electric, water …
        month: first day of the month that it is for.
        statement: the bill.
        days: days of its period, None if it tells none.
        usage: what was used; None if it does not tell.
        unit: its unit.
        cost: charges for the service, dollars; None if it does not tell.
    """

    utility: str
    account: str
    location: str
    service: str
    month: date
    statement: Statement
    days: int | None
    usage: Decimal | None
    unit: str | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCell:
    """A month of a row of the portfolio.

    Attributes:
        utilities: catalogue slugs.
        key: account, location or service.
        service: electric, water …
        month: its first day.
        bills: bills that it has a part of.
        days: days billed, of several accounts together the sum; None if a bill does not tell.
        usage: what was used, in ``unit``; None if a bill does not tell.
        unit: unit of ``usage``.
        cost: charges, dollars; None if a bill does not tell.
        methods: by what bills were shared out; ``billed`` where they were not.
        standing: why there is no bill, where there should be one.
    """

    utilities: tuple[str, ...]
    key: str
    service: str
    month: date
    bills: int
    days: int | None
    usage: Decimal | None
    unit: str | None
    cost: Decimal | None
    methods: tuple[str, ...]
    standing: Standing | None = None


def billed_services(utility: str, statements: Iterable[Statement]) -> list[BilledService]:
    """Each service of each bill of one account that stands, oldest first.

    Args:
        utility: catalogue slug.
        statements: bills of one account, in any order, cancelled and replaced ones too.
    """
    every = standing(statements)
    services = dict.fromkeys(service for one in every for service in services_of(one))
    found = []
    for service in services:
        mine = [one for one in every if service in services_of(one)]
        for month, one in zip(months_of(mine), mine, strict=True):
            used = usage_of(one, service)
            found.append(
                BilledService(
                    utility=utility,
                    account=one.account,
                    location=_location(one),
                    service=service,
                    month=month,
                    statement=one,
                    days=days_of(one),
                    usage=used[0] if used is not None else None,
                    unit=used[1] if used is not None else None,
                    cost=cost_of(one, service),
                )
            )
    return found


def shares(one: BilledService, by_day: Mapping[date, int] | None = None) -> tuple[MonthShare, ...]:
    """A bill's service by calendar month; nothing if the bill does not tell its period.

    Args:
        one: the bill's service.
        by_day: complete days of the meter's use; see :func:`~meterbook.analysis.bills.calendar_months.prorate`.
    """
    start = first_day(one.statement)
    if start is None or not one.days:
        return ()
    return prorate(start, one.days, usage=one.usage, cost=one.cost, by_day=by_day)


def first_day(statement: Statement) -> date | None:
    """The first day of a bill's period, by its end and days where it tells no start."""
    if statement.period_start is not None or statement.period_end is None or not statement.days:
        return statement.period_start
    return statement.period_end - timedelta(days=statement.days)


def as_billed(parts: Sequence[BilledService], by: GroupBy) -> list[MonthCell]:
    """Bills by the month each is for, summed by account, location or service."""
    rows = [(one, one.month, one.days, one.usage, one.cost, "billed") for one in parts]
    return _cells(rows, by)


def by_calendar(shared: Iterable[tuple[BilledService, MonthShare]], by: GroupBy) -> list[MonthCell]:
    """Shares of bills by calendar month, likewise."""
    rows = [(one, share.month, share.days, share.usage, share.cost, share.method.value) for one, share in shared]
    return _cells(rows, by)


def absent(parts: Sequence[BilledService], today: date, *, closed: frozenset[str] = frozenset()) -> list[MonthCell]:
    """Months of accounts without a bill: between two bills, or after the last where one should have come by now.

    Args:
        parts: services of bills that stand.
        today: the day on which a bill may be late.
        closed: numbers of accounts that are no longer billed.
    """
    found = []
    rows: dict[tuple[str, str, str], list[BilledService]] = {}
    for one in parts:
        rows.setdefault((one.utility, one.account, one.service), []).append(one)
    for (utility, account, service), mine in rows.items():
        for month in _gaps(mine):
            found.append(_absent(utility, account, service, month, Standing.MISSING))
        last = max(mine, key=lambda one: (one.month, one.statement.bill_date))
        ended = last.statement.bill_type is BillType.FINAL or account in closed or len(mine) < _FEWEST_BILLS
        due = last.statement.bill_date + timedelta(days=CYCLE_DAYS + GRACE_DAYS)
        if not ended and today > due:
            found.append(_absent(utility, account, service, next_month(last.month), Standing.LATE))
    return found


def _gaps(mine: Sequence[BilledService]) -> list[date]:
    """The month in the middle of each bill that is missing between two periods, about one for each cycle."""
    spans = sorted((start, one.days) for one in mine if (start := first_day(one.statement)) is not None and one.days)
    found = []
    covered = spans[0][0] if spans else date.min
    for start, days in spans:
        gap = (start - covered).days
        if gap >= _SHORTEST_GAP:
            cycles = max(1, round(gap / CYCLE_DAYS))
            found += [
                (covered + timedelta(days=gap * (2 * n + 1) // (2 * cycles))).replace(day=1) for n in range(cycles)
            ]
        covered = max(covered, start + timedelta(days=days))
    return found


def _absent(utility: str, account: str, service: str, month: date, why: Standing) -> MonthCell:
    return MonthCell(
        utilities=(utility,), key=account, service=service, month=month, bills=0, days=None, usage=None, unit=None,
        cost=None, methods=(), standing=why,
    )  # fmt: skip


_Row = tuple[BilledService, date, int | None, Decimal | None, Decimal | None, str]


def _cells(rows: Iterable[_Row], by: GroupBy) -> list[MonthCell]:
    groups: dict[tuple[str, str, date, str], list[_Row]] = {}
    for row in rows:
        one = row[0]
        groups.setdefault((getattr(one, by.value), one.service, row[1], one.unit or ""), []).append(row)
    return [_cell(name, some) for name, some in sorted(groups.items())]


def _cell(name: tuple[str, str, date, str], rows: Sequence[_Row]) -> MonthCell:
    key, service, month, unit = name
    days = [row[2] for row in rows]
    known_days = [one for one in days if one is not None]
    return MonthCell(
        utilities=tuple(sorted({row[0].utility for row in rows})),
        key=key,
        service=service,
        month=month,
        bills=len(rows),
        days=sum(known_days) if len(known_days) == len(days) else None,
        usage=_sum([row[3] for row in rows]),
        unit=unit or None,
        cost=_sum([row[4] for row in rows]),
        methods=tuple(sorted({row[5] for row in rows})),
    )


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [one for one in values if one is not None]
    return sum(known, start=ZERO) if len(known) == len(values) else None


def _location(statement: Statement) -> str:
    told = [*(one.location for one in statement.meters), *(one.location for one in statement.lines)]
    named = {one for one in told if one is not None}
    return named.pop() if len(named) == 1 else ""
