"""Clean histories for tests of bill checks: the practice co-op's own bills beside what its meters counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from bill_faults import changed_use, rebilled, shifted
from numpy.typing import NDArray

from meterbook.analysis.bills.checks import BillRun
from meterbook.analysis.bills.checks.running import running
from meterbook.model.bill_kinds import ReadType
from meterbook.model.calendar import day_start
from meterbook.model.channel import Channel
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import Statement
from meterbook.practice import weather
from meterbook.practice.billing.account import Account as Billing
from meterbook.practice.billing.ledger import bills
from meterbook.practice.people import Contract, Member
from meterbook.practice.registers import Point
from meterbook.practice.settings import Settings, midnight
from meterbook.practice.world import World

Int64 = NDArray[np.int64]
Floats = NDArray[np.float64]

TODAY = date(2026, 11, 24)
MONTHS = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the practice co-op, with its bills and its meters' intervals."""

    member: Member
    contract: Contract
    run: BillRun


def accounts(members: int = 50, months: int = MONTHS, seed: int = 1) -> Iterator[Account]:
    """Every billed account of so many members, with the bills of the last months."""
    settings = Settings(today=TODAY, members=members, seed=seed)
    world = World(settings)
    for index in range(members):
        member = world.member(index)
        for contract in member.contracts:
            run = history(settings, member, contract, months)
            if run.bills:
                yield Account(member=member, contract=contract, run=run)


def history(settings: Settings, member: Member, contract: Contract, months: int = MONTHS) -> BillRun:
    """The last bills of an account as the practice co-op knows them, and every interval its meters counted."""
    known = [one.statement for one in bills(Billing(settings=settings, member=member, contract=contract))]
    first = TODAY - timedelta(days=round(months * 30.44))
    kept = tuple(one for one in known if one.period_start is not None and one.period_start >= first)
    since = day_start(first - timedelta(days=40), settings.tz)
    series = tuple(
        one
        for place in contract.places
        for one in _series(Point(settings=settings, member=member, contract=contract, place=place), since)
    )
    until = max((int(one.start[-1]) for one in series), default=None)
    return BillRun(
        account=contract.number, zone=settings.tz, bills=kept, series=series, readings_until=until, today=TODAY
    )


def by_dates(run: BillRun) -> BillRun:
    """The same bills as paper tells them: days of the reads, no instants."""
    return replace_bills(run, [replace(one, read_start=None, read_end=None) for one in run.bills])


def replace_bills(run: BillRun, changed: list[Statement]) -> BillRun:
    """The same account with other bills."""
    return replace(run, bills=tuple(changed))


def temperatures(settings: Settings, first: date, last: date) -> dict[date, tuple[float, float]]:
    """Low and high of the practice co-op's days, °F."""
    found = {}
    day = first
    while day < last:
        start, end = midnight(day, settings.tz), midnight(day + timedelta(days=1), settings.tz)
        quarters = np.arange(start // weather.QUARTER_S, end // weather.QUARTER_S, dtype=np.int64)
        degrees = weather.temperature_f(settings.seed, quarters)
        found[day] = float(degrees.min()), float(degrees.max())
        day += timedelta(days=1)
    return found


def is_plain(run: BillRun) -> bool:
    """Whether an account has one register with intervals, no estimates, corrections, budget, demand or arrears."""
    rows = {(row.meter, row.register) for one in run.bills for row in one.meters}
    return (
        len(rows) == 1
        and len(run.series) == 1
        and not any(one.cancelled or one.corrects or one.budget_amount for one in run.bills)
        and not any(row.read_type is ReadType.ESTIMATED for one in run.bills for row in one.meters)
        and all((one.balance_forward or 0) <= 0 for one in run.bills)
    )


def with_use(run: BillRun, factor: Callable[[Int64], Floats]) -> BillRun:
    """A plain account that used more or less: its intervals times a factor of their starts, and bills made of them."""
    was = run.series[0]
    series = replace(was, value=np.rint(was.value * factor(was.start)).astype(np.int64))
    total = running([series])
    assert total is not None
    bills, shift = [], Decimal(0)
    for one in run.bills:
        assert one.read_start is not None
        assert one.read_end is not None
        ends = [
            total.bounds(int(each.timestamp()), int(each.timestamp()))[0] for each in (one.read_start, one.read_end)
        ]
        used = total.decimal(ends[1] - ends[0])
        grown = used - (one.usage or Decimal(0))
        changed = changed_use(shifted(one, shift), lambda _, used=used: used)
        bills.append(changed)
        shift += grown
    return replace(rebilled(run, bills), series=(series,))


def _series(point: Point, since: int) -> Iterator[IntervalSeries]:
    for register in point.registers("ELECTRIC"):
        device = register.device
        if not device.step_s or device.step_s >= 86_400:
            continue
        if register.exports and register.flow.value == "net" and not device.from_file:
            continue
        at, value = point.counted(register, since, midnight(TODAY, point.settings.tz))
        if not len(at):
            continue
        yield IntervalSeries(
            channel=Channel(
                utility="practice",
                account=point.contract.number,
                service_location=point.place.number,
                meter=device.number,
                register=str(register.channel),
                flow=register.flow,
                interval_s=device.step_s,
            ),
            start=at,
            value=value.astype(np.int64),
            quality=np.full(len(at), int(Quality.ACTUAL), np.int8),
            scale=register.scale,
        )
