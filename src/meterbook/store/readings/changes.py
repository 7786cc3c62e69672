"""What came since: readings in the order in which loads brought them, from wherever a follower stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.model.errors import MalformedRecord
from meterbook.store.readings.files.parquet import LakeFile, guarded, opened
from meterbook.store.readings.files.rows import (
    MIXED,
    READINGS_SCHEMA,
    Bool,
    Rows,
    concat,
    from_arrow,
    month_number,
    month_numbers,
    month_text,
    seconds,
)
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.steady import TRIES, begin_anew, unsteady
from meterbook.store.readings.values import Int32
from meterbook.store.readings.writing.stretches import stretches

TOGETHER_ROWS = 1_000_000
"""Readings of several loads that are sorted together, and of one load that are looked for together; some 100 MB."""

_LOAD_COLUMN = READINGS_SCHEMA.get_field_index("load_id")
_ALL = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a follower of :meth:`ReadingsLake.changes` has come: the position of the last reading it took in.

    It names a reading and no file, so it outlives compaction and vacuum, and can be kept as text for years.

    Attributes:
        load: number of the load.
        channel: channel number, or None if the whole load was taken in.
        start: UTC epoch seconds.
    """

    load: int
    channel: int | None = None
    start: int = 0

    @classmethod
    def after(cls, batch: pa.RecordBatch) -> Cursor:
        """The cursor to go on from once a batch of :meth:`ReadingsLake.changes`, which has rows, was taken in."""
        last = batch.slice(len(batch) - 1)
        start = int(seconds(pa.chunked_array([last.column("ts")]))[0])
        return cls(load=last.column("load_id")[0].as_py(), channel=last.column("channel_id")[0].as_py(), start=start)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor that ``str`` gave as text.

        Raises:
            MalformedRecord: it is none.

        >>> Cursor.parse("17:3:1761955200")
        Cursor(load=17, channel=3, start=1761955200)
        >>> str(Cursor.parse("17"))
        '17'
        """
        try:
            load, *rest = (int(part) for part in text.split(":"))
            if not rest:
                return cls(load=load)
            channel, start = rest
            return cls(load=load, channel=channel, start=start)
        except ValueError as err:
            raise MalformedRecord(
                f"{text!r} is no cursor", expected="the text of one, LOAD or LOAD:CHANNEL:START"
            ) from err

    def __str__(self) -> str:
        return str(self.load) if self.channel is None else f"{self.load}:{self.channel}:{self.start}"

    @property
    def position(self) -> tuple[int, int, int, int]:
        """Load, month, channel and start, which is the order that changes come in."""
        if self.channel is None:
            return self.load, _ALL, _ALL, _ALL
        return self.load, int(month_numbers(np.array([self.start]))[0]), self.channel, self.start


def follow(table: LakeTable, since: Cursor, batch_rows: int) -> Iterator[pa.RecordBatch]:
    """The changes after a cursor up to now, in batches; goes on by itself when a vacuum takes a file in between.

    Raises:
        BookDamaged: a file can't be read, or is missing.
        StoreError: files went again and again.
    """
    upto, tries = max((file.loads[1] for file in table.files()), default=0), 0
    while True:
        try:
            for rows in changed_rows(table, since, upto):
                for batch in rows.to_arrow(READINGS_SCHEMA).to_batches(max_chunksize=batch_rows):
                    yield batch
                    since, tries = Cursor.after(batch), 0
            return
        except FileNotFoundError as err:
            tries += 1
            if tries == TRIES:
                raise unsteady([table]) from err
            begin_anew(err, [table])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Readings of loads ``low`` to ``high``, of a month if one is given, of channels within bounds."""

    low: int
    high: int
    month: int | None = None
    channels: tuple[int, int] = (0, _ALL)

    def may_hold(self, file: LakeFile) -> bool:
        return _meet(file.loads, (self.low, self.high)) and _meet(file.channels, self.channels)

    def of(self, load: Int32) -> Bool:
        return np.asarray((load >= self.low) & (load <= self.high))


def changed_rows(table: LakeTable, since: Cursor, upto: int) -> Iterator[Rows]:
    """Readings that loads after a cursor, up to a load, brought and that hold, in the order of changes.

    Files are picked by the loads the log lists for them, and row groups by their statistics. How many readings each
    load brought is counted first, so that many small loads are looked for together and a large one part by part.

    Raises:
        BookDamaged: a file can't be read.
        FileNotFoundError: one is gone; go on from the last rows with a fresh list.
    """
    first = since.load if since.channel is not None else since.load + 1
    files = [file for file in table.files() if file.loads[1] >= first and file.loads[0] <= upto]
    for low, high, count in _together(_counts(table, files, _Wanted(low=first, high=upto))):
        begun = since if low == since.load else None
        wanted = [_Wanted(low=low, high=high)] if count <= TOGETHER_ROWS else _in_parts(files, low, begun)
        for one in wanted:
            rows = _rows_of(table, files, one)
            later = rows if begun is None else _after(rows, begun)
            if len(later):
                yield later


def _counts(table: LakeTable, files: Sequence[LakeFile], wanted: _Wanted) -> dict[int, int]:
    """How many readings each of some loads brought."""
    counts: dict[int, int] = {}
    for file in files:
        if file.loads[0] == file.loads[1]:
            counts[file.loads[0]] = counts.get(file.loads[0], 0) + file.rows
            continue
        with opened(table.place, file) as parquet:
            for _, load in _loads(table, file, parquet, wanted):
                numbers, rows = np.unique(load[wanted.of(load)], return_counts=True)
                for number, count in zip(numbers.tolist(), rows.tolist(), strict=True):
                    counts[number] = counts.get(number, 0) + count
    return counts


def _together(counts: dict[int, int]) -> Iterator[tuple[int, int, int]]:
    """Loads in their order, as many together as are few: the first and last number and how many readings."""
    first = last = total = 0
    for load in sorted(counts):
        if total and total + counts[load] > TOGETHER_ROWS:
            yield first, last, total
            total = 0
        if not total:
            first = load
        last, total = load, total + counts[load]
    if total:
        yield first, last, total


def _in_parts(files: Sequence[LakeFile], load: int, begun: Cursor | None) -> Iterator[_Wanted]:
    """A load month by month and a stretch of channels at a time, without what a follower took in already."""
    _, from_month, from_channel, _ = begun.position if begun is not None else (load, -_ALL, 0, 0)
    held = [file for file in files if file.loads[0] <= load <= file.loads[1]]
    for month in _months(held):
        mine = [file for file in held if file.month in {month_text(month), MIXED}]
        low, high = min(file.channels[0] for file in mine), max(file.channels[1] for file in mine)
        if month == from_month:
            low = max(low, from_channel)
        if month < from_month or high < low:
            continue
        for channels in stretches(mine, low, high, TOGETHER_ROWS):
            yield _Wanted(low=load, high=load, month=month, channels=channels)


def _months(files: Sequence[LakeFile]) -> list[int]:
    months = {month_number(file.month) for file in files if file.month != MIXED}
    for file in files:
        if file.month == MIXED:
            first, last = month_numbers(np.array(file.span)).tolist()
            months.update(range(first, last + 1))
    return sorted(months)


def _rows_of(table: LakeTable, files: Sequence[LakeFile], wanted: _Wanted) -> Rows:
    """What is wanted, in the order of changes."""
    month = wanted.month
    parts = []
    for file in files:
        if not wanted.may_hold(file) or (month is not None and file.month not in {month_text(month), MIXED}):
            continue
        with opened(table.place, file) as parquet:
            for number, load in _loads(table, file, parquet, wanted):
                keep = wanted.of(load)
                if not bool(keep.any()):
                    continue
                part = from_arrow(_group(table, file, parquet, number))
                keep &= (part.channel_id >= wanted.channels[0]) & (part.channel_id <= wanted.channels[1])
                if month is not None and file.month == MIXED:
                    keep &= month_numbers(part.start) == month
                parts.append(part.take(keep))
    rows = concat(parts)
    return rows.take(np.lexsort((rows.start, rows.channel_id, month_numbers(rows.start), rows.load_id)))


def _loads(table: LakeTable, file: LakeFile, parquet: pq.ParquetFile, wanted: _Wanted) -> Iterator[tuple[int, Int32]]:
    """Numbers of the row groups that can hold what is wanted, each with its loads."""
    for number in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(number)
        load, channel = group.column(_LOAD_COLUMN).statistics, group.column(0).statistics
        if not _meet((load.min, load.max), (wanted.low, wanted.high)):
            continue
        if not _meet((channel.min, channel.max), wanted.channels):
            continue
        if load.min == load.max:
            yield number, np.full(group.num_rows, load.min, np.int32)
        else:
            part = _group(table, file, parquet, number, ["load_id"])
            yield number, np.asarray(part.column("load_id").to_numpy())


def _group(
    table: LakeTable, file: LakeFile, parquet: pq.ParquetFile, number: int, columns: list[str] | None = None
) -> pa.Table:
    found = guarded(table.place, file, lambda: parquet.read_row_group(number, columns, use_threads=False))
    assert isinstance(found, pa.Table)
    return found


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _after(rows: Rows, cursor: Cursor) -> Rows:
    """Those of the rows, in the order of changes, that come after a cursor."""
    load, month, channel, start = cursor.position
    months = month_numbers(rows.start)
    later = (rows.channel_id > channel) | ((rows.channel_id == channel) & (rows.start > start))
    later = (months > month) | ((months == month) & later)
    return rows.take((rows.load_id > load) | ((rows.load_id == load) & later))
