"""What a kWh more costs by hour and weekday, and when the demand that is charged was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import Demand, Rounding
from meterbook.tariffs.axis import weekdays
from meterbook.tariffs.cells import label
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.moving import spread
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.pricing import price
from meterbook.tariffs.work import applies

HOURS = 24
_FINE = Rounding(places=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest demand of a charge in a month.

    Attributes:
        start: instant, UTC epoch seconds.
        kw: average over the window.
        charge: what it is charged as.
    """

    start: int
    kw: Decimal
    charge: str


def marginal_costs(plan: Plan, usage: Usage, account: Account | None = None) -> list[list[Decimal | None]]:
    """What a kWh more costs in each hour of the week: 7 weekdays, Monday first, of 24 hours of the local clock.

    One kWh is added in that hour of every week of the periods, evenly over the hour, and all bills are made again
    without rounding; the price is what they rise by, for each kWh. So an hour in which demand is set costs what the
    demand costs too. None for an hour that the periods do not have.
    """
    fine = _unrounded(plan)
    base = _total(fine, usage, account)
    inside = np.zeros(plan.axis.count, np.bool_)
    for span in plan.spans:
        inside[plan.axis.place(span.start) : plan.axis.place(span.end)] = True
    weekday = weekdays(plan.axis.days)[plan.axis.day]
    hour = plan.axis.minute // 60
    return [
        [_hour(fine, usage, account, inside & (weekday == day) & (hour == at), base) for at in range(HOURS)]
        for day in range(7)
    ]


def _hour(plan: Plan, usage: Usage, account: Account | None, where: NDArray[np.bool_], base: Decimal) -> Decimal | None:
    days = np.unique(plan.axis.day[where])
    if not len(days):
        return None
    unit = 10**usage.scale
    amounts = np.zeros(len(plan.axis.days), np.int64)
    amounts[days] = unit
    more = replace(usage, delivered=usage.delivered + spread(amounts, plan.axis.day, where))
    return (_total(plan, more, account) - base) / len(days)


def peaks(plan: Plan, usage: Usage, account: Account | None = None) -> list[Peak]:
    """The measured peaks of all demand charges by month, the highest first."""
    account = account or Account()
    found = []
    for number in sorted({part.number for parts in plan.parts for part in parts}):
        for place, charge in enumerate(plan.tariff.versions[number].charges):
            if not isinstance(charge, Demand) or charge.coincident or not applies(charge, account):
                continue
            measured = plan.windows(number, place).peaks(usage.delivered, None)
            for group, (height, at) in measured.items():
                span, rate = divmod(group, len(charge.rates))
                if plan.parts[span][-1].number == number:
                    found.append(
                        Peak(
                            start=plan.axis.first + at * plan.axis.step_s,
                            kw=Decimal(height).scaleb(-usage.scale),
                            charge=label(charge, charge.rates[rate]),
                        )
                    )
    return sorted(found, key=lambda one: (-one.kw, one.start))


def _total(plan: Plan, usage: Usage, account: Account | None) -> Decimal:
    return sum((bill.total for bill in price(plan, usage, account)), start=Decimal(0))


def _unrounded(plan: Plan) -> Plan:
    replaced = msgspec.structs.replace
    versions = [
        replaced(
            version,
            rounding=_FINE,
            charges=[replaced(charge, rounding=None) for charge in version.charges],
        )
        for version in plan.tariff.versions
    ]
    parts = tuple(tuple(replace(part, version=versions[part.number]) for part in some) for some in plan.parts)
    return replace(plan, tariff=replaced(plan.tariff, versions=versions), parts=parts, forms={})
