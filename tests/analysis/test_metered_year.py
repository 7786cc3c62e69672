"""A metered year against figures worked by hand, with nights of clock changes, holes, and meters that differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import isnan

import numpy as np
import pytest
from year_samples import METER, NEW_YORK, quarter_hours, temperatures

from meterbook.analysis.metered_year import MeteredYear, metered_year
from meterbook.analysis.together import together
from meterbook.model.calendar import day_bounds, day_start
from meterbook.model.channel import DAY_S, Quantity
from meterbook.model.errors import NotEnoughReadings
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries


def worked(series: list[IntervalSeries], year: int = 2025, **more: IntervalSeries) -> MeteredYear:
    found = metered_year(series, year, NEW_YORK, **more)
    assert found is not None
    return found


def test_a_year_of_quarter_hours_comes_to_what_it_was_made_of() -> None:
    found = worked([quarter_hours()])
    # 8,760 h × 1 kWh, 365 evenings with 1 kWh more, and the peak's 2.25 kWh more
    assert found.total == Decimal("9127.250")
    assert (found.days, found.per_day) == (Decimal(365), Decimal("9127.250") / 365)
    assert (found.expected, found.present, found.estimated) == (35040, 35040, 0)
    assert (found.first, found.last) == (date(2025, 1, 1), date(2025, 12, 31))
    assert [str(one.total) for one in found.months[1:4]] == ["700.000", "774.000", "750.000"]  # March has one hour less


def test_the_highest_day_hour_and_demand_are_those_that_were_put_in() -> None:
    found = worked([quarter_hours()])
    day, peak = day_start(date(2025, 7, 8), NEW_YORK), day_start(date(2025, 7, 8), NEW_YORK) + 17 * 3600 + 900
    assert found.highest_hour is not None
    assert found.peak is not None
    # 2 November has 25 hours, 26 kWh; 8 July 24 + 1 + 2.25
    assert found.highest_day is not None
    assert (found.highest_day.start, found.highest_day.usage) == (day, Decimal("27.250"))
    assert (found.highest_hour.start, found.highest_hour.usage) == (peak - 900, Decimal("3.250"))
    assert (found.peak.start, found.peak.kw) == (peak, Decimal("10"))


def test_the_shape_is_by_the_clock_on_the_wall_across_both_clock_changes() -> None:
    shape = worked([quarter_hours()]).shape
    assert shape is not None
    assert {len(row) for row in shape} == {12}
    assert shape[18] == pytest.approx([2.0] * 12)
    assert shape[3] == pytest.approx([1.0] * 12)
    assert shape[17][6] == pytest.approx(1.0 + 9.0 / 124)  # 31 days × 4 quarter-hours, one of them 10 kW


def test_days_are_put_into_bands_of_their_mean_temperature() -> None:
    lows, highs = temperatures(Quantity.TEMPERATURE_LOW), temperatures(Quantity.TEMPERATURE_HIGH)
    found = worked([quarter_hours()], low=lows, high=highs)
    assert [(one.low_f, one.high_f, one.days) for one in found.bands] == [(30, 40, 122), (50, 60, 122), (70, 80, 121)]
    # 9 March lies in the first band and has 23 hours; 8 July in the second; 2 November in the third
    assert [one.per_day for one in found.bands] == pytest.approx([25 - 1 / 122, 25 + 2.25 / 122, 25 + 1 / 121])


def test_a_hole_is_counted_and_makes_no_day_the_highest_or_the_band_s() -> None:
    whole = quarter_hours()
    low, _ = day_bounds(date(2025, 7, 8), NEW_YORK)
    keep = (whole.start < low + 3600) | (whole.start >= low + 7200)
    found = worked([whole.take(keep)])
    assert (found.expected, found.present) == (35040, 35036)
    assert found.highest_day is not None
    assert found.highest_day.start == day_start(date(2025, 11, 2), NEW_YORK)
    assert [one.missing for one in found.months] == [0] * 6 + [4] + [0] * 5


def test_estimated_readings_are_counted_and_missing_ones_are_not_readings() -> None:
    whole = quarter_hours()
    quality = whole.quality.copy()
    quality[:8], quality[8:12] = Quality.ESTIMATED, Quality.MISSING
    found = worked([replace(whole, quality=quality)])
    assert (found.estimated, found.present, found.expected) == (8, 35036, 35040)


def test_a_part_of_a_year_has_empty_months_that_are_no_zeros() -> None:
    whole = quarter_hours()
    found = worked([whole.clip(day_start(date(2025, 3, 1), NEW_YORK), day_start(date(2025, 5, 1), NEW_YORK))])
    assert (found.first, found.last) == (date(2025, 3, 1), date(2025, 4, 30))
    assert [one.readings > 0 for one in found.months].count(True) == 2
    assert found.shape is not None
    assert isnan(found.shape[0][0])
    assert found.per_day == Decimal("1524.000") / (Decimal(61) - Decimal(1) / 24)


def test_two_meters_are_one_account_and_their_peaks_coincide() -> None:
    second = replace(quarter_hours(), channel=replace(METER, meter="other"))
    found = worked([quarter_hours(), second])
    assert found.meters == ("21-345678", "other")
    assert found.total == Decimal("18254.500")
    assert found.peak is not None
    assert found.peak.kw == 20
    assert found.expected == 70080


def test_a_meter_exchanged_in_june_is_one_year_without_a_hole() -> None:
    whole, at = quarter_hours(), day_start(date(2025, 6, 10), NEW_YORK) + 5 * 3600
    new = replace(whole.clip(at, 2**40), channel=replace(METER, meter="new"))
    found = worked([whole.clip(0, at), new])
    assert (found.total, found.expected, found.present) == (Decimal("9127.250"), 35040, 35040)


def test_daily_readings_have_a_highest_day_but_neither_hour_nor_shape() -> None:
    days = temperatures(Quantity.TEMPERATURE_LOW)
    daily = replace(days, channel=replace(METER, interval_s=DAY_S))
    found = worked([daily])
    assert (found.highest_hour, found.peak, found.shape) == (None, None, None)
    assert found.highest_day is not None
    assert found.days == 365


def test_quarter_hours_beside_days_are_added_by_the_day() -> None:
    daily = replace(temperatures(Quantity.TEMPERATURE_LOW), channel=replace(METER, meter="daily", interval_s=DAY_S))
    both = together([quarter_hours(), daily], NEW_YORK)
    assert both.channel.interval_s == DAY_S
    assert (len(both), both.scale) == (365, 3)
    assert int(both.value[0]) == 25_000 + 20_000


def test_an_interval_that_one_of_two_meters_lacks_is_partial() -> None:
    whole = quarter_hours()
    second = replace(whole, channel=replace(METER, meter="other")).take(np.arange(len(whole)) != 7)
    both = together([whole, second], NEW_YORK)
    assert [int(one) for one in both.quality[6:9]] == [0, Quality.PARTIAL, 0]


def test_nothing_is_nothing() -> None:
    assert metered_year([], 2025, NEW_YORK) is None
    assert metered_year([quarter_hours()], 2023, NEW_YORK) is None
    with pytest.raises(NotEnoughReadings):
        together([], NEW_YORK)
