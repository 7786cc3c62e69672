"""Calendar tables against the clock on the wall, in zones that change it in odd ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.errors import UsageError
from meterbook.store.readings.query import calendar
from meterbook.store.readings.query.calendar import OUTSIDE, Calendar, Window

NEW_YORK, LORD_HOWE, KATHMANDU = "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"
ZONES = (
    NEW_YORK,
    LORD_HOWE,
    KATHMANDU,
    "UTC",
    "Europe/Berlin",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
)
ON_PEAK = Window(name="on-peak", start_minute=360, end_minute=600, weekdays=frozenset(range(5)))

zones = st.sampled_from(ZONES)
instants = st.integers(1_262_304_000, 1_893_456_000)


def at(zone: str, *parts: int) -> int:
    return int(datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp())  # type: ignore[misc,arg-type]


def label_of(made: Calendar, instant: int) -> str | None:
    number = int(made.of(np.array([instant]))[0])
    return None if number == OUTSIDE else made.labels[number]


def local(zone: str, instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone))


def test_local_days_have_23_24_and_25_hours() -> None:
    spring = calendar.days(at(NEW_YORK, 2025, 3, 8), at(NEW_YORK, 2025, 3, 11), NEW_YORK)
    assert spring.labels == ("2025-03-08", "2025-03-09", "2025-03-10")
    assert (np.diff(spring.edges) // 3_600).tolist() == [24, 23, 24]
    autumn = calendar.days(at(NEW_YORK, 2025, 11, 1), at(NEW_YORK, 2025, 11, 4), NEW_YORK)
    assert (np.diff(autumn.edges) // 3_600).tolist() == [24, 25, 24]


def test_a_repeated_hour_is_two_hours_and_a_skipped_one_none() -> None:
    autumn = calendar.hours(at(NEW_YORK, 2025, 11, 2), at(NEW_YORK, 2025, 11, 2, 3), NEW_YORK)
    assert autumn.labels == (
        "2025-11-02T00:00-04:00",
        "2025-11-02T01:00-04:00",
        "2025-11-02T01:00-05:00",
        "2025-11-02T02:00-05:00",
    )
    spring = calendar.hours(at(NEW_YORK, 2025, 3, 9), at(NEW_YORK, 2025, 3, 9, 4), NEW_YORK)
    assert [label[11:] for label in spring.labels] == ["00:00-05:00", "01:00-05:00", "03:00-04:00"]


def test_where_the_clock_goes_back_by_half_an_hour_half_an_hour_repeats() -> None:
    made = calendar.hours(at(LORD_HOWE, 2025, 4, 6), at(LORD_HOWE, 2025, 4, 6, 3), LORD_HOWE)
    assert (np.diff(made.edges) // 60).tolist() == [60, 60, 30, 60]


def test_hours_of_the_day_in_kathmandu_begin_at_the_quarter() -> None:
    made = calendar.hours_of_day(at(KATHMANDU, 2025, 1, 1), at(KATHMANDU, 2025, 1, 2), KATHMANDU)
    assert set((made.edges % 3_600).tolist()) == {15 * 60}
    assert label_of(made, at(KATHMANDU, 2025, 1, 1, 7, 59)) == "07"


def test_a_month_in_which_the_clock_changes_is_one_period() -> None:
    made = calendar.months(at(NEW_YORK, 2025, 3, 1), at(NEW_YORK, 2025, 5, 1), NEW_YORK)
    assert made.labels == ("2025-03", "2025-04")
    assert made.edges.tolist() == [at(NEW_YORK, 2025, month, 1) for month in (3, 4, 5)]
    assert (made.edges[1] - made.edges[0]) // 900 == 31 * 96 - 4


def test_on_peak_hours_of_a_march_are_counted_by_the_local_clock() -> None:
    made = calendar.time_of_use(at(NEW_YORK, 2025, 3, 1), at(NEW_YORK, 2025, 4, 1), NEW_YORK, [ON_PEAK])
    hours = np.diff(made.edges)[made.period == made.labels.index("on-peak")].sum() / 3_600
    assert hours == 21 * 4  # 21 weekdays, four hours each, though the clock changed on the 9th
    assert label_of(made, at(NEW_YORK, 2025, 3, 7, 6)) == "on-peak"
    assert label_of(made, at(NEW_YORK, 2025, 3, 10, 6)) == "on-peak"
    assert label_of(made, at(NEW_YORK, 2025, 3, 10, 10)) == "off-peak"
    assert label_of(made, at(NEW_YORK, 2025, 3, 9, 6)) == "off-peak"  # a Sunday


def test_a_holiday_is_off_peak_and_may_have_windows_of_its_own() -> None:
    day = date(2025, 7, 4)
    span = (at(NEW_YORK, 2025, 7, 3), at(NEW_YORK, 2025, 7, 6))
    made = calendar.time_of_use(*span, NEW_YORK, [ON_PEAK], holidays=frozenset({day}))
    assert label_of(made, at(NEW_YORK, 2025, 7, 3, 7)) == "on-peak"
    assert label_of(made, at(NEW_YORK, 2025, 7, 4, 7)) == "off-peak"
    festive = Window(name="festive", start_minute=0, end_minute=1_440, holidays=True, months=frozenset({12}))
    both = calendar.time_of_use(*span, NEW_YORK, [ON_PEAK, festive], holidays=frozenset({day}))
    assert label_of(both, at(NEW_YORK, 2025, 7, 4, 7)) == "off-peak"
    always = Window(name="festive", start_minute=0, end_minute=1_440, holidays=True)
    made = calendar.time_of_use(*span, NEW_YORK, [ON_PEAK, always], holidays=frozenset({day}))
    assert label_of(made, at(NEW_YORK, 2025, 7, 4, 7)) == "festive"


def test_of_overlapping_windows_the_first_counts() -> None:
    critical = Window(name="critical", start_minute=420, end_minute=480)
    made = calendar.time_of_use(at(NEW_YORK, 2025, 7, 1), at(NEW_YORK, 2025, 7, 2), NEW_YORK, [critical, ON_PEAK])
    assert [label_of(made, at(NEW_YORK, 2025, 7, 1, hour)) for hour in (6, 7, 8)] == ["on-peak", "critical", "on-peak"]


def test_billing_periods_may_leave_time_between_them_and_must_not_overlap() -> None:
    made = calendar.periods([(300, 400, "b"), (100, 200, "a"), (400, 500, "c")])
    assert [label_of(made, instant) for instant in (99, 100, 199, 200, 300, 399, 400, 500)] == [
        None, "a", "a", None, "b", "b", "c", None,
    ]  # fmt: skip
    with pytest.raises(UsageError):
        calendar.periods([(100, 201, "a"), (200, 300, "b")])
    with pytest.raises(UsageError):
        calendar.periods([])


def test_two_calendars_cross_to_the_time_in_which_both_stand_still() -> None:
    span = (at(NEW_YORK, 2025, 3, 1), at(NEW_YORK, 2025, 5, 1))
    made = calendar.months(*span, NEW_YORK).cross(calendar.time_of_use(*span, NEW_YORK, [ON_PEAK]))
    assert made.labels == ("2025-03 on-peak", "2025-03 off-peak", "2025-04 on-peak", "2025-04 off-peak")
    assert label_of(made, at(NEW_YORK, 2025, 4, 1, 6)) == "2025-04 on-peak"
    with pytest.raises(UsageError):
        calendar.whole(0, 10).cross(calendar.whole(10, 20))


def test_an_empty_range_is_refused() -> None:
    for make in (calendar.days, calendar.hours, calendar.months, calendar.hours_of_day):
        with pytest.raises(UsageError):
            make(100, 100, "UTC")


@given(zones, instants, st.integers(1, 40 * 86_400), st.data())
def test_every_instant_lies_in_the_local_hour_day_and_month_that_the_clock_shows(
    zone: str, start: int, length: int, data: st.DataObject
) -> None:
    end = start + length
    instant = data.draw(st.integers(start, end - 1))
    shown = local(zone, instant)
    assert label_of(calendar.days(start, end, zone), instant) == shown.strftime("%Y-%m-%d")
    assert label_of(calendar.months(start, end, zone), instant) == shown.strftime("%Y-%m")
    assert label_of(calendar.years(start, end, zone), instant) == shown.strftime("%Y")
    assert label_of(calendar.hours_of_day(start, end, zone), instant) == shown.strftime("%H")
    assert label_of(calendar.days_of_week(start, end, zone), instant) == shown.strftime("%A")
    hour = label_of(calendar.hours(start, end, zone), instant)
    assert hour == shown.strftime("%Y-%m-%dT%H:00") + shown.isoformat()[-6:]


@given(zones, instants, st.integers(1, 40 * 86_400), st.data())
def test_time_of_use_follows_the_clock_on_the_wall(zone: str, start: int, length: int, data: st.DataObject) -> None:
    end = start + length
    instant = data.draw(st.integers(start, end - 1))
    shown = local(zone, instant)
    made = calendar.time_of_use(start, end, zone, [ON_PEAK], holidays=frozenset({(shown - timedelta(days=7)).date()}))
    peak = shown.weekday() < 5 and 360 <= shown.hour * 60 + shown.minute < 600
    assert label_of(made, instant) == ("on-peak" if peak else "off-peak")


@given(zones, instants, st.integers(1, 400 * 86_400))
def test_periods_cover_the_range_and_nothing_else(zone: str, start: int, length: int) -> None:
    for made in (calendar.days(start, start + length, zone), calendar.months(start, start + length, zone)):
        assert made.span == (start, start + length)
        # Apia skipped a day; in St John's the clock once went back from 00:01 to the day before, which then came twice.
        assert zone in ("Pacific/Apia", "America/St_Johns") or (made.period == np.arange(len(made))).all()
        assert made.of(np.array([start - 1, start + length])).tolist() == [OUTSIDE, OUTSIDE]
        first = [made.period.tolist().index(number) for number in range(len(made))]
        assert [low for low, _ in made.bounds()] == made.edges[first].tolist()
        assert zone == "America/St_Johns" or first == list(range(len(made.period)))
