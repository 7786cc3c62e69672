"""Wall time to instants: what the clock shows once, twice and never."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model import wall_clock
from meterbook.model.calendar import day_bounds, zone

NEW_YORK = zone("America/New_York")
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Anchorage",
    "Etc/GMT-1",
    "Australia/Lord_Howe",  # changes by half an hour
    "Europe/Dublin",  # its winter time is the one called daylight saving
]


def wall_by_datetime(instants: list[int], tz: ZoneInfo) -> list[int]:
    """Wall times computed one by one with the standard library, as the independent reference."""
    return [int(datetime.fromtimestamp(i, tz).replace(tzinfo=UTC).timestamp()) for i in instants]


@given(
    name=st.sampled_from(ZONES),
    first=st.integers(1_451_606_400, 1_893_456_000),
    count=st.integers(1, 400),
    step=st.sampled_from([300, 900, 1800, 3600]),
)
def test_encoding_agrees_with_the_standard_library_and_decoding_undoes_it(
    name: str, first: int, count: int, step: int
) -> None:
    tz = zone(name)
    first -= first % step
    instants = np.arange(first, first + count * step, step, dtype=np.int64)
    wall = wall_clock.encode(instants, tz)
    assert wall.tolist() == wall_by_datetime(instants.tolist(), tz)
    decoded = wall_clock.decode(wall, tz)
    unsure = decoded.ambiguous
    assert (decoded.instant == instants)[~unsure].all()
    assert not decoded.phantom.any()
    assert not decoded.surplus.any()


@pytest.mark.parametrize(
    ("day", "intervals"), [(date(2026, 3, 8), 92), (date(2026, 11, 1), 100), (date(2026, 6, 1), 96)]
)
def test_a_local_day_has_as_many_intervals_as_the_clock_lets_pass(day: date, intervals: int) -> None:
    start, end = day_bounds(day, NEW_YORK)
    instants = np.arange(start, end, 900, dtype=np.int64)
    assert len(instants) == intervals
    decoded = wall_clock.decode(wall_clock.encode(instants, NEW_YORK), NEW_YORK)
    assert (decoded.instant == instants).all()
    assert not decoded.ambiguous.any()


def wall(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def decoded_texts(*texts: str) -> tuple[list[str], list[bool], list[bool], list[bool]]:
    decoded = wall_clock.decode(np.array([wall(t) for t in texts], np.int64), NEW_YORK)
    shown = [datetime.fromtimestamp(i, UTC).strftime("%dT%H:%MZ") for i in decoded.instant.tolist()]
    return shown, decoded.ambiguous.tolist(), decoded.phantom.tolist(), decoded.surplus.tolist()


def test_the_repeated_hour_interleaved_by_a_sort_is_placed_twice() -> None:
    shown, unsure, _, _ = decoded_texts("2026-11-01T01:00", "2026-11-01T01:00", "2026-11-01T01:30", "2026-11-01T01:30")
    assert shown == ["01T05:00Z", "01T06:00Z", "01T05:30Z", "01T06:30Z"]
    assert not any(unsure)


def test_a_step_back_places_every_point_even_where_its_twin_is_missing() -> None:
    shown, unsure, _, _ = decoded_texts("2026-11-01T01:30", "2026-11-01T01:00", "2026-11-01T01:15", "2026-11-01T01:30")
    assert shown == ["01T05:30Z", "01T06:00Z", "01T06:15Z", "01T06:30Z"]
    assert not any(unsure)


def test_a_step_back_without_any_time_twice_may_be_mere_disorder_and_is_marked() -> None:
    shown, unsure, _, _ = decoded_texts("2026-11-01T01:30", "2026-11-01T01:00", "2026-11-01T01:15")
    assert shown == ["01T05:30Z", "01T06:00Z", "01T06:15Z"]
    assert all(unsure)


def test_a_repeated_hour_sent_once_is_put_in_daylight_time_and_marked() -> None:
    shown, unsure, _, _ = decoded_texts("2026-11-01T00:45", "2026-11-01T01:00", "2026-11-01T01:15", "2026-11-01T02:00")
    assert shown == ["01T04:45Z", "01T05:00Z", "01T05:15Z", "01T07:00Z"]
    assert unsure == [False, True, True, False]


def test_a_wall_time_a_third_time_is_surplus() -> None:
    _, _, _, surplus = decoded_texts("2026-11-01T01:00", "2026-11-01T01:00", "2026-11-01T01:00")
    assert surplus == [False, False, True]


def test_a_time_that_never_was_is_the_instant_an_hour_later_on_the_wall() -> None:
    shown, _, phantom, _ = decoded_texts("2026-03-08T01:45", "2026-03-08T02:15", "2026-03-08T03:15")
    assert shown == ["08T06:45Z", "08T07:15Z", "08T07:15Z"]
    assert phantom == [False, True, False]


def test_a_series_sent_newest_first_is_read_the_same() -> None:
    start, end = day_bounds(date(2026, 11, 1), NEW_YORK)
    instants = np.arange(start, end, 900, dtype=np.int64)[::-1]
    assert (wall_clock.decode(wall_clock.encode(instants, NEW_YORK), NEW_YORK).instant == instants).all()


def test_transitions_are_those_of_the_rule_book() -> None:
    year = (int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()))
    found = wall_clock.transitions(NEW_YORK, *year)
    assert [(datetime.fromtimestamp(c.at, UTC).isoformat(), timedelta(seconds=c.after)) for c in found] == [
        ("2026-03-08T07:00:00+00:00", timedelta(hours=-4)),
        ("2026-11-01T06:00:00+00:00", timedelta(hours=-5)),
    ]
