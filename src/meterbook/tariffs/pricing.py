"""From a schedule made ready and a meter's readings to statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import msgspec
import numpy as np

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
    RoundUp,
)
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.daily import by_day, summed
from meterbook.tariffs.demand import charge_demand, charge_reactive, measured_kw
from meterbook.tariffs.energy import WHOLE_BANK, charge_energy
from meterbook.tariffs.incomplete import completeness
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.others import (
    charge_export,
    charge_fixed,
    charge_lamps,
    charge_minimum,
    charge_percent,
    charge_rider,
    charge_round_up,
)
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.registers import on_register
from meterbook.tariffs.work import Meter, Work, applies, base_names

ZERO = Decimal(0)
OF_ALL = (Rider, Percent, Minimum, RoundUp)
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
    if plan.tariff.prepaid:
        days, of = price_days(plan, usage, account)
        return summed(plan, days, of)
    (service,) = opened([(plan, usage, account or Account())])
    return [statement(service, number) for number in range(len(plan.spans))]


def price_days(plan: Plan, usage: Usage, account: Account | None = None) -> tuple[list[PricedStatement], list[int]]:
    """Statements of each local day of a prepaid schedule's periods, and the number of the period of each.

    Raises:
        InputError: as :func:`price`; a period does not begin and end at local midnight.
    """
    (service,) = opened([(plan, usage, account or Account())])
    notes = [completeness(plan, usage, number, parts[-1].version) for number, parts in enumerate(plan.parts)]
    days, of = by_day(plan)
    (daily,) = opened([(days, replace(service.usage, missing=None), service.account)])
    made_ = [statement(daily, number) for number in range(len(days.spans))]
    told = [
        msgspec.structs.replace(one, notes=(*dict.fromkeys([*notes[number], *one.notes]),))
        for one, number in zip(made_, of, strict=True)
    ]
    return told, of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Service:
    """A metered service of an account at work.

    Attributes:
        plan: the schedule and the periods.
        usage: energy that is billed.
        measured: readings as they are.
        account: what the schedule asks of the account.
        meter: what one period leaves to the next.
    """

    plan: Plan
    usage: Usage
    measured: Usage
    account: Account
    meter: Meter


def opened(given: Sequence[tuple[Plan, Usage, Account]]) -> list[Service]:
    """Services ready to be priced, period after period.

    Raises:
        InputError: readings don't lie on the grid of their plan.
    """
    found = []
    for plan, usage, account in given:
        if (usage.first, usage.step_s, len(usage.delivered)) != (plan.axis.first, plan.axis.step_s, plan.axis.count):
            raise InputError(
                "readings do not lie on the grid that is priced", expected="the grid the plan was made for"
            )
        meter = Meter(
            gone=None if usage.missing is None else np.concatenate([np.zeros(1, np.int64), np.cumsum(usage.missing)]),
            bank={WHOLE_BANK: account.bank_kwh} if account.bank_kwh else {},
            demands=list(account.demands),
        )
        billed = on_register(plan, usage)
        found.append(Service(plan=plan, usage=billed, measured=usage, account=account, meter=meter))
    return found


def statement(service: Service, number: int) -> PricedStatement:
    """The statement of one period of a service that is the account's only one; periods in their order."""
    whole, notes = worked(service, number)
    for place, charge in charges_of(whole, whole_account=True):
        charge_one(whole, charge, place)
    return made(whole, notes)


def worked(service: Service, number: int) -> tuple[Work, list[str]]:
    """Lines of one period but those of the whole account, and notes on its readings."""
    plan, meter = service.plan, service.meter
    works = [
        Work(
            plan=plan, usage=service.usage, measured=service.measured, account=service.account, span=number, part=part,
            ordinal=plan.ordinal(number, place), meter=meter,
        )
        for place, part in enumerate(plan.parts[number])
    ]  # fmt: skip
    notes = completeness(plan, service.measured, number, works[-1].part.version)
    return _priced(works), notes


def made(whole: Work, notes: list[str]) -> PricedStatement:
    """The statement of a period whose lines are all there; what later ones look back to is kept."""
    plan, span, measured = whole.plan, whole.part.span, whole.measured
    demands = tuple(_demands(whole))
    whole.meter.demands += [(plan.last_day(span), period, kw) for period, kw in demands]
    low, high = plan.axis.place(span.start), plan.axis.place(span.end)
    order = sorted(range(len(whole.lines)), key=whole.places.__getitem__)
    return PricedStatement(
        start=span.start,
        end=span.end,
        first=plan.bounds[whole.span][0],
        last=plan.bounds[whole.span][1],
        lines=tuple(whole.lines[place] for place in order),
        notes=(*notes, *whole.notes),
        bank_kwh=sum(whole.meter.bank.values(), start=ZERO),
        demands=demands,
        estimated=0 if measured.estimated is None else int(measured.estimated[low:high].sum()),
    )


def _priced(works: list[Work]) -> Work:
    """All lines of a period but those of the whole account, gathered in the last part's work."""
    whole = works[-1]
    if len(works) == 1:
        for place, charge in charges_of(whole, whole_account=False):
            charge_one(whole, charge, place)
        return whole
    before = dict(whole.meter.bank)
    for work in works:
        if work.part.by_days:  # each part nets all of the period, and pays for its days of what is left
            work.meter.bank.clear()
            work.meter.bank.update(before)
        for place, charge in charges_of(work, whole_account=False):
            if not isinstance(charge, OF_ALL):
                charge_one(work, charge, place)
    whole.lines = [line for work in works for line in work.lines]
    whole.names = [name for work in works for name in work.names]
    whole.places = [place for work in works for place in work.places]
    whole.lamp_kwh = sum((work.lamp_kwh for work in works), start=Fraction(0))
    whole.kwh = sum((work.kwh for work in works), start=ZERO)
    # A month's amount, a minimum or a rider a month is of the whole period again.
    whole.part = replace(
        whole.part, start=whole.part.span.start, first=works[0].part.first, days=whole.part.days_of_span, earlier=()
    )
    for place, charge in charges_of(whole, whole_account=False):
        if isinstance(charge, OF_ALL):
            charge_one(whole, charge, place)
    return whole


def charges_of(work: Work, *, whole_account: bool) -> Iterator[tuple[int, AnyCharge]]:
    """Charges of a part that the account has, with their places in the version."""
    for place, charge in enumerate(work.part.version.charges):
        if charge.whole_account == whole_account and applies(charge, work.account, work.part.span.options):
            yield place, charge


def charge_one(work: Work, charge: AnyCharge, place: int) -> None:
    """Add the lines of a charge."""
    version, work.at = work.part.version, place
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
    elif isinstance(charge, RoundUp):
        charge_round_up(work, charge)
    elif isinstance(charge, Rider):
        charge_rider(work, charge, (base_names(version, place, charge.base), []))
    elif isinstance(charge, Percent):
        # of the whole account: on the lines of its other services too
        on = charge.base if charge.whole_account else base_names(version, place, charge.base)
        charge_percent(work, charge, (on, charge.excluding))
    else:
        charge_minimum(work, charge, (base_names(version, place, charge.base), []))


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
