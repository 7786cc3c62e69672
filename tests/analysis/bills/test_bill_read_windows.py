"""Read windows of bills: dials, midnights that stand for days, days of service, long intervals, and fields left out."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from full_counts import Count

from meterbook.analysis.bills.checks import Agreement, BillRun, Standing, check_bills
from meterbook.model.calendar import day_start, local_date
from meterbook.model.channel import Channel, FlowDirection
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import MeterUsage, Statement

ZONE = ZoneInfo("America/New_York")
FIRST = date(2025, 1, 3)
DAYS = 400


def series(step: int = 900, seed: int = 1, flow: FlowDirection = FlowDirection.DELIVERED) -> IntervalSeries:
    """A year and more of a house whose use differs from interval to interval, Wh."""
    dice = np.random.default_rng(seed)
    start = np.arange(day_start(FIRST - timedelta(days=5), ZONE), day_start(FIRST, ZONE) + DAYS * 86_400, step)
    value = dice.integers(20 * step // 900, 1_900 * step // 900, len(start))
    channel = Channel(utility="u", account="1", service_location="L", meter="M", flow=flow, interval_s=step)
    return IntervalSeries(
        channel=channel,
        start=start.astype(np.int64),
        value=value.astype(np.int64),
        quality=np.zeros(len(start), np.int8),
        scale=3,
    )


def counted(meter: IntervalSeries, until: int) -> Decimal:
    """What the meter counted up to an instant, kWh: worked out anew, by adding up."""
    return Decimal(int(meter.value[meter.start + meter.channel.interval_s <= until].sum())).scaleb(-3)


def bills(meter: IntervalSeries, instants: list[int], digit: Decimal = Decimal("0.001")) -> list[Statement]:
    """Bills from read to read as a co-op makes them; readings cut to the register's digits."""
    shown = [(1_000 + counted(meter, at)).quantize(digit, ROUND_DOWN) for at in instants]
    found = []
    for place in range(len(instants) - 1):
        start, end = (local_date(at, ZONE) for at in instants[place : place + 2])
        used = shown[place + 1] - shown[place]
        row = MeterUsage(
            meter="M", location="L", read_start=start, read_end=end, previous=shown[place], present=shown[place + 1],
            multiplier=Decimal(1), usage=used, unit="kWh",
        )  # fmt: skip
        found.append(
            Statement(
                account="1",
                bill_date=end + timedelta(days=3),
                number=str(place),
                read_start=datetime.fromtimestamp(instants[place], UTC),
                read_end=datetime.fromtimestamp(instants[place + 1], UTC),
                period_start=start,
                period_end=end,
                days=(end - start).days,
                usage=used,
                usage_unit="kWh",
                services=("electric",),
                meters=(row,),
            )
        )
    return found


def read_at(seed: int, *, step: int = 900) -> list[int]:
    """Read instants a month apart, at some border of intervals between midnight and midnight."""
    dice = Random(seed)
    days = [FIRST + timedelta(days=30 * month + dice.randint(0, 3)) for month in range(13)]
    return [day_start(day, ZONE) + dice.randrange(0, 23 * 3600, step) for day in days]


def held(run: list[Statement], meter: IntervalSeries) -> tuple[Agreement, ...]:
    return check_bills(BillRun(account="1", zone=ZONE, bills=tuple(run), series=(meter,))).agreements


def by_days(run: list[Statement]) -> list[Statement]:
    return [replace(one, read_start=None, read_end=None) for one in run]


@pytest.mark.parametrize("step", [300, 900, 1800, 3600])
def test_known_instants_give_the_exact_sum_and_days_find_the_instants(step: int) -> None:
    meter, instants = series(step), read_at(7, step=step)
    run = bills(meter, instants)
    for one in held(run, meter):
        assert one.standing is Standing.AGREES
        assert one.least == one.most == one.billed
    found = held(by_days(run), meter)
    assert {one.standing for one in found} == {Standing.ASSUMED}
    if step >= 900:
        assert [(one.start, one.end) for one in found if one.times == "only"] == [
            pair for pair, one in zip(pairwise(instants), found, strict=True) if one.times == "only"
        ]


def test_one_kwh_too_many_is_found_where_instants_are_known_and_a_day_of_it_where_not() -> None:
    meter = series()
    run = bills(meter, read_at(3))
    for extra, days_only, standing in (
        ("0.002", False, Standing.DIFFERS),
        ("1", False, Standing.DIFFERS),
        ("300", True, Standing.DIFFERS),
        ("1", True, Standing.ASSUMED),
    ):
        usage = (run[5].usage or Decimal(0)) + Decimal(extra)
        wrong = replace(run[5], usage=usage, meters=(replace(run[5].meters[0], usage=usage),))
        changed = [*run[:5], wrong, *run[6:]]
        found = held(by_days(changed) if days_only else changed, meter)
        assert found[5].standing is standing, (extra, days_only)


@pytest.mark.parametrize("digit", ["0.01", "1"])
def test_a_dial_that_shows_whole_kwh_agrees_within_one(digit: str) -> None:
    meter = series()
    for seed in range(5):
        run = bills(meter, read_at(seed), Decimal(digit))
        assert {one.standing for one in held(run, meter)} == {Standing.AGREES}
        assert {one.standing for one in held(by_days(run), meter)} == {Standing.ASSUMED}


def test_a_read_in_the_middle_of_an_interval_agrees_with_what_lies_around_it() -> None:
    meter = series()
    instants = [at + 417 for at in read_at(4)]
    run = []
    for bill, (start, end) in zip(bills(meter, instants), pairwise(instants), strict=True):
        share = [
            Decimal(int(meter.value[np.searchsorted(meter.start, at, "right") - 1])) * 417 / 900_000
            for at in (start, end)
        ]
        usage = ((bill.usage or Decimal(0)) + share[1] - share[0]).quantize(Decimal("0.001"))
        run.append(replace(bill, usage=usage, meters=(replace(bill.meters[0], usage=usage),)))
    assert {one.standing for one in held(run, meter)} <= {Standing.AGREES, Standing.ASSUMED}
    assert {one.standing for one in held(by_days(run), meter)} == {Standing.ASSUMED}


def test_midnights_that_stand_for_days_are_no_fault() -> None:
    meter = series()
    run = bills(meter, read_at(5))

    def midnight(at: datetime | None) -> datetime:
        assert at is not None
        return datetime.fromtimestamp(day_start(at.astimezone(ZONE).date(), ZONE), UTC)

    told = [replace(one, read_start=midnight(one.read_start), read_end=midnight(one.read_end)) for one in run]
    assert Standing.DIFFERS not in {one.standing for one in held(told, meter)}


def test_real_midnights_give_the_exact_sum() -> None:
    meter = series()
    instants = [day_start(local_date(at, ZONE), ZONE) for at in read_at(6)]
    assert {one.standing for one in held(bills(meter, instants), meter)} == {Standing.AGREES}


def test_days_of_service_start_on_the_day_after_the_read() -> None:
    """As gas companies and some co-ops print: reads on 4 Jan and 2 Feb, period 5 Jan to 2 Feb, 29 days."""
    meter = series()
    run = []
    for one in by_days(bills(meter, read_at(8))):
        assert one.period_start is not None
        start = one.period_start + timedelta(days=1)
        rows = tuple(replace(row, read_start=None, read_end=None) for row in one.meters)
        run.append(replace(one, period_start=start, meters=rows))
    checked = check_bills(BillRun(account="1", zone=ZONE, bills=tuple(run), series=(meter,)))
    assert {one.standing for one in checked.agreements} == {Standing.ASSUMED}
    assert [one.name for one in checked.findings if one.alarm] == []


def test_a_day_too_few_between_days_of_service_is_an_overlap() -> None:
    run = [
        replace(one, period_start=(one.period_start or FIRST) + timedelta(days=1), meters=())
        for one in by_days(bills(series(), read_at(8)))
    ]
    run[4] = replace(run[4], period_start=run[3].period_end, days=(run[4].days or 0) + 1)
    found = check_bills(BillRun(account="1", zone=ZONE, bills=tuple(run))).findings
    assert [(one.name, one.bill.number) for one in found if one.alarm] == [("bill.overlap", "4")]


def test_net_registers_are_held_against_delivered_less_received() -> None:
    net = series(seed=2, flow=FlowDirection.NET)
    net = replace(net, value=net.value - 900)
    run = bills(net, read_at(9))
    assert {one.standing for one in held(run, net)} == {Standing.AGREES}
    assert {one.standing for one in held(by_days(run), net)} == {Standing.ASSUMED}


def test_the_order_of_bills_does_not_matter() -> None:
    meter = series()
    run = bills(meter, read_at(10))
    mixed = run[:]
    Random(1).shuffle(mixed)
    assert held(mixed, meter) == held(run, meter)


def test_any_field_may_be_unknown(count: Count) -> None:
    """Paper tells some fields, portals others: no check needs what a bill does not say, and none makes it up."""
    meter = series()
    whole = bills(meter, read_at(11))
    droppable = [one.name for one in fields(Statement) if one.name not in ("account", "bill_date")]
    empty = Statement(account="1", bill_date=FIRST)
    for trial in count("bills with fields left out", quick=15, full=400):
        dice = Random(trial)
        share = dice.random()
        run = []
        for one in whole:
            gone = {name: getattr(empty, name) for name in droppable if dice.random() < share}
            rows = tuple(
                replace(row, **{name: None for name in ("meter", "location", "read_start", "read_end", "previous",
                                                       "present", "multiplier", "unit") if dice.random() < share})
                for row in one.meters
            )  # fmt: skip
            run.append(replace(one, meters=rows, **gone) if "meters" not in gone else replace(one, **gone))
        checked = check_bills(
            BillRun(account="1", zone=ZONE, bills=tuple(run), series=(meter,), today=date(2026, 3, 1))
        )
        assert "bill.usage" not in {one.name for one in checked.findings}, trial
