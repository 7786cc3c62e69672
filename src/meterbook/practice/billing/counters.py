"""A register's running count: what its display showed at an instant, and the highest interval between two."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.practice import clock, dice, periods
from meterbook.practice.billing.reads import books_from
from meterbook.practice.registers import QUARTER_S, Point, Register, per_hour
from meterbook.practice.settings import midnight

Int64 = NDArray[np.int64]

CAPACITY = 1_000_000
"""Units after which a display begins anew; a dial of five figures does so sooner."""
DIAL = 100_000
_YEARS_KEPT = 160


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Year:
    at: Int64
    value: Int64
    running: Int64
    by_period: Int64 | None


def counted(point: Point, register: Register, start: int, end: int) -> Decimal:
    """What a register counted in ``[start, end)``, in its unit, exactly."""
    total = sum(_between(year, start, end, year.running) for year in _years(point, register, start, end))
    return Decimal(total).scaleb(-register.scale)


def counted_by_period(point: Point, register: Register, start: int, end: int) -> tuple[Decimal, ...]:
    """The same for each time-of-use period, as :data:`meterbook.practice.periods.NAMES`."""
    totals = [0, 0, 0]
    for year in _years(point, register, start, end, classified=True):
        assert year.by_period is not None
        for place in range(3):
            totals[place] += _between(year, start, end, year.by_period[place])
    return tuple(Decimal(total).scaleb(-register.scale) for total in totals)


def highest(point: Point, register: Register, start: int, end: int) -> tuple[Decimal, int] | None:
    """The highest average power of a quarter-hour in ``[start, end)``, or of the meter's own interval where that is
    longer, kW, and the instant at which it ended; reads lie on borders of both."""
    best: tuple[int, int] | None = None
    for year in _years(point, register, start, end):
        part = slice(*np.searchsorted(year.at, (start, end)))
        at, value = _quarters(year.at[part], year.value[part], register.device.step_s)
        if len(at):
            place = int(np.argmax(value))
            if best is None or int(value[place]) > best[0]:
                best = int(value[place]), int(at[place])
    if best is None:
        return None
    length = max(3600 // per_hour(register.device), QUARTER_S)
    return Decimal(best[0] * (3600 // length)).scaleb(-register.scale), best[1] + length


def _quarters(at: Int64, value: Int64, step: int) -> tuple[Int64, Int64]:
    """Readings of shorter intervals as sums of quarter-hours."""
    if not 0 < step < QUARTER_S or not len(at):
        return at, value
    starts = np.arange(0, len(at), QUARTER_S // step)
    return at[starts], np.add.reduceat(value, starts)


def display(point: Point, register: Register, at: int) -> Decimal:
    """What a register shows at an instant; a dial shows whole units."""
    shown = base(point, register) + counted(point, register, origin(point, register), at)
    return shown % DIAL // 1 if is_dial(register) else shown % CAPACITY


def is_dial(register: Register) -> bool:
    """Whether it is a meter without a memory, read in whole units from its dial."""
    return not register.device.step_s


def base(point: Point, register: Register) -> Decimal:
    """What a register showed when the books began: nothing on a meter installed since."""
    device = register.device
    if device.from_file:
        return Decimal(50_000) if register.exports else Decimal(0)
    if device.installed >= _books(point):
        return Decimal(0)
    below = 99_000 if is_dial(register) else 40_000
    return Decimal(dice.number(below, point.settings.seed, "display", device.number, device.position, register.channel))


def origin(point: Point, register: Register) -> int:
    """The instant that a register's display is reckoned from, UTC epoch seconds."""
    step = register.device.step_s or 900
    installed = register.device.installed - register.device.installed % step
    return installed if register.device.from_file else max(installed, _books(point))


def _between(year: _Year, start: int, end: int, running: Int64) -> int:
    low, high = np.searchsorted(year.at, (start, end))
    return int(running[high] - running[low])


def _years(point: Point, register: Register, start: int, end: int, *, classified: bool = False) -> list[_Year]:
    """The calendar years (UTC) that a window touches, each summed up once and kept."""
    if end <= start:
        return []
    first, last = (datetime.fromtimestamp(at, UTC).year for at in (start, end - 1))
    return [_year(point, register, year, classified=classified) for year in range(first, last + 1)]


_YEARS: OrderedDict[object, _Year] = OrderedDict()


def _year(point: Point, register: Register, year: int, *, classified: bool) -> _Year:
    settings, device = point.settings, register.device
    usage = settings.usage if device.from_file else None
    key = (settings.seed, settings.zone, device, register.flow, year, classified, usage)
    found = _YEARS.get(key)
    if found is None:
        low, high = (int(datetime(each, 1, 1, tzinfo=UTC).timestamp()) for each in (year, year + 1))
        at, value = point.counted(register, low, high)
        by_period = None
        if classified:
            period = periods.period_of(clock.wall(at, settings.tz))
            by_period = np.stack([_running(np.where(period == place, value, 0)) for place in range(3)])
        found = _YEARS[key] = _Year(at=at, value=value, running=_running(value), by_period=by_period)
    _YEARS.move_to_end(key)
    while len(_YEARS) > _YEARS_KEPT:
        _YEARS.popitem(last=False)
    return found


def _running(value: Int64) -> Int64:
    total = np.zeros(len(value) + 1, np.int64)
    np.cumsum(value, out=total[1:])
    return total


def _books(point: Point) -> int:
    return midnight(books_from(point.settings), point.settings.tz)
