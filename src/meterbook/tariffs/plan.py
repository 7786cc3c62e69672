"""A schedule made ready for a row of billing periods: all that depends on time alone, for any number of meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.calendar import day_number, local_date
from meterbook.model.errors import InputError
from meterbook.model.tariff import Demand, Energy, Export, Tariff
from meterbook.tariffs.axis import Axis, Int64, axis
from meterbook.tariffs.calendars import Calendar
from meterbook.tariffs.cells import NONE, Cells, cells
from meterbook.tariffs.inputs import Span
from meterbook.tariffs.measuring import Bins, Windows, windows
from meterbook.tariffs.parts import PricedPart, last_day, parts_of, spans_in_order

HOUR_S = 3600


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A schedule laid over the grid of some readings and the periods to bill.

    Attributes:
        tariff: the schedule.
        axis: grid of the readings.
        spans: the periods.
        parts: of each period, one unless the schedule changes in it.
        calendar: seasons and periods over the grid.
        forms: what lines have in common, whatever the meter; kept by those who make them.
    """

    tariff: Tariff
    axis: Axis
    spans: tuple[Span, ...]
    parts: tuple[tuple[PricedPart, ...], ...]
    calendar: Calendar
    _bins: dict[tuple[int, int], Bins] = field(default_factory=dict)
    _index: dict[tuple[int, int], Int64] = field(default_factory=dict)
    _windows: dict[tuple[int, int], Windows] = field(default_factory=dict)
    forms: dict[tuple[object, ...], Any] = field(default_factory=dict)

    @cached_property
    def first_parts(self) -> list[int]:
        """Number of each period's first part among the parts of all periods, and of all parts at the end."""
        return list(accumulate((len(some) for some in self.parts), initial=0))

    def ordinal(self, span: int, part: int) -> int:
        """Number of a part among the parts of all periods."""
        return self.first_parts[span] + part

    def last_day(self, span: Span) -> date:
        """The day of the later read of a period, as the schedule counts it."""
        known = self._last_days.get((span.start, span.end))
        return known or last_day(span, self.axis.zone, self.tariff.midnight)

    @cached_property
    def _last_days(self) -> dict[tuple[int, int], date]:
        return {(one.start, one.end): last_day(one, self.axis.zone, self.tariff.midnight) for one in self.spans}

    @cached_property
    def bounds(self) -> list[tuple[date, date]]:
        """The local days on which each period begins, and at which it ends."""
        return [(local_date(one.start, self.axis.zone), local_date(one.end, self.axis.zone)) for one in self.spans]

    def places(self, part: PricedPart) -> tuple[int, int]:
        """Places of the intervals that a part is worked out from, the last not included."""
        start, end = part.reach
        return self.axis.place(start), self.axis.place(end)

    def bins(self, version: int, charge: int) -> Bins:
        """Bins of an energy charge: ``ordinal of the part * number of rates + place of the rate``."""
        key = (version, charge)
        if key not in self._bins:
            self._bins[key] = self._made_bins(version, charge)
        return self._bins[key]

    def index(self, version: int, charge: int) -> Int64:
        """For each interval the place of its rate; -1 outside of the version's parts."""
        key = (version, charge)
        if key not in self._index:
            found = self._charge(version, charge)
            table = cells(self.tariff, found)
            by_read = isinstance(found, Energy) and found.season_by == "read"
            index = np.full(self.axis.count, NONE, np.int64)
            whole = None if by_read else table.index(self.calendar)
            for parts in self.parts:
                for part in parts:
                    if part.number != version:
                        continue
                    low, high = self.places(part)
                    index[low:high] = self._by_read(table, part, low, high) if whole is None else whole[low:high]
            self._index[key] = index
        return self._index[key]

    def windows(self, version: int, charge: int) -> Windows:
        """Windows of a demand charge; their groups are ``number of the period * number of rates + place of the rate``.

        Of demand by the day the groups are that, times the number of the axis' days, and the place of the day.
        Demand is measured over the whole period, also where the schedule changes in it.
        """
        key = (version, charge)
        if key not in self._windows:
            found = self._charge(version, charge)
            assert isinstance(found, Demand)
            table, count = cells(self.tariff, found), len(found.rates)
            groups = np.full(self.axis.count, NONE, np.int64)
            minutes, step = int(found.minutes), self.axis.step_s
            if found.coarse and minutes * 60 < step <= HOUR_S:
                minutes = step // 60
            length = max(minutes * 60 // step, 1)
            for number, span in enumerate(self.spans):
                low, high = self.axis.place(span.start), self.axis.place(span.end)
                day = day_number(self.last_day(span))
                # A window of the clock counts to the bill in which it begins; any other has to end before the read.
                after = 0 if found.rolling else min(length - 1, self.axis.count - high)
                index = table.index_in(self.calendar, low, high + after, day)
                # It lies in the time-of-use period in which all of it lies, and not in one that is left in between.
                whole = _goes_on(index)[: high - low] >= length
                index = index[: high - low]
                group = np.where((index >= 0) & whole, number * count + index, NONE)
                if found.daily:  # a group for each day, that on which a window begins
                    group = np.where(group >= 0, group * len(self.axis.days) + self.axis.day[low:high], NONE)
                groups[low:high] = group
            self._windows[key] = windows(self.axis, groups, minutes, rolling=found.rolling)
        return self._windows[key]

    def _made_bins(self, version: int, charge: int) -> Bins:
        count = len(self._charge(version, charge).rates)
        index = self.index(version, charge)
        total = self.ordinal(len(self.parts), 0) * count
        bins = np.full(self.axis.count, total, np.int64)
        ordinal = 0
        for parts in self.parts:
            for part in parts:
                if part.number == version:
                    low, high = self.places(part)
                    bins[low:high] = np.where(index[low:high] >= 0, ordinal * count + index[low:high], total)
                ordinal += 1
        return Bins(bin=bins, count=total)

    def _by_read(self, table: Cells, part: PricedPart, low: int, high: int) -> Int64:
        day = day_number(self.last_day(part.span))
        return table.index_in(self.calendar, low, high, day)

    def _charge(self, version: int, charge: int) -> Energy | Demand | Export:
        found = self.tariff.versions[version].charges[charge]
        assert isinstance(found, Energy | Demand | Export)
        return found


def _goes_on(index: Int64) -> Int64:
    """For each place how many from it on are the same, itself included.

    >>> _goes_on(np.array([7, 7, 5, 7])).tolist()
    [2, 1, 1, 1]
    """
    ends = np.append(np.flatnonzero(np.diff(index)) + 1, len(index))
    place = np.arange(len(index))
    found: Int64 = ends[np.searchsorted(ends, place, side="right")] - place
    return found


def plan(tariff: Tariff, spans: Sequence[Span], *, first: int, end: int, step_s: int) -> Plan:
    """Make a schedule ready.

    Args:
        tariff: without problems, see :func:`meterbook.tariffs.checking.problems`.
        spans: the periods to bill, in the order of time.
        first, end: instants between which there are readings, UTC epoch seconds.
        step_s: their length.

    Raises:
        InputError: the schedule is not in force, periods overlap, or one lies outside of the readings.
    """
    zone = ZoneInfo(tariff.zone)
    spans_in_order(spans)
    if not spans:
        raise InputError("there is no period to bill", expected="at least one whole month, or two reads")
    if spans[0].start < first or spans[-1].end > end:
        raise InputError(
            "a period to bill lies outside of the readings",
            expected="readings from the first read to the last",
            hint="Shorten the time with --since and --until.",
        )
    grid = axis(first, end, step_s, zone)
    parts = tuple(tuple(parts_of(tariff, span, zone)) for span in spans)
    _all_known(tariff, parts)
    return Plan(
        tariff=tariff,
        axis=grid,
        spans=tuple(spans),
        parts=parts,
        calendar=Calendar(tariff, grid),
    )


def _all_known(tariff: Tariff, parts: Sequence[Sequence[PricedPart]]) -> None:
    """Refuse a version that says itself what is not known of it, or that has no charges.

    Raises:
        InputError: one of the parts has such a version.
    """
    for part in (one for some in parts for one in some):
        missing = part.version.not_known or ([] if part.version.charges else ["every charge"])
        if missing:
            raise InputError(
                f"{tariff.utility}/{tariff.code} can't be priced on {part.first}: not known are {', '.join(missing)}",
                expected="a schedule with its numbers",
                hint=f"Fill it with `meterbook tariffs edit {tariff.utility}/{tariff.code}`, "
                "or let `meterbook rates fit` work the numbers out of bills.",
            )
