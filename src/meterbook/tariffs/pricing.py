"""From a schedule made ready and a meter's readings to statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np

from meterbook.model.calendar import local_date
from meterbook.model.errors import InputError
from meterbook.model.tariff import (
    AnyCharge,
    Demand,
    Energy,
    Export,
    Fixed,
    Lamps,
    Minimum,
    Percent,
    Reactive,
    Rider,
    Version,
)
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.demand import charge_demand, charge_reactive, measured_kw
from meterbook.tariffs.energy import WHOLE_BANK, charge_energy
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.others import (
    charge_export,
    charge_fixed,
    charge_lamps,
    charge_minimum,
    charge_percent,
    charge_rider,
)
from meterbook.tariffs.parts import last_day
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.work import Meter, Work, applies, base_names

ZERO = Decimal(0)
OF_ALL = (Rider, Percent, Minimum)
"""Charges of the whole bill: where the schedule changes in a period they are those of the later version."""


def price(plan: Plan, usage: Usage, account: Account | None = None) -> list[PricedStatement]:
    """Statements of a meter for all periods of a plan.

    Args:
        plan: the schedule and the periods.
        usage: readings on the plan's grid.
        account: what the schedule asks of the account.

    Raises:
        InputError: intervals are missing and the schedule is not to bill without them, or a number is not known.
    """
    if (usage.first, usage.step_s, len(usage.delivered)) != (plan.axis.first, plan.axis.step_s, plan.axis.count):
        raise InputError("readings do not lie on the grid that is priced", expected="the grid the plan was made for")
    account = account or Account()
    meter = Meter(
        gone=None if usage.missing is None else np.concatenate([np.zeros(1, np.int64), np.cumsum(usage.missing)]),
        bank={WHOLE_BANK: account.bank_kwh} if account.bank_kwh else {},
        demands=list(account.demands),
    )
    return [_statement(plan, usage, account, span, meter) for span in range(len(plan.spans))]


def _statement(plan: Plan, usage: Usage, account: Account, number: int, meter: Meter) -> PricedStatement:
    span, zone = plan.spans[number], plan.axis.zone
    works = [
        Work(
            plan=plan, usage=usage, account=account, span=number, part=part, ordinal=plan.ordinal(number, place),
            meter=meter,
        )
        for place, part in enumerate(plan.parts[number])
    ]  # fmt: skip
    notes = _completeness(plan, usage, number, works[-1].part.version)
    whole = _priced(works, account)
    demands = tuple(_demands(works[-1]))
    meter.demands += [(last_day(span, zone), period, kw) for period, kw in demands]
    low, high = plan.axis.place(span.start), plan.axis.place(span.end)
    return PricedStatement(
        start=span.start,
        end=span.end,
        first=local_date(span.start, zone),
        last=local_date(span.end, zone),
        lines=tuple(whole.lines),
        notes=(*notes, *whole.notes),
        bank_kwh=sum(meter.bank.values(), start=ZERO),
        demands=demands,
        estimated=0 if usage.estimated is None else int(usage.estimated[low:high].sum()),
    )


def _priced(works: list[Work], account: Account) -> Work:
    """All lines of a period, gathered in the last part's work."""
    whole = works[-1]
    if len(works) == 1:
        for place, charge in _charges(whole.part.version, account):
            _charge(whole, charge, place)
        return whole
    for work in works:
        for place, charge in _charges(work.part.version, account):
            if not isinstance(charge, OF_ALL):
                _charge(work, charge, place)
    whole.lines = [line for work in works for line in work.lines]
    whole.names = [name for work in works for name in work.names]
    whole.lamp_kwh = sum((work.lamp_kwh for work in works), start=ZERO)
    whole.kwh = sum((work.kwh for work in works), start=ZERO)
    # A month's amount, a minimum or a rider a month is of the whole period again.
    whole.part = replace(
        whole.part, start=whole.part.span.start, first=works[0].part.first, days=whole.part.days_of_span
    )
    for place, charge in _charges(whole.part.version, account):
        if isinstance(charge, OF_ALL):
            _charge(whole, charge, place)
    return whole


def _charges(version: Version, account: Account) -> Iterator[tuple[int, AnyCharge]]:
    for place, charge in enumerate(version.charges):
        if applies(charge, account):
            yield place, charge


def _charge(work: Work, charge: AnyCharge, place: int) -> None:
    version = work.part.version
    if isinstance(charge, Fixed):
        charge_fixed(work, charge)
    elif isinstance(charge, Energy):
        charge_energy(work, charge, place)
        _count_kwh(work, charge, place)
    elif isinstance(charge, Demand):
        charge_demand(work, charge, place)
    elif isinstance(charge, Lamps):
        charge_lamps(work, charge)
    elif isinstance(charge, Export):
        charge_export(work, charge, place)
    elif isinstance(charge, Reactive):
        charge_reactive(work, charge)
    elif isinstance(charge, Rider):
        charge_rider(work, charge, _base(version, place, charge.base, []))
    elif isinstance(charge, Percent):
        charge_percent(work, charge, _base(version, place, charge.base, charge.excluding))
    else:
        charge_minimum(work, charge, _base(version, place, charge.base, []))


def _base(version: Version, place: int, on: list[str], excluding: list[str]) -> tuple[list[str], list[str]]:
    return base_names(version, place, on), excluding


def _count_kwh(work: Work, charge: Energy, place: int) -> None:
    """Energy that riders are on: what the first energy charge of the part billed."""
    first = next(at for at, one in enumerate(work.part.version.charges) if isinstance(one, Energy))
    if place == first:
        work.kwh = sum(
            (line.quantity or ZERO for name, line in zip(work.names, work.lines, strict=True) if name == charge.name),
            start=ZERO,
        )


def _demands(work: Work) -> Iterator[tuple[str | None, Decimal]]:
    """Measured demands of the period, by period of the rate: what later bills' ratchets look back to."""
    seen = set()
    for place, charge in enumerate(work.part.version.charges):
        if not isinstance(charge, Demand) or charge.coincident or charge.daily:
            continue
        for index, rate in enumerate(charge.rates):
            kw, _ = measured_kw(work, charge, place, index)
            if kw is not None and rate.period not in seen:
                seen.add(rate.period)
                yield rate.period, kw


def _completeness(plan: Plan, usage: Usage, number: int, version: Version) -> list[str]:
    """Notes on intervals that are missing or estimated.

    Raises:
        InputError: the schedule is not billed without them.
    """
    span = plan.spans[number]
    low, high = plan.axis.place(span.start), plan.axis.place(span.end)
    notes = []
    if usage.missing is not None and (count := int(usage.missing[low:high].sum())):
        first = int(np.flatnonzero(usage.missing[low:high])[0]) + low
        day = plan.axis.date_of(first)
        if version.missing == "refuse":
            raise InputError(
                f"{count:,} of {high - low:,} intervals are missing, the first on {day}",
                expected="all intervals of the period",
                hint="Price other periods, or choose what to do with them: --missing estimate, or --missing zero.",
            )
        if version.missing == "estimate":
            raise InputError(
                f"{count:,} of {high - low:,} intervals are missing, the first on {day}, and nobody estimated them",
                expected="readings whose missing intervals are filled and marked as estimated",
            )
        notes.append(f"{count:,} of {high - low:,} intervals are missing and count as nothing")
    if usage.estimated is not None and (count := int(usage.estimated[low:high].sum())):
        notes.append(f"{count:,} of {high - low:,} intervals are estimated")
    return notes
