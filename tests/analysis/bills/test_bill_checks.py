"""Bill checks over the practice co-op's bills: clean histories raise no alarm, seeded faults are found and named.

Bills are taken twice, with the instants of their reads as portals tell them and with the days alone as paper does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from random import Random

import numpy as np
import pytest
from bill_faults import FAULTS, wrong_demand
from full_counts import Count
from practice_history import TODAY, Account, Floats, Int64, accounts, by_dates, history, is_plain, with_use

from meterbook.analysis.bills.checks import NAMES, BillRun, Checked, Standing, check_bills
from meterbook.model.bill_kinds import ReadType
from meterbook.model.quality import Quality
from meterbook.practice.settings import Settings
from meterbook.practice.world import World

SETTLED = (Standing.AGREES, Standing.ASSUMED)
BY_DAYS_UNSURE = {"wrong usage"}
"""Kinds that a read time can explain where only the day is known, if they are small: then a note says so."""


@cache
def stories() -> tuple[Account, ...]:
    """The members with a story: export, meter exchange, time of use, demand, water, dials, estimates, a business …"""
    return tuple(accounts(16, months=30))


@cache
def plain() -> tuple[BillRun, ...]:
    return tuple(one.run for one in accounts(24) if is_plain(one.run) and len(one.run.bills) > 24)


def alarms(checked: Checked) -> list[str]:
    return [f"{one.name}: {one.finding.message}" for one in checked.findings if one.alarm]


# -- clean histories ---------------------------------------------------------------------------------------------------


def test_the_stories_cover_what_is_hard() -> None:
    runs = [one.run for one in stories()]
    rows = [row for run in runs for bill in run.bills for row in bill.meters]
    assert any(row.read_type is ReadType.ESTIMATED for row in rows)
    assert any(bill.cancelled for run in runs for bill in run.bills)
    assert {row.register for row in rows} >= {"Delivered", "Received", "On Peak", "Demand"}
    assert any(row.previous and row.present and row.present < row.previous for row in rows if row.unit == "kWh")
    exchanged = [{row.meter for row in bill.meters if row.unit == "kWh"} for run in runs for bill in run.bills]
    assert any(len(meters) > 1 for meters in exchanged)


@pytest.mark.parametrize("days_only", [False, True], ids=["instants", "days"])
def test_clean_histories_raise_no_alarm_and_agree_to_a_watt_hour(days_only: bool) -> None:
    agreed = 0
    for one in stories():
        checked = check_bills(by_dates(one.run) if days_only else one.run)
        assert alarms(checked) == [], one.contract.number
        for held in checked.agreements:
            assert held.standing in (*SETTLED, Standing.NO_INTERVALS, Standing.ESTIMATED), held
            if held.standing is Standing.AGREES:
                assert held.least == held.most
                assert abs(held.difference or Decimal(0)) <= Decimal("0.001")
            agreed += held.standing in SETTLED
    assert agreed > 700


def test_all_members_bills_agree(count: Count) -> None:
    for trial in count("clean bill histories", quick=1, full=8):
        seed = Random(trial).randint(2, 10_000)
        for one in accounts(5, months=20, seed=seed):
            assert alarms(check_bills(one.run)) == [], (seed, one.contract.number)


def test_every_period_that_was_read_at_both_ends_meets_its_intervals(count: Count) -> None:
    """50 members × 36 months: to 0.001 kWh wherever the meter lost nothing, and else told as incomplete."""
    settings = Settings(today=TODAY, members=50, seed=1)
    met: Counter[str] = Counter()
    for trial in count("members whose bills meet their meters", quick=2, full=50):
        member = World(settings).member(trial.number)
        for contract in member.contracts:
            for held in check_bills(history(settings, member, contract)).agreements:
                read = all(row.read_type is not ReadType.ESTIMATED for bill in held.bills for row in bill.meters)
                if held.standing is Standing.NO_INTERVALS or not read:
                    continue
                met[held.standing.value] += len(held.bills)
                if held.missing or held.guessed:
                    assert held.standing is Standing.CANT_TELL, held
                    continue
                assert held.standing in SETTLED, held
                assert abs(held.difference or Decimal(0)) <= Decimal("0.001"), held
    print(dict(met))


def _during(first: date, last: date, factor: float, run: BillRun) -> BillRun:
    low, high = (int(datetime(day.year, day.month, day.day, tzinfo=run.zone).timestamp()) for day in (first, last))

    def at(start: Int64) -> Floats:
        return np.where((start >= low) & (start < high), factor, 1.0)

    return with_use(run, at)


@pytest.mark.parametrize(
    ("first", "last", "factor"),
    [
        pytest.param(date(2026, 1, 8), date(2026, 1, 25), 3.0, id="cold snap"),
        pytest.param(date(2026, 6, 20), date(2026, 8, 30), 0.04, id="vacation"),
        pytest.param(date(2025, 11, 3), date(2027, 1, 1), 1.9, id="electric car"),
        pytest.param(date(2024, 2, 28), date(2024, 3, 1), 4.0, id="leap day"),
        pytest.param(date(2025, 11, 2), date(2025, 11, 3), 5.0, id="day of 25 hours"),
        pytest.param(date(2026, 3, 8), date(2026, 3, 9), 5.0, id="day of 23 hours"),
    ],
)
def test_real_use_that_is_unusual_is_no_alarm(first: date, last: date, factor: float) -> None:
    for run in plain()[:3]:
        changed = _during(first, last, factor, run)
        for version in (changed, by_dates(changed)):
            checked = check_bills(version)
            assert alarms(checked) == []
            assert {one.standing for one in checked.agreements} <= set(SETTLED)


def test_use_that_the_intervals_confirm_is_noted_as_unusual() -> None:
    changed = _during(date(2026, 1, 1), date(2026, 3, 1), 4.0, plain()[0])
    noted = [one for one in check_bills(changed).findings if one.name == "bill.high"]
    assert noted
    assert not any(one.alarm for one in noted)
    assert "The intervals show the same use." in noted[0].finding.message


def test_missing_intervals_are_told_and_are_no_fault() -> None:
    run = plain()[0]
    series = run.series[0]
    kept = np.ones(len(series), bool)
    place = int(np.searchsorted(series.start, int(datetime(2026, 2, 20, tzinfo=run.zone).timestamp())))
    kept[place : place + 7] = False
    checked = check_bills(replace(run, series=(series.take(kept),)))
    assert alarms(checked) == []
    noted = [one for one in checked.findings if one.name == "bill.cannot-tell"]
    assert len(noted) == 1
    assert "7 intervals are missing" in noted[0].finding.message
    assert sum(one.standing is Standing.CANT_TELL for one in checked.agreements) == 1


def test_fewer_kwh_than_the_intervals_hold_are_a_fault_even_with_some_missing() -> None:
    run, bill = FAULTS["wrong usage"][1](plain()[0], Random(3))
    named = next(one for one in run.bills if one.number == bill)
    assert named.read_end is not None
    series = run.series[0]
    place = int(np.searchsorted(series.start, int(named.read_end.timestamp()))) - 9
    kept = np.ones(len(series), bool)
    kept[place : place + 2] = False
    more = replace(series.take(kept), value=series.take(kept).value * 2)
    found = [one for one in check_bills(replace(run, series=(more,))).findings if one.bill.number == bill]
    assert "bill.usage" in {one.name for one in found}


def test_estimated_intervals_prove_nothing() -> None:
    run, bill = FAULTS["wrong usage"][1](plain()[0], Random(5))
    series = replace(run.series[0], quality=np.full(len(run.series[0]), int(Quality.ESTIMATED), np.int8))
    found = [one for one in check_bills(replace(run, series=(series,))).findings if one.bill.number == bill]
    assert "bill.usage" not in {one.name for one in found}
    assert "bill.cannot-tell" in {one.name for one in found}


def test_without_intervals_bills_are_held_against_each_other_alone() -> None:
    for run in (*plain(), *(one.run for one in stories())):
        checked = check_bills(replace(run, series=(), readings_until=None))
        assert alarms(checked) == []
        assert {one.standing for one in checked.agreements} <= {Standing.NO_INTERVALS, Standing.ESTIMATED}


def test_a_total_alone_as_portals_tell_it_is_held_against_all_registers() -> None:
    bare = [
        replace(one.run, bills=tuple(replace(bill, meters=(), lines=()) for bill in one.run.bills))
        for one in stories()
        if len(one.run.series) > 0 and not any(row.unit != "kWh" for bill in one.run.bills for row in bill.meters)
    ]
    assert any({series.channel.flow.value for series in run.series} == {"delivered", "received"} for run in bare)
    for run in bare:
        if any(bill.cancelled for bill in run.bills) or any(
            row.read_type is ReadType.ESTIMATED
            for one in stories()
            if one.run.account == run.account
            for bill in one.run.bills
            for row in bill.meters
        ):
            continue  # without registers nothing tells that a reading was estimated
        checked = check_bills(run)
        assert alarms(checked) == [], run.account
        assert Standing.AGREES in {one.standing for one in checked.agreements}


def test_few_bills_are_said_to_be_too_few() -> None:
    run = plain()[0]
    assert "too few" in check_bills(replace(run, bills=run.bills[-6:])).notes[0]
    assert check_bills(run).notes == ()


def test_no_bills_give_nothing() -> None:
    checked = check_bills(replace(plain()[0], bills=()))
    assert (checked.findings, checked.agreements, checked.notes) == ((), (), ())


# -- seeded faults -----------------------------------------------------------------------------------------------------


def seeded(kind: str, trial: int) -> tuple[BillRun, str]:
    """A clean history with one fault in it; the account is the next one that has room for it."""
    runs = plain()
    for step in range(len(runs)):
        dice = Random(trial)
        try:
            return FAULTS[kind][1](runs[(trial + step) % len(runs)], dice)
        except IndexError:
            continue
    raise AssertionError(f"no account has room for {kind}")


@pytest.mark.parametrize("kind", FAULTS)
def test_a_seeded_fault_is_found_and_named(kind: str, count: Count) -> None:
    name = FAULTS[kind][0]
    assert name in NAMES
    for trial in count(f"bill fault {kind}", quick=1, full=10):
        run, bill = seeded(kind, trial)
        for version in (run, by_dates(run)):
            found = check_bills(version).findings
            named = [one for one in found if one.name == name and one.bill.number == bill]
            if not named and version is not run and kind in BY_DAYS_UNSURE:
                named = [one for one in found if one.name == "bill.read-time" and one.bill.number == bill]
            assert named, (kind, trial, [one.name for one in found if one.alarm])
            assert named[0].advice
            assert named[0].finding.data["bill"] == bill


def test_a_wrong_demand_is_found(count: Count) -> None:
    runs = [one.run for one in stories() if any(row.unit == "kW" for bill in one.run.bills for row in bill.meters)]
    assert runs
    for trial in count("bill fault wrong demand", quick=2, full=10):
        run, bill = wrong_demand(runs[trial % len(runs)], Random(trial))
        for version in (run, by_dates(run)):
            found = [one for one in check_bills(version).findings if one.bill.number == bill]
            assert "bill.demand" in {one.name for one in found}, trial


def test_faults_do_not_name_other_bills_without_reason(count: Count) -> None:
    """What has nothing to do with neighbours is told of its own bill alone."""
    for kind in ("wrong line", "wrong days", "tax missing", "wrong subtraction", "late bill", "wrong quantity"):
        for trial in count(f"bill fault alone {kind}", quick=1, full=10):
            run, bill = seeded(kind, trial)
            assert {one.bill.number for one in check_bills(run).findings if one.alarm} == {bill}, kind
