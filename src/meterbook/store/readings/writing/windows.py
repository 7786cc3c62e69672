"""What a write does to the files of both tables."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from meterbook.model.errors import StoreError
from meterbook.store.readings.files.datafile import data_file
from meterbook.store.readings.files.layout import MERGE_ROWS, mergeable
from meterbook.store.readings.files.parquet import LakeFile, holding, read_file
from meterbook.store.readings.files.rows import KEY_SPAN_S, MIXED, Rows, concat, month_numbers, month_start, month_text
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.rollup import with_rollups
from meterbook.store.readings.values import Int8, Int32
from meterbook.store.readings.writing.merge import REVISED, Change, Incoming, change, found_in, replaced

log = logging.getLogger(__name__)

MIXED_WRITE_ROWS = 100_000
"""Most rows of a write that may become one mixed file, so that looking for what they replace takes little memory."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """Files written, and those they stand for, until one commit makes it so."""

    table: LakeTable
    adds: list[LakeFile] = field(default_factory=list)
    removes: list[LakeFile] = field(default_factory=list)
    _durable: set[str] = field(default_factory=set)

    def put(self, month: str, rows: Rows, instead_of: Sequence[LakeFile] = ()) -> None:
        """Write rows of a month as a file in place of others."""
        self.removes.extend(instead_of)
        if len(rows):
            self.adds.append(data_file(self.table, month, rows))

    def add(self, file: LakeFile, instead_of: Sequence[LakeFile] = ()) -> None:
        """Take a file that is on disk already, in place of others."""
        self.removes.extend(instead_of)
        self.adds.append(file)
        self._durable.add(file.path)

    def commit(self, operation: str, *, new_data: bool = True) -> None:
        """Put the files on disk and then make it so, if there is anything to do."""
        self.table.place.sync([file.path for file in self.adds if file.path not in self._durable])
        # From here on the files may be in the log, even if the commit ends in an error: not ours to discard.
        adds, removes, self.adds, self.removes = self.adds, self.removes, [], []
        if adds or removes:
            self.table.commit(adds, removes, operation=operation, new_data=new_data)

    def discard(self) -> None:
        """Drop files that were written and not committed."""
        try:
            self.table.place.delete(with_rollups(file.path for file in self.adds))
        except StoreError as err:  # what led here is the error to tell, and a vacuum finds them
            log.debug("files of a write that failed stay for a while: %s", err.what)


def write_new(readings: Exchange, revisions: Exchange, brought: Incoming) -> Int8 | None:
    """Prepare one file for all that a write brings, whatever months it lies in, if nothing stored changes by it.

    A pulled window of daily readings lies in four months and one of monthly readings in 24. To rewrite as many files
    with each of a first sync's windows takes most of its time.

    Returns:
        For each row UNCHANGED or NEW; None, with nothing prepared, if the write is to go month by month.
    """
    rows = brought.rows
    start, end = int(rows.start.min()), int(rows.start.max()) + 1
    if len(rows) > MIXED_WRITE_ROWS or end - start > KEY_SPAN_S or bool(brought.layer.any()):
        return None
    spans = rows.spans()
    channels = np.array(list(spans), np.int32)
    parts = []
    for file in holding(readings.table.files(), spans):
        part = read_file(readings.table.place, file, channels)
        parts.append(part.take((part.start >= start) & (part.start < end)))
    changed = change(concat(parts).sorted(), brought, start)
    if not len(changed.rows):
        return changed.fate
    if bool((changed.fate == REVISED).any()) or holding(revisions.table.files(), spans):
        return None  # what a killed writer left among the revisions may have to go
    months = np.unique(month_numbers(changed.rows.start)).tolist()
    if len(months) == 1:
        put_more(readings, month_text(months[0]), changed.rows)
    else:
        readings.put(MIXED, changed.rows)
    return changed.fate


def put_more(exchange: Exchange, month: str, rows: Rows) -> None:
    """Add rows to a month that holds none of them, joined with its files where that is worth it."""
    joined = mergeable(_of_month(exchange.table, month), len(rows))
    parts = [read_file(exchange.table.place, file) for file in joined]
    exchange.put(month, concat([*parts, rows]).sorted(), joined)


def write_month(readings: Exchange, revisions: Exchange, month: str, brought: Incoming) -> Int8:
    """Prepare both tables for the rows that a write brings for one month.

    Returns:
        For each row UNCHANGED, NEW or REVISED.
    """
    channels = np.unique(brought.rows.channel_id)
    files = _of_month(readings.table, month)
    held = _read_overlapping(readings.table, files, brought.rows, channels)
    stored = concat([rows.of_channels(channels) for _, rows in held])
    changed = change(stored if len(held) <= 1 else stored.sorted(), brought, month_start(month))
    if len(changed.rows):
        _keep_superseded(revisions, month, changed)
        _replace(readings, month, changed.rows, held, mergeable(files, int((changed.ceiling < 0).sum())))
    return changed.fate


def _replace(
    exchange: Exchange, month: str, rows: Rows, held: list[tuple[LakeFile, Rows]], merged: list[LakeFile]
) -> None:
    """Put changed rows in place: those of large files into a new version of each, all others into the merged file."""
    first = month_start(month)
    read = {file.path: part for file, part in held}
    for file, part in held:
        if file in merged:
            continue
        mine = found_in(part.keys(first), rows.keys(first))
        if bool(mine.any()):
            whole = part if len(part) == file.rows else read_file(exchange.table.place, file)
            exchange.put(month, replaced(whole, rows.take(mine), first), [file])
            rows = rows.take(~mine)
    if len(rows):
        parts = [read[file.path] if file.path in read else read_file(exchange.table.place, file) for file in merged]
        base = concat(parts)
        exchange.put(month, replaced(base if len(parts) <= 1 else base.sorted(), rows, first), merged)


def _keep_superseded(exchange: Exchange, month: str, changed: Change) -> None:
    """Add the superseded values, and drop what a writer killed before its commit left for the same readings."""
    files = _of_month(exchange.table, month)
    channels = np.unique(changed.rows.channel_id)
    spoiled = {}
    for file, rows in _read_overlapping(exchange.table, files, changed.rows, channels, whole=True):
        left_over = _left_over(rows, changed, month_start(month))
        if bool(left_over.any()):
            spoiled[file.path] = rows.take(~left_over)
    if not len(changed.superseded) and not spoiled:
        return
    merged = mergeable(files, len(changed.superseded))
    for file in files:
        if file.path in spoiled and file not in merged:
            exchange.put(month, spoiled[file.path], [file])
    parts = [spoiled[file.path] if file.path in spoiled else read_file(exchange.table.place, file) for file in merged]
    exchange.put(month, concat([*parts, changed.superseded]).sorted(), merged)


def _left_over(revisions: Rows, changed: Change, first: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    keys, mine = changed.rows.keys(first), revisions.keys(first)
    position = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
    return np.asarray((keys[position] == mine) & (revisions.load_id >= changed.ceiling[position]))


def _of_month(table: LakeTable, month: str) -> list[LakeFile]:
    return [file for file in table.files() if file.month == month]


def _read_overlapping(
    table: LakeTable, files: list[LakeFile], rows: Rows, channels: Int32, *, whole: bool = False
) -> list[tuple[LakeFile, Rows]]:
    """Files that can hold some of the readings, each with its rows: all of a small file, the channels' of a large."""
    start, end = int(rows.start.min()), int(rows.start.max()) + 1
    low, high = int(channels[0]), int(channels[-1])
    return [
        (file, read_file(table.place, file, None if whole or file.rows <= MERGE_ROWS else channels))
        for file in files
        if file.may_hold(low, high, start, end)
    ]
