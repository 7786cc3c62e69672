"""Totals of groups by interval, where hours begin on the half hour of UTC, or where members are out of step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from meterbook.store.readings.query.calendar import days, hours_of_day, whole
from meterbook.store.readings.query.coincident import coincident_peak
from meterbook.store.readings.query.plan import Groups
from meterbook.store.readings.query.shape import shape_of_groups
from meterbook.store.readings.query.totals import interval_totals
from tests.store.readings.query.query_model import DictionaryEngine, Held


def midnight(day: date, zone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("zone", "day", "interval_s"),
    [
        ("America/St_Johns", date(2025, 7, 1), 3_600),
        ("Asia/Kathmandu", date(2025, 7, 1), 1_800),
        ("Asia/Kathmandu", date(2025, 7, 1), 3_600),
        ("Australia/Lord_Howe", date(2025, 10, 4), 3_600),  # two days later the clock is 30 minutes further ahead
    ],
)
def test_local_hours_that_are_none_of_utc_stay_whole(zone: str, day: date, interval_s: int) -> None:
    # The highest of each day is its first interval, which began in an hour of UTC that the day before shares.
    edges = [midnight(day + timedelta(days=n), zone) for n in range(4)]
    held: Held = {
        1: {start: (9 if start in edges else 1, 0) for start in range(edges[0], edges[-1], interval_s)},
        2: dict.fromkeys(range(edges[0], edges[-1], interval_s), (1, 0)),
    }
    calendar = days(edges[0], edges[-1], zone)
    peaks = coincident_peak(DictionaryEngine(held), calendar, Groups.together(), interval_s)
    found = list(zip(peaks.start.tolist(), peaks.sum.tolist(), peaks.count.tolist(), strict=True))
    in_step = {start for start in edges[:-1] if (start - edges[0]) % interval_s == 0}
    assert [row for row in found if row[0] in in_step] == [(start, 10, 2) for start in sorted(in_step)]
    shapes = shape_of_groups(DictionaryEngine(held), calendar, Groups.together(), interval_s, [100])
    assert shapes.count.sum() == len(held[1])


def test_the_first_local_hour_counts_to_its_own_hour_of_the_day() -> None:
    start = midnight(date(2025, 7, 1), "America/St_Johns")
    held: Held = {1: {start + 3_600 * hour: (hour, 0) for hour in range(24)}}
    calendar = hours_of_day(start, start + 86_400, "America/St_Johns")
    shapes = shape_of_groups(DictionaryEngine(held), calendar, Groups.together(), 3_600, [50])
    assert shapes.quantile[0].tolist() == list(range(24))


def test_members_out_of_step_meet_in_the_intervals_of_the_local_clock() -> None:
    # Two hourly meters, one of which begins its hours a quarter late; local hours begin at :30 of UTC.
    start = midnight(date(2025, 7, 1), "America/St_Johns")
    held: Held = {1: {start: (1, 0), start + 3_600: (2, 0)}, 2: {start + 900: (10, 0), start + 4_500: (20, 0)}}
    calendar = days(start, start + 86_400, "America/St_Johns")
    found = interval_totals(DictionaryEngine(held), calendar, Groups.together(), 3_600)
    assert (found.start.tolist(), found.sum.tolist(), found.count.tolist()) == (
        [start, start + 3_600],
        [11, 22],
        [2, 2],
    )


def test_quarter_hours_asked_for_by_the_hour_are_whole_hours_even_if_some_are_missing() -> None:
    start = int(datetime(2025, 7, 1, tzinfo=UTC).timestamp())
    held: Held = {1: {start + 900 * slot: (1, 0) for slot in range(12) if slot not in {0, 4}}}
    found = interval_totals(DictionaryEngine(held), whole(start, start + 10_800), Groups.together(), 3_600)
    assert (found.start.tolist(), found.sum.tolist()) == ([start, start + 3_600, start + 7_200], [3, 3, 4])


def test_a_group_that_is_out_of_step_does_not_move_another() -> None:
    start = midnight(date(2025, 7, 1), "Asia/Kathmandu")
    held: Held = {1: {start: (1, 0)}, 2: {start: (2, 0)}, 3: {start + 1_800: (3, 0)}, 4: {start + 900: (5, 0)}}
    groups = Groups.of({1: "east", 2: "west", 3: "west", 4: "north"})
    found = interval_totals(DictionaryEngine(held), days(start, start + 86_400, "Asia/Kathmandu"), groups, 3_600)
    told = [
        (groups.labels[one], at - start, total)
        for one, at, total in zip(found.group.tolist(), found.start.tolist(), found.sum.tolist(), strict=True)
    ]
    assert told == [("east", 0, 1), ("north", 900, 5), ("west", 0, 5)]
