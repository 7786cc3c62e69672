"""Whether a tariff can be priced: names that lead somewhere, seasons and windows that divide time, blocks in order.

Every problem is told with the path of the field, so that whoever read the file can say line and column.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.tariff import (
    Block,
    Dated,
    Demand,
    Energy,
    Export,
    Holiday,
    Part,
    Percent,
    Rate,
    Rider,
    Season,
    Tariff,
    Version,
    plain,
)
from meterbook.tariffs.calendars import in_season, resolve
from meterbook.tariffs.checking_hours import LEAP, check_periods
from meterbook.tariffs.checking_rules import check_rules
from meterbook.tariffs.holidays import NAMES, by_rule
from meterbook.tariffs.problem import Problem


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
        yield from check_periods(tariff, group)
    yield from _versions(tariff)
    for index, version in enumerate(tariff.versions):
        yield from check_rules(version, ("versions", index))
        for place, charge in enumerate(version.charges):
            path: tuple[str | int, ...] = ("versions", index, "charges", place)
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
    taken = np.zeros(len(LEAP), np.int64)
    rests = [name for name, season in members.items() if season.rest]
    for name, season in members.items():
        if season.rest:
            continue
        bad = [
            text
            for text in (season.start, season.end)
            if text is not None and int(text[:2]) * 100 + int(text[3:]) not in LEAP
        ]
        if not season.months and season.start is None and season.end is None:
            yield Problem(
                path=(*path, name), what=f"{name!r} has no days", expected="months, start and end, or rest: true"
            )
            return
        if bad or (season.start is None) != (season.end is None):
            said = (
                f"day {bad[0]!r} is not in the calendar"
                if bad
                else "a season has a first day without a last, or the reverse"
            )
            yield Problem(path=(*path, name), what=said, expected="start and end as MM-DD")
            return
        taken += in_season(season, LEAP)
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
    of_year = int(LEAP[np.flatnonzero(which)[0]])
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
    before = Decimal(0)
    for index, (block, limit) in enumerate(zip(blocks, limits, strict=True)):
        last = index == len(blocks) - 1
        if block.up_to is None and not last:
            yield Problem(
                path=(*path, index), what="a block before the last has no limit", expected="up_to in all but the last"
            )
        elif block.up_to is not None and last:
            yield Problem(
                path=(*path, index, "up_to"), what="the last block has a limit", expected="a last block without up_to"
            )
        elif limit is not None and limit <= before:
            beside = f"the one before at {before}" if index else "blocks count from nothing"
            yield Problem(
                path=(*path, index, "up_to"), what=f"block ends at {limit}, and {beside}", expected="limits that rise"
            )
        before = limit if limit is not None else before


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
    """Values of a month have to be one: the older ones end before the next begins."""
    for index, other in enumerate(rider.values):
        where = (*path, "values", index, "start")
        if other.end is not None and other.end < other.start:
            yield Problem(path=where, what=f"a value ends in {other.end}, before it begins", expected="an end after it")
        before = [one for one in rider.values[:index] if _share_months(one, other)]
        clash = next((one for one in before if one.end is None or other.start <= one.end), None)
        if any(other.start <= one.start for one in before):
            yield Problem(path=where, what="months are not in order", expected="the oldest first")
        elif clash is not None and clash.end is None:
            yield Problem(
                path=where,
                what=f"two values for {other.start}: the one from {clash.start} on has no end",
                expected=f"an end of that one before {other.start}",
            )
        elif clash is not None:
            yield Problem(path=where, what=f"two values for {other.start}", expected=f"a start after {clash.end}")
        elif (gap := _gap(before, other)) is not None and not any(one.months for one in rider.values):
            yield Problem(
                path=where,
                what=f"no value holds from {gap} on, until {other.start}",
                expected="values that follow each other; one that is not known is value: null",
            )


def _gap(before: list[Dated], other: Dated) -> str | None:
    """The first month without a value before one begins."""
    ends = [one.end for one in before if one.end is not None]
    if not ends:
        return None
    year, month = int(max(ends)[:4]), int(max(ends)[5:])
    following = f"{year + month // 12:04d}-{month % 12 + 1:02d}"
    return following if following < other.start else None


def _share_months(one: Dated, other: Dated) -> bool:
    return not one.months or not other.months or bool(set(one.months) & set(other.months))
