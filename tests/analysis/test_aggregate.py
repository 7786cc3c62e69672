"""Sums by local hour, day and month: golden values by hand, and against zoneinfo row by row."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.analysis.aggregate import By, aggregate, boundaries
from meterbook.analysis.demand import demand_kw, peak_demand
from meterbook.analysis.load_shape import load_shape
from meterbook.analysis.totals import monthly
from meterbook.model.calendar import day_bounds, day_start, month_bounds, zone
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity
from meterbook.model.errors import AnalysisError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit

NEW_YORK = zone("America/New_York")


def series(
    starts: list[int], values: list[int], interval_s: int = 900, scale: int = 3, **channel: object
) -> IntervalSeries:
    return IntervalSeries(
        channel=Channel(
            utility="ccec",
            account="1",
            service_location="2",
            meter="3",
            interval_s=interval_s,
            **channel,  # type: ignore[arg-type]
        ),
        start=np.array(starts, np.int64),
        value=np.array(values, np.int64),
        quality=np.zeros(len(starts), np.int8),
        scale=scale,
    )


def whole(day: date, tz: ZoneInfo = NEW_YORK, step: int = 900) -> IntervalSeries:
    starts = list(range(*day_bounds(day, tz), step))
    return series(starts, list(range(1, len(starts) + 1)), step)


def test_an_autumn_day_has_25_hours_each_once() -> None:
    hours = aggregate(whole(date(2026, 11, 1)), By.HOUR, NEW_YORK)
    assert len(hours) == 25
    assert set(hours.count.tolist()) == {4}
    assert hours.value[:3].tolist() == [1 + 2 + 3 + 4, 5 + 6 + 7 + 8, 9 + 10 + 11 + 12]
    assert int(hours.value.sum()) == 100 * 101 // 2


def test_a_spring_day_has_23_hours_and_its_sum_is_that_of_its_92_quarters() -> None:
    assert len(aggregate(whole(date(2026, 3, 8)), By.HOUR, NEW_YORK)) == 23
    days = aggregate(whole(date(2026, 3, 8)), By.DAY, NEW_YORK)
    assert days.value.tolist() == [92 * 93 // 2]
    assert (days.count.tolist(), days.expected.tolist(), days.missing.tolist()) == ([92], [92], [0])
    assert int(days.end[0] - days.start[0]) == 23 * 3600


def test_empty_buckets_between_are_there_and_say_that_all_is_missing() -> None:
    first, last = day_start(date(2026, 6, 1), NEW_YORK), day_start(date(2026, 6, 3), NEW_YORK)
    days = aggregate(series([first, last], [5, 7]), By.DAY, NEW_YORK)
    assert days.value.tolist() == [5, 0, 7]
    assert days.count.tolist() == [1, 0, 1]
    assert days.missing.tolist() == [95, 96, 0]  # nothing is expected after the last reading
    assert days.peak_at.tolist() == [first, -1, last]
    assert days.series().quality.tolist() == [Quality.PARTIAL, Quality.MISSING, Quality.ACTUAL]
    assert days.series().channel.interval_s == DAY_S


def test_a_span_given_makes_its_edges_count() -> None:
    start, end = month_bounds(2026, 11, NEW_YORK)
    month = aggregate(series([start + 900], [5]), By.MONTH, NEW_YORK, start, end)
    assert (month.expected.tolist(), month.missing.tolist()) == ([2884], [2883])
    nothing = aggregate(series([], []), By.DAY, NEW_YORK, start, end)
    assert len(nothing) == 30
    assert len(aggregate(series([], []), By.DAY, NEW_YORK)) == 0


def test_the_peak_is_the_first_highest_interval_and_its_demand_exact() -> None:
    start = day_start(date(2026, 6, 1), NEW_YORK)
    days = aggregate(series([start, start + 900, start + 1800], [642, 100, 642]), By.DAY, NEW_YORK)
    assert (int(days.peak_at[0]), days.peak_kw(0), days.total(0)) == (start, Decimal("2.568"), Decimal("1.384"))
    peak = peak_demand(series([start, start + 900, start + 1800], [642, 100, 642]))
    assert peak is not None
    assert (peak.kw, peak.start, peak.end) == (Decimal("2.568"), start, start + 900)


def test_missing_rows_count_for_nothing() -> None:
    start = day_start(date(2026, 6, 1), NEW_YORK)
    some = series([start, start + 900], [-5, 0])
    some.quality[1] = Quality.MISSING
    days = aggregate(some, By.DAY, NEW_YORK)
    assert (days.value.tolist(), days.count.tolist(), days.peak.tolist()) == ([-5], [1], [-5])


def test_demand_and_temperatures_keep_their_extremes() -> None:
    start = day_start(date(2026, 6, 1), NEW_YORK)
    demand = series([start, start + 900], [4812, 3000], unit=Unit.KW, quantity=Quantity.DEMAND)
    assert aggregate(demand, By.DAY, NEW_YORK).peak_kw(0) == Decimal("4.812")
    low = series([start, start + 3600], [611, 402], 3600, 1, unit=Unit.FAHRENHEIT, quantity=Quantity.TEMPERATURE_LOW)
    assert aggregate(low, By.DAY, NEW_YORK).value.tolist() == [402]


def test_buckets_shorter_than_the_interval_are_refused() -> None:
    with pytest.raises(AnalysisError, match="a day can't be shown by hour"):
        aggregate(series([0], [1], DAY_S), By.HOUR, NEW_YORK)
    with pytest.raises(AnalysisError, match="a month can't be shown by day"):
        aggregate(series([0], [1], MONTH_S), By.DAY, NEW_YORK)


def test_a_clock_change_of_half_an_hour_makes_a_half_hour_bucket() -> None:
    lord_howe = zone("Australia/Lord_Howe")
    start, end = day_bounds(date(2026, 4, 5), lord_howe)
    bounds = boundaries(By.HOUR, start, end, lord_howe)
    lengths = np.diff(bounds).tolist()
    assert sum(lengths) == end - start == 24 * 3600 + 1800
    assert lengths.count(1800) == 1


@given(
    st.integers(0, 3 * 365 * 24),
    st.integers(1, 400),
    st.sampled_from([900, 1800, 3600]),
    st.sampled_from(
        [
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Phoenix",
            "America/Anchorage",
            "Asia/Kolkata",
        ]
    ),
    st.sampled_from([By.HOUR, By.DAY, By.MONTH]),
)
def test_sums_agree_with_zoneinfo_row_by_row(hour: int, count: int, step: int, name: str, by: By) -> None:
    tz = ZoneInfo(name)
    first = 1_735_689_600 + hour * 3600
    starts = [first + index * step for index in range(count)]
    values = [(index * 7919) % 1000 for index in range(count)]
    wanted: dict[tuple[object, ...], int] = defaultdict(int)
    for start, value in zip(starts, values, strict=True):
        local = datetime.fromtimestamp(start, tz)
        key: tuple[object, ...] = (local.year, local.month)
        if by is not By.MONTH:
            key += (local.day,)
        if by is By.HOUR:
            key += (local.hour, local.fold)
        wanted[key] += value
    buckets = aggregate(series(starts, values, step), by, tz)
    assert buckets.value[buckets.count > 0].tolist() == list(wanted.values())
    assert int(buckets.count.sum()) == count
    assert np.array_equal(buckets.start[1:], buckets.end[:-1])
    assert buckets.missing.sum() == 0


def test_the_load_shape_follows_the_wall_clock() -> None:
    summer = day_start(date(2026, 7, 1), NEW_YORK) + 7 * 3600
    winter = day_start(date(2026, 1, 1), NEW_YORK) + 7 * 3600
    shape = load_shape(series([winter, summer], [250, 750]), NEW_YORK)
    assert (len(shape.mean_kw), shape.step_s) == (96, 900)
    assert shape.mean_kw[28] == pytest.approx(2.0)
    assert int(shape.count.sum()) == 2
    assert np.isnan(shape.mean_kw[0])
    hourly = load_shape(series([winter, winter + 900], [250, 750]), NEW_YORK, 3600)
    assert (len(hourly.mean_kw), hourly.mean_kw[7]) == (24, pytest.approx(2.0))
    with pytest.raises(AnalysisError, match="no shape"):
        load_shape(series([winter], [1]), NEW_YORK, 7000)
    with pytest.raises(AnalysisError, match="no shape"):
        load_shape(series([winter], [1], DAY_S), NEW_YORK)


def test_demand_of_other_units_is_refused_and_of_nothing_is_none() -> None:
    assert peak_demand(series([], [])) is None
    assert demand_kw(1, 0, 3600) == Decimal(1)
    with pytest.raises(AnalysisError, match="no demand"):
        peak_demand(series([0], [1], unit=Unit.THERM))
    with pytest.raises(AnalysisError, match="no demand"):
        peak_demand(series([0], [1], DAY_S))


def test_a_monthly_summary_has_energy_a_day_peak_and_temperatures() -> None:
    start, end = month_bounds(2026, 11, NEW_YORK)
    starts = list(range(start, end, 900))
    quarter = series(starts, [250] * len(starts))
    days = [day_start(date(2026, 11, 1) + timedelta(days=index), NEW_YORK) for index in range(30)]
    low = series(
        days, [400 + index for index in range(30)], DAY_S, 1, unit=Unit.FAHRENHEIT, quantity=Quantity.TEMPERATURE_LOW
    )
    high = series(days[:2], [600, 615], DAY_S, 1, unit=Unit.FAHRENHEIT, quantity=Quantity.TEMPERATURE_HIGH)
    (month,) = monthly(quarter, NEW_YORK, low=low, high=high)
    assert month.month == date(2026, 11, 1)
    assert month.total == Decimal("721.000")  # 2,884 quarters, not 2,880
    assert month.per_day is not None
    assert month.per_day.quantize(Decimal("0.001")) == Decimal("24.000")
    assert month.peak_kw == Decimal("1.000")
    assert (month.low_f, month.high_f) == (Decimal("41.45"), Decimal("60.75"))
    assert (month.readings, month.missing) == (2884, 0)


def test_a_month_without_readings_is_listed_between_others() -> None:
    starts = [month_bounds(2026, month, NEW_YORK)[0] for month in (1, 3)]
    months = monthly(series(starts, [5, 7]), NEW_YORK)
    assert [(month.month.month, month.total, month.per_day) for month in months][1] == (2, Decimal("0.000"), None)
    assert months[1].peak_kw is None
    assert months[1].missing == 28 * 96
