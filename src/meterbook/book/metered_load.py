"""The load of an account as schedules price it: one grid over all its meters, whole months, gaps filled or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.book.filling import filled
from meterbook.book.readings import ChannelReadings, select
from meterbook.book.selection import Selection
from meterbook.model.calendar import local_date
from meterbook.model.channel import FlowDirection
from meterbook.model.errors import InputError, NotFound, UsageError
from meterbook.model.exchange import OVERLAP_S
from meterbook.model.quality import Quality
from meterbook.model.units import Unit
from meterbook.tariffs.inputs import Span, Usage, months

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

MOST_MISSING = Decimal("0.05")
"""Share of a month's intervals that may be filled; a month that lacks more is left out."""
HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class YearHeld:
    """How much of a year is held.

    Attributes:
        year: calendar year.
        months: first days of the months that are priced.
        left_out: first days of months with readings that are not.
        intervals: of the priced months.
        missing: of them filled by us.
        estimated: of them estimated by the utility or the book.
        kwh: delivered in the priced months.
    """

    year: int
    months: tuple[date, ...]
    left_out: tuple[date, ...]
    intervals: int
    missing: int
    estimated: int
    kwh: Decimal

    @property
    def whole(self) -> bool:
        """Whether all twelve months are priced."""
        return len(self.months) == 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Load:
    """An account's load.

    Attributes:
        utility: slug.
        account: account number.
        zone: of its utility.
        usage: on one grid, from the first priced month to the last.
        spans: the priced months.
        years: how much of each year is held.
        meters: serial numbers.
        peak_kw: highest demand of an interval.
        month_kwh: highest use of a month.
        notes: what a reader should know.
    """

    utility: str
    account: str
    zone: ZoneInfo
    usage: Usage
    spans: tuple[Span, ...]
    years: tuple[YearHeld, ...]
    meters: tuple[str, ...]
    peak_kw: Decimal
    month_kwh: Decimal
    notes: tuple[str, ...] = ()


def load_of(book: OpenBook, wanted: Selection, *, years: Sequence[int] = ()) -> Load:
    """The load of an account.

    Args:
        book: the book.
        wanted: account, and location where it has several.
        years: calendar years; all that readings touch without it.

    Raises:
        NotFound: the book has no readings of it.
        UsageError: several places, or meters side by side: one has to be named.
        InputError: no whole month is held, or readings are longer than an hour.
    """
    channels = [
        one
        for one in select(book.records, book.lake, wanted)
        if one.series.channel.unit is Unit.KWH and one.series.channel.interval_s <= HOUR_S
    ]
    if not channels:
        raise NotFound(
            f"the book has no hourly or finer kWh of account {wanted.account}",
            hint="See what it holds with: meterbook status",
        )
    _one_place(channels)
    notes: list[str] = []
    step, channels = _one_step(channels, notes)
    zone = channels[0].zone
    scale = max(one.series.scale for one in channels)
    low = min(int(one.series.start[0]) for one in channels)
    high = max(int(one.series.start[-1]) + step for one in channels)
    grid = _Grid(zone=zone, low=low, high=high, step_s=step, scale=scale, count=(high - low) // step)
    values, held, estimated = _laid(channels, FlowDirection.DELIVERED, grid)
    received, received_held, _ = _laid(channels, FlowDirection.RECEIVED, grid)
    net, net_held, net_estimated = _laid(channels, FlowDirection.NET, grid)
    only = net_held & ~held  # a meter with registers of both flows tells its net besides
    if only.any():
        values = values + np.where(only, np.maximum(net, 0), 0)
        received = received + np.where(only, np.maximum(-net, 0), 0)
        held, estimated = held | only, estimated | (net_estimated & only)
        notes.append("the meter tells energy drawn less energy sent back; each interval counts as one or the other")
    _exchange(channels, notes)
    spans, left = _months(grid, held, years)
    columns = _Columns(
        delivered=values,
        received=received if received_held.any() or received.any() else None,
        held=held,
        estimated=estimated,
    )
    return _load(channels, grid, columns, spans, left, notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    zone: ZoneInfo
    low: int
    high: int
    step_s: int
    scale: int
    count: int

    def part(self, *spans: Span) -> slice:
        """Places from the first span to the last."""
        first, last = (max(-(-(at - self.low) // self.step_s), 0) for at in (spans[0].start, spans[-1].end))
        return slice(first, last)

    def marks(self, spans: Sequence[Span]) -> NDArray[np.bool_]:
        """Marks of intervals within spans."""
        found = np.zeros(self.count, np.bool_)
        for span in spans:
            found[self.part(span)] = True
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    delivered: NDArray[np.int64]
    received: NDArray[np.int64] | None
    held: NDArray[np.bool_]
    estimated: NDArray[np.bool_]


def _months(grid: _Grid, held: NDArray[np.bool_], years: Sequence[int]) -> tuple[list[Span], list[date]]:
    """Months to price, and those with readings that are left out.

    Raises:
        InputError: none can be priced.
    """
    spans: list[Span] = []
    low, high, zone = grid.low, grid.high, grid.zone
    left = {local_date(instant, zone).replace(day=1) for instant in (low, high - 1)}
    for span in months(low, high, zone):
        month = local_date(span.start, zone)
        left.discard(month)
        if years and month.year not in years:
            continue
        part = held[grid.part(span)]
        if int((~part).sum()) > len(part) * MOST_MISSING:
            left.add(month)
        else:
            spans.append(span)
    if not spans:
        raise InputError(
            f"no whole month of {', '.join(map(str, years)) if years else 'the readings'} is held",
            expected=f"at least 95 % of a month's intervals; readings run from {local_date(low, zone)} "
            f"to {local_date(high - 1, zone)}",
        )
    return spans, sorted(month for month in left if not years or month.year in years)


def _load(
    channels: Sequence[ChannelReadings],
    grid: _Grid,
    columns: _Columns,
    spans: list[Span],
    left: list[date],
    *,
    notes: list[str],
) -> Load:
    inside = grid.marks(spans)
    gone = ~columns.held & inside
    full = filled(columns.delivered, ~columns.held, gone, grid.step_s)
    back = None if columns.received is None else filled(columns.received, ~columns.held, gone, grid.step_s)
    part = grid.part(spans[0], spans[-1])
    unpriced = (~columns.held & ~inside)[part]
    usage = Usage(
        first=grid.low + part.start * grid.step_s,
        step_s=grid.step_s,
        scale=grid.scale,
        delivered=full[part],
        received=None if back is None else back[part],
        missing=unpriced if unpriced.any() else None,
        estimated=gone[part] if gone.any() else None,
    )
    by_year: dict[int, list[Span]] = {}
    for span in spans:
        by_year.setdefault(local_date(span.start, grid.zone).year, []).append(span)
    years = sorted(by_year.keys() | {month.year for month in left})
    channel = channels[0].series.channel

    def year_held(year: int) -> YearHeld:
        some = by_year.get(year, [])
        marks = grid.marks(some)
        return YearHeld(
            year=year,
            months=tuple(local_date(span.start, grid.zone) for span in some),
            left_out=tuple(month for month in left if month.year == year),
            intervals=int(marks.sum()),
            missing=int((gone & marks).sum()),
            estimated=int((columns.estimated & marks).sum()),
            kwh=Decimal(int(full[marks].sum())).scaleb(-grid.scale),
        )

    return Load(
        utility=channel.utility,
        account=channel.account,
        zone=grid.zone,
        usage=usage,
        spans=tuple(spans),
        years=tuple(year_held(year) for year in years),
        meters=tuple(sorted({one.series.channel.meter for one in channels})),
        peak_kw=Decimal(int(full[inside].max()) * HOUR_S // grid.step_s).scaleb(-grid.scale),
        month_kwh=max(Decimal(int(full[grid.part(span)].sum())).scaleb(-grid.scale) for span in spans),
        notes=tuple(notes),
    )


def _one_place(channels: Sequence[ChannelReadings]) -> None:
    for field, option in (("account", "--account"), ("service_location", "--location")):
        places = sorted({getattr(one.series.channel, field) for one in channels})
        if len(places) > 1:
            raise UsageError(
                f"readings are of {len(places)} {'accounts' if field == 'account' else 'places'}",
                where=option,
                expected=f"one of {', '.join(places[:8])}",
            )


def _one_step(channels: list[ChannelReadings], notes: list[str]) -> tuple[int, list[ChannelReadings]]:
    """The interval length of most of the time, and the channels of it."""
    seconds: dict[int, int] = {}
    for one in channels:
        length = one.series.channel.interval_s
        seconds[length] = seconds.get(length, 0) + len(one.series) * length
    step = max(seconds, key=lambda length: (seconds[length], -length))
    if len(seconds) > 1:
        others = ", ".join(f"{length // 60}-minute" for length in sorted(seconds) if length != step)
        notes.append(f"{others} readings are left out: most of the time has {step // 60}-minute ones")
    return step, [one for one in channels if one.series.channel.interval_s == step]


def _laid(
    channels: Sequence[ChannelReadings], flow: FlowDirection, grid: _Grid
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Sum, held and estimated marks of all channels of a flow."""
    values = np.zeros(grid.count, np.int64)
    held, estimated = np.zeros(grid.count, np.bool_), np.zeros(grid.count, np.bool_)
    for one in channels:
        series = one.series
        if series.channel.flow is not flow:
            continue
        usable = series.take(series.quality != Quality.MISSING).rescaled(grid.scale)
        offset = usable.start - grid.low
        if bool((offset % grid.step_s).any()):
            raise InputError("readings do not lie on one grid", expected=f"starts {grid.step_s} seconds apart")
        place = offset // grid.step_s
        values[place] += usable.value
        held[place] = True
        estimated[place] |= usable.quality == Quality.ESTIMATED
    return values, held, estimated


def _exchange(channels: Sequence[ChannelReadings], notes: list[str]) -> None:
    """Meters one after the other are one load; side by side they are two.

    Raises:
        UsageError: two meters measure at once.
    """
    for flow in FlowDirection:
        runs = sorted(
            (int(one.series.start[0]), int(one.series.start[-1]), one.series.channel.meter)
            for one in channels
            if one.series.channel.flow is flow
        )
        for (_, end, one), (start, _, other) in pairwise(runs):
            if one == other:
                continue
            if end - start > OVERLAP_S:
                raise UsageError(
                    f"meters {one} and {other} measure at the same time",
                    where="--meter",
                    expected="one meter, or one after the other",
                )
            if flow is FlowDirection.DELIVERED:
                notes.append(f"meter {one} was exchanged for {other}; both are one load")
