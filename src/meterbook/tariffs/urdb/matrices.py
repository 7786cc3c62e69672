"""Schedules of a record, 12 months by 24 hours of weekdays and of weekends, as our seasons and time-of-use periods.

Equal months become a season and equal hours a window, so that a person can read them; the period with most hours is
the rest. A test holds every hour of a year against the matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from meterbook.model.tariff import PeriodSet, Season, Weekday, Window
from meterbook.tariffs.urdb.record import Record

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
WEEKEND: tuple[Weekday, ...] = ("sat", "sun")
HOLIDAYS = "weekend-hours"
"""Key of the holidays that a user asks for."""
Matrix = tuple[tuple[int, ...], ...]
Where = tuple[str | None, str | None]
"""Season and period that a rate is of."""
Run = tuple[int, int, int]
"""First hour, hour after the last, and period."""


class _Shape(NamedTuple):
    """A window without its season."""

    start: int
    end: int
    days: tuple[Weekday, ...] = ()
    excluding: str | None = None
    only_on: str | None = None


def matrix(record: Record, name: str) -> Matrix | None:
    """A schedule of a record: 12 rows of 24 numbers of periods, from 0; None without it.

    Raises:
        MalformedRecord: it has another shape.
    """
    rows = record.items(name)
    if rows is None:
        return None
    if len(rows) != 12:
        raise record.malformed(name, f"has {len(rows)} rows", "12 rows, one a month")
    return tuple(_row(record, row, f"{name}[{number}]") for number, row in enumerate(rows))


def by_month(record: Record, name: str) -> tuple[int, ...] | None:
    """Twelve numbers of periods, from 0; None without them.

    Raises:
        MalformedRecord: there are other than 12.
    """
    months = record.items(name)
    return None if months is None else _row(record, months, name, 12)


def _row(record: Record, row: object, path: str, length: int = 24) -> tuple[int, ...]:
    if isinstance(row, str) and len(row.strip()) == length and row.strip().isalnum():
        return tuple(int(one, 36) for one in row.strip())
    if not isinstance(row, list | tuple) or len(row) != length:
        raise record.malformed(path, "has another shape", f"{length} numbers of periods")
    found = []
    for place, one in enumerate(row):
        number = record.as_number(one, f"{path}[{place}]")
        if number is None or number != int(number) or number < 0:
            raise record.malformed(f"{path}[{place}]", f"{one!r} is no number of a period", "a whole number from 0")
        found.append(int(number))
    return tuple(found)


@dataclass(slots=True, kw_only=True)
class Layout:
    """Seasons and periods of a schedule as they come about.

    Attributes:
        holidays: whether there are days that have the weekend's hours.
        seasons: sets of seasons.
        periods: sets of periods.
    """

    holidays: bool = False
    seasons: dict[str, dict[str, Season]] = field(default_factory=dict)
    periods: dict[str, PeriodSet] = field(default_factory=dict)

    def lay(self, key: str, weekday: Matrix, weekend: Matrix, labels: Sequence[str] = ()) -> dict[int, list[Where]]:
        """Where each period of a record holds.

        Args:
            key: name of the sets that are made.
            weekday, weekend: the schedules.
            labels: what the record calls its periods, if it does.
        """
        numbers = sorted({number for row in (*weekday, *weekend) for number in row})
        if len(numbers) == 1:
            return {numbers[0]: [(None, None)]}
        if all(len({*one, *other}) == 1 for one, other in zip(weekday, weekend, strict=True)):
            return self.by_season(key, [row[0] for row in weekday])
        return self._by_period(key, weekday, weekend, _names(numbers, labels))

    def by_season(self, key: str, months: Sequence[int]) -> dict[int, list[Where]]:
        """Where each period holds, if whole months belong to one."""
        numbers = sorted(set(months))
        if len(numbers) == 1:
            return {numbers[0]: [(None, None)]}
        named = {number: _months(months, number) for number in numbers}
        group = self._season_set(key, list(named.values()))
        return {number: [(f"{group}/{season_name(some)}", None)] for number, some in named.items()}

    def _by_period(self, key: str, weekday: Matrix, weekend: Matrix, names: dict[int, str]) -> dict[int, list[Where]]:
        rows = list(zip(weekday, weekend, strict=True))
        kinds = list(dict.fromkeys(rows))
        months = [_months(rows, kind) for kind in kinds]
        group = self._season_set(key, months) if len(kinds) > 1 else None
        rest = max(names, key=lambda number: sum(5 * row.count(number) + 2 * end.count(number) for row, end in rows))
        windows: dict[int, dict[_Shape, list[str | None]]] = {number: {} for number in names}
        for kind, some in zip(kinds, months, strict=True):
            season = None if group is None else f"{group}/{season_name(some)}"
            for number, shape in self._shapes(*kind):
                windows[number].setdefault(shape, []).append(season)
        self.periods[key] = {
            names[number]: "rest" if number == rest else list(_windows(shapes, len(kinds)))
            for number, shapes in windows.items()
        }
        return {number: [(None, f"{key}/{name}")] for number, name in names.items()}

    def _shapes(self, weekday: tuple[int, ...], weekend: tuple[int, ...]) -> Iterator[tuple[int, _Shape]]:
        """Windows of a season, as period and what the window has beside its season."""
        work, free = list(_runs(weekday)), list(_runs(weekend))
        for start, end, number in work:
            if (start, end, number) in free:
                yield number, _Shape(start, end)
            else:
                yield number, _Shape(start, end, WEEKDAYS, excluding=HOLIDAYS if self.holidays else None)
        for start, end, number in free:
            if (start, end, number) not in work:
                yield number, _Shape(start, end, WEEKEND)
                if self.holidays:
                    yield number, _Shape(start, end, WEEKDAYS, only_on=HOLIDAYS)

    def _season_set(self, key: str, months: list[list[int]]) -> str:
        """Key of a set of seasons; one that is there already where it is the same."""
        made = {season_name(some): Season(months=some) for some in months}
        for group, members in self.seasons.items():
            if members == made:
                return group
        self.seasons[key] = made
        return key


def season_name(months: Sequence[int]) -> str:
    """Months in words, runs of them around the end of the year in one.

    >>> season_name([1, 2, 11, 12]), season_name([4]), season_name([1, 6, 7])
    ('nov-feb', 'apr', 'jun-jul-and-jan')
    """
    held = set(months)
    firsts = [month for month in sorted(held) if (month - 2) % 12 + 1 not in held] or [1]
    runs = []
    for first in firsts:
        last = first
        while last % 12 + 1 in held and last % 12 + 1 != first:
            last = last % 12 + 1
        runs.append((first, last))
    runs.sort(key=lambda run: -((run[1] - run[0]) % 12))
    return "-and-".join(
        MONTHS[first - 1] if first == last else f"{MONTHS[first - 1]}-{MONTHS[last - 1]}" for first, last in runs
    )


def _windows(shapes: dict[_Shape, list[str | None]], seasons: int) -> Iterator[Window]:
    for shape, held in shapes.items():
        hours: dict[str, Any] = {"start": f"{shape.start:02d}:00"} if shape.start else {}
        if shape.end < 24:
            hours["end"] = f"{shape.end:02d}:00"
        for season in [None] if len(held) == seasons else held:
            yield Window(
                season=season, days=list(shape.days), excluding=shape.excluding, only_on=shape.only_on, **hours
            )


def _runs(row: Sequence[int]) -> Iterator[Run]:
    at = 0
    for number, some in groupby(row):
        length = len(list(some))
        yield at, at + length, number
        at += length


def _months(rows: Sequence[object], kind: object) -> list[int]:
    return [month for month, row in enumerate(rows, start=1) if row == kind]


def _names(numbers: Sequence[int], labels: Sequence[str]) -> dict[int, str]:
    """What periods are called: the record's labels where they tell all of them apart, else by number."""
    found = {number: _slug(labels[number]) for number in numbers if number < len(labels)}
    if len(found) == len(numbers) and all(found.values()) and len(set(found.values())) == len(numbers):
        return found
    return {number: f"period-{number}" for number in numbers}


def _slug(label: str) -> str:
    kept = "".join(one if one.isalnum() else "-" for one in label.strip().casefold())
    return "-".join(part for part in kept.split("-") if part)
