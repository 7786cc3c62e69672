"""Quantiles of load shape: by hand, and by sorting lists."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.model.errors import StoreError, UsageError
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.query import shape
from meterbook.store.readings.query.calendar import hours_of_day, whole
from meterbook.store.readings.query.plan import Groups
from meterbook.store.readings.query.shape import (
    hours_by_day_type,
    shape_of_channels,
    shape_of_groups,
    spread,
)
from tests.store.readings.query.query_model import DictionaryEngine, Held, table

NEW_YORK = "America/New_York"
MARCH = int(datetime(2025, 3, 1, 5, tzinfo=UTC).timestamp())


def test_quantiles_are_values_that_were_read_by_nearest_rank() -> None:
    # The textbook example of the nearest rank: 15, 20, 35, 40, 50.
    ones = np.zeros(5, np.int32)
    found = spread(ones, ones, np.array([50, 15, 40, 20, 35]), 0, (0, 5, 30, 40, 50, 100))
    assert found.quantile[:, 0].tolist() == [15, 15, 20, 20, 35, 50]
    assert (found.count.tolist(), found.sum.tolist()) == ([5], [160])


def test_the_spread_of_a_repeated_hour_holds_both_of_its_readings(tmp_path: Path) -> None:
    # 2 November 2025: one o'clock comes twice in New York, at 05:00 and at 06:00 UTC.
    first = int(datetime(2025, 11, 2, 4, tzinfo=UTC).timestamp())
    held: Held = {3: {first + 3600 * hour: (hour, 0) for hour in range(25)}}
    lake = ReadingsLake.open(tmp_path)
    lake.load([table(held)], load_id=1)
    calendar = hours_of_day(first, first + 25 * 3600, NEW_YORK)
    found = shape_of_channels(lake.stream([3], first, first + 25 * 3600), calendar, [0, 100])
    rows = {row["period"]: row for row in found.to_arrow(calendar).to_pylist()}
    assert rows["01"] == {"channel_id": 3, "period": "01", "count": 2, "sum": 3, "p00": 1, "p100": 2, "scale": 0}
    assert rows["02"]["count"] == 1
    assert len(rows) == 24


def test_holidays_count_as_weekend() -> None:
    calendar = hours_by_day_type(MARCH, MARCH + 10 * 86_400, NEW_YORK, frozenset({date(2025, 3, 4)}))
    at = [datetime(2025, 3, day, 7, tzinfo=ZoneInfo(NEW_YORK)) for day in (1, 3, 4, 5)]
    period = calendar.of(np.array([int(one.timestamp()) for one in at]))
    assert [calendar.labels[one] for one in period] == ["07 weekend", "07 weekday", "07 weekend", "07 weekday"]
    assert len(calendar) == 48


def test_a_group_s_shape_is_that_of_its_total() -> None:
    held: Held = {
        1: {MARCH: (1, 0), MARCH + 86_400: (10, 0), MARCH + 2 * 86_400: (5, 0)},
        2: {MARCH: (9, 0), MARCH + 86_400: (1, 0)},
    }
    calendar = hours_of_day(MARCH, MARCH + 3 * 86_400, NEW_YORK)
    groups = Groups.together("co-op")
    found = shape_of_groups(DictionaryEngine(held), calendar, groups, 3600, [50])
    assert found.to_arrow(calendar, groups).to_pylist() == [
        {"group": "co-op", "period": "00", "count": 3, "sum": 26, "p50": 10, "scale": 0}
    ]


def test_channels_longer_than_what_is_held_at_a_time_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "_ROWS_TOGETHER", 10)
    held: Held = {
        channel: {MARCH + 900 * slot: (slot * channel, channel % 3) for slot in range(7 * channel)}
        for channel in (1, 2, 3, 4, 5)
    }
    lake = ReadingsLake.open(tmp_path)
    lake.load([table(held)], load_id=1)
    batches = [
        part
        for batch in lake.stream(list(held), 0, 2**40)
        for part in (batch.slice(at, 3) for at in range(0, len(batch), 3))
    ]
    found = shape_of_channels(batches, whole(MARCH, MARCH + 86_400), [100])
    assert found.key.tolist() == [1, 2, 3, 4, 5]
    assert found.count.tolist() == [7, 14, 21, 28, 35]
    assert found.scale == 2
    assert found.quantile[0].tolist() == [60, 26, 6000, 1080, 170]


def test_a_percentage_above_a_hundred_is_refused() -> None:
    with pytest.raises(UsageError, match="quantile"):
        shape_of_channels([], whole(0, 10), [101])


def test_sums_that_do_not_fit_are_refused() -> None:
    ones = np.zeros(3, np.int32)
    with pytest.raises(StoreError, match="64 bits"):
        spread(ones, ones, np.full(3, 2**62), 0, (50,))
    assert spread(np.arange(3, dtype=np.int32), ones, np.full(3, 2**62), 0, (50,)).sum.tolist() == [2**62] * 3


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(-1, 3), st.one_of(st.integers(-9, 9), st.integers(-(2**50), 2**50)))
    ),
    st.lists(st.integers(0, 100), min_size=1, max_size=5, unique=True).map(sorted),
)
def test_spreads_are_those_of_sorted_lists(rows: list[tuple[int, int, int]], percents: list[int]) -> None:
    columns = np.array(rows, np.int64).reshape(len(rows), 3).T
    found = spread(columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2], 0, tuple(percents))
    lists: dict[tuple[int, int], list[int]] = defaultdict(list)
    for key, period, value in rows:
        if period >= 0:
            lists[key, period].append(value)
    assert list(zip(found.key.tolist(), found.period.tolist(), strict=True)) == sorted(lists)
    for number, values in enumerate(lists[one] for one in sorted(lists)):
        values.sort()
        assert found.sum[number] == sum(values)
        for row, percent in enumerate(percents):
            at_most = found.quantile[row, number]
            assert at_most in values
            # The least value that at least so many percent do not exceed.
            assert sum(value <= at_most for value in values) * 100 >= percent * len(values)
            lower = [value for value in values if value < at_most]
            assert not lower or len(lower) * 100 < percent * len(values)
