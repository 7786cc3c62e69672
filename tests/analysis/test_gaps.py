"""Expected intervals and gaps: golden values by hand, and days of 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from meterbook.analysis.gaps import Gap, coverage, expected_grid, find_gaps, with_missing
from meterbook.model.calendar import day_bounds, month_bounds, zone
from meterbook.model.channel import DAY_S, MONTH_S, Channel
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

NEW_YORK = zone("America/New_York")


def series(starts: list[int], interval_s: int = 900) -> IntervalSeries:
    count = len(starts)
    return IntervalSeries(
        channel=Channel(utility="ccec", account="1", service_location="2", meter="3", interval_s=interval_s),
        start=np.array(starts, np.int64),
        value=np.arange(1, count + 1, dtype=np.int64),
        quality=np.zeros(count, np.int8),
        scale=3,
    )


def midnight(*day: int) -> int:
    return int(datetime(*day, tzinfo=NEW_YORK).timestamp())  # type: ignore[arg-type,misc]


def test_a_spring_day_expects_92_quarter_hours_and_an_autumn_day_100() -> None:
    for day, quarters in ((date(2026, 3, 8), 92), (date(2026, 11, 1), 100), (date(2026, 6, 1), 96)):
        start, end = day_bounds(day, NEW_YORK)
        assert len(expected_grid(series([]), start, end, NEW_YORK)) == quarters


def test_the_grid_keeps_the_phase_of_the_readings() -> None:
    start = midnight(2026, 6, 1)
    grid = expected_grid(series([start + 900 + 3600 * 5], 3600), start, start + 7200, NEW_YORK)
    assert grid.tolist() == [start + 900, start + 4500]


def test_gaps_at_both_ends_and_between_are_found_with_their_lengths() -> None:
    start, end = day_bounds(date(2026, 11, 1), NEW_YORK)
    have = [start + 900 * index for index in range(100) if index not in (0, 1, 50, 97, 98, 99)]
    assert find_gaps(series(have), start, end, NEW_YORK) == (
        Gap(start=start, end=start + 1800, intervals=2),
        Gap(start=start + 45_000, end=start + 45_900, intervals=1),
        Gap(start=end - 2700, end=end, intervals=3),
    )
    assert find_gaps(series(have), start, end, NEW_YORK)[0].length_s == 1800


def test_a_whole_day_has_no_gap_and_an_empty_series_is_one() -> None:
    start, end = day_bounds(date(2026, 3, 8), NEW_YORK)
    assert find_gaps(series(list(range(start, end, 900))), start, end, NEW_YORK) == ()
    assert find_gaps(series([]), start, end, NEW_YORK) == (Gap(start=start, end=end, intervals=92),)
    assert find_gaps(series([]), end, start, NEW_YORK) == ()


def test_daily_readings_are_asked_of_the_calendar() -> None:
    days = [midnight(2026, 10, 31), midnight(2026, 11, 2), midnight(2026, 11, 3)]
    span = midnight(2026, 10, 30), midnight(2026, 11, 4)
    assert find_gaps(series(days, DAY_S), *span, NEW_YORK) == (
        Gap(start=midnight(2026, 10, 30), end=midnight(2026, 10, 31), intervals=1),
        Gap(start=midnight(2026, 11, 1), end=midnight(2026, 11, 2), intervals=1),
    )
    at_five = [day + 5 * 3600 for day in days]
    assert len(find_gaps(series(at_five, DAY_S), *span, NEW_YORK)) == 2


def test_monthly_readings_on_wandering_days_leave_a_gap_only_where_one_is_missing() -> None:
    reads = [midnight(2026, 1, 10), midnight(2026, 2, 9), midnight(2026, 4, 11), midnight(2026, 5, 11)]
    found = find_gaps(series(reads, MONTH_S), midnight(2026, 1, 10), midnight(2026, 6, 1), NEW_YORK)
    assert [(gap.start, gap.intervals) for gap in found] == [(midnight(2026, 3, 9), 1)]


def test_months_before_the_first_and_after_the_last_reading_are_expected() -> None:
    reads = [midnight(2026, 3, 1), midnight(2026, 4, 1)]
    grid = expected_grid(series(reads, MONTH_S), midnight(2026, 1, 1), midnight(2026, 7, 1), NEW_YORK)
    assert grid.tolist() == [midnight(2026, month, 1) for month in range(1, 7)]
    empty = expected_grid(series([], MONTH_S), midnight(2026, 1, 1), midnight(2026, 4, 1), NEW_YORK)
    assert empty.tolist() == [midnight(2026, month, 1) for month in range(1, 4)]


def test_missing_rows_are_filled_in_for_showing() -> None:
    start = midnight(2026, 6, 1)
    filled = with_missing(series([start + 900]), start, start + 2700, NEW_YORK)
    assert filled.start.tolist() == [start, start + 900, start + 1800]
    assert filled.value.tolist() == [0, 1, 0]
    assert filled.quality.tolist() == [Quality.MISSING, Quality.ACTUAL, Quality.MISSING]
    assert find_gaps(filled, start, start + 2700, NEW_YORK) == find_gaps(
        series([start + 900]), start, start + 2700, NEW_YORK
    )


def test_a_reading_off_the_grid_counts_for_the_interval_it_begins_in() -> None:
    start = midnight(2026, 6, 1)
    assert find_gaps(series([start, start + 960, start + 1800]), start, start + 2700, NEW_YORK) == ()


def test_coverage_counts_what_is_there() -> None:
    start, end = month_bounds(2026, 11, NEW_YORK)
    found = coverage(series([start + 900, start + 1800]), start, end, NEW_YORK)
    assert (found.expected, found.present, found.missing) == (30 * 96 + 4, 2, 30 * 96 + 2)
    assert (found.first, found.last) == (start + 900, start + 2700)
    assert coverage(series([]), start, end, NEW_YORK).first is None


@given(
    st.sets(st.integers(0, 99)),
    st.sampled_from(["America/New_York", "America/Anchorage", "America/Phoenix", "Australia/Lord_Howe"]),
    st.sampled_from([date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 7, 1)]),
)
def test_readings_and_gaps_together_are_the_whole_span_once(missing: set[int], name: str, day: date) -> None:
    tz = ZoneInfo(name)
    start, end = day_bounds(day, tz)
    have = [at for index, at in enumerate(range(start, end, 900)) if index not in missing]
    covered = sum(gap.length_s for gap in find_gaps(series(have), start, end, tz)) + 900 * len(have)
    assert covered == end - start
    filled = with_missing(series(have), start, end, tz)
    assert filled.start.tolist() == list(range(start, end, 900))


def test_the_utc_day_is_no_bound() -> None:
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert expected_grid(series([]), start + 1, start + 1801, zone("UTC")).tolist() == [start + 900, start + 1800]
