"""Estimates: short gaps by a line, longer ones by like days, and totals kept to the last digit."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "vee"))

from homes import TZ, changed, channel, daily, home, made, net, without

from meterbook.analysis.estimation import Method, estimate
from meterbook.analysis.estimation_shape import shared_out
from meterbook.model.calendar import day_bounds
from meterbook.model.channel import DAY_S, Quantity
from meterbook.model.errors import AnalysisError
from meterbook.model.quality import Quality

DAY = 96


def test_a_short_gap_is_a_straight_line() -> None:
    value = home().value.copy()
    value[4999], value[5004] = 100, 200
    made_up = estimate(without(changed(home(), value), 5000, 5004), TZ)
    assert made_up.series.value.tolist() == [120, 140, 160, 180]
    assert set(made_up.series.quality.tolist()) == {Quality.ESTIMATED}
    assert [(one.method, one.intervals, one.total) for one in made_up.filled] == [(Method.LINE, 4, 600)]


def test_a_longer_gap_is_the_average_of_the_nearest_four_days_alike() -> None:
    series = home()
    at = range(30 * DAY + 30, 30 * DAY + 60)
    made_up = estimate(without(series, at.start, at.stop), TZ)
    week = 7 * DAY
    for position, value in zip(at, made_up.series.value.tolist(), strict=True):
        like = [series.value[position + weeks * week] for weeks in (-1, 1, -2, 2)]
        assert abs(value - sum(like) / 4) <= 1  # rounded so that the sum of the gap is the rounded sum
    assert made_up.filled[0].method is Method.LIKE_DAYS


def test_like_days_are_at_the_same_time_on_the_wall_across_a_change_of_the_clock() -> None:
    series = home()
    hour = (series.start - 4 * 3600) % DAY_S // 3600  # as if summer time held throughout
    winter = series.start >= day_bounds(date(2025, 11, 2), TZ)[0] + 7200
    local = np.where(winter, (hour - 1) % 24, hour)
    series = changed(series, local * 10 + 10)
    low = int(np.searchsorted(series.start, day_bounds(date(2025, 11, 4), TZ)[0]))
    made_up = estimate(without(series, low, low + DAY), TZ)
    assert made_up.series.value.tolist() == series.value[low : low + DAY].tolist()


@pytest.mark.parametrize("readings", [2, 30, 300, 3000])
def test_estimates_and_readings_add_up_to_the_daily_reading_exactly(readings: int) -> None:
    told = daily(home())
    series = without(home(), 4800, 4800 + readings)
    made_up = estimate(series, TZ, totals=[told])
    assert len(made_up.series) == readings
    assert {one.method for one in made_up.filled} == {Method.TOTAL}
    start = np.concatenate((series.start, made_up.series.start))
    value = np.concatenate((series.value, made_up.series.value))
    order = np.argsort(start)
    again = daily(made(start[order], value[order], series.channel))
    assert again.value.tolist() == told.value.tolist()
    assert int(made_up.series.value.min()) >= 0


def test_net_readings_are_moved_and_not_stretched() -> None:
    series = net(changed(home(), home().value - 200))
    told = net(daily(changed(home(), home().value - 200)))
    made_up = estimate(without(series, 4800, 4900), TZ, totals=[replace(told, channel=replace(told.channel))])
    first = 4800 // DAY * DAY
    sums = [int(series.value[4800 : first + DAY].sum()), int(series.value[first + DAY : 4900].sum())]
    assert [one.total for one in made_up.filled] in (sums, [sum(sums)])
    assert int(made_up.series.value.min()) < 0


def test_a_total_that_leaves_nothing_or_less_is_not_believed() -> None:
    series = without(home(), 4810, 4840)
    of_the_rest, less = daily(series), daily(series)
    less = changed(less, less.value - 500)
    for totals, word in ((of_the_rest, "nothing left"), (less, "less than")):
        made_up = estimate(series, TZ, totals=[totals])
        assert len(made_up.series) == 0
        assert word in made_up.left[0].reason
    assert len(estimate(series, TZ).series) == 30


def test_a_month_without_a_total_is_left() -> None:
    made_up = estimate(without(home(), 2000, 2000 + 32 * DAY), TZ)
    assert [one.reason for one in made_up.left] == ["longer than 31 days"]
    assert len(made_up.series) == 0


def test_only_gaps_of_the_time_asked_for_are_filled() -> None:
    series = without(without(home(), 6000, 6010), 3000, 3010)
    made_up = estimate(series, TZ, start=int(home().start[5000]))
    assert made_up.series.start.tolist() == home().start[6000:6010].tolist()
    assert len(estimate(series, TZ, end=int(home().start[2000])).series) == 0


def test_estimates_are_no_source_of_estimates() -> None:
    series = home()
    at = slice(50 * DAY, 51 * DAY)
    quality = np.full(len(series), Quality.ESTIMATED, np.int8)
    quality[4 * DAY : 5 * DAY] = Quality.ACTUAL
    made_up = estimate(without(replace(series, quality=quality), at.start, at.stop), TZ)
    assert [one.reason for one in made_up.left] == ["no day like it has readings"]


def test_days_cost_and_channels_without_readings_are_not_estimated() -> None:
    for wrong in (daily(home()), replace(home(), channel=channel(quantity=Quantity.COST))):
        with pytest.raises(AnalysisError):
            estimate(wrong, TZ)
    assert len(estimate(without(home(), 0, len(home())), TZ).series) == 0


@given(
    st.lists(st.one_of(st.floats(0, 1e6), st.just(float("nan"))), min_size=1, max_size=60),
    st.integers(0, 10**12),
    st.booleans(),
)
def test_a_total_is_shared_out_to_the_last_digit(shape: list[float], total: int, additive: bool) -> None:
    parts = shared_out(np.array(shape), total, additive=additive)
    assert int(parts.sum()) == total
    assert len(parts) == len(shape)
    if not additive:
        assert int(parts.min()) >= 0
