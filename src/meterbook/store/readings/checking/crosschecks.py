"""Files held against each other: no reading in two of them, and every superseded value followed by the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from meterbook.store.readings.checking.checks import count_loads
from meterbook.store.readings.files.parquet import LakeFile, guarded, opened
from meterbook.store.readings.files.rows import NO_ROWS, Bool, Rows, concat, month_start, seconds
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.values import Int32
from meterbook.store.readings.writing.merge import find
from meterbook.store.readings.writing.stretches import stretches, within

_KEY = ("channel_id", "ts", "load_id", "superseded_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a month, or the rows of a month that mixed files hold.

    Attributes:
        file: as listed; for rows of mixed files, as a file of them would be listed.
        held: the rows, if they are in memory.
    """

    file: LakeFile
    held: Rows | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Parts of a month's readings that may hold the same readings, and the revisions that may belong to them."""

    month: str
    readings: tuple[Part, ...]
    revisions: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """What a look across the files of a cluster found.

    Attributes:
        revisions: how many superseded values belong to readings and were truly superseded, by load.
        problems: what is wrong, a sentence each.
    """

    revisions: Counter[int]
    problems: tuple[str, ...]


def clusters(month: str, readings: Sequence[Part], revisions: Sequence[Part]) -> Iterator[Cluster]:
    """The parts of a month in groups that share no reading; groups of one part without revisions are left out."""
    for members in _components(readings):
        own = tuple(readings[at] for at in members)
        low, high, start, end = _reach(own)
        earlier = tuple(part for part in revisions if part.file.may_hold(low, high, start, end + 1))
        if len(own) > 1 or earlier:
            yield Cluster(month=month, readings=own, revisions=earlier)


def cross(readings: LakeTable, revisions: LakeTable, cluster: Cluster) -> Crossed:
    """Look across a cluster, a stretch of channels at a time.

    Raises:
        FileNotFoundError: a file is gone.
        BookDamaged: a file can't be read.
    """
    first = month_start(cluster.month)
    low, high, start, end = _reach(cluster.readings)
    files = [part.file for part in (*cluster.readings, *cluster.revisions)]
    counted: Counter[int] = Counter()
    problems: dict[str, None] = {}
    for bounds in stretches(files, low, high):
        current = _sorted(_read(readings, cluster.readings, *bounds))
        if not current.in_order():
            problems[f"{readings.place.name} of {cluster.month}: a reading is in two files"] = None
            current = current.take(np.append(current.rising(), True) if len(current) else slice(0))
        earlier = _read(revisions, cluster.revisions, *bounds)
        earlier = earlier.take((earlier.start >= start) & (earlier.start <= end))
        if not len(earlier):
            continue
        earlier = _sorted(earlier, by_load=True)
        if not bool(earlier.rising(by_load=True).all()):
            problems[f"{revisions.place.name} of {cluster.month}: an earlier value is in two files"] = None
        position, present = find(current.keys(first), earlier.keys(first))
        truly = present & (earlier.load_id < current.load_id[position] if len(current) else present)
        valid, newest = earlier.take(truly), current.load_id[position[truly]] if len(current) else NO_ROWS.load_id
        counted.update(count_loads(valid.load_id))
        if len(valid) and not bool(_leads_on(valid, newest).all()):
            problems[
                f"{revisions.place.name} of {cluster.month}: an earlier value names another load than the one that "
                "brought the next"
            ] = None
    return Crossed(revisions=counted, problems=tuple(problems))


def parts_of(rows: Rows, month: str) -> list[Part]:
    """Rows of mixed files as a part of their month, if there are any."""
    if not len(rows):
        return []
    listed = LakeFile(
        path="",
        month=month,
        size=0,
        rows=len(rows),
        channels=(int(rows.channel_id.min()), int(rows.channel_id.max())),
        span=(int(rows.start.min()), int(rows.start.max())),
        loads=(int(rows.load_id.min()), int(rows.load_id.max())),
    )
    return [Part(file=listed, held=rows)]


def _leads_on(valid: Rows, newest: Int32) -> Bool:
    """Whether each superseded value is followed by the one it names; rows are sorted by reading and load."""
    again = (np.diff(valid.channel_id) == 0) & (np.diff(valid.start) == 0)
    following = newest.copy()
    following[:-1][again] = valid.load_id[1:][again]
    return np.asarray(valid.superseded_by == following)


def _components(parts: Sequence[Part]) -> list[list[int]]:
    """Numbers of the parts whose bounds meet, directly or through others."""
    if not parts:
        return []
    bounds = np.array([[*part.file.channels, *part.file.span] for part in parts], np.int64)
    low, high, first, last = bounds.T
    meets = (low[:, None] <= high) & (low <= high[:, None]) & (first[:, None] <= last) & (first <= last[:, None])
    label = np.arange(len(parts))
    while True:
        lowest = np.where(meets, label[None, :], len(parts)).min(axis=1)
        if bool((lowest == label).all()):
            return [np.flatnonzero(label == number).tolist() for number in np.unique(label).tolist()]
        label = lowest


def _reach(parts: Sequence[Part]) -> tuple[int, int, int, int]:
    return (
        min(part.file.channels[0] for part in parts),
        max(part.file.channels[1] for part in parts),
        min(part.file.span[0] for part in parts),
        max(part.file.span[1] for part in parts),
    )


def _read(table: LakeTable, parts: Sequence[Part], low: int, high: int) -> Rows:
    """What tells readings apart, of channels ``low`` to ``high``; values are left out."""
    found = [_keys(table, part.file, low, high) if part.held is None else _few(part.held, low, high) for part in parts]
    return concat([rows for rows in found if len(rows)])


def _few(rows: Rows, low: int, high: int) -> Rows:
    return rows.take((rows.channel_id >= low) & (rows.channel_id <= high))


def _keys(table: LakeTable, file: LakeFile, low: int, high: int) -> Rows:
    if file.channels[1] < low or high < file.channels[0]:
        return NO_ROWS
    columns = [name for name in _KEY if name in table.schema.names]
    with opened(table.place, file) as parquet:
        wanted = []
        for number in range(parquet.num_row_groups):
            statistics = parquet.metadata.row_group(number).column(0).statistics
            if statistics is None or (statistics.min <= high and low <= statistics.max):
                wanted.append(number)
        if not wanted:
            return NO_ROWS
        read = guarded(table.place, file, lambda: parquet.read_row_groups(wanted, columns, use_threads=False))
    return within(_rows(read), low, high)


def _rows(read: pa.Table) -> Rows:
    def column(name: str) -> Any:
        return np.asarray(read.column(name).to_numpy())

    nothing = np.broadcast_to(np.int8(0), len(read))
    return Rows(
        channel_id=column("channel_id"),
        start=seconds(read.column("ts")),
        value=np.broadcast_to(np.int64(0), len(read)),
        scale=nothing,
        quality=nothing,
        load_id=column("load_id"),
        superseded_by=column("superseded_by")
        if "superseded_by" in read.column_names
        else np.broadcast_to(np.int32(0), len(read)),
    )


def _sorted(rows: Rows, *, by_load: bool = False) -> Rows:
    if (not by_load and rows.in_order()) or bool(rows.rising(by_load=True).all()):
        return rows
    return rows.take(np.lexsort((rows.load_id, rows.start, rows.channel_id)))
