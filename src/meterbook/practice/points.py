"""Readings as the portal's points: local wall time written as if it were UTC, with what that does to two nights a year.

Source: SmartHub portal reference, sections 6 and 7. Nothing here decodes; it only writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import FlowDirection
from meterbook.practice import clock, dice
from meterbook.practice.registers import DAY_S, Point, Readings, Register, per_hour
from meterbook.practice.settings import CostStyle, FallNight, GapStyle, Settings, SpringNight

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

COST_SCALE = 4
_CENT_HUNDREDTHS_PER_KWH = 961
_BACK_PER_KWH = 447  # avoided cost, what a kWh sent back earns
_STRAY_S = 44 * 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """Points of one register in the order they are sent.

    Attributes:
        register: whose.
        x: n wall times, seconds.
        y: n integers at ``scale``.
        null: n marks on points sent without a value.
        scale: digits after the point.
        ends: n wall times at which the interval of each point ends, seconds.
        at: n instants the points stand for, UTC epoch seconds, before a night's variant; for picking periods.
    """

    register: Register
    x: Int64
    y: Int64
    null: Bool
    scale: int
    ends: Int64
    at: Int64

    def taken(self, keep: Bool | Int64) -> Column:
        """The points marked or listed."""
        return replace(
            self, x=self.x[keep], y=self.y[keep], null=self.null[keep], ends=self.ends[keep], at=self.at[keep]
        )


def interval_column(point: Point, register: Register, start: int, end: int) -> Column:
    """Points of a register at its own step, for a window of true instants, before clock changes are played."""
    settings, step = point.settings, register.device.step_s
    readings = point.readings(register, start, end)
    at, value, null = _with_gaps(point, readings)
    if settings.outside_points:
        at, value, null = _with_outside(point, register, (start, end), (at, value, null))
    if settings.stray_point:
        at, value, null = _with_stray(register, (start, end), (at, value, null))
    x = clock.wall(at, settings.tz)
    ends = x + step if register.device.from_file else x - x % step + step
    return Column(register=register, x=x, y=value, null=null, scale=register.scale, ends=ends, at=at)


def calendar_column(point: Point, register: Register, wall: Int64, bounds: Int64, *, peak: bool = False) -> Column:
    """Points of a register for whole local days or months.

    Args:
        point: where.
        register: of which meter.
        wall: n + 1 local midnights as wall time, seconds.
        bounds: the same as instants.
        peak: the highest interval instead of the sum.
    """
    total, known = point.peaks(register, bounds) if peak else point.totals(register, bounds)
    column = Column(
        register=register,
        x=wall[:-1],
        y=total,
        null=np.zeros(len(total), np.bool_),
        scale=register.scale,
        ends=wall[1:],
        at=bounds[:-1],
    )
    return column.taken(known)


def costs(column: Column, settings: Settings) -> Column:
    """What each point's energy costs at the co-op's own estimate, dollars; credits are negative."""
    received = column.register.flow is FlowDirection.RECEIVED
    rate = -_BACK_PER_KWH if received else _CENT_HUNDREDTHS_PER_KWH
    dollars = np.rint(column.y * (rate / 10.0**column.scale)).astype(np.int64)
    priced = replace(column, y=dollars, scale=COST_SCALE)
    if settings.cost is CostStyle.SHORTER:
        return priced.taken(column.at < settings.data_end - DAY_S)
    return priced


def demands(column: Column) -> Column:
    """Average power of each interval's energy, kW."""
    return replace(column, y=column.y * per_hour(column.register.device))


def night_played(column: Column, settings: Settings, *, highest: bool = False) -> Column:
    """The points as this portal sends them across its clock changes.

    Args:
        column: points in order of time.
        settings: which variant of the autumn and the spring night is played.
        highest: where two points become one, keep the higher instead of their sum (demand).
    """
    if not len(column.at):
        return column
    for at, before, after in clock.changes(int(column.at.min()) - DAY_S, int(column.at.max()) + DAY_S, settings.tz):
        low, high = at + min(before, after), at + max(before, after)
        if after < before:
            column = _FALL[settings.fall](column, low, high, at, highest)
        elif settings.spring is not SpringNight.SKIPPED:
            column = _spring(column, low, high, settings.spring)
    return column


def number_texts(value: Int64, scale: int, noise: int | None = None) -> list[str]:
    """JSON numbers of integers at a scale; exact, or with a last-digit error on some when ``noise`` is a stream."""
    if scale == 0:
        return list(map(str, value.tolist()))
    if len(value) and int(np.abs(value).max()) >= 10**15:
        return [_exact(number, scale) for number in value.tolist()]
    number = value / 10.0**scale  # both exact, so this is the nearest double and its shortest text is the decimal
    if noise is not None and len(value):
        off = dice.units(noise, np.arange(len(value), dtype=np.int64)) < 1 / 3
        number = np.where(off & (number != 0), np.nextafter(number, 0), number)
    return list(map(repr, number.tolist()))


def _exact(number: int, scale: int) -> str:
    digits = str(abs(number)).rjust(scale + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


# -- what stands where there is no reading --------------------------------------------------------------------------

_Columns = tuple[Int64, Int64, Bool]


def _with_gaps(point: Point, readings: Readings) -> _Columns:
    settings = point.settings
    missing = readings.lost | readings.unposted
    null = np.zeros(len(readings.start), np.bool_)
    if settings.gaps is GapStyle.NULL:
        return _gaps_as_null(readings, missing)
    if settings.gaps is GapStyle.ZERO_DAY and bool(readings.unposted.any()):
        day = clock.wall(readings.start, settings.tz) // DAY_S
        zeroed = np.isin(day, day[readings.unposted])
        value, kept = np.where(zeroed, 0, readings.posted), zeroed | ~missing
        return readings.start[kept], value[kept], null[kept]
    return readings.start[~missing], readings.posted[~missing], null[~missing]


def _gaps_as_null(readings: Readings, missing: Bool) -> _Columns:
    step, start = readings.register.device.step_s, readings.start
    if not readings.register.device.from_file or not len(start):
        return start, np.where(missing, 0, readings.posted), missing
    grid = np.arange(int(start[0]), int(start[-1]) + 1, step, dtype=np.int64)
    at = np.union1d(grid, start)
    value, null = np.zeros(len(at), np.int64), np.ones(len(at), np.bool_)
    place = np.searchsorted(at, start)
    value[place], null[place] = readings.posted, missing
    return at, value, null


def _with_outside(point: Point, register: Register, window: tuple[int, int], columns: _Columns) -> _Columns:
    """The interval before the window, and a part of the one that starts at its end."""
    step = register.device.step_s
    before = point.readings(register, window[0] - step, window[0])
    after = point.readings(register, window[1], window[1] + step)
    at, value, null = columns
    return (
        np.concatenate((before.start, at, after.start)),
        np.concatenate((before.posted, value, after.posted // 4)),
        np.concatenate((before.lost | before.unposted, null, after.lost | after.unposted)),
    )


def _with_stray(register: Register, window: tuple[int, int], columns: _Columns) -> _Columns:
    """A point of zero at 44 minutes past the hour in which the meter was connected."""
    installed = register.device.installed
    stray = installed - installed % 3600 + _STRAY_S
    if not window[0] <= stray < window[1] or not len(columns[0]):
        return columns
    at, value, null = columns
    if stray % register.device.step_s == 0:
        return columns
    place = int(np.searchsorted(at, stray))
    return np.insert(at, place, stray), np.insert(value, place, 0), np.insert(null, place, values=False)


# -- the two nights -------------------------------------------------------------------------------------------------


def _repeated(column: Column, low: int, high: int, at: int, highest: bool) -> Column:
    return column


def _merged(column: Column, low: int, high: int, at: int, highest: bool) -> Column:
    second = (column.x >= low) & (column.x < high) & (column.at >= at)
    first_of = {int(x): place for place, x in enumerate(column.x.tolist()) if low <= x < high and not second[place]}
    y, drop = column.y.copy(), np.zeros(len(column.x), np.bool_)
    for place in np.flatnonzero(second).tolist():
        first = first_of.get(int(column.x[place]))
        if first is not None:
            y[first] = max(int(y[first]), int(y[place])) if highest else int(y[first]) + int(y[place])
            drop[place] = True
    return replace(column, y=y).taken(~drop)


def _second_lost(column: Column, low: int, high: int, at: int, highest: bool) -> Column:
    second = (column.x >= low) & (column.x < high) & (column.at >= at)
    return column.taken(~second)


def _interleaved(column: Column, low: int, high: int, at: int, highest: bool) -> Column:
    order = np.arange(len(column.x), dtype=np.int64)
    inside = np.flatnonzero((column.x >= low) & (column.x < high))
    order[inside] = inside[np.argsort(column.x[inside], kind="stable")]
    return column.taken(order)


_FALL = {
    FallNight.REPEATED: _repeated,
    FallNight.MERGED: _merged,
    FallNight.SECOND_LOST: _second_lost,
    FallNight.INTERLEAVED: _interleaved,
}


def _spring(column: Column, low: int, high: int, variant: SpringNight) -> Column:
    """Phantom points in ``[low, high)`` of the wall: zeros, or the next hour's energy in its stead."""
    shift = high - low
    later = np.flatnonzero((column.x >= high) & (column.x < high + shift))
    if not len(later):
        return column
    if variant is SpringNight.PHANTOM_ENERGY:
        x, ends = column.x.copy(), column.ends.copy()
        x[later] -= shift
        ends[later] -= shift
        return replace(column, x=x, ends=ends)
    place = int(later[0])
    extra = len(later)
    return replace(
        column,
        x=np.insert(column.x, place, column.x[later] - shift),
        y=np.insert(column.y, place, np.zeros(extra, np.int64)),
        null=np.insert(column.null, place, np.zeros(extra, np.bool_)),
        ends=np.insert(column.ends, place, column.ends[later] - shift),
        at=np.insert(column.at, place, column.at[later]),
    )
