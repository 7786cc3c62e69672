"""Files read a stretch of channels at a time, so that no more than some hundred megabytes are in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import NO_ROWS, Rows, from_arrow
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.footers import footer

STRETCH_ROWS = 2_000_000
"""Rows of all files together that are in memory at a time: few enough that the system need not find new memory for
each."""


def stretches(files: Sequence[LakeFile], low: int, high: int, rows: int | None = None) -> Iterator[tuple[int, int]]:
    """Channels ``low`` to ``high`` in stretches, first and last, that hold about so many rows each.

    Each file counts as if it had as many rows of each channel between its lowest and its highest.

    Args:
        files: what is to be read.
        low: first channel.
        high: last channel.
        rows: :data:`STRETCH_ROWS` if left out.
    """
    limit = rows or STRETCH_ROWS
    if sum(file.rows for file in files) <= limit:
        yield low, high
        return
    change = np.zeros(high - low + 2)
    for file in files:
        each = file.rows / (file.channels[1] - file.channels[0] + 1)
        first, following = np.clip((file.channels[0] - low, file.channels[1] - low + 1), 0, high - low + 1)
        change[first] += each
        change[following] -= each
    number = (np.cumsum(np.cumsum(change[:-1])) // limit).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(number)]
    for first, following in itertools.pairwise(edges):
        yield low + first, low + following - 1


def read_stretch(table: LakeTable, file: LakeFile, low: int, high: int) -> Rows:
    """The rows of channels ``low`` to ``high`` in a file.

    Raises:
        BookDamaged: the file can't be read.
        FileNotFoundError: it is gone.
    """
    if file.channels[1] < low or high < file.channels[0]:
        return NO_ROWS
    known = footer(table.place, file)
    wanted = np.flatnonzero((known.channels[:, 0] <= high) & (low <= known.channels[:, 1])).tolist()
    if not wanted:
        return NO_ROWS
    return within(from_arrow(known.read(table.place, file, wanted, table.schema.names)), low, high)


def within(rows: Rows, low: int, high: int) -> Rows:
    """The rows of channels ``low`` to ``high``, of sorted ones."""
    first, following = np.searchsorted(rows.channel_id, (low, high + 1)).tolist()
    return rows if (first, following) == (0, len(rows)) else rows.take(slice(first, following))
