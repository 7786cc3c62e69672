"""Whatever a series looks like, the rules end well and tell the same again; faults drawn at random are found."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from homes import TZ, changed, channel, daily, home, made, without

from meterbook.analysis.estimation import estimate
from meterbook.analysis.vee import Rule, validate
from meterbook.model.channel import DAY_S, MONTH_S, FlowDirection
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

DAY = 96
HOME = home()
DAILY = daily(HOME)


@st.composite
def series(draw: st.DrawFn) -> IntervalSeries:
    step = draw(st.sampled_from([300, 900, 1800, 3600, DAY_S, MONTH_S]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.sampled_from([0, 1, 2, 3, 24, 96, 500, 3000]))
    kept = np.flatnonzero(random.random(count) < draw(st.sampled_from([0.3, 0.98, 1.0])))
    start = 1_757_000_000 // 3600 * 3600 + kept * step + draw(st.sampled_from([0, 0, 1, 420]))
    if len(start) and draw(st.booleans()):
        start = np.unique(start + random.integers(0, 2, len(start)) * draw(st.sampled_from([0, 60, step // 2])))
    value = random.integers(draw(st.sampled_from([0, 0, -9])), draw(st.sampled_from([1, 2, 100, 10**9])), len(start))
    flow = draw(st.sampled_from(list(FlowDirection)))
    quality = random.choice(draw(st.sampled_from([[0], [0, 1, 2, 3, 9]])), len(start)).astype(np.int8)
    scale = draw(st.integers(0, 5))
    return replace(made(start, value, channel(step, flow=flow), scale), quality=quality)


@given(st.lists(series(), min_size=1, max_size=3))
@settings(max_examples=60)
def test_the_rules_end_well_on_any_series_and_tell_the_same_again(some: list[IntervalSeries]) -> None:
    found = validate(some, TZ)
    assert found == validate(some, TZ)
    for one in found:
        assert one.finding.name in {rule.finding for rule in Rule}
        assert one.finding.start is not None
        assert one.finding.end is not None
        assert one.finding.start < one.finding.end
        assert one.channel in [item.channel for item in some]


@given(series(), series())
@settings(max_examples=60)
def test_estimates_fill_only_what_is_missing(item: IntervalSeries, total: IntervalSeries) -> None:
    if item.channel.interval_s >= DAY_S:
        return
    estimated = estimate(item, TZ, totals=[total]).series
    real = item.start[item.quality != Quality.MISSING]
    assert not np.isin(estimated.start, real).any()
    assert (np.diff(estimated.start) > 0).all()
    assert len(real) or not len(estimated)


@given(st.integers(20 * DAY, 95 * DAY), st.integers(5, 60))
@settings(max_examples=20)
def test_a_spike_drawn_anywhere_is_found_there_and_nowhere_else(at: int, times: int) -> None:
    value = HOME.value.copy()
    value[at] = 900 * times
    (found,) = validate([changed(HOME, value)], TZ)
    assert (found.finding.name, found.finding.start) == ("vee.spike", int(HOME.start[at]))


@given(st.integers(20 * DAY, 90 * DAY), st.integers(24, 400))
@settings(max_examples=20)
def test_a_gap_drawn_anywhere_is_found_and_filled_to_the_last_digit(at: int, readings: int) -> None:
    holed = without(HOME, at, at + readings)
    (found,) = validate([holed, DAILY], TZ)
    assert (found.finding.name, found.finding.data["intervals"]) == ("vee.missing", readings)
    made_up = estimate(holed, TZ, totals=[DAILY]).series
    assert int(made_up.value.sum()) == int(HOME.value[at : at + readings].sum())


@given(st.integers(20 * DAY, 90 * DAY), st.integers(24, 400), st.integers(20, 2000))
@settings(max_examples=20)
def test_a_stuck_value_drawn_anywhere_is_found_there(at: int, readings: int, stuck: int) -> None:
    value = HOME.value.copy()
    value[at : at + readings] = stuck
    found = [one.finding for one in validate([changed(HOME, value)], TZ) if one.finding.name == "vee.stuck"]
    assert [(one.start, one.end) for one in found] == [
        (
            int(HOME.start[at - int(value[at - 1] == stuck)]),
            int(HOME.start[at + readings - 1 + int(value[at + readings] == stuck)]) + 900,
        )
    ]
