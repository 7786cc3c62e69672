"""Local wall time on the wire, and the two nights of a year on which it fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.practice import clock
from meterbook.practice.points import Column, interval_column, night_played, number_texts
from meterbook.practice.registers import Point, points
from meterbook.practice.settings import FallNight, Settings, SpringNight, Step, midnight
from meterbook.practice.world import STORIES, Story, World

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Anchorage")
COOP = Settings(today=date(2026, 11, 25), members=40)
FALL, SPRING = date(2026, 11, 1), date(2026, 3, 8)


def point(coop: Settings) -> Point:
    return next(points(coop, World(coop).member(STORIES.index(Story.HOUSEHOLD))))


def night(day: date, **how: object) -> tuple[Column, Column]:
    """A local day as it was, and as it is sent."""
    coop = replace(COOP, **how)  # type: ignore[arg-type]
    there = point(coop)
    start, end = midnight(day, coop.tz), midnight(day + timedelta(days=1), coop.tz)
    column = interval_column(there, there.registers("ELECTRIC")[0], start, end)
    return column, night_played(column, coop)


def hours(column: Column) -> list[str]:
    return [datetime.fromtimestamp(x, UTC).strftime("%H:%M") for x in column.x.tolist()]


@given(
    name=st.sampled_from(ZONES),
    start=st.integers(1_577_836_800, 1_900_000_000),
    length=st.integers(1, 400 * 86_400),
)
@settings(max_examples=60)
def test_wall_time_is_what_the_zone_says_at_every_instant(name: str, start: int, length: int) -> None:
    tz = ZoneInfo(name)
    instants = np.linspace(start, start + length, 50).astype(np.int64)
    expected = [int(datetime.fromtimestamp(at, tz).replace(tzinfo=UTC).timestamp()) for at in instants.tolist()]
    assert clock.wall(instants, tz).tolist() == expected


def test_an_ordinary_day_starts_at_midnight_of_the_wall_as_if_it_were_utc() -> None:
    column, _ = night(date(2026, 9, 1))
    assert int(column.at[0]) == 1788235200  # 04:00Z, local midnight
    assert int(column.x[0]) == 1788220800  # 00:00Z
    assert len(column.x) == 96


def test_autumn_a_sends_the_hour_twice_one_after_the_other() -> None:
    true, sent = night(FALL)
    assert len(sent.x) == 100
    assert hours(sent)[4:12] == ["01:00", "01:15", "01:30", "01:45"] * 2
    np.testing.assert_array_equal(sent.y, true.y)


def test_autumn_b_sends_one_hour_with_the_energy_of_both() -> None:
    true, sent = night(FALL, fall=FallNight.MERGED)
    assert len(sent.x) == 96
    np.testing.assert_array_equal(sent.y[4:8], true.y[4:8] + true.y[8:12])
    assert int(sent.y.sum()) == int(true.y.sum())


def test_autumn_c_loses_the_second_hour() -> None:
    true, sent = night(FALL, fall=FallNight.SECOND_LOST)
    assert len(sent.x) == 96
    np.testing.assert_array_equal(sent.y, np.delete(true.y, np.s_[8:12]))


def test_autumn_d_interleaves_the_two_hours() -> None:
    true, sent = night(FALL, fall=FallNight.INTERLEAVED)
    assert hours(sent)[4:12] == ["01:00", "01:00", "01:15", "01:15", "01:30", "01:30", "01:45", "01:45"]
    assert sent.y[4:12].tolist() == true.y[[4, 8, 5, 9, 6, 10, 7, 11]].tolist()


def test_spring_a_skips_the_hour() -> None:
    true, sent = night(SPRING)
    assert len(sent.x) == 92
    assert hours(sent)[7:9] == ["01:45", "03:00"]
    np.testing.assert_array_equal(sent.y, true.y)


def test_spring_b_sends_zeros_for_the_hour_that_was_not() -> None:
    true, sent = night(SPRING, spring=SpringNight.PHANTOM_ZERO)
    assert len(sent.x) == 96
    assert hours(sent)[8:12] == ["02:00", "02:15", "02:30", "02:45"]
    assert sent.y[8:12].tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(np.delete(sent.y, np.s_[8:12]), true.y)


def test_spring_c_calls_three_o_clock_two_o_clock() -> None:
    true, sent = night(SPRING, spring=SpringNight.PHANTOM_ENERGY)
    assert len(sent.x) == 92
    assert hours(sent)[7:13] == ["01:45", "02:00", "02:15", "02:30", "02:45", "04:00"]
    np.testing.assert_array_equal(sent.y, true.y)


@pytest.mark.parametrize("fall", list(FallNight))
@pytest.mark.parametrize("spring", list(SpringNight))
def test_a_zone_without_clock_changes_is_sent_as_it_is(fall: FallNight, spring: SpringNight) -> None:
    for day in (FALL, SPRING):
        true, sent = night(day, zone="America/Phoenix", fall=fall, spring=spring)
        np.testing.assert_array_equal(sent.x, true.x)
        np.testing.assert_array_equal(sent.y, true.y)


@pytest.mark.parametrize("fall", list(FallNight))
def test_every_variant_with_an_hourly_meter_says_what_it_should(fall: FallNight) -> None:
    _, sent = night(FALL, fall=fall, step=Step.SIXTY)
    assert len(sent.x) == {"a": 25, "b": 24, "c": 24, "d": 25}[fall.value]


def test_a_window_that_begins_in_the_second_hour_keeps_it_when_nothing_came_before() -> None:
    coop = replace(COOP, fall=FallNight.MERGED)
    there = point(coop)
    second = midnight(FALL, coop.tz) + 2 * 3600
    column = night_played(interval_column(there, there.registers("ELECTRIC")[0], second, second + 3600), coop)
    assert hours(column) == ["01:00", "01:15", "01:30", "01:45"]


@given(
    name=st.sampled_from(ZONES),
    today=st.dates(date(2010, 1, 1), date(2035, 12, 31)),
    back=st.integers(0, 700),
    fall=st.sampled_from(FallNight),
    spring=st.sampled_from(SpringNight),
    step=st.sampled_from([Step.FIFTEEN, Step.THIRTY, Step.SIXTY]),
)
@settings(max_examples=60, deadline=None)
def test_any_days_energy_is_kept_by_every_variant_but_the_one_that_loses_an_hour(
    name: str, today: date, back: int, *, fall: FallNight, spring: SpringNight, step: Step
) -> None:
    coop = replace(COOP, zone=name, today=today, anchor=None, fall=fall, spring=spring, step=step)
    day = today - timedelta(days=back + 1)
    there = point(coop)
    start, end = midnight(day, coop.tz), midnight(day + timedelta(days=1), coop.tz)
    true = interval_column(there, there.registers("ELECTRIC")[0], start, end)
    sent = night_played(true, coop)
    hour = int(step) * 60
    assert len(true.x) == (end - start) // hour
    lost = end - start == 25 * 3600 and fall is FallNight.SECOND_LOST
    assert (int(sent.y.sum()) == int(true.y.sum())) is not lost
    if fall is FallNight.REPEATED and spring is SpringNight.SKIPPED:
        # Read back by the standard library alone: the second time the wall shows a time, it is the later one.
        seen: dict[int, int] = {}
        for x, y in zip(sent.x.tolist(), sent.y.tolist(), strict=True):
            wall = datetime.fromtimestamp(x, UTC).replace(tzinfo=coop.tz)
            at = int(wall.timestamp())
            seen[at if at not in seen else int(wall.replace(fold=1).timestamp())] = y
        assert seen == dict(zip(true.at.tolist(), true.y.tolist(), strict=True))


def test_numbers_are_the_exact_decimals_without_noise() -> None:
    values = np.array([0, 1, 29, 290, 57030, -1250, 123456789], np.int64)
    assert [float(text) * 1000 for text in number_texts(values, 3)] == pytest.approx(values.tolist())
    assert number_texts(values, 3)[:5] == ["0.0", "0.001", "0.029", "0.29", "57.03"]


def test_numbers_past_a_binary_float_stay_exact() -> None:
    assert number_texts(np.array([20658900000000003, -20658900000000003], np.int64), 14) == [
        "206.58900000000003",
        "-206.58900000000003",
    ]


def test_noise_is_in_the_last_digit_only() -> None:
    values = np.arange(1, 500, dtype=np.int64)
    noisy = number_texts(values, 3, noise=5)
    assert any(len(text) > 10 for text in noisy)
    assert [round(float(text), 3) for text in noisy] == [value / 1000 for value in values.tolist()]
