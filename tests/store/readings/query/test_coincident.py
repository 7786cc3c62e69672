"""Coincident peaks: by hand, and as a plain dictionary has them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.model.errors import UsageError
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.query.calendar import days, hours, months
from meterbook.store.readings.query.coincident import Peaks, coincident_peak
from meterbook.store.readings.query.plan import Groups, Plan
from tests.store.readings.query.query_model import DictionaryEngine, Held, table

NEW_YORK = "America/New_York"
MARCH = int(datetime(2025, 3, 1, 5, tzinfo=UTC).timestamp())  # local midnight
QUARTERS = [MARCH + 900 * slot for slot in range(4 * 24 * 2)]


def told(peaks: Peaks) -> list[tuple[int, ...]]:
    columns = (peaks.group, peaks.period, peaks.start, peaks.sum, peaks.count)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_the_peak_is_that_of_the_total_not_of_any_member() -> None:
    # Each alone is highest at another time; together they are at noon.
    held: Held = {
        1: {MARCH: (900, 3), MARCH + 43_200: (600, 3)},
        2: {MARCH + 3_600: (800, 3), MARCH + 43_200: (700, 3)},
    }
    peaks = coincident_peak(DictionaryEngine(held), days(MARCH, MARCH + 86_400, NEW_YORK), Groups.together(), 900)
    assert told(peaks) == [(0, 0, MARCH + 43_200, 1_300, 2)]
    assert peaks.scale == 3


def test_of_equal_totals_the_first_counts() -> None:
    held: Held = {1: {MARCH + 900: (5, 0), MARCH + 1_800: (5, 0), MARCH + 2_700: (4, 0)}}
    peaks = coincident_peak(DictionaryEngine(held), days(MARCH, MARCH + 86_400, NEW_YORK), Groups.together(), 900)
    assert told(peaks) == [(0, 0, MARCH + 900, 5, 1)]


def test_each_member_s_part_in_the_peak_is_one_more_plan() -> None:
    held: Held = {
        1: {MARCH: (9, 0), MARCH + 900: (6, 0)},
        2: {MARCH: (1, 0), MARCH + 900: (7, 0)},
        3: {MARCH: (1, 0)},
    }
    engine = DictionaryEngine(held)
    calendar = months(MARCH, MARCH + 86_400, NEW_YORK)
    peaks = coincident_peak(engine, calendar, Groups.of({1: "east", 2: "east", 3: "west"}), 900)
    assert told(peaks) == [(0, 0, MARCH + 900, 13, 2), (1, 0, MARCH, 1, 1)]
    parts = engine.aggregate(Plan(calendar=peaks.calendar(0), channels=np.array([1, 2], np.int32)))
    assert parts.sum.tolist() == [6, 7]
    assert peaks.calendar(0).labels == ("2025-03",)
    assert peaks.to_arrow().to_pylist()[0] == {
        "group": "east",
        "period": "2025-03",
        "start": datetime(2025, 3, 1, 5, 15, tzinfo=UTC),
        "sum": 13,
        "count": 2,
        "scale": 0,
    }


def test_a_group_without_readings_has_no_peak() -> None:
    calendar = months(MARCH, MARCH + 86_400, NEW_YORK)
    peaks = coincident_peak(DictionaryEngine({}), calendar, Groups.together(), 900)
    assert len(peaks) == 0
    with pytest.raises(UsageError, match="no reading"):
        peaks.calendar()


def test_a_span_that_begins_within_an_interval_leaves_out_what_came_before() -> None:
    held: Held = {1: {MARCH: (9, 0), MARCH + 600: (2, 0)}}
    peaks = coincident_peak(DictionaryEngine(held), hours(MARCH + 300, MARCH + 3_600, NEW_YORK), Groups.together(), 900)
    assert [row[3] for row in told(peaks)] == [2]


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(
        st.integers(1, 5),
        st.dictionaries(st.sampled_from(QUARTERS), st.tuples(st.integers(-5, 9), st.sampled_from([0, 1])), max_size=40),
        min_size=1,
        max_size=4,
    ),
    st.dictionaries(st.integers(1, 6), st.sampled_from(["a", "b"]), min_size=1),
    st.sampled_from([days, hours, months]),
)
def test_peaks_of_the_lake_are_those_of_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    held: dict[int, dict[int, tuple[int, int]]],
    label_of: dict[int, str],
    calendar_of: object,
) -> None:
    assert callable(calendar_of)
    lake = ReadingsLake.open(tmp_path_factory.mktemp("lake") if any(held.values()) else Path("nothing-here"))
    if any(held.values()):
        lake.load([table(held)], load_id=1)
    calendar, groups = calendar_of(MARCH, QUARTERS[-1], NEW_YORK), Groups.of(label_of)
    mine = coincident_peak(lake, calendar, groups, 900)
    model = coincident_peak(DictionaryEngine(held), calendar, groups, 900)
    assert [(*row[:3], row[3] * 10 ** (2 - mine.scale), row[4]) for row in told(mine)] == [
        (*row[:3], row[3] * 10 ** (2 - model.scale), row[4]) for row in told(model)
    ]
