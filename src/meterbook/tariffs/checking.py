"""Whether a tariff can be priced: names that lead somewhere, seasons and windows that divide time, blocks in order.

Every problem is told with the path of the field, so that whoever read the file can say line and column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.tariff import (
    Block,
    Demand,
    Energy,
    Export,
    Figure,
    Holiday,
    Number,
    Part,
    Percent,
    Rate,
    Rider,
    Season,
    Tariff,
    Version,
    Window,
    plain,
)
from meterbook.tariffs.calendars import DAY_MINUTES, WEEK, in_season, minutes, resolve
from meterbook.tariffs.holidays import NAMES, by_rule

_LEAP = np.array(
    [m * 100 + d for m, n in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1) for d in range(1, n + 1)]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a tariff.

    Attributes:
        path: keys and places that lead to the field, such as ``("versions", 0, "charges", 1, "rates")``.
        what: what is wrong.
        expected: what would be right.
    """

    path: tuple[str | int, ...]
    what: str
    expected: str

    @property
    def field(self) -> str:
        """The path as text.

        >>> Problem(path=("versions", 0, "start"), what="", expected="").field
        'versions[0].start'
        """
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).lstrip(".")


def problems(tariff: Tariff) -> Iterator[Problem]:
    """Everything that is wrong with a tariff, in the order of its fields."""
    try:
        ZoneInfo(tariff.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Problem(
            path=("zone",),
            what=f"time zone {tariff.zone!r} is not known",
            expected="an IANA name such as America/New_York",
        )
    yield from _sources(tariff, tariff, ())
    for group, members in tariff.seasons.items():
        yield from _seasons(members, ("seasons", group))
    yield from _holidays(tariff)
    for group in tariff.periods:
        yield from _periods(tariff, group)
    yield from _versions(tariff)
    for index, version in enumerate(tariff.versions):
        for place, charge in enumerate(version.charges):
            path = ("versions", index, "charges", place)
            if isinstance(charge, Energy | Demand | Export):
                yield from _rates(tariff, charge.rates, path, covering=isinstance(charge, Energy))
            if isinstance(charge, Percent | Rider):
                yield from _on(version, place, charge.base, (*path, "base"))
            if isinstance(charge, Rider):
                yield from _months(charge, path)
            if (
                isinstance(charge, Demand)
                and charge.ratchet is not None
                and len(charge.ratchet.by_month) not in (0, 12)
            ):
                yield Problem(
                    path=(*path, "ratchet", "by_month"),
                    what=f"a ratchet has shares for {len(charge.ratchet.by_month)} months",
                    expected="12 shares, January first",
                )
            if isinstance(charge, Energy) and charge.pooling is None and _pools(charge):
                yield Problem(
                    path=path,
                    what="several seasons or periods have blocks, and how they share them is not said",
                    expected="pooling: period (each its own), proportion (of the month), or time (in its order)",
                )


def _pools(charge: Energy) -> bool:
    return sum(bool(rate.blocks) for rate in charge.rates) > 1


def _sources(tariff: Tariff, part: object, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Keys of sources that the file does not have."""
    if isinstance(part, list):
        for index, item in enumerate(part):
            yield from _sources(tariff, item, (*path, index))
    elif isinstance(part, dict):
        for key, item in part.items():
            yield from _sources(tariff, item, (*path, key))
    elif isinstance(part, Part):
        for name in part.__struct_fields__:
            value = getattr(part, name)
            if name == "source" and isinstance(value, str) and value not in tariff.sources:
                known = ", ".join(tariff.sources) or "none"
                yield Problem(
                    path=(*path, name),
                    what=f"source {value!r} is not in the file's sources",
                    expected=f"one of {known}",
                )
            else:
                yield from _sources(tariff, value, (*path, name))


def _seasons(members: dict[str, Season], path: tuple[str | int, ...]) -> Iterator[Problem]:
    taken = np.zeros(len(_LEAP), np.int64)
    rests = [name for name, season in members.items() if season.rest]
    for name, season in members.items():
        if season.rest:
            continue
        bad = [
            text
            for text in (season.start, season.end)
            if text is not None and int(text[:2]) * 100 + int(text[3:]) not in _LEAP
        ]
        if bad or (season.start is None) != (season.end is None):
            said = (
                f"day {bad[0]!r} is not in the calendar"
                if bad
                else "a season has a first day without a last, or the reverse"
            )
            yield Problem(path=(*path, name), what=said, expected="start and end as MM-DD")
            return
        taken += in_season(season, _LEAP)
    if bool((taken > 1).any()):
        yield Problem(
            path=path, what=f"two seasons hold {_day(taken > 1)}", expected="seasons of a set that do not overlap"
        )
    if len(rests) > 1:
        yield Problem(path=(*path, rests[1]), what="two seasons are the rest", expected="one")
    if not rests and bool((taken == 0).any()):
        yield Problem(
            path=path,
            what=f"no season holds {_day(taken == 0)}",
            expected="seasons of a set that hold every day, or one with rest: true",
        )


def _day(which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    of_year = int(_LEAP[np.flatnonzero(which)[0]])
    return f"{of_year // 100:02d}-{of_year % 100:02d}"


def _holidays(tariff: Tariff) -> Iterator[Problem]:
    for name, calendar in tariff.holidays.items():
        for index, entry in enumerate(calendar.days):
            path = ("holidays", name, "days", index)
            if isinstance(entry, Holiday):
                try:
                    by_rule(entry, 2024)
                except InputError as err:
                    yield Problem(path=path, what=err.what, expected=str(err.expected))
            elif entry not in NAMES:
                yield Problem(
                    path=path, what=f"holiday {entry!r} is not known", expected=f"one of {', '.join(NAMES)}, or a rule"
                )


def _periods(tariff: Tariff, group: str) -> Iterator[Problem]:
    """Windows of a set that overlap, or hours that no period has, on any weekday or holiday of any season."""
    members = tariff.periods[group]
    path: tuple[str | int, ...] = ("periods", group)
    rest = [name for name, windows in members.items() if windows == "rest"]
    if len(rest) > 1:
        yield Problem(path=(*path, rest[1]), what="two periods are the rest", expected="one")
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
    for of_year in _LEAP.tolist():
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


def _versions(tariff: Tariff) -> Iterator[Problem]:
    for index, version in enumerate(tariff.versions):
        if version.end is not None and version.end < version.start:
            yield Problem(
                path=("versions", index, "end"),
                what="a version ends before it begins",
                expected="an end after the start",
            )
    for index, (one, other) in enumerate(pairwise(tariff.versions), start=1):
        if other.start <= one.start:
            yield Problem(
                path=("versions", index, "start"),
                what="versions are not in the order of their days",
                expected="the oldest first, each with a start of its own",
            )
        elif one.end is not None and one.end >= other.start:
            yield Problem(
                path=("versions", index, "start"),
                what="two versions hold on the same day",
                expected=f"a start after {one.end}",
            )
        elif one.end is not None and other.start - one.end > timedelta(days=1):
            yield Problem(
                path=("versions", index, "start"),
                what=f"no version holds from {one.end + timedelta(days=1)} to {other.start - timedelta(days=1)}",
                expected="versions that follow each other",
            )


def _rates(tariff: Tariff, rates: list[Rate], path: tuple[str | int, ...], *, covering: bool) -> Iterator[Problem]:
    cells: dict[tuple[str | None, str | None], int] = {}
    seasons: set[str] = set()
    periods: set[str] = set()
    for index, rate in enumerate(rates):
        where = (*path, "rates", index)
        try:
            season = None if rate.season is None else resolve(rate.season, tariff.seasons)
            period = None if rate.period is None else resolve(rate.period, tariff.periods)
        except InputError as err:
            yield Problem(path=where, what=f"season or period {err.what}", expected=str(err.expected))
            return
        if (rate.rate is None) == (not rate.blocks):
            yield Problem(path=where, what="a rate needs a price or blocks, and not both", expected="rate or blocks")
        yield from _blocks(rate.blocks, (*where, "blocks"))
        seasons |= {season[0]} if season else set()
        periods |= {period[0]} if period else set()
        cell = ("/".join(season) if season else None, "/".join(period) if period else None)
        if cell in cells:
            yield Problem(
                path=where, what="the same season and period has a price already", expected="one price for each"
            )
        cells[cell] = index
    if len(seasons) > 1 or len(periods) > 1:
        yield Problem(
            path=(*path, "rates"),
            what="rates are by seasons or periods of several sets",
            expected="one set of seasons and one of periods for a charge",
        )
        return
    if covering:
        yield from _covering(tariff, cells, seasons, periods, (*path, "rates"))


def _covering(
    tariff: Tariff,
    cells: dict[tuple[str | None, str | None], int],
    seasons: set[str],
    periods: set[str],
    path: tuple[str | int, ...],
) -> Iterator[Problem]:
    """Every season and period has to have exactly one price."""
    all_seasons: list[str | None] = [f"{group}/{name}" for group in seasons for name in tariff.seasons[group]] or [None]
    all_periods: list[str | None] = [f"{group}/{name}" for group in periods for name in tariff.periods[group]] or [None]
    for season in all_seasons:
        for period in all_periods:
            found = [cell for cell in ((season, period), (season, None), (None, period), (None, None)) if cell in cells]
            distinct = set(found)
            said = " and ".join(name for name in (season, period) if name) or "all time"
            if not distinct:
                if period is not None and _never(tariff, season, period):
                    continue
                yield Problem(path=path, what=f"no price for {said}", expected="a price for each season and period")
            elif len(distinct) > 1:
                yield Problem(path=path, what=f"two prices for {said}", expected="one price for each season and period")


def _never(tariff: Tariff, season: str | None, period: str) -> bool:
    """Whether a period has no hours in a season of the same set of seasons, so that it needs no price."""
    group, _, member = period.partition("/")
    windows = tariff.periods[group][member]
    if windows == "rest" or season is None:
        return False
    wanted = tuple(season.split("/"))
    return all(
        window.season is not None
        and resolve(window.season, tariff.seasons)[0] == wanted[0]
        and resolve(window.season, tariff.seasons) != wanted
        for window in windows
    )


def _blocks(blocks: list[Block], path: tuple[str | int, ...]) -> Iterator[Problem]:
    limits = [None if block.up_to is None else plain(block.up_to) for block in blocks]
    for index, (block, limit) in enumerate(zip(blocks, limits, strict=True)):
        last = index == len(blocks) - 1
        if (block.up_to is None) != last:
            yield Problem(
                path=(*path, index),
                what="only the last block has no limit, and it has none",
                expected="up_to in all blocks but the last",
            )
        elif limit is not None and index and (before := limits[index - 1]) is not None and limit <= before:
            yield Problem(
                path=(*path, index, "up_to"),
                what=f"block ends at {limit}, and the one before at {before}",
                expected="limits that rise",
            )


def _on(version: Version, place: int, names: list[str], path: tuple[str | int, ...]) -> Iterator[Problem]:
    above = version.charges[:place]
    known = {charge.name for charge in above} | {
        str(charge.kind) for charge in version.charges if isinstance(charge.kind, str)
    }
    from meterbook.model.bill_kinds import LineKind  # noqa: PLC0415 - only here

    for index, name in enumerate(names):
        if name not in known and name not in set(LineKind):
            yield Problem(
                path=(*path, index),
                what=f"{name!r} is no charge above this one and no kind of line",
                expected="names of charges above, or kinds",
            )


def _months(rider: Rider, path: tuple[str | int, ...]) -> Iterator[Problem]:
    for index, (one, other) in enumerate(pairwise(rider.values), start=1):
        where = (*path, "values", index, "start")
        if one.months and other.months and not set(one.months) & set(other.months):
            continue
        if other.start <= one.start:
            yield Problem(path=where, what="months are not in order", expected="the oldest first")
        elif one.end is not None and other.start <= one.end:
            yield Problem(path=where, what=f"two values for {other.start}", expected=f"a start after {one.end}")


def unknown(number: Number | None) -> bool:
    """Whether a figure's value is not known."""
    return isinstance(number, Figure) and number.value is None


def as_date(text: str) -> date:
    """First day of a month given as ``YYYY-MM``."""
    return date(int(text[:4]), int(text[5:]), 1)
