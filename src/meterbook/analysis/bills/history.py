"""The run of an account's bills: one row a month with use, cost, temperatures, and what a day and a unit came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from meterbook.analysis.bills.degree_days import DegreeDays, degree_days_of_mean
from meterbook.analysis.bills.standing import months_of, standing
from meterbook.model.bill_kinds import ReadType
from meterbook.model.calendar import next_month
from meterbook.model.statement import MeterUsage, Statement
from meterbook.model.units import Unit

ELECTRIC = "electric"
NOT_VOLUMES = frozenset({"kw", "kva", "kvar", "kvarh"})
"""Units of registers that do not say how much was used."""
WHOLE = frozenset({"", "total", "delivered", "kwh"})
"""Registers that hold all of a meter's use, where others beside them hold its parts."""
AGAINST = frozenset({"received", "exported", "export", "exp"})
SHOWN_MONTHS = 13
"""What portals and paper show: a year, and the same month of the year before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillMonth:
    """One month of an account's bills for one service.

    Attributes:
        month: its first day.
        service: which.
        bills: the bills counted for it; none where one is missing.
        days: days they cover in all; None if a bill does not tell.
        usage: what was used, in ``unit``; None if a bill does not tell.
        unit: ``kWh``, ``gal`` …
        cost: charges of the service, dollars; None if a bill does not tell.
        low_f: mean of the days' low temperatures over the period, °F.
        high_f: mean of the days' high temperatures over the period, °F.
        estimated: a reading on one of them was estimated.
        daily_degrees: degree days by the days' own temperatures, where those are known.
    """

    month: date
    service: str = ELECTRIC
    bills: tuple[Statement, ...] = ()
    days: int | None = None
    usage: Decimal | None = None
    unit: str | None = None
    cost: Decimal | None = None
    low_f: Decimal | None = None
    high_f: Decimal | None = None
    estimated: bool = False
    daily_degrees: DegreeDays | None = None

    @property
    def degrees(self) -> DegreeDays | None:
        """Degree days of the period to 65 °F: by its days where those are known, else by its mean low and high."""
        if self.daily_degrees is not None or self.low_f is None or self.high_f is None or not self.days:
            return self.daily_degrees
        return degree_days_of_mean(self.low_f, self.high_f, self.days)

    @property
    def per_day(self) -> Decimal | None:
        """Use a day."""
        return self.usage / self.days if self.usage is not None and self.days else None

    @property
    def cost_per_day(self) -> Decimal | None:
        """Dollars a day."""
        return self.cost / self.days if self.cost is not None and self.days else None

    @property
    def cost_per_unit(self) -> Decimal | None:
        """Dollars a unit, all charges counted; None where nothing was used."""
        return self.cost / self.usage if self.cost is not None and self.usage is not None and self.usage > 0 else None


def history(
    statements: Iterable[Statement], *, service: str = ELECTRIC, months: int | None = SHOWN_MONTHS
) -> tuple[BillMonth, ...]:
    """An account's bills by month, oldest first, months without a bill between them too.

    Args:
        statements: bills of one account, in any order; cancelled and replaced ones are passed over.
        service: which of the services they bill.
        months: how many of the last; None for all.
    """
    every = [one for one in standing(statements) if service in services_of(one)]
    if not every:
        return ()
    of_month: dict[date, list[Statement]] = defaultdict(list)
    for month, statement in zip(months_of(every), every, strict=True):
        of_month[month].append(statement)
    found, month = [], min(of_month)
    while month <= max(of_month):
        found.append(_month(month, of_month.get(month, []), service))
        month = next_month(month)
    return tuple(found[-months:] if months else found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The weather of a bill's period, by its days.

    Attributes:
        low_f: mean of the daily lows, °F.
        high_f: mean of the daily highs, °F.
        degrees: degree days; None if a day of the period is not known.
    """

    low_f: Decimal
    high_f: Decimal
    degrees: DegreeDays | None


def with_weather(months: Sequence[BillMonth], known: Mapping[date, Weather]) -> tuple[BillMonth, ...]:
    """The same months with the weather of their days; temperatures that the bills themselves tell stay.

    Args:
        months: months.
        known: weather by first day of the month.
    """
    return tuple(_weathered(one, known[one.month]) if one.month in known else one for one in months)


def _weathered(month: BillMonth, weather: Weather) -> BillMonth:
    told = month.low_f is not None and month.high_f is not None
    return replace(
        month,
        low_f=month.low_f if told else weather.low_f,
        high_f=month.high_f if told else weather.high_f,
        daily_degrees=weather.degrees,
    )


def services_of(statement: Statement) -> tuple[str, ...]:
    """The services a bill is for, in the order printed; electric where it does not say."""
    if statement.services:
        return statement.services
    told = [*(line.service for line in statement.lines), *(meter.service for meter in statement.meters)]
    return tuple(dict.fromkeys(one for one in told if one is not None)) or (ELECTRIC,)


def usage_of(statement: Statement, service: str = ELECTRIC) -> tuple[Decimal, str] | None:
    """What a bill says was used of a service, with its unit; None if it does not say.

    The bill's own total counts if the bill is for that service alone; else the meters' readings. Of those a register
    for the whole counts instead of the ones for its parts, and neither demand nor energy sent back counts.
    """
    alone = services_of(statement) == (service,)
    own = alone or (service == ELECTRIC and statement.usage_unit == Unit.KWH)
    if own and statement.usage is not None and statement.usage_unit is not None:
        return statement.usage, statement.usage_unit
    registers = [one for one in statement.meters if _counts(one, service, alone=alone)]
    if not registers:
        return None
    amounts = [_billed(one) for group in _by_meter(registers).values() for one in _whole(group)]
    units = {unit for _, unit in amounts}
    if len(units) != 1:
        return None
    return sum((amount for amount, _ in amounts), start=Decimal(0)), units.pop()


def cost_of(statement: Statement, service: str = ELECTRIC) -> Decimal | None:
    """What a bill charges for a service, dollars; None if it does not say.

    On a bill for several services those lines count that name it; what stands under none of them, such as a round-up,
    is no service's.
    """
    if services_of(statement) == (service,):
        if statement.current_charges is not None:
            return statement.current_charges
        return sum((line.amount for line in statement.lines), start=Decimal(0)) if statement.lines else None
    amounts = [line.amount for line in statement.lines if line.service == service]
    return sum(amounts, start=Decimal(0)) if amounts else None


def days_of(statement: Statement) -> int | None:
    """Days that a bill covers: as printed, else between its dates."""
    if statement.days is not None:
        return statement.days
    if statement.period_start is None or statement.period_end is None:
        return None
    return (statement.period_end - statement.period_start).days or None


def _month(month: date, bills: Sequence[Statement], service: str) -> BillMonth:
    used = [usage_of(one, service) for one in bills]
    known = [one for one in used if one is not None]
    units = {unit for _, unit in known}
    whole = len(known) == len(bills) and len(units) == 1
    return BillMonth(
        month=month,
        service=service,
        bills=tuple(bills),
        days=_days(bills),
        usage=sum((amount for amount, _ in known), start=Decimal(0)) if whole else None,
        unit=units.pop() if len(units) == 1 else None,
        cost=_cost(bills, service),
        low_f=_mean([one.temperature_low for one in bills]),
        high_f=_mean([one.temperature_high for one in bills]),
        estimated=any(
            meter.read_type is ReadType.ESTIMATED and meter.service in (service, None)
            for one in bills
            for meter in one.meters
        ),
    )


def _counts(register: MeterUsage, service: str, *, alone: bool) -> bool:
    mine = register.service == service or (register.service is None and (alone or service == ELECTRIC))
    _, unit = _billed(register)
    volume = unit != "" and unit.casefold() not in NOT_VOLUMES
    return mine and volume and (register.register or "").casefold() not in AGAINST


def _billed(register: MeterUsage) -> tuple[Decimal, str]:
    """Quantity and unit that a register is billed for; no unit where it tells no quantity."""
    if register.billed is not None:
        return register.billed, register.billed_unit or register.unit or ""
    return (Decimal(0), "") if register.usage is None else (register.usage, register.unit or "")


def _by_meter(registers: Sequence[MeterUsage]) -> dict[tuple[str | None, str | None], list[MeterUsage]]:
    found: dict[tuple[str | None, str | None], list[MeterUsage]] = defaultdict(list)
    for one in registers:
        found[one.location, one.meter].append(one)
    return found


def _whole(registers: Sequence[MeterUsage]) -> Sequence[MeterUsage]:
    return [one for one in registers if (one.register or "").casefold() in WHOLE] or registers


def _days(bills: Sequence[Statement]) -> int | None:
    days = [days_of(one) for one in bills]
    known = [one for one in days if one is not None]
    return sum(known) if known and len(known) == len(days) else None


def _cost(bills: Sequence[Statement], service: str) -> Decimal | None:
    costs = [cost_of(one, service) for one in bills]
    known = [one for one in costs if one is not None]
    return sum(known, start=Decimal(0)) if known and len(known) == len(costs) else None


def _mean(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [one for one in values if one is not None]
    return sum(known, start=Decimal(0)) / len(known) if known else None
