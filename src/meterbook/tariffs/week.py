"""The hours of a schedule's time-of-use periods as a week in each season: what a rate sheet shows as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from meterbook.model.tariff import Season, Tariff
from meterbook.tariffs.axis import Axis, axis, weekdays
from meterbook.tariffs.calendars import Calendar, season_numbers

HALF_HOUR = 1800
SLOTS = 48
"""Half hours of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of half hours.

    Attributes:
        season: name and span in words; "all year" without seasons.
        days: seven rows from Monday on, each of 48 names of periods.
        holiday: the row of a holiday, where the schedule has holidays.
    """

    season: str
    days: tuple[tuple[str, ...], ...]
    holiday: tuple[str, ...] | None = None


def weeks(tariff: Tariff, group: str, year: int) -> list[Week]:
    """A week in each season that the windows of a set of periods tell apart.

    Args:
        tariff: without problems.
        group: the set of periods.
        year: whose holidays and weekdays are looked at.
    """
    zone = ZoneInfo(tariff.zone)
    first, end = (int(datetime(at, 1, 1, tzinfo=zone).timestamp()) for at in (year, year + 1))
    grid = axis(first, end, HALF_HOUR, zone)
    calendar = Calendar(tariff, grid)
    numbers = calendar.periods(group)
    names = list(tariff.periods[group])
    sets = sorted(
        {
            _set_of(tariff, window.season)
            for windows in tariff.periods[group].values()
            if windows != "rest"
            for window in windows
            if window.season is not None
        }
    )
    holidays = _holidays(tariff, calendar, group)
    found = []
    for season, days in _seasons(tariff, sets[0] if sets else None, grid):
        rows = []
        for weekday in range(7):
            day = next((at for at in days if weekdays(grid.days)[at] == weekday and at not in holidays), None)
            rows.append(_row(grid, numbers.tolist(), names, day))
        holiday = next((at for at in days if at in holidays and weekdays(grid.days)[at] < 5), None)
        found.append(
            Week(
                season=season,
                days=tuple(rows),
                holiday=None if holiday is None else _row(grid, numbers.tolist(), names, holiday),
            )
        )
    return found


def _set_of(tariff: Tariff, season: str) -> str:
    group, _, member = season.partition("/")
    return group if member else next(name for name, members in tariff.seasons.items() if season in members)


def _holidays(tariff: Tariff, calendar: Calendar, group: str) -> set[int]:
    names = {
        name
        for windows in tariff.periods[group].values()
        if windows != "rest"
        for window in windows
        for name in (window.excluding, window.only_on)
        if name is not None
    }
    return {at for name in names for at, on in enumerate(calendar.holidays(name).tolist()) if on}


def _seasons(tariff: Tariff, group: str | None, grid: Axis) -> list[tuple[str, list[int]]]:
    """Seasons in words, each with the places of its days of 48 half hours among the grid's days."""
    whole = [at for at in range(len(grid.days)) if int((grid.day == at).sum()) == SLOTS]
    if group is None:
        return [("all year", whole)]
    members = tariff.seasons[group]
    numbers = season_numbers(members, grid.days).tolist()
    return [
        (f"{name} ({words(season)})", [at for at in whole if numbers[at] == number])
        for number, (name, season) in enumerate(members.items())
    ]


def _row(grid: Axis, numbers: list[int], names: list[str], day: int | None) -> tuple[str, ...]:
    if day is None:
        return ("",) * SLOTS
    low = int((grid.day < day).sum())
    return tuple(names[number] for number in numbers[low : low + SLOTS])


def words(season: Season) -> str:
    """A season's span in words.

    >>> words(Season(start="10-16", end="04-15")), words(Season(months=[6, 7, 8]))
    ('16 Oct to 15 Apr', 'Jun to Aug')
    """
    if season.rest:
        return "the rest of the year"
    if season.start is not None and season.end is not None:
        return f"{_day(season.start)} to {_day(season.end)}"
    runs = _runs(season.months)
    return ", ".join(_month(one) if one == other else f"{_month(one)} to {_month(other)}" for one, other in runs)


def _runs(months: list[int]) -> list[tuple[int, int]]:
    """Months that follow each other, also over new year."""
    held = sorted(set(months))
    if len(held) == 12:
        return [(1, 12)]
    starts = [month for month in held if (month - 2) % 12 + 1 not in held]
    found = []
    for start in starts:
        last = start
        while last % 12 + 1 in held:
            last = last % 12 + 1
        found.append((start, last))
    return found


def _day(text: str) -> str:
    return f"{int(text[3:])} {date(2000, int(text[:2]), 1):%b}"


def _month(number: int) -> str:
    return f"{date(2000, number, 1):%b}"
