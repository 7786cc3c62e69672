"""Rollups: what a data file comes to by channel and local day, and by interval over all channels of a class.

A data file never changes, so its rollup is a function of it and lies beside it under its name. It is written before the
commit that names the data file, so it begins to count in that very commit, and it goes when the data file goes.
Whether it is true can be seen by working it out again. Small files have none; theirs is worked out when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.model.channel import DAY_S
from meterbook.model.errors import StoreError
from meterbook.store.readings.files.rows import MICROS, TIME, Rows, run_starts
from meterbook.store.readings.places.place import ROLLUPS, Place, owner_of
from meterbook.store.readings.query.classes import ChannelClass, Classed, Classes
from meterbook.store.readings.query.membership import spelled
from meterbook.store.readings.query.offsets import utc_offsets
from meterbook.store.readings.query.partial import Extremes, Partial, over_runs, summed, united
from meterbook.store.readings.values import Int32, Int64

ROLLUP_ROWS = 100_000
"""Readings from which on a data file has a rollup; a home's month has a few thousand."""
CHANNELS = "channels of "
"""Key, with the label of a class, of what the file of sums by interval says about them."""
_DAY_ROW_GROUP, _INTERVAL_ROW_GROUP = 8_192, 1_000_000
_MOST_SLOTS = 4_000_000
_ROWS_LOOKED_AT = 100_000

DAYS_SCHEMA = pa.schema(
    [
        pa.field("class", pa.string(), nullable=False),
        pa.field("channel_id", pa.int32(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
        pa.field("sum", pa.int64(), nullable=False),
        pa.field("count", pa.int32(), nullable=False),
        pa.field("max", pa.int64(), nullable=False),
        pa.field("scale", pa.int8(), nullable=False),
    ]
)
INTERVALS_SCHEMA = pa.schema(
    [
        pa.field("class", pa.string(), nullable=False),
        pa.field("ts", TIME, nullable=False),
        pa.field("sum", pa.int64(), nullable=False),
        pa.field("count", pa.int32(), nullable=False),
        pa.field("scale", pa.int8(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rollup:
    """The rollup of a data file.

    Attributes:
        zones: the zone that the days of each class follow.
        days: rows of :data:`DAYS_SCHEMA` by class, channel and day.
        intervals: rows of :data:`INTERVALS_SCHEMA` by class and start.
    """

    zones: dict[str, str]
    days: pa.Table
    intervals: pa.Table


def days_name(path: str) -> str:
    """Name of the file with the daily sums of a data file.

    >>> days_name("month=2025-11/part-1f.parquet")
    '_rollups/part-1f.days.parquet'
    """
    return f"{ROLLUPS}/{owner_of(path)}.days.parquet"


def intervals_name(path: str) -> str:
    """Name of the file with the sums by interval of a data file."""
    return f"{ROLLUPS}/{owner_of(path)}.intervals.parquet"


def with_rollups(paths: Iterable[str]) -> list[str]:
    """Names of data files, each with those of its rollup, whether there is one or not: what goes together."""
    return [name for path in paths for name in (path, days_name(path), intervals_name(path))]


@dataclass(slots=True, kw_only=True)
class RollupMaker:
    """Works out a rollup from rows that come in the order of the data file, part by part.

    Attributes:
        classes: what may be summed together.
    """

    classes: Classes
    _known: dict[str, ChannelClass] = field(default_factory=dict)
    _days: dict[str, list[Partial]] = field(default_factory=dict)
    _intervals: dict[str, list[Partial]] = field(default_factory=dict)
    _rows: int = 0
    _whole: bool = True

    @property
    def rows(self) -> int:
        """How many rows have come."""
        return self._rows

    def add(self, rows: Rows) -> None:
        """Take in rows that are sorted by channel and start."""
        self._rows += len(rows)
        try:
            self._add(rows)
        except StoreError:  # a sum that does not fit is no reason not to store what it sums
            self._whole = False

    def made(self) -> Rollup | None:
        """The rollup; None if a sum would not fit or nothing is known of a channel: those who ask read the readings."""
        if not self._whole:
            return None
        labels = sorted(self._known)
        try:
            days = [_days_table(label, united(self._days[label])) for label in labels]
            intervals = [_intervals_table(label, united(self._intervals[label])) for label in labels]
        except StoreError:
            return None
        return Rollup(
            zones={label: self._known[label].zone for label in labels},
            days=pa.concat_tables(days) if days else DAYS_SCHEMA.empty_table(),
            intervals=pa.concat_tables(intervals) if intervals else INTERVALS_SCHEMA.empty_table(),
        )

    def _add(self, rows: Rows) -> None:
        if not self._whole or not len(rows):
            return
        first = run_starts(rows.channel_id)
        classed = self.classes(rows.channel_id[first])
        if bool((classed.of < 0).any()):
            self._whole = False
            return
        for cls, mine in _by_class(rows, first, classed):
            self._known[cls.label] = cls
            for scale, some in _by_scale(mine):
                days, intervals = _sums(some, cls.zone, scale)
                self._days.setdefault(cls.label, []).append(days)
                self._intervals.setdefault(cls.label, []).append(intervals)


def write_rollup(place: Place, path: str, rollup: Rollup) -> list[str]:
    """Write the rollup of a data file beside it; gives the names, to be synced before a commit.

    Raises:
        StoreError: the place would not take it.
    """
    files = _files(path, rollup)
    for name, table in files.items():
        place.write(name, _parquet(table))
    return list(files)


def rollup_problems(place: Place, path: str, made: Rollup | None) -> list[str]:
    """What is wrong with the stored rollup of a data file.

    Args:
        place: where the table lies.
        path: of the data file.
        made: the rollup as a :class:`RollupMaker` worked it out from the file's rows.

    Returns:
        A sentence each; nothing if all is well or the file has no rollup.
    """
    problems = []
    names = [days_name(path), intervals_name(path)]
    for name, expected in dict.fromkeys(names).items() if made is None else _files(path, made).items():
        try:
            stored = place.read(name)
        except FileNotFoundError:
            continue
        except OSError as err:
            problems.append(f"rollup {name} can't be read: {err}")
            continue
        if expected is None or not _is(stored, expected):
            problems.append(f"rollup {name} is not what the readings of {path} come to")
    return problems


def _is(stored: bytes, expected: pa.Table) -> bool:
    """Whether a file holds a table. Its bytes are compared, unless another version of the library wrote it.

    Readers differ in what they look at, and a bit that flipped may spoil what one of them reads and not what others do.
    """
    again = _parquet(expected)
    if again.equals(pa.py_buffer(stored)):
        return True
    try:
        with pq.ParquetFile(pa.BufferReader(stored), page_checksum_verification=True) as parquet:
            same_writer = parquet.metadata.created_by == pq.read_metadata(pa.BufferReader(again)).created_by
            return not same_writer and parquet.read(use_threads=False).equals(expected, check_metadata=True)
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError):  # what can't be read is no table
        return False


def _files(path: str, rollup: Rollup) -> dict[str, pa.Table]:
    """The files of the rollup of a data file: what each holds, by name."""
    return {days_name(path): _with_zones(rollup), intervals_name(path): _with_channels(rollup)}


def _with_zones(rollup: Rollup) -> pa.Table:
    """The daily sums, with the zones that their days follow."""
    return rollup.days.replace_schema_metadata({f"zone of {label}": zone for label, zone in rollup.zones.items()})


def _with_channels(rollup: Rollup) -> pa.Table:
    """The sums by interval, with the channels that each class had when they were made."""
    number = np.asarray(rollup.days.column("channel_id").to_numpy())
    label = rollup.days.column("class").combine_chunks().dictionary_encode()
    code, labels = np.asarray(label.indices.to_numpy()), label.dictionary.to_pylist()
    told = {CHANNELS + one: spelled(np.unique(number[code == at])) for at, one in enumerate(labels)}
    return rollup.intervals.replace_schema_metadata(told)


def _by_class(rows: Rows, first: Int64, classed: Classed) -> list[tuple[ChannelClass, Rows]]:
    numbers = np.unique(classed.of).tolist()
    if len(numbers) == 1:
        return [(classed.classes[numbers[0]], rows)]
    number = np.repeat(classed.of, np.diff(np.append(first, len(rows))))
    return [(classed.classes[one], rows.take(number == one)) for one in numbers]


def _by_scale(rows: Rows) -> list[tuple[int, Rows]]:
    low, high = int(rows.scale.min()), int(rows.scale.max())
    if low == high:
        return [(low, rows)]
    return [(scale, rows.take(rows.scale == scale)) for scale in np.unique(rows.scale).tolist()]


def _sums(rows: Rows, zone: str, scale: int) -> tuple[Partial, Partial]:
    """Sums by channel and day, coded ``channel << 32 | day`` with the local day counted from 1970, and by start."""
    starts, slot = _slots(rows.start)
    low, high = int(starts[0]), int(starts[-1]) + 1
    day = utc_offsets(zone, low // DAY_S * DAY_S, -(-high // DAY_S) * DAY_S).local(starts) // DAY_S
    first = int(day[0])
    days = over_runs(
        rows.channel_id, (day - first).astype(np.int32)[slot], rows.start, rows.value,
        periods=1 << 32, scale=scale, extremes=Extremes.HIGHEST,
    )  # fmt: skip
    times = summed(slot, rows.value, scale)
    return replace(days, code=days.code + first), replace(times, code=starts[times.code])


def _slots(start: Int64) -> tuple[Int64, Int32]:
    """The instants that can occur, increasing, and the number of that of each row."""
    first = int(start.min())
    after = start - first
    step = int(np.gcd.reduce(after[:_ROWS_LOOKED_AT])) or 1
    if int(after.max()) // step <= _MOST_SLOTS:
        short = after.astype(np.int32) if int(after.max()) < 2**31 else after
        slot = short // step
        if bool((slot * step == short).all()):
            return first + np.arange(int(slot.max()) + 1, dtype=np.int64) * step, slot.astype(np.int32, copy=False)
    starts, slot = np.unique(start, return_inverse=True)
    return starts, slot.astype(np.int32)


def _days_table(label: str, found: Partial) -> pa.Table:
    day = (found.code & 0xFFFF_FFFF).astype(np.int32)
    return pa.table(
        [
            _constant(label, len(found)),
            pa.array((found.code >> 32).astype(np.int32)),
            pa.array(day.astype("datetime64[D]")),
            pa.array(found.sum),
            pa.array(found.count.astype(np.int32)),
            pa.array(found.max if found.max is not None else found.sum),
            pa.array(np.full(len(found), found.scale, np.int8)),
        ],
        schema=DAYS_SCHEMA,
    )


def _intervals_table(label: str, found: Partial) -> pa.Table:
    return pa.table(
        [
            _constant(label, len(found)),
            pa.array((found.code * MICROS).view("datetime64[us]"), TIME),
            pa.array(found.sum),
            pa.array(found.count.astype(np.int32)),
            pa.array(np.full(len(found), found.scale, np.int8)),
        ],
        schema=INTERVALS_SCHEMA,
    )


def _constant(label: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([label])).cast(pa.string())


def _parquet(table: pa.Table) -> pa.Buffer:
    """Bytes of a Parquet file; what varies little is a dictionary, the rest differences or split bytes."""
    daily = "day" in table.column_names
    packed = {"channel_id", "day"} if daily else {"ts", "count"}
    split = {"sum", "max"} & set(table.column_names)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=_DAY_ROW_GROUP if daily else _INTERVAL_ROW_GROUP,
        compression="zstd",
        compression_level=3,
        use_dictionary=["class", "scale", "count"] if daily else ["class", "scale"],
        column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED") | dict.fromkeys(split, "BYTE_STREAM_SPLIT"),
        write_statistics=["channel_id", "day", "ts"],
        write_page_checksum=True,
    )
    return sink.getvalue()
