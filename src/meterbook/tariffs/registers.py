"""Bills on register: a meter's intervals brought to what its registers tell, so that everything else is as ever.

A register counts on where intervals are lost, and a bill's reads may be estimated. What it tells beyond the intervals
is put where they are missing, or shared out in proportion to them, as the schedule says. Demand is measured on the
intervals as they are.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.tariff import Energy, Version
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.calendars import resolve
from meterbook.tariffs.inputs import Bool, Span, Usage
from meterbook.tariffs.moving import spread
from meterbook.tariffs.plan import Plan


def on_register(plan: Plan, usage: Usage) -> Usage:
    """The energy that is billed: intervals, brought to the registers in the periods that are billed by them.

    Args:
        plan: the schedule and the periods.
        usage: readings on the plan's grid.

    Returns:
        Readings of the same grid, perhaps of a finer unit; marks of missing ones stay.

    Raises:
        InputError: the schedule wants a register of each time-of-use period where there is one for all.
    """
    held = [number for number, span in enumerate(plan.spans) if _is_billed_by(plan, usage, number, span)]
    if not held:
        return usage
    told = [kwh for number in held for kwh in _told(plan.spans[number])]
    scale = max(usage.scale, *(-int(kwh.as_tuple().exponent) for kwh in told))
    factor = 10 ** (scale - usage.scale)
    delivered = usage.delivered * factor
    received = None if usage.received is None else usage.received * factor
    for number in held:
        span, version = plan.spans[number], plan.parts[number][-1].version
        low, high = plan.axis.place(span.start), plan.axis.place(span.end)
        gone = np.zeros(high - low, np.bool_) if usage.missing is None else usage.missing[low:high]
        for mine, kwh in _parts(plan, version, span, low, high):
            _bring(delivered[low:high], mine, gone, int(kwh.scaleb(scale)), version)
        if span.register_received_kwh is not None:
            received = np.zeros(len(delivered), np.int64) if received is None else received
            every = np.ones(high - low, np.bool_)
            _bring(received[low:high], every, gone, int(span.register_received_kwh.scaleb(scale)), version)
    reactive = None if usage.reactive is None else usage.reactive * factor
    return replace(usage, scale=scale, delivered=delivered, received=received, reactive=reactive)


def _is_billed_by(plan: Plan, usage: Usage, number: int, span: Span) -> bool:
    if not span.has_register:
        return False
    version = plan.parts[number][-1].version
    if version.usage == "register":
        return True
    low, high = plan.axis.place(span.start), plan.axis.place(span.end)
    return version.missing == "register" and usage.missing is not None and bool(usage.missing[low:high].any())


def _told(span: Span) -> list[Decimal]:
    both = (span.register_kwh, span.register_received_kwh, *(kwh for _, kwh in span.register_periods))
    return [kwh for kwh in both if kwh is not None]


def _parts(plan: Plan, version: Version, span: Span, low: int, high: int) -> list[tuple[Bool, Decimal]]:
    """Intervals that a register counts, and what it tells: one for all, or one of each time-of-use period."""
    if not span.register_periods:
        assert span.register_kwh is not None
        if version.register_split == "refuse" and _by_the_clock(version):
            raise InputError(
                f"{plan.tariff.utility}/{plan.tariff.code} has prices by the clock, and one register for all hours",
                expected="a register of each time-of-use period",
                hint="Or price without it: intervals with --missing estimate.",
            )
        return [(np.ones(high - low, np.bool_), span.register_kwh)]
    found = []
    for name, kwh in span.register_periods:
        group, member = resolve(name, plan.tariff.periods)
        number = list(plan.tariff.periods[group]).index(member)
        found.append((plan.calendar.periods(group)[low:high] == number, kwh))
    return found


def _by_the_clock(version: Version) -> bool:
    return any(rate.period for charge in version.charges if isinstance(charge, Energy) for rate in charge.rates)


def _bring(values: Int64, mine: Bool, gone: Bool, wanted: int, version: Version) -> None:
    """Change the values of some intervals, in place, so that they add up to what is wanted."""
    lacks = wanted - int(values[mine].sum())
    if not lacks:
        return
    empty = mine & gone
    if version.register_split != "proportion" and lacks > 0 and bool(empty.any()):
        values += _evenly(lacks, empty)
        return
    some = values[mine]
    total = int(some.sum())
    if total > 0 and wanted >= 0 and int(some.min()) >= 0:
        # Shares of a running total, in whole numbers of any size, so that nothing is lost by rounding.
        running = np.cumsum(some).astype(object) * wanted // total
        values[mine] = np.diff(running, prepend=0).astype(np.int64)
    else:
        values += _evenly(lacks, mine)


def _evenly(amount: int, where: Bool) -> Int64:
    return spread(np.array([amount], np.int64), np.zeros(len(where), np.int64), where)
