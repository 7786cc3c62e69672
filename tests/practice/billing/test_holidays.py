"""Holidays of the time-of-use schedule, and the hours they change."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.practice.billing.holidays import holidays
from meterbook.practice.periods import NAMES, period_of


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # Easter Sundays from the almanac: 31 March 2024, 20 April 2025, 5 April 2026, 28 March 2027, 16 April 2028.
        (2024, "01-01 03-29 05-27 07-04 09-02 11-28 11-29 12-25"),
        (2025, "01-01 04-18 05-26 07-04 09-01 11-27 11-28 12-25"),
        (2026, "01-01 04-03 05-25 07-03 09-07 11-26 11-27 12-25"),
        (2027, "01-01 03-26 05-31 07-05 09-06 11-25 11-26 12-24 12-31"),
        (2028, "04-14 05-29 07-04 09-04 11-23 11-24 12-25"),
    ],
)
def test_the_days_that_are_kept(year: int, days: str) -> None:
    assert [f"{day:%m-%d}" for day in holidays(year)] == days.split()


@given(year=st.integers(1950, 2150))
def test_holidays_are_workdays_of_their_year(year: int) -> None:
    found = holidays(year)
    assert 7 <= len(found) <= 9
    assert all(day.weekday() < 5 and day.year == year for day in found)
    assert sum(1 for day in found if day.weekday() == 4 and day.month in (3, 4)) == 1


def at(text: str) -> str:
    wall = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    return NAMES[int(period_of(np.array([wall], np.int64))[0])]


def test_a_holiday_has_no_peak_and_a_workday_has() -> None:
    assert at("2026-07-02T15:00") == "On Peak"
    assert at("2026-07-03T15:00") == "Off Peak"  # Independence Day, a Saturday, is kept on Friday
    assert at("2027-12-31T07:00") == "Off Peak"  # New Year's Day of 2028
    assert at("2026-12-25T03:00") == "Super Off Pk"
    assert at("2026-11-26T06:30") == "Off Peak"
    assert at("2026-11-25T06:30") == "On Peak"
    assert at("2026-11-25T10:00") == "Off Peak"
    assert at("2026-11-28T07:00") == "Off Peak"  # Saturday


def test_no_instants_have_no_periods() -> None:
    assert len(period_of(np.empty(0, np.int64))) == 0


def test_holidays_are_dates_in_order() -> None:
    found = holidays(2027)
    assert list(found) == sorted(set(found))
    assert date(2027, 12, 31) in found
