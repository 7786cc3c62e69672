"""Seasons and time-of-use periods of a schedule laid over an axis: for each interval, which season and period it is in.

Sets of seasons divide the year and sets of periods divide all time, which :mod:`meterbook.tariffs.checking` proves of
any year; here every interval gets the number of its season and period.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import day_number, numbered_day
from meterbook.model.errors import InputError
from meterbook.model.tariff import Season, Tariff, Window
from meterbook.tariffs.axis import Axis, Int64, month_days, weekdays
from meterbook.tariffs.holidays import observed

Bool = NDArray[np.bool_]
DAY_MINUTES = 1440
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(clock: str) -> int:
    """Minutes of a clock time.

    >>> minutes("06:30"), minutes("24:00")
    (390, 1440)
    """
    return int(clock[:2]) * 60 + int(clock[3:])


def resolve(
    name: str, sets: dict[str, dict[str, Season]] | dict[str, dict[str, list[Window] | Literal["rest"]]]
) -> tuple[str, str]:
    """Set and member of a name: ``tou/summer``, or ``summer`` alone where only one set has it.

    Raises:
        InputError: no set has it, or several have.
    """
    if "/" in name:
        group, _, member = name.partition("/")
        if member in sets.get(group, {}):
            return group, member
    found = [(group, name) for group, members in sets.items() if name in members]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{group}/{member}" for group, members in sets.items() for member in members) or "none"
    what = "names several" if found else "is not defined"
    raise InputError(f"{name!r} {what}", expected=f"one of {known}")


def season_numbers(members: dict[str, Season], days: Int64) -> Int64:
    """For each day the number of its season within the set, in the order given; -1 where none has it."""
    numbers = np.full(len(days), -1, np.int64)
    of_year = month_days(days)
    rest = -1
    for number, season in enumerate(members.values()):
        if season.rest:
            rest = number
        else:
            numbers[in_season(season, of_year)] = number
    numbers[numbers < 0] = rest
    return numbers


def in_season(season: Season, of_year: Int64) -> Bool:
    """Whether days, as ``month * 100 + day``, lie in a season that is not the rest."""
    inside = np.isin(of_year // 100, season.months)
    if season.start is not None and season.end is not None:
        low, high = (int(text[:2]) * 100 + int(text[3:]) for text in (season.start, season.end))
        within = (of_year >= low, of_year <= high)
        inside |= within[0] & within[1] if low <= high else within[0] | within[1]
    return inside


class Calendar:
    """A schedule's seasons, holidays and periods on one axis. What is asked for is worked out once."""

    def __init__(self, tariff: Tariff, axis: Axis) -> None:
        self.tariff = tariff
        self.axis = axis
        self._seasons: dict[str, Int64] = {}
        self._periods: dict[str, Int64] = {}
        self._holidays: dict[str, Bool] = {}
        self._weekday = weekdays(axis.days)

    def seasons(self, group: str) -> Int64:
        """For each day of ``axis.days`` the number of its season."""
        if group not in self._seasons:
            self._seasons[group] = season_numbers(self.tariff.seasons[group], self.axis.days)
        return self._seasons[group]

    def holidays(self, name: str) -> Bool:
        """For each day of ``axis.days`` whether it is one of those holidays.

        Raises:
            InputError: the schedule has no such holidays.
        """
        if name not in self._holidays:
            if name not in self.tariff.holidays:
                raise InputError(
                    f"holidays {name!r} are not defined", expected=f"one of {', '.join(self.tariff.holidays) or 'none'}"
                )
            days = self.axis.days
            first, last = (numbered_day(int(day)) for day in (days[0], days[-1]))
            found = [day_number(day) for day in observed(self.tariff.holidays[name], first, last)]
            self._holidays[name] = np.isin(days, np.array(found, np.int64))
        return self._holidays[name]

    def periods(self, group: str) -> Int64:
        """For each interval the number of its time-of-use period within the set.

        Raises:
            InputError: intervals are longer than a window, so that one lies in two periods.
        """
        if group not in self._periods:
            self._periods[group] = self._period_numbers(group)
        return self._periods[group]

    def _period_numbers(self, group: str) -> Int64:
        members = self.tariff.periods[group]
        numbers = np.full(self.axis.count, -1, np.int64)
        rest = -1
        for number, windows in enumerate(members.values()):
            if windows == "rest":
                rest = number
                continue
            for window in windows:
                self._fits(window, group)
                numbers[self.inside(window)] = number
        numbers[numbers < 0] = rest
        return numbers

    def _fits(self, window: Window, group: str) -> None:
        step = self.axis.step_s
        for clock in (window.start, window.end):
            if minutes(clock) * 60 % step and step <= 3600:
                raise InputError(
                    f"readings of {step // 60} minutes do not fit the periods {group!r}: one changes at {clock}",
                    expected=f"readings whose length divides the time of day {clock}",
                    hint="Use interval readings of 30 minutes or shorter.",
                )
        if step > 3600:
            raise InputError(
                f"readings of {step // 3600} hours can't be divided into the periods {group!r}",
                expected="interval readings of an hour or shorter",
            )

    def inside(self, window: Window) -> Bool:
        """For each interval whether it starts in a window."""
        days = self._days_of(window)
        start, end = minutes(window.start), minutes(window.end)
        minute, day = self.axis.minute, self.axis.day
        if start < end:
            return days[day] & (minute >= start) & (minute < end)
        following = np.concatenate([self._eve(window), days[:-1]])  # the part after midnight belongs to the day before
        return (days[day] & (minute >= start)) | (following[day] & (minute < end))

    def _eve(self, window: Window) -> Bool:
        """Whether the day before the axis begins a window that runs over midnight; seen as the axis' own days are."""
        if not self.axis.count:
            return np.zeros(0, np.bool_)
        before = Axis(
            first=self.axis.first, step_s=self.axis.step_s, count=0, zone=self.axis.zone,
            day=self.axis.day[:0], minute=self.axis.minute[:0], days=self.axis.days[:1] - 1,
        )  # fmt: skip
        return Calendar(self.tariff, before)._days_of(window)

    def _days_of(self, window: Window) -> Bool:
        days = np.ones(len(self.axis.days), np.bool_)
        if window.days:
            days &= np.isin(self._weekday, [WEEK.index(day) for day in window.days])
        if window.season is not None:
            group, member = resolve(window.season, self.tariff.seasons)
            days &= self.seasons(group) == list(self.tariff.seasons[group]).index(member)
        if window.excluding is not None:
            days &= ~self.holidays(window.excluding)
        if window.only_on is not None:
            days &= self.holidays(window.only_on)
        return days
