"""Load shape: how values are spread within each part of the local day, by quantiles.

Quantiles are by nearest rank, so each is a value that was read (or a total of such), and exact. The calendar says what
is put together: the 24 local hours on weekdays and at weekends, say, or the hours of each month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from meterbook.model.errors import StoreError, UsageError
from meterbook.store.readings.files.rows import seconds
from meterbook.store.readings.query.calendar import Calendar, Window, hours_of_day, time_of_use
from meterbook.store.readings.query.plan import Engine, Groups
from meterbook.store.readings.query.totals import interval_totals
from meterbook.store.readings.values import Int32, Int64

PERCENTS = (10, 50, 90)
_ROWS_TOGETHER = 2_000_000
_LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shapes:
    """n spreads by channel or group and period, of those that have any reading.

    Attributes:
        key: channel number, or number of the group, int32.
        period: number of the calendar's period, int32.
        count: values, int64.
        sum: their sum, int64, at ``scale``: ``sum / count`` is the mean.
        quantile: p rows of n values, int64, at ``scale``, one row for each of ``percents``.
        percents: p whole numbers from 0 (the lowest value) to 100 (the highest).
        scale: digits after the point.
    """

    key: Int32
    period: Int32
    count: Int64
    sum: Int64
    quantile: Int64
    percents: tuple[int, ...]
    scale: int

    def __len__(self) -> int:
        return len(self.key)

    def to_arrow(self, calendar: Calendar, groups: Groups | None = None) -> pa.Table:
        """Columns ``channel_id`` (or ``group``), ``period, count, sum``, ``p10`` and so on (int64), ``scale``."""
        keys = (
            {"channel_id": pa.array(self.key, pa.int32())}
            if groups is None
            else {"group": pa.array([groups.labels[one] for one in self.key.tolist()], pa.string())}
        )
        return pa.table(
            keys
            | {
                "period": pa.array([calendar.labels[one] for one in self.period.tolist()], pa.string()),
                "count": pa.array(self.count, pa.int64()),
                "sum": pa.array(self.sum, pa.int64()),
            }
            | {
                f"p{percent:02d}": pa.array(row, pa.int64())
                for percent, row in zip(self.percents, self.quantile, strict=True)
            }
            | {"scale": pa.array(np.full(len(self), self.scale, np.int8))}
        )


def hours_by_day_type(start: int, end: int, zone: str, holidays: frozenset[date] = frozenset()) -> Calendar:
    """48 periods that recur: each local hour on weekdays and at weekends, ``07 weekday`` and ``07 weekend``.

    Args:
        start: first instant, UTC epoch seconds.
        end: instant after the last.
        zone: IANA zone.
        holidays: local dates that count as weekend.
    """
    weekdays = Window(name="weekday", start_minute=0, end_minute=1_440, weekdays=frozenset(range(5)))
    return hours_of_day(start, end, zone).cross(
        time_of_use(start, end, zone, [weekdays], otherwise="weekend", holidays=holidays)
    )


def shape_of_groups(
    engine: Engine,
    calendar: Calendar,
    groups: Groups,
    interval_s: int,
    percents: Sequence[int] = PERCENTS,
    *,
    as_of: int | None = None,
) -> Shapes:
    """How the total of each group is spread: a value an interval, what its channels had together.

    Args:
        engine: what sums by interval.
        calendar: what is put together.
        groups: what is summed; all of one unit and interval length.
        interval_s: length of the channels' intervals; of several lengths the longest.
        percents: whole numbers from 0 to 100.
        as_of: number of a load: what was known once it was in.
    """
    wanted = _percents(percents)
    totals = interval_totals(engine, calendar, groups, interval_s, as_of=as_of)
    return spread(totals.group, calendar.of(totals.start), totals.sum, totals.scale, wanted)


def shape_of_channels(
    batches: Iterable[pa.RecordBatch], calendar: Calendar, percents: Sequence[int] = PERCENTS
) -> Shapes:
    """How the readings of each channel are spread.

    Args:
        batches: readings by channel and start, with the columns of :meth:`ReadingsLake.stream`; some two million are
            in memory at a time, and all of one channel.
        calendar: what is put together.
        percents: whole numbers from 0 to 100.
    """
    wanted = _percents(percents)
    found = [
        spread(channel, calendar.of(start), *_at_one_scale(value, scale), wanted)
        for channel, start, value, scale in _whole_channels(batches)
    ]
    return _joined(found, wanted)


def spread(key: Int32, period: Int32, value: Int64, scale: int, percents: tuple[int, ...]) -> Shapes:
    """How n values are spread by key and period, in any order; those with a negative period are left out.

    Raises:
        StoreError: a sum does not fit into 64 bits.
    """
    inside = period >= 0
    if not bool(inside.all()):
        key, period, value = key[inside], period[inside], value[inside]
    lowest, periods = (int(key.min()), int(period.max()) + 1) if len(key) else (0, 1)
    code, value = _in_order((key.astype(np.int64) - lowest) * periods + period, value)
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1])[: len(code)])
    count = np.diff(np.append(first, len(code)))
    if len(value) and max(abs(int(value.min())), abs(int(value.max()))) > _LARGEST // len(value):
        _check_sums(value, first)
    # Nearest rank: the least value that at least so many percent of the values do not exceed.
    rank = [first + np.maximum(-(-count * percent // 100), 1) - 1 for percent in percents]
    return Shapes(
        key=(code[first] // periods + lowest).astype(np.int32),
        period=(code[first] % periods).astype(np.int32),
        count=count,
        sum=np.add.reduceat(value, first) if len(first) else value,
        quantile=np.array([value[at] for at in rank], np.int64).reshape(len(percents), len(first)),
        percents=percents,
        scale=scale,
    )


def _in_order(code: Int64, value: Int64) -> tuple[Int64, Int64]:
    """Codes and values, sorted by both."""
    if not len(code):
        return code, value
    lowest = int(value.min())
    bits = (int(value.max()) - lowest).bit_length()
    if bits + int(code.max()).bit_length() > 63:
        order = np.lexsort((value, code))
        return code[order], value[order]
    # Both in one integer, which sorts several times as fast.
    packed = (code << bits) | (value - lowest)
    packed.sort()
    return packed >> bits, (packed & ((1 << bits) - 1)) + lowest


def _check_sums(value: Int64, first: Int64) -> None:
    if float(np.add.reduceat(np.abs(value.astype(np.float64)), first).max()) > 0.99 * _LARGEST:
        raise _too_large()


def _percents(percents: Sequence[int]) -> tuple[int, ...]:
    if not percents or any(not 0 <= percent <= 100 for percent in percents):
        raise UsageError("a quantile is asked for that there is not", expected="whole percents from 0 to 100")
    return tuple(sorted(set(percents)))


def _whole_channels(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Int32, Int64, Int64, Int32]]:
    """Channel, start, value and scale of readings, some two million at a time, and of a channel all at once."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += len(batch)
        if rows >= _ROWS_TOGETHER:
            whole, rest = _cut(held)
            if len(whole):
                yield _columns(whole)
            held, rows = rest, sum(len(one) for one in rest)
    if rows:
        yield _columns(pa.Table.from_batches(held))


def _cut(held: list[pa.RecordBatch]) -> tuple[pa.Table, list[pa.RecordBatch]]:
    """What comes before the last channel, which may go on, and the rest."""
    table = pa.Table.from_batches(held)
    channel = np.asarray(table.column("channel_id").to_numpy())
    at = int(np.searchsorted(channel, channel[-1]))
    return table.slice(0, at), table.slice(at).to_batches()


def _columns(table: pa.Table) -> tuple[Int32, Int64, Int64, Int32]:
    channel, value, scale = (np.asarray(table.column(name).to_numpy()) for name in ("channel_id", "value", "scale"))
    return channel, seconds(table.column("ts")), value, scale


def _at_one_scale(value: Int64, scale: Int32) -> tuple[Int64, int]:
    finest = int(scale.max())
    if int(scale.min()) == finest:
        return value, finest
    factor = 10 ** (finest - scale.astype(np.int64))
    if bool((np.abs(value) > _LARGEST // factor).any()):
        raise _too_large()
    return value * factor, finest


def _joined(parts: Sequence[Shapes], percents: tuple[int, ...]) -> Shapes:
    """The parts one after the other, at the finest scale among them."""
    scale = max((part.scale for part in parts), default=0)
    none = np.zeros(0, np.int64)
    return Shapes(
        key=np.concatenate([none.astype(np.int32), *(part.key for part in parts)]),
        period=np.concatenate([none.astype(np.int32), *(part.period for part in parts)]),
        count=np.concatenate([none, *(part.count for part in parts)]),
        sum=np.concatenate([none, *(_finer(part.sum, scale - part.scale) for part in parts)]),
        quantile=np.concatenate(
            [np.zeros((len(percents), 0), np.int64), *(_finer(part.quantile, scale - part.scale) for part in parts)],
            axis=1,
        ),
        percents=percents,
        scale=scale,
    )


def _finer(values: Int64, digits: int) -> Int64:
    factor = 10**digits
    if values.size and max(abs(int(values.max())), abs(int(values.min()))) > _LARGEST // factor:
        raise _too_large()
    return np.asarray(values * factor)


def _too_large() -> StoreError:
    return StoreError(
        "a sum of readings does not fit into 64 bits",
        expected="sums below 9.2e18 of the smallest digit stored",
        hint="Ask for fewer channels or a shorter time, or check the readings' unit.",
    )
