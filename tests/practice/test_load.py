"""What meters measure: any window alone is the same as that part of the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.model.channel import FlowDirection
from meterbook.practice import dice
from meterbook.practice.load import Kind, Load, generated, used
from meterbook.practice.registers import Readings, points
from meterbook.practice.settings import Settings, Step
from meterbook.practice.world import STORIES, Story, World

COOP = Settings(today=date(2026, 11, 25), members=40)


def readings(coop: Settings, story: Story, start: int, end: int, register: int = 0) -> Readings:
    point = next(points(coop, World(coop).member(STORIES.index(story))))
    return point.readings(point.registers("ELECTRIC")[register], start, end)


def test_the_mixing_gives_the_published_numbers_of_splitmix64() -> None:
    # The first three outputs for seed 0, from the authors' reference implementation.
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    drawn = dice.units(0, np.array([1, 2, 3], np.int64))
    assert drawn.tolist() == [(value >> 11) * 2.0**-53 for value in expected]


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=15)
@given(start=st.integers(1_900_000, 2_000_000), low=st.integers(0, 150), length=st.integers(1, 60))
def test_a_window_alone_equals_that_part_of_the_whole(kind: Kind, start: int, low: int, length: int) -> None:
    load = Load(key=77, kind=kind, size=1.1, solar_w=5000)
    whole = np.arange(start, start + 220, dtype=np.int64)
    part = whole[low : low + length]
    for measure in (lambda quarter: used(load, 3, COOP.tz, quarter), lambda quarter: generated(load, 3, quarter)):
        np.testing.assert_array_equal(measure(part), measure(whole)[low : low + length])


def test_a_year_of_a_household_looks_like_one() -> None:
    found = readings(COOP, Story.HOUSEHOLD, COOP.data_end - 365 * 86_400, COOP.data_end)
    assert len(found.value) == 365 * 96
    assert 6_000_000 < int(found.value.sum()) < 20_000_000  # Wh
    assert int(found.value.min()) > 0
    assert 1_500 < int(found.value.max()) < 8_000
    assert len(np.unique(found.value)) > 500


def test_summer_nights_are_warmer_than_winter_days_mostly_and_heat_shows_in_use() -> None:
    january = readings(COOP, Story.HOUSEHOLD, 1768000000, 1768000000 + 14 * 86_400).value.sum()
    october = readings(COOP, Story.HOUSEHOLD, 1760000000, 1760000000 + 14 * 86_400).value.sum()
    assert january > october


def test_coarser_steps_are_sums_of_finer_ones() -> None:
    start, end = COOP.data_end - 5 * 86_400, COOP.data_end
    quarter = readings(COOP, Story.HOUSEHOLD, start, end).value
    for step, count in ((Step.THIRTY, 2), (Step.SIXTY, 4)):
        coarse = readings(replace(COOP, step=step), Story.HOUSEHOLD, start, end).value
        np.testing.assert_array_equal(coarse, quarter.reshape(-1, count).sum(axis=1))
    fine = readings(replace(COOP, step=Step.FIVE), Story.HOUSEHOLD, start, end).value
    np.testing.assert_array_equal(fine.reshape(-1, 3).sum(axis=1), quarter)


@given(offset=st.integers(0, 86_400 // 300), length=st.integers(1, 300))
@settings(max_examples=30)
def test_five_minute_windows_may_begin_inside_a_quarter_hour(offset: int, length: int) -> None:
    coop = replace(COOP, step=Step.FIVE)
    start = COOP.data_end - 3 * 86_400
    whole = readings(coop, Story.HOUSEHOLD, start, start + 3 * 86_400)
    part = readings(coop, Story.HOUSEHOLD, start + offset * 300, start + (offset + length) * 300)
    np.testing.assert_array_equal(part.value, whole.value[offset : offset + length])
    np.testing.assert_array_equal(part.start, whole.start[offset : offset + length])


def test_net_is_delivered_less_received_and_the_sun_sends_some_back() -> None:
    start, end = COOP.data_end - 40 * 86_400, COOP.data_end
    delivered, received, net = (readings(COOP, Story.SOLAR, start, end, place) for place in range(3))
    assert [r.register.flow for r in (delivered, received, net)] == list(FlowDirection)
    np.testing.assert_array_equal(net.value, delivered.value - received.value)
    assert int(received.value.min()) >= 0
    assert int(received.value.sum()) > 0
    local_hour = (received.start - 5 * 3600) % 86_400 // 3600
    assert int(received.value[(local_hour < 5) | (local_hour > 20)].sum()) == 0


def test_an_exchanged_meter_shares_the_interval_of_the_exchange() -> None:
    point = next(points(COOP, World(COOP).member(STORIES.index(Story.EXCHANGE))))
    old, new = point.registers("ELECTRIC")
    change = old.device.removed
    assert change == new.device.installed
    assert change % 900 == 14 * 60
    before, after = (point.readings(each, change - 86_400, change + 86_400) for each in (old, new))
    assert int(before.start[-1]) == int(after.start[0]) == change - 14 * 60
    whole = used(old.device.load, COOP.seed, COOP.tz, np.array([change // 900], np.int64))
    assert int(before.value[-1] + after.value[0]) == int(whole[0])
    assert int(before.value[-1]) == int(whole[0]) * 14 // 15


def test_the_cottage_has_months_of_zeros_and_months_of_use() -> None:
    winter = readings(COOP, Story.COTTAGE, 1767250800, 1767250800 + 60 * 86_400)  # January and February 2026
    summer = readings(COOP, Story.COTTAGE, 1782878400, 1782878400 + 30 * 86_400)  # July 2026
    assert int(winter.value.sum()) == 0
    assert int(summer.value.sum()) > 0
