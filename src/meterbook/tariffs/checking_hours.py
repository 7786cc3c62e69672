"""Whether the windows of a set of time-of-use periods divide all time: on every weekday and holiday of every season."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.tariff import Tariff, Window
from meterbook.tariffs.calendars import DAY_MINUTES, WEEK, in_season, minutes, resolve
from meterbook.tariffs.problem import Problem

LEAP = np.array(
    [m * 100 + d for m, n in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1) for d in range(1, n + 1)]
)
"""Every day of a leap year, as month * 100 + day."""


def check_periods(tariff: Tariff, group: str) -> Iterator[Problem]:
    """Windows of a set that overlap, or hours that no period has, on any weekday or holiday of any season."""
    members = tariff.periods[group]
    path: tuple[str | int, ...] = ("periods", group)
    rest = [name for name, windows in members.items() if windows == "rest"]
    if len(rest) > 1:
        yield Problem(path=(*path, rest[1]), what="two periods are the rest", expected="one")
    for name, some in members.items():
        if not some:
            yield Problem(path=(*path, name), what=f"{name!r} has no hours", expected="windows, or 'rest'")
    windows = [
        ((*path, name, index), name, window)
        for name, some in members.items()
        if some != "rest"
        for index, window in enumerate(some)
    ]
    named = [one for one in windows if not list(_names(tariff, one[2], one[0]))]
    for where, _, window in windows:
        yield from _names(tariff, window, where)
    for at, weekday, holidays in _kinds_of_day(tariff, [window for _, _, window in named]):
        owner = np.full(DAY_MINUTES, -1)
        for number, (where, name, window) in enumerate(named):
            hours = _hours(tariff, window, at, weekday, holidays)
            clash = hours & (owner >= 0)
            if bool(clash.any()):
                first = int(np.flatnonzero(clash)[0])
                other = named[int(owner[first])][1]
                if other != name:
                    yield Problem(
                        path=where,
                        what=f"{_moment(at, weekday, holidays, first)} is in {name!r} and in {other!r}",
                        expected="windows of different periods that do not overlap",
                    )
                    return
            owner[hours] = number
        if not rest and bool((owner < 0).any()):
            first = int(np.flatnonzero(owner < 0)[0])
            yield Problem(
                path=path,
                what=f"no period holds {_moment(at, weekday, holidays, first)}",
                expected="periods of a set that hold all time, or one that is 'rest'",
            )
            return


def _names(tariff: Tariff, window: Window, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if window.season is not None:
        try:
            resolve(window.season, tariff.seasons)
        except InputError as err:
            yield Problem(path=(*path, "season"), what=f"season {err.what}", expected=str(err.expected))
    for field in ("excluding", "only_on"):
        name = getattr(window, field)
        if name is not None and name not in tariff.holidays:
            known = ", ".join(tariff.holidays) or "none"
            yield Problem(path=(*path, field), what=f"holidays {name!r} are not defined", expected=f"one of {known}")
    if window.start == "24:00":
        yield Problem(
            path=(*path, "start"), what="a window begins at the end of a day", expected="00:00, and the days it is on"
        )
    if window.start == window.end:
        yield Problem(
            path=path,
            what=f"a window begins and ends at {window.start}",
            expected="an end other than the start; 00:00 to 24:00 is all day",
        )


def _kinds_of_day(tariff: Tariff, windows: list[Window]) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Every kind of day that windows can tell apart: a day of the year in each combination of seasons, by weekday and
    holiday or not. The night before counts as the same kind, which finds what a window over midnight leaves open."""
    groups = sorted({resolve(window.season, tariff.seasons)[0] for window in windows if window.season is not None})
    calendars = sorted({name for window in windows for name in (window.excluding, window.only_on) if name is not None})
    seen = set()
    for of_year in LEAP.tolist():
        kind = tuple(_season_of(tariff, group, of_year) for group in groups)
        if kind in seen:
            continue
        seen.add(kind)
        for weekday in range(7):
            yield of_year, weekday, frozenset()
            for name in calendars:
                yield of_year, weekday, frozenset({name})


def _season_of(tariff: Tariff, group: str, of_year: int) -> str | None:
    rest = None
    for name, season in tariff.seasons[group].items():
        if season.rest:
            rest = name
        elif bool(in_season(season, np.array([of_year]))[0]):
            return name
    return rest


def _hours(
    tariff: Tariff, window: Window, of_year: int, weekday: int, holidays: frozenset[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    hours = np.zeros(DAY_MINUTES, np.bool_)
    if window.season is not None:
        group, member = resolve(window.season, tariff.seasons)
        if _season_of(tariff, group, of_year) != member:
            return hours
    start, end = minutes(window.start), minutes(window.end)

    def on(day: int) -> bool:
        if window.days and WEEK[day] not in window.days:
            return False
        return window.excluding not in holidays and (window.only_on is None or window.only_on in holidays)

    if start < end:
        hours[start:end] = on(weekday)
        return hours
    hours[start:] = on(weekday)
    hours[:end] |= on((weekday - 1) % 7)
    return hours


def _moment(of_year: int, weekday: int, holidays: frozenset[str], minute: int) -> str:
    kind = f" on a holiday of {', '.join(sorted(holidays))}" if holidays else ""
    return (
        f"{WEEK[weekday]} {minute // 60:02d}:{minute % 60:02d} (about {of_year // 100:02d}-{of_year % 100:02d}{kind})"
    )
