"""Where a load is changed: the local clock of its intervals, and what the schedule makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import Demand, plain
from meterbook.tariffs.axis import Axis, Int64
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.peak_hours import energy_prices, peak_hours
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.work import applies

WH_SCALE = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DemandGroup:
    """Intervals of which the highest is charged, once each billing period.

    Attributes:
        price: dollars a kW.
        where: n marks.
    """

    price: Decimal
    where: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """The intervals of a load and what a schedule makes of them.

    Attributes:
        axis: n intervals and their local clock.
        dear: n marks of on-peak intervals.
        prices: n prices of energy, dollars a kWh, to put hours in order.
        demands: what of it is charged by its highest.
        spans: first and last-but-one place of each billing period.
    """

    axis: Axis
    dear: NDArray[np.bool_]
    prices: NDArray[np.float64]
    demands: tuple[DemandGroup, ...]
    spans: tuple[tuple[int, int], ...]


Shift = Callable[[Usage, Setting], Usage]
"""A load changed; pure."""


def setting_of(plan: Plan, account: Account | None = None) -> Setting:
    """What a schedule makes of the intervals that it is laid over."""
    account = account or Account()
    found: list[DemandGroup] = []
    for number in {part.number for parts in plan.parts for part in parts}:
        for place, charge in enumerate(plan.tariff.versions[number].charges):
            if not isinstance(charge, Demand) or charge.coincident or charge.daily or not applies(charge, account):
                continue
            index = plan.index(number, place)
            for at, rate in enumerate(charge.rates):
                price = plain(rate.rate if rate.rate is not None else rate.blocks[0].rate)
                if price:
                    found.append(DemandGroup(price=price, where=index == at))
    return Setting(
        axis=plan.axis,
        dear=peak_hours(plan, account),
        prices=energy_prices(plan, account),
        demands=tuple(sorted(found, key=lambda one: -one.price)),
        spans=tuple((plan.axis.place(span.start), plan.axis.place(span.end)) for span in plan.spans),
    )


def composed(shifts: Sequence[Shift]) -> Shift:
    """Shifts one after the other, in the order given."""

    def all_of_them(usage: Usage, setting: Setting) -> Usage:
        for shift in shifts:
            usage = shift(usage, setting)
        return usage

    return all_of_them


def in_wh(usage: Usage) -> Usage:
    """The same load in whole watt-hours, or finer where it is."""
    if usage.scale >= WH_SCALE:
        return usage
    factor = np.int64(10 ** (WH_SCALE - usage.scale))
    return replace(
        usage,
        scale=WH_SCALE,
        delivered=usage.delivered * factor,
        received=None if usage.received is None else usage.received * factor,
        reactive=None if usage.reactive is None else usage.reactive * factor,
    )


def units(kwh: Decimal, usage: Usage) -> int:
    """An amount of energy in the units of a load, rounded down."""
    return int(kwh.scaleb(usage.scale))


def with_net(usage: Usage, net: Int64) -> Usage:
    """A load that draws what is above nothing and sends back what is below, interval by interval."""
    back = np.maximum(-net, 0)
    return replace(
        usage, delivered=np.maximum(net, 0), received=back if usage.received is not None or back.any() else None
    )


def net_of(usage: Usage) -> Int64:
    """Energy drawn less energy sent back."""
    return usage.delivered if usage.received is None else usage.delivered - usage.received


def in_window(axis: Axis, start: int, end: int) -> NDArray[np.bool_]:
    """Marks of intervals that begin within clock hours; an end before the start is of the next day.

    Args:
        axis: the intervals.
        start, end: minutes of the day.
    """
    after, before = axis.minute >= start, axis.minute < end
    found: NDArray[np.bool_] = after & before if start < end else after | before
    return found


def night_of(axis: Axis, start: int, end: int) -> Int64:
    """For each interval the number of the window that it would be in, from 0; what runs over midnight is one."""
    return axis.day + 1 if start < end else axis.day + (axis.minute >= start)
