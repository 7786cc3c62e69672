"""Which rate of a charge each hour of each month has, on weekdays and on weekends: what the format can say of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from meterbook.model.tariff import Demand, Energy, Export, Tariff, Window
from meterbook.tariffs.axis import Int64, axis, month_days, weekdays
from meterbook.tariffs.calendars import Calendar, resolve
from meterbook.tariffs.cells import cells
from meterbook.tariffs.urdb.writing.losses import Losses

_STEP_S = 300
_SATURDAY = 5
Shape = Int64
"""2 × 12 × 24 places of rates: weekdays and weekends, months, hours; -1 for none."""


class Clock:
    """A schedule's calendar over two years, one of them a leap year, on a clock that never changes."""

    def __init__(self, tariff: Tariff, losses: Losses) -> None:
        self._losses = losses
        self._tariff = tariff
        first, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2023, 2025))
        self._axis = axis(first, end, _STEP_S, ZoneInfo("UTC"))
        self._plain = _without_holidays(tariff)
        self._calendar = Calendar(self._plain, self._axis)
        of_year = month_days(self._axis.days) // 100
        weekend = weekdays(self._axis.days) >= _SATURDAY
        day = self._axis.day
        self._bin = (weekend[day] * 12 + of_year[day] - 1) * 24 + self._axis.minute // 60

    def shape(self, charge: Energy | Demand | Export) -> Shape:
        """Place of the rate of each hour; what the format can't say is noted."""
        if any(self._has_holidays(rate.period) for rate in charge.rates if rate.period):
            self._losses.refuse("holidays", f"hours of holidays of {charge.name!r}: the format has none")
        index = cells(self._plain, charge).index(self._calendar)
        size = 2 * 12 * 24
        least, most = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
        np.minimum.at(least, self._bin, index)
        np.maximum.at(most, self._bin, index)
        if bool((least != most).any()):
            self._losses.refuse("", self._why(charge, index))
        return least.reshape(2, 12, 24)

    def _why(self, charge: Energy | Demand | Export, index: Int64) -> str:
        """What of a charge's times can't be told by months, weekdays or weekends, and whole hours."""
        hourly = index.reshape(-1, 3600 // _STEP_S)
        if bool((hourly != hourly[:, :1]).any()):
            return f"{charge.name!r} changes within an hour, and the format has whole hours"
        daily = index.reshape(len(self._axis.days), -1)
        month, day = month_days(self._axis.days) // 100, weekdays(self._axis.days)
        for kind in range(12 * 7):
            rows = daily[(month == kind // 7 + 1) & (day == kind % 7)]
            if bool((rows != rows[0]).any()):
                return f"seasons of {charge.name!r} change within a month, and the format has whole months"
        return f"days of {charge.name!r} are not Monday to Friday and the weekend"

    def _has_holidays(self, period: str) -> bool:
        group, _ = resolve(period, self._tariff.periods)
        return any(
            isinstance(window, Window) and (window.excluding or window.only_on)
            for windows in self._tariff.periods[group].values()
            for window in windows
        )


def _without_holidays(tariff: Tariff) -> Tariff:
    periods: dict[str, Any] = {
        group: {
            name: windows
            if windows == "rest"
            else [msgspec.structs.replace(one, excluding=None) for one in windows if one.only_on is None]
            for name, windows in members.items()
        }
        for group, members in tariff.periods.items()
    }
    return msgspec.structs.replace(tariff, periods=periods)
