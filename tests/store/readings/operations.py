"""What a lake is killed in the middle of: operations whose outcome is known for every step, on files of a few rows.

After step n of an operation the lake holds exactly ``state(n)``: every reading has the number of the step that brought
it last, as value and as load. So half of a step shows, whichever half it is. Layouts are shrunk (:func:`tiny_layout`)
so that a few thousand readings are cut into day files, bucket files and many row groups.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest import mock

import numpy as np
import pyarrow as pa

from meterbook.model.channel import Channel
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake
from meterbook.store.readings.files.datafile import DataFile

HOUR_S, DAY_S = 3_600, 86_400
FIRST = 1_761_955_200  # 1 November 2025, UTC
CHANNELS = np.arange(1, 25, dtype=np.int64)
LATE_DAYS = 3
SHARES = 8
REVISED = (3, 7, 8, 9, 24)
TINY = {
    "BUCKET_CHANNELS": 8,
    "FILE_ROWS": 4_000,
    "MERGE_ROWS": 60,
    "SMALL_ROWS": 30,
    "ROW_GROUP": 64,
    "DAY_ROW_GROUP": 32,
    "MIXED_WRITE_ROWS": 50,
    "KEPT_ROWS": 40,
    "FEW_ROWS": 40,
    "BLOCK_ROWS": 700,
    "LARGE_ROWS": 300,
    "SLICE_ROWS": 128,
    "STRETCH_ROWS": 500,
    "TOGETHER_ROWS": 300,
    "ROLLUP_ROWS": 50,
    "CHECKPOINT_EVERY": 6,
}
"""Limits of the layout, wherever in the lake they are read; a name that is nowhere is left out."""

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Channel, start and the step that brought the value, sorted by channel and start."""


@contextmanager
def tiny_layout(**limits: int) -> Iterator[None]:
    """Files, row groups and stretches of a few rows."""
    room = [module for name, module in sys.modules.items() if name.startswith("meterbook.store.readings.")]
    with ExitStack() as stack:
        for name, value in (TINY | limits).items():
            for module in room:
                if name in vars(module):
                    stack.enter_context(mock.patch.object(module, name, value))
        row_group = (limits.get("ROW_GROUP", TINY["ROW_GROUP"]),)
        stack.enter_context(mock.patch.object(DataFile.__init__, "__defaults__", row_group))
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that a writer does again and again.

    Attributes:
        name: what.
        prepare: brings step n, before what is to be killed; None if the killed part does.
        strike: what is to be killed; it brings step n unless ``prepare`` does.
        state: what the lake holds after step n.
        history: after step n, the steps that were ever the value of the reading of a channel and start.
    """

    name: str
    prepare: Callable[[ReadingsLake, int], object] | None
    strike: Callable[[ReadingsLake, int], object]
    state: Callable[[int], Columns]
    history: Callable[[int, int, int], list[int]]


def window_starts() -> np.ndarray:
    """Two months and their turn, at three hours."""
    return FIRST + 25 * DAY_S + 3 * HOUR_S * np.arange(80, dtype=np.int64)


def write_window(lake: ReadingsLake, step: int) -> None:
    """Two channels' window that lies in two months, revised as a whole with every step."""
    starts = window_starts()
    with lake.writing():
        lake.write([_batch(channel, step, starts) for channel in (1, 2)])


def window_state(step: int) -> Columns:
    return _grid(np.array([1, 2]), window_starts(), step)


def bulk_starts() -> np.ndarray:
    """Five weeks at eight hours."""
    return FIRST + 8 * HOUR_S * np.arange(105, dtype=np.int64)


def load_bulk(lake: ReadingsLake, step: int) -> None:
    """All channels' weeks as columns, in chunks of channels that come in any order, revised with every step."""
    chunks = [
        _table(*_grid(some, bulk_starts(), step))
        for some in np.array_split(np.random.default_rng(step).permutation(CHANNELS), 5)
    ]
    with lake.writing():
        lake.load(chunks, load_id=step)


def bulk_state(step: int) -> Columns:
    return _grid(CHANNELS, bulk_starts(), step)


def load_day(lake: ReadingsLake, step: int) -> None:
    """The daily batch: a new day of all channels, and the three before it revised."""
    first = max(1, step - LATE_DAYS)
    starts = np.concatenate([_day_starts(day) for day in range(first, step + 1)])
    with lake.writing():
        lake.load([_table(*_grid(CHANNELS, starts, step))], load_id=step)


def day_state(step: int) -> Columns:
    starts = np.concatenate([_day_starts(day) for day in range(1, step + 1)])
    brought = np.repeat(np.minimum(np.arange(1, step + 1) + LATE_DAYS, step), 4)
    channel, start, _ = _grid(CHANNELS, starts, step)
    return channel, start, np.tile(brought, len(CHANNELS))


def month_starts(number: int) -> np.ndarray:
    """Four weeks of the n-th month from January 2020, at twelve hours."""
    first = int((np.datetime64("2020-01", "M") + (number - 1)).astype("datetime64[s]").astype(np.int64))
    return first + 12 * HOUR_S * np.arange(56, dtype=np.int64)


def load_month(lake: ReadingsLake, step: int) -> None:
    """A month of all channels, week by week and in one load, so that it lies in day files until it is closed."""
    weeks = np.array_split(month_starts(step), 5)
    with lake.writing():
        lake.load([_table(*_grid(CHANNELS, week, step)) for week in weeks], load_id=step)


def months_state(step: int) -> Columns:
    starts = np.concatenate([month_starts(number) for number in range(1, step + 1)])
    channel, start, _ = _grid(CHANNELS, starts, step)
    return channel, start, np.tile(np.repeat(np.arange(1, step + 1), 56), len(CHANNELS))


def revise_some(lake: ReadingsLake, step: int) -> None:
    """A write of what a load brought: every reading of three days and five channels, in files by day or by channel."""
    starts = bulk_starts()
    if step == 1:
        load_bulk(lake, step)
    else:
        with lake.writing():
            lake.write([_batch(channel, step, starts[30:39]) for channel in REVISED])


def revised_state(step: int) -> Columns:
    channel, start, brought = bulk_state(1)
    some = np.isin(channel, REVISED) & np.isin(start, bulk_starts()[30:39])
    return channel, start, np.where(some, step, brought)


def scatter(lake: ReadingsLake, step: int) -> None:
    """A quarter of a window of one of two channels, in turn, so that there is always something to join."""
    channel, starts = _share(step)
    with lake.writing():
        lake.write([_batch(channel, step, starts)])


def scattered_state(step: int) -> Columns:
    parts = [_grid(np.array([channel]), starts, one) for one in _newest(step) for channel, starts in [_share(one)]]
    channel, start, brought = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((start, channel))
    return channel[order], start[order], brought[order]


def compact(lake: ReadingsLake, step: int) -> None:
    lake.compact()


def vacuum(lake: ReadingsLake, step: int) -> None:
    lake.vacuum(older_than_s=0)


def tidy(lake: ReadingsLake, step: int) -> None:
    lake.tidy()


def checkpoint(lake: ReadingsLake, step: int) -> None:
    lake.checkpoint()


def delete_stranger(lake: ReadingsLake, step: int) -> None:
    """A channel comes and goes for good; what is killed is its going."""
    lake.delete([99])


def with_stranger(lake: ReadingsLake, step: int) -> None:
    write_window(lake, step)
    lake.write([_batch(99, step, window_starts())])


def _share(step: int) -> tuple[int, np.ndarray]:
    number = step % SHARES
    return 1 + number % 2, np.array_split(window_starts(), SHARES // 2)[number // 2]


def _newest(step: int) -> range:
    """The steps whose share holds."""
    return range(max(1, step - SHARES + 1), step + 1)


def _of_its_share(step: int, channel: int, start: int) -> list[int]:
    steps = (one for one in range(1, step + 1) for its, starts in [_share(one)] if its == channel and start in starts)
    return list(steps)


def _revised(step: int, channel: int, start: int) -> list[int]:
    return [*range(1, step + 1)] if channel in REVISED and start in bulk_starts()[30:39] else [1]


def _every(step: int, channel: int, start: int) -> list[int]:
    return [*range(1, step + 1)]


def _since_its_day(step: int, channel: int, start: int) -> list[int]:
    day = (start - FIRST) // DAY_S + 1
    return [*range(day, min(step, day + LATE_DAYS) + 1)]


def _in_its_month(step: int, channel: int, start: int) -> list[int]:
    return [int(np.datetime64(start, "s").astype("datetime64[M]").astype(np.int64)) - 50 * 12 + 1]


OPERATIONS = {
    one.name: one
    for one in (
        Operation(name="write", prepare=None, strike=write_window, state=window_state, history=_every),
        Operation(name="bulk load", prepare=None, strike=load_bulk, state=bulk_state, history=_every),
        Operation(name="daily load", prepare=None, strike=load_day, state=day_state, history=_since_its_day),
        Operation(
            name="revise",
            prepare=None,
            strike=revise_some,
            state=revised_state,
            history=_revised,
        ),
        Operation(name="compact", prepare=scatter, strike=compact, state=scattered_state, history=_of_its_share),
        Operation(name="vacuum", prepare=scatter, strike=vacuum, state=scattered_state, history=_of_its_share),
        Operation(name="month close", prepare=load_month, strike=tidy, state=months_state, history=_in_its_month),
        Operation(name="checkpoint", prepare=write_window, strike=checkpoint, state=window_state, history=_every),
        Operation(name="delete", prepare=with_stranger, strike=delete_stranger, state=window_state, history=_every),
    )
}


def holds(lake: ReadingsLake, channels: np.ndarray, as_of: int | None = None) -> Columns:
    """What the lake holds, in the shape of a state."""
    found = lake.read(channels.tolist(), -(2**40), 2**40, as_of=as_of)
    for one in found.values():
        assert one.value.tolist() == one.load_id.tolist(), "a value and the load that brought it come together"
    return (
        np.concatenate([np.full(len(one), number) for number, one in found.items()]),
        np.concatenate([one.start for one in found.values()]),
        np.concatenate([one.load_id for one in found.values()]).astype(np.int64),
    )


def same(one: Columns, other: Columns) -> bool:
    """Whether two states are the same."""
    return all(np.array_equal(mine, its) for mine, its in zip(one, other, strict=True))


def _day_starts(day: int) -> np.ndarray:
    return FIRST + (day - 1) * DAY_S + 6 * HOUR_S * np.arange(4, dtype=np.int64)


def _grid(channels: np.ndarray, starts: np.ndarray, step: int) -> Columns:
    size = len(channels) * len(starts)
    return np.repeat(channels, len(starts)), np.tile(starts, len(channels)), np.full(size, step, np.int64)


def _table(channel: np.ndarray, start: np.ndarray, step: np.ndarray) -> pa.Table:
    nothing = np.zeros(len(start), np.int8)
    return pa.table(
        {
            "channel_id": channel.astype(np.int32),
            "ts": pa.array(start * 1_000_000, pa.timestamp("us", tz="UTC")),
            "value": step,
            "scale": nothing,
            "quality": nothing,
        }
    )


def _batch(channel: int, step: int, starts: np.ndarray) -> Batch:
    series = IntervalSeries(
        channel=Channel(utility="practice", account="1", service_location="1", meter="m"),
        start=starts,
        value=np.full(len(starts), step, np.int64),
        quality=np.zeros(len(starts), np.int8),
        scale=0,
    )
    return Batch(channel_id=channel, load_id=step, series=series)
