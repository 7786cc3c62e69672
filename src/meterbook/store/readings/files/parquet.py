"""One Parquet file of the lake: how it is written, and how parts of it are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.model.errors import BookDamaged
from meterbook.store.readings.files.rows import NO_ROWS, Rows, concat, from_arrow
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.values import Int32

T = TypeVar("T")

ROW_GROUP = 122_880
SPANS_KEPT = 64
"""Most channels of which a file's spans are kept in memory, and are looked at one by one."""

Spans = Mapping[int, tuple[int, int]]
"""First and last start of each channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFile:
    """A data file as the log lists it.

    Attributes:
        path: relative to the table's folder.
        month: partition: ``2025-11``, or :data:`~meterbook.store.readings.files.rows.MIXED`.
        size: bytes.
        rows: readings in it.
        channels: lowest and highest channel number.
        span: first and last start, UTC epoch seconds.
        loads: lowest and highest load number.
        spans: first and last start of each channel, known of files that this process wrote.
    """

    path: str
    month: str
    size: int
    rows: int
    channels: tuple[int, int]
    span: tuple[int, int]
    loads: tuple[int, int]
    spans: Spans | None = field(default=None, compare=False)

    def may_hold(self, low: int, high: int, start: int, end: int) -> bool:
        """Whether readings of channels ``low`` to ``high`` within ``[start, end)`` can be in it."""
        return self.channels[0] <= high and low <= self.channels[1] and self.span[0] < end and start <= self.span[1]

    def may_hold_any(self, wanted: Spans) -> bool:
        """Whether readings of some channels, each within its span, can be in it."""
        if self.spans is None:
            return any(self.may_hold(channel, channel, first, last + 1) for channel, (first, last) in wanted.items())
        known = ((self.spans.get(channel), span) for channel, span in wanted.items())
        return any(mine is not None and mine[0] <= last and first <= mine[1] for mine, (first, last) in known)


def holding(files: Sequence[LakeFile], wanted: Spans) -> list[LakeFile]:
    """The files that can hold readings of some channels, each within its span."""
    if not wanted:
        return []
    low, high = min(wanted), max(wanted)
    start, end = min(first for first, _ in wanted.values()), max(last for _, last in wanted.values()) + 1
    near = [file for file in files if file.may_hold(low, high, start, end)]
    return near if len(wanted) > SPANS_KEPT else [file for file in near if file.may_hold_any(wanted)]


def read_file(place: Place, file: LakeFile, channels: Int32 | None = None) -> Rows:
    """The rows of a file, or those of some channels (sorted numbers).

    Raises:
        BookDamaged: the file can't be read.
        FileNotFoundError: it is gone; a vacuum may have taken it since its list was read.
    """
    with opened(place, file) as parquet:
        groups = range(parquet.num_row_groups) if channels is None else _groups(parquet, channels)
        if not groups:
            return NO_ROWS
        rows = from_arrow(guarded(place, file, lambda: parquet.read_row_groups(list(groups), use_threads=False)))
    return rows if channels is None else rows.of_channels(channels)


def read_groups(place: Place, file: LakeFile, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """The row groups of a file one by one."""
    with opened(place, file) as parquet:
        for number in range(parquet.num_row_groups):
            yield guarded(place, file, partial(parquet.read_row_group, number, columns, use_threads=False))


def opened(place: Place, file: LakeFile) -> pq.ParquetFile:
    """The file, opened."""
    return guarded(place, file, lambda: place.open(file.path))


def guarded(place: Place, file: LakeFile, read: Callable[[], T]) -> T:
    """What a read of a data file gives.

    Raises:
        BookDamaged: the file can't be read.
        FileNotFoundError: it is gone.
    """
    try:
        return read()
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as err:
        raise BookDamaged(
            "a file of the book is damaged",
            where=f"{place.where}/{file.path}",
            expected=f"a Parquet file of {file.size} bytes",
            hint="Restore this file from a backup; `meterbook store verify` lists all that are damaged.",
        ) from err


def _groups(parquet: pq.ParquetFile, channels: Int32) -> list[int]:
    """Row groups that can hold the channels, by their statistics."""
    if parquet.num_row_groups == 1:
        return [0]
    metadata = parquet.metadata
    found = []
    for number in range(parquet.num_row_groups):
        statistics = metadata.row_group(number).column(0).statistics
        low, high = np.searchsorted(channels, (statistics.min, statistics.max + 1))
        if low < high:
            found.append(number)
    return found


def merge_files(place: Place, files: list[LakeFile]) -> Rows:
    """The rows of several files, sorted."""
    rows = concat([read_file(place, file) for file in files])
    return rows if len(files) <= 1 else rows.sorted()
