"""The invented rate's periods, and the months that the portal keeps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import day_number
from meterbook.practice import clock
from meterbook.practice.billing.holidays import holidays
from meterbook.practice.points import Column
from meterbook.practice.registers import Point, Register
from meterbook.practice.settings import Settings, midnight, months_before

Int64 = NDArray[np.int64]

NAMES = ("Off Peak", "On Peak", "Super Off Pk")
_OFF, _ON, _SUPER = range(3)


def period_of(wall: Int64) -> Int64:
    """The rate period of wall times in seconds: places in :data:`NAMES`.

    On peak on workdays that are no holiday, 06:00 to 10:00 from November to March and 14:00 to 19:00 else; super
    off-peak from midnight to 05:00 on every day.
    """
    day, hour = wall // 86_400, wall % 86_400 // 3600
    workday = ((day + 3) % 7 < 5) & ~np.isin(day, _holidays(day))
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    winter = (month <= 2) | (month >= 10)
    peak = workday & np.where(winter, (hour >= 6) & (hour < 10), (hour >= 14) & (hour < 19))
    return np.where(peak, _ON, np.where(hour < 5, _SUPER, _OFF)).astype(np.int64)


def _holidays(day: Int64) -> Int64:
    """Holidays of the years that some days lie in, as days of the epoch."""
    if not len(day):
        return day
    years = np.array([day.min(), day.max()]).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    kept = [each for year in range(int(years[0]), int(years[1]) + 1) for each in holidays(year)]
    return np.array([day_number(each) for each in kept], np.int64)


def share(point: Point, register: Register, period: int, wall: Int64, bounds: Int64) -> Column:
    """One period's part of whole days or months; spans without any of it have no point."""
    count = max(0, len(bounds) - 1)
    none = np.zeros(count, np.bool_)
    total, known = np.zeros(count, np.int64), none.copy()
    if count:
        readings = point.readings(register, int(bounds[0]), int(bounds[-1]))
        kept = ~(readings.lost | readings.unposted)
        kept &= period_of(clock.wall(readings.start, point.settings.tz)) == period
        place = np.searchsorted(bounds, readings.start[kept], side="right") - 1
        np.add.at(total, place, readings.posted[kept])
        known = np.bincount(place, minlength=count).astype(np.bool_)
    column = Column(
        register=register, x=wall[:-1], y=total, null=none, scale=register.scale, ends=wall[1:], at=bounds[:-1]
    )
    return column.taken(known)


def monthly_floor(settings: Settings) -> int:
    """First instant of the monthly history: so many complete calendar months, and the one that runs."""
    return midnight(months_before(settings.today.replace(day=1), settings.bill_history), settings.tz)
