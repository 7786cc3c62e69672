"""Pieces of a load: files in their final form that no log names yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from meterbook.store.readings.datafile import DAY_ROW_GROUP, DataFile
from meterbook.store.readings.layout import FILE_ROWS, MERGE_ROWS, Cut, cut_for, divided
from meterbook.store.readings.parquet import ROW_GROUP, LakeFile
from meterbook.store.readings.rows import Rows, concat, month_numbers, month_text
from meterbook.store.readings.stretches import read_stretch, within
from meterbook.store.readings.table import LakeTable

KEPT_ROWS = 4_000_000
"""Rows of small pieces that are kept in memory; about 120 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a load: a file, or few rows that are still in memory. No reading is in it twice.

    Attributes:
        month: partition it belongs to.
        by_day: whether it was cut as a day file.
        file: the file, or how one of these rows would be listed.
        held: its rows if they are in memory.
    """

    month: str
    by_day: bool
    file: LakeFile
    held: Rows | None

    def stretch(self, table: LakeTable, low: int, high: int) -> Rows:
        """Its rows of channels ``low`` to ``high``."""
        return read_stretch(table, self.file, low, high) if self.held is None else within(self.held, low, high)

    def drop(self, table: LakeTable) -> None:
        """Delete its file, if there is one."""
        if self.held is None:
            (table.folder / self.file.path).unlink(missing_ok=True)


def latest(parts: Sequence[Rows]) -> Rows:
    """Sorted parts as sorted rows; of the same reading in several the last one's."""
    return in_order(concat([part for part in parts if len(part)]))


def in_order(rows: Rows) -> Rows:
    """The rows by channel and start, of equal ones the last. Sorted ones, as they mostly are, only cost a look."""
    if bool(rows.rising().all()):
        return rows
    rows = rows.take(np.lexsort((rows.start, rows.channel_id)))
    last = np.append((np.diff(rows.channel_id) != 0) | (np.diff(rows.start) != 0), True)
    return rows if bool(last.all()) else rows.take(last)


class Pieces:
    """Readings of one load on their way into files.

    Args:
        table: the table that the files are for.
    """

    def __init__(self, table: LakeTable) -> None:
        self._table = table
        self._cuts: dict[int, Cut] = {}
        self._open: dict[tuple[int, int], _Open] = {}
        self._done: list[Piece] = []
        self._kept = 0

    def add(self, rows: Rows, cut: Cut | None = None) -> None:
        """Take in rows sorted by channel and start; where they meet earlier ones of this load, they win."""
        if not len(rows):
            return
        for month, part in divided(rows, month_numbers(rows.start)):
            self._add_month(month, part, cut)

    def close(self) -> list[Piece]:
        """All pieces in the order in which they were begun: of two that hold the same reading the later one wins."""
        for key in list(self._open):
            self._close(key)
        return self._done

    def release(self) -> None:
        """Leave the files to whoever took them."""
        self._done = []

    def discard(self) -> None:
        """Delete what was written."""
        for piece in self._done:
            piece.drop(self._table)

    def _add_month(self, month: int, rows: Rows, cut: Cut | None) -> None:
        wanted = cut or cut_for(rows)
        known = self._cuts.get(month)
        if known is None or known.by_day != wanted.by_day:
            # Pieces that are cut alike can't meet, others can: those begun later are to hold the later word.
            for key in [key for key in self._open if key[0] == month]:
                self._close(key)
            self._cuts[month] = known = wanted
        for number, part in known.parts(rows):
            self._append((month, number), part, known)

    def _append(self, key: tuple[int, int], rows: Rows, cut: Cut) -> None:
        current = self._open.get(key)
        if current is not None and not current.takes(rows):
            self._close(key)
            current = None
        if current is None:
            row_group = DAY_ROW_GROUP if cut.by_day else ROW_GROUP
            current = self._open[key] = _Open(DataFile(self._table, month_text(key[0]), row_group), cut.by_day)
        for part in _cut_long(rows, FILE_ROWS - current.file.rows):
            if current.file.rows + len(part) > FILE_ROWS and current.file.rows:
                self._close(key)
                current = self._open[key] = _Open(
                    DataFile(self._table, month_text(key[0]), DAY_ROW_GROUP if cut.by_day else ROW_GROUP), cut.by_day
                )
            current.append(part)

    def _close(self, key: tuple[int, int]) -> None:
        current = self._open.pop(key)
        file = current.file
        held = None
        if not file.encoded and self._kept + file.rows <= KEPT_ROWS:
            held = concat(list(file.waiting))
            self._kept += file.rows
        month = month_text(key[0])
        listed = _listed(month, held) if held is not None else file.close()
        self._done.append(Piece(month=month, by_day=current.by_day, file=listed, held=held))


class _Open:
    """A piece that still takes rows."""

    def __init__(self, file: DataFile, by_day: bool) -> None:
        self.file = file
        self.by_day = by_day
        self._last: tuple[int, int] | None = None
        self._waiting = 0

    def takes(self, rows: Rows) -> bool:
        return self._last is None or self._last < (int(rows.channel_id[0]), int(rows.start[0]))

    def append(self, rows: Rows) -> None:
        self.file.append(rows)
        self._last = (int(rows.channel_id[-1]), int(rows.start[-1]))
        self._waiting += len(rows)
        if self._waiting > MERGE_ROWS:
            self.file.encode()
            self._waiting = sum(len(part) for part in self.file.waiting)


def _cut_long(rows: Rows, room: int) -> Iterator[Rows]:
    """The rows, or, if they are more than a file takes, parts of them that end with a channel."""
    if len(rows) <= room or len(rows) <= FILE_ROWS:
        yield rows
        return
    while len(rows) > FILE_ROWS:
        low, high = np.searchsorted(rows.channel_id, rows.channel_id[FILE_ROWS], "left"), FILE_ROWS
        at = int(low) if low > 0 else int(high)
        yield rows.take(slice(0, at))
        rows = rows.take(slice(at, None))
    yield rows


def _listed(month: str, rows: Rows) -> LakeFile:
    return LakeFile(
        path="",
        month=month,
        size=0,
        rows=len(rows),
        channels=(int(rows.channel_id[0]), int(rows.channel_id[-1])),
        span=(int(rows.start.min()), int(rows.start.max())),
        loads=(int(rows.load_id.min()), int(rows.load_id.max())),
    )
