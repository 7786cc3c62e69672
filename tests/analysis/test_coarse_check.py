"""Intervals against the daily reading: what became of the repeated hour."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from meterbook.analysis.coarse_check import check_days, difference
from meterbook.model.calendar import day_bounds, day_start, zone
from meterbook.model.channel import DAY_S, Channel
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

TZ = zone("America/New_York")
NIGHT = date(2026, 11, 1)
START, END = day_bounds(NIGHT, TZ)


def channel(interval_s: int) -> Channel:
    return Channel(utility="ccec", account="1", service_location="2", meter="3", interval_s=interval_s)


def daily(value: int, day: date = NIGHT) -> IntervalSeries:
    return IntervalSeries(
        channel=channel(DAY_S),
        start=np.array([day_start(day, TZ)]),
        value=np.array([value]),
        quality=np.zeros(1, np.int8),
        scale=3,
    )


def night(*, hour_value: int, step: int = 900, drop: tuple[int, ...] = ()) -> IntervalSeries:
    """An autumn day without its second 01:00 hour; the first is ambiguous and holds ``hour_value`` an interval."""
    lost = range(START + 7200, START + 10_800, step)
    start = np.array([at for at in range(START, END, step) if at not in lost and at not in drop])
    first = (start >= START + 3600) & (start < START + 7200)
    return IntervalSeries(
        channel=channel(step),
        start=start,
        value=np.where(first, hour_value, 250),
        quality=np.where(first, Quality.AMBIGUOUS, Quality.ACTUAL).astype(np.int8),
        scale=3,
    )


def names(found: tuple[Finding, ...]) -> list[str]:
    return [finding.name for finding in found]


@pytest.mark.parametrize("step", [900, 3600])
def test_a_day_that_adds_up_holds_both_hours_in_one(step: int) -> None:
    per_hour = 3600 // step
    total = 23 * per_hour * 250 + per_hour * 500
    (finding,) = check_days(night(hour_value=500, step=step), daily(total), TZ)
    assert finding.name == "time.autumn-merged"
    assert (finding.start, finding.end) == (START + 3600, START + 10_800)
    assert difference(finding) == 0


@pytest.mark.parametrize("step", [900, 3600])
def test_a_day_that_lacks_energy_lost_its_second_hour(step: int) -> None:
    per_hour = 3600 // step
    (finding,) = check_days(night(hour_value=250, step=step), daily(25 * per_hour * 250), TZ)
    assert finding.name == "time.autumn-hour-lost"
    assert difference(finding) == Decimal(per_hour * 250).scaleb(-3)


def test_an_hour_of_next_to_nothing_is_left_undecided() -> None:
    for value in (0, 1):
        quiet = night(hour_value=value)
        assert check_days(quiet, daily(int(quiet.value.sum())), TZ) == ()
    assert names(check_days(night(hour_value=0), daily(23_500), TZ)) == ["time.autumn-hour-lost"]


def test_rounding_of_the_intervals_is_no_finding() -> None:
    start = np.arange(START, END, 900)
    whole = IntervalSeries(
        channel=channel(900), start=start, value=np.full(100, 250), quality=np.zeros(100, np.int8), scale=3
    )
    assert check_days(whole, daily(25_008), TZ) == ()
    assert names(check_days(whole, daily(25_400), TZ)) == ["vee.day-sum"]
    assert difference(check_days(whole, daily(24_600), TZ)[0]) == Decimal("-0.400")


def test_a_day_with_a_gap_of_its_own_is_passed_over() -> None:
    assert check_days(night(hour_value=250, drop=(START + 50_400,)), daily(25_000), TZ) == ()
    assert check_days(night(hour_value=250), daily(25_000, date(2026, 6, 1)), TZ) == ()


def test_a_daily_reading_less_than_its_intervals_is_a_plain_mismatch() -> None:
    assert names(check_days(night(hour_value=500), daily(20_000), TZ)) == ["vee.day-sum"]


def test_scales_may_differ() -> None:
    fine = night(hour_value=500).rescaled(5)
    assert names(check_days(fine, daily(25_000), TZ)) == ["time.autumn-merged"]
