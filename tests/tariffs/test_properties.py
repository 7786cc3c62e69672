"""What holds of bills whatever the schedule: of schedules, loads and reads drawn at random, before amounts are rounded.

Amounts have eight places, in which watt-hours times prices are exact; where a line is a share of something, the eighth
place may be other by one a line.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tariffs.drawn import HOLIDAYS, Drawn, cases, loads, period_at, season_at

from meterbook.model.calendar import day_start
from meterbook.model.tariff import AnyCharge, Demand, Energy, Holidays, Minimum, Rider, Tariff
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.holidays import observed
from meterbook.tariffs.inputs import Span

LINE = Decimal("0.00000002")
HELD = observed(msgspec.convert(HOLIDAYS["some"], Holidays), date(2025, 1, 1), date(2026, 1, 31))
IN_FULL = settings.default is not None and settings.default.max_examples > 100
enough = settings(
    max_examples=2000 if IN_FULL else 40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
"""Each example prices months of readings, so that a quick run draws fewer of them."""


def amount(bills: list[PricedStatement], tariff: Tariff, kind: type) -> Decimal:
    """Sum of the lines of some charges."""
    names = {one.name for version in tariff.versions for one in version.charges if isinstance(one, kind)}
    lines = (line for bill in bills for line in bill.lines)
    return sum((line.amount for line in lines if line.name.split(",")[0] in names), start=Decimal(0))


def close(one: Decimal, other: Decimal, lines: int) -> bool:
    """Whether two sums are the same but for the last place of so many lines."""
    return abs(one - other) <= LINE * max(lines, 1)


def count(bills: list[PricedStatement]) -> int:
    return sum(len(bill.lines) for bill in bills)


@enough
@given(cases(kind="flat"), st.data())
def test_splitting_a_period_leaves_energy_charges_unchanged(case: Drawn, data: st.DataObject) -> None:
    zone = ZoneInfo(case.tariff.zone)
    span = data.draw(st.sampled_from(case.spans))
    first, last = (datetime.fromtimestamp(at, zone).date().toordinal() for at in (span.start, span.end))
    cuts = data.draw(st.lists(st.integers(first + 1, last - 1), min_size=1, max_size=3, unique=True).map(sorted))
    hour = data.draw(st.sampled_from([0, 0, 7])) * 3600
    instants = [span.start, *(day_start(date.fromordinal(day), zone) + hour for day in cuts), span.end]
    parts = [Span(start=one, end=other) for one, other in pairwise(instants)]
    at = case.spans.index(span)
    split = replace(case, spans=(*case.spans[:at], *parts, *case.spans[at + 1 :]))
    # A read by day at a change of prices leaves the day's morning to the version of the part's first day.
    assume(not hour or len(case.tariff.versions) == 1)
    assert amount(split.bills(), case.tariff, Energy) == amount(case.bills(), case.tariff, Energy)


@enough
@given(cases(kind="rising"), st.data())
def test_more_delivered_energy_never_costs_less(case: Drawn, data: st.DataObject) -> None:
    values = case.usage.delivered
    more = data.draw(loads(len(values), most=data.draw(st.sampled_from([1, 40, 4000, 40_000]))))
    if data.draw(st.booleans()):  # at one time only
        more[: data.draw(st.integers(0, len(values) - 1))] = 0
    tariff = case.tariff
    for _ in range(2):  # then with a minimum between the two, which the lower of the first bills lacks
        less, higher = case.bills(tariff=tariff), case.bills(values + more, tariff=tariff)
        for one, other in zip(less, higher, strict=True):
            assert other.total >= one.total - LINE * len(one.lines)
        tariff = with_minimum(case.tariff, (less[0].total + higher[0].total) / 2)


def with_minimum(tariff: Tariff, dollars: Decimal) -> Tariff:
    """The schedule with a minimum in the place of its own."""
    minimum = msgspec.convert({"charge": "minimum", "name": "Minimum", "amount": dollars}, AnyCharge, strict=False)
    versions = [
        msgspec.structs.replace(
            version, charges=[*(one for one in version.charges if not isinstance(one, Minimum)), minimum]
        )
        for version in tariff.versions
    ]
    return msgspec.structs.replace(tariff, versions=versions)


@enough
@given(cases(kind="rich"))
def test_no_use_pays_the_fixed_part(case: Drawn) -> None:
    nothing = np.zeros(len(case.usage.delivered), np.int64)
    tariff = kept(case.tariff, lambda one: not (isinstance(one, Demand) and one.minimum is not None))
    bare = kept(tariff, lambda one: not (isinstance(one, Energy | Demand) or _by_use(one)))
    bills = case.bills(nothing, tariff=tariff)
    assert [bill.total for bill in bills] == [bill.total for bill in case.bills(nothing, tariff=bare)]
    assert amount(bills, tariff, Energy) == amount(bills, tariff, Demand) == 0


def kept(tariff: Tariff, wanted: object) -> Tariff:
    """The schedule with the charges that are wanted; hours of use need a demand charge, and go without it."""
    versions = []
    for version in tariff.versions:
        charges: list[AnyCharge] = [one for one in version.charges if wanted(one)]  # type: ignore[operator]
        if not any(isinstance(one, Demand) for one in charges):
            charges = [_without_kw(one) for one in charges]
        # A version without charges would be refused as one whose charges nobody told.
        nothing = msgspec.convert({"charge": "fixed", "name": "Nothing", "amount": 0}, AnyCharge)
        versions.append(msgspec.structs.replace(version, charges=[nothing, *charges]))
    return msgspec.structs.replace(tariff, versions=versions)


def _without_kw(charge: AnyCharge) -> AnyCharge:
    return msgspec.structs.replace(charge, block_unit="kWh") if isinstance(charge, Energy) else charge


def _by_use(charge: AnyCharge) -> bool:
    return isinstance(charge, Rider) and charge.unit in ("kWh", "kW")


@enough
@given(cases(kind="rich"), st.data())
def test_days_of_a_type_in_another_order_change_only_demand_and_tiers_in_the_order_of_time(
    case: Drawn, data: st.DataObject
) -> None:
    zone, step = ZoneInfo(case.tariff.zone), case.usage.step_s
    values = case.usage.delivered.copy()
    for span in case.spans:
        groups: dict[object, list[int]] = {}
        for ordinal in range(*(datetime.fromtimestamp(at, zone).date().toordinal() for at in (span.start, span.end))):
            day = date.fromordinal(ordinal)
            low, high = (day_start(date.fromordinal(one), zone) for one in (ordinal, ordinal + 1))
            if low >= span.start and high <= span.end and high - low == 86_400 and low % step == span.start % step:
                groups.setdefault(day_type(case.tariff, day, zone, step), []).append(low)
        for days in groups.values():
            order = data.draw(st.permutations(days))
            for to, of in zip(days, order, strict=True):
                place, other = ((at - case.usage.first) // step for at in (to, of))
                length = 86_400 // step
                values[place : place + length] = case.usage.delivered[other : other + length]
    changes = order_matters(case.tariff)
    before, after = case.bills(), case.bills(values)
    for one, other in zip(before, after, strict=True):
        names = [line.name for line in one.lines]
        for line in one.lines:
            if line.name.split(",")[0] in changes:
                continue
            found = sum((two.amount for two in other.lines if two.name == line.name), start=Decimal(0))
            same = sum((two.amount for two in one.lines if two.name == line.name), start=Decimal(0))
            assert close(found, same, len(names)), line.name


def day_type(tariff: Tariff, day: date, zone: ZoneInfo, step: int) -> object:
    """What prices of a day can go by: its season, version, month, and the period of each interval."""
    version = sum(one.start <= day for one in tariff.versions)
    low = day_start(day, zone)
    periods = tuple(
        period_at(tariff, datetime.fromtimestamp(low + at, zone), HELD)[0] for at in range(0, 86_400, max(step, 1800))
    )
    return (season_at(tariff, day), version, day.month, periods)


def order_matters(tariff: Tariff) -> set[str]:
    """Names of charges that the order of days may change: rolling demand, tiers in the order of time or by demand."""
    found: set[str] = set()
    for version in tariff.versions:
        for charge in version.charges:
            if isinstance(charge, Demand) and charge.rolling:
                found.add(charge.name)
            if isinstance(charge, Energy) and (charge.pooling == "time" or (found and "/kW" in charge.block_unit)):
                found.add(charge.name)
            if found and charge.name.startswith(("Rider", "State", "City", "Minimum")):
                found.add(charge.name)  # they are on lines above
    return found


@enough
@given(cases(kind="linear"), st.data())
def test_two_loads_together_pay_what_each_pays_less_one_fixed_part(case: Drawn, data: st.DataObject) -> None:
    one = case.usage.delivered
    other: Int64 = data.draw(loads(len(one)))
    # No tax is taken of a sum below nothing, which is not linear.
    assume(all(line.amount >= 0 for bill in case.bills(one * 0) for line in bill.lines))
    together = case.total(one + other)
    apart = case.total(one) + case.total(other) - case.total(one * 0)
    assert close(together, apart, 4 * count(case.bills()))
