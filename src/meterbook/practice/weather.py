"""The coast's invented weather: an outdoor temperature at every quarter-hour, the same whoever asks."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.practice import dice
from meterbook.practice.settings import midnight

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

QUARTER_S = 900
_YEAR_S = 365.2425 * 86_400
_COLDEST_S = 20 * 86_400  # about 21 January
_MEAN_F, _SEASON_F, _DAY_F, _FRONT_F = 63.5, 16.0, 7.5, 9.0
_SOLAR_NOON_S = 17.1 * 3600  # UTC, at 77° west
_HOTTEST_S = _SOLAR_NOON_S + 3.0 * 3600


def temperature_f(seed: int, quarter: Int64) -> Float64:
    """Outdoor temperature at quarter-hours of the epoch, °F.

    A yearly and a daily wave with fronts of some days and gusts of some hours over them.
    """
    second: Float64 = quarter.astype(np.float64) * QUARTER_S
    season = -np.cos(2 * np.pi * (second - _COLDEST_S) / _YEAR_S)
    day = np.cos(2 * np.pi * (second - _HOTTEST_S) / 86_400.0)
    front = dice.smooth(dice.key(seed, "front"), second / (3.3 * 86_400))
    gust = dice.smooth(dice.key(seed, "gust"), second / (5.0 * 3600))
    result: Float64 = _MEAN_F + _SEASON_F * season + _DAY_F * day + _FRONT_F * front + 1.5 * gust
    return result


@lru_cache(maxsize=64)
def daily_extremes(seed: int, tz: ZoneInfo, year: int) -> Float64:
    """Highest and lowest temperature of each local day of a year, °F: a row a day, the high first."""
    days = [date(year, 1, 1) + timedelta(days=place) for place in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    bounds = np.array([midnight(day, tz) for day in (*days, date(year + 1, 1, 1))], np.int64) // QUARTER_S
    degrees = temperature_f(seed, np.arange(bounds[0], bounds[-1], dtype=np.int64))
    first = bounds[:-1] - bounds[0]
    return np.stack([np.maximum.reduceat(degrees, first), np.minimum.reduceat(degrees, first)], axis=1)


def sunshine(seed: int, quarter: Int64) -> Float64:
    """Power of a solar panel as a share of its rating, at quarter-hours of the epoch: 0 to 1.

    The sun's height at 34.7° north, with clouds that come and go over some hours.
    """
    second: Float64 = quarter.astype(np.float64) * QUARTER_S + QUARTER_S / 2
    tilt = np.radians(-23.44) * np.cos(2 * np.pi * (second + 10 * 86_400) / _YEAR_S)
    hour = 2 * np.pi * (second - _SOLAR_NOON_S) / 86_400.0
    latitude = np.radians(34.7)
    height = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(hour)
    cloud = 0.5 + 0.35 * dice.smooth(dice.key(seed, "overcast"), second / (30 * 3600.0))
    cloud = cloud + 0.3 * dice.smooth(dice.key(seed, "cloud"), second / 2400.0)
    clear = np.clip(1.15 - np.clip(cloud, 0.0, 1.0) ** 2, 0.08, 1.0)
    result: Float64 = np.maximum(height, 0.0) * clear * 0.92
    return result
