"""Pieces of a load: files in their final form that no log names yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np

from meterbook.store.readings.files.datafile import DAY_ROW_GROUP, DataFile
from meterbook.store.readings.files.layout import FILE_ROWS, MERGE_ROWS, Cut, by_month, cut_for, fitting
from meterbook.store.readings.files.parquet import ROW_GROUP, LakeFile
from meterbook.store.readings.files.rows import Rows, concat, month_text
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.rollup import with_rollups
from meterbook.store.readings.writing.encoders import AtOnce, Encoder
from meterbook.store.readings.writing.stretches import read_stretch, within

FEW_ROWS = 1_000_000
"""Rows up to which a part of a month is cut as those before it, though it is only of some days."""
OPEN_ROWS = 240_000_000
"""Rows of pieces that still take more, encoded: some 300 MB; three years of a bucket that come channel by channel."""
KEPT_ROWS = 4_000_000
"""Rows of small pieces that are kept in memory; about 120 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a load: a file that is written or just being written, or few rows that are in memory.

    No reading is in it twice.

    Attributes:
        listed: how a file of its rows is listed; without path and size.
        held: its rows if they are in memory.
        writing: its file, if there is one.
    """

    listed: LakeFile
    held: Rows | None = None
    writing: Future[LakeFile] | None = None

    @property
    def month(self) -> str:
        """Partition it belongs to."""
        return self.listed.month

    @property
    def file(self) -> LakeFile:
        """Its file, once it is on disk.

        Raises:
            StoreError: the system would not write it.
        """
        assert self.writing is not None, "rows in memory have no file"
        return self.writing.result()

    def stretch(self, table: LakeTable, low: int, high: int) -> Rows:
        """Its rows of channels ``low`` to ``high``."""
        return within(self.held, low, high) if self.held is not None else read_stretch(table, self.file, low, high)

    def drop(self, table: LakeTable) -> None:
        """Delete its file, if there is one."""
        if self.writing is not None and not self.writing.cancelled() and self.writing.exception() is None:
            table.place.delete(with_rollups([self.file.path]))


class Pieces:
    """Readings of one load on their way into files.

    Args:
        table: the table that the files are for.
        encoder: gives a new file its thread; where the rows come from if left out.
    """

    def __init__(self, table: LakeTable, encoder: Callable[[], Encoder] = AtOnce) -> None:
        self._table = table
        self._encoder = encoder
        self._cuts: dict[int, Cut] = {}
        self._open: dict[tuple[int, int], _Open] = {}
        self._done: list[Piece] = []
        self._kept = 0

    def add(self, rows: Rows) -> None:
        """Take in rows of any order; where they meet earlier ones of this load, they win."""
        if not len(rows):
            return
        for month, part in by_month(rows):
            cut = self._cut(month, part)
            if cut.by_day:  # what is out of order as a whole may not be so by day
                parts = [(number, in_order(own)) for number, own in cut.parts(part)]
            else:
                parts = cut.parts(in_order(part))
            for number, own in parts:
                self._append((month, number), own, cut)

    def close(self) -> list[Piece]:
        """All pieces in the order in which they were begun: of two that hold the same reading the later one wins."""
        for key in list(self._open):
            self._close(key)
        return self._done

    def discard(self) -> None:
        """Delete what was written; no thread begins more."""
        for piece in self._done:
            piece.drop(self._table)

    def _cut(self, month: int, rows: Rows) -> Cut:
        wanted, known = cut_for(rows), self._cuts.get(month)
        if known is not None and (known.by_day == wanted.by_day or (wanted.by_day and len(rows) < FEW_ROWS)):
            return known
        # Pieces that are cut alike don't meet, others may: those begun later are to hold the later word.
        for key in [key for key in self._open if key[0] == month]:
            self._close(key)
        self._cuts[month] = wanted
        return wanted

    def _append(self, key: tuple[int, int], rows: Rows, cut: Cut) -> None:
        while len(rows):
            current = self._open.get(key)
            taken = 0 if current is None or not current.precedes(rows) else fitting(rows, FILE_ROWS - current.rows)
            if current is None or not taken:
                if current is not None:
                    self._close(key)
                row_group = DAY_ROW_GROUP if cut.by_day else ROW_GROUP
                self._open[key] = _Open(DataFile(self._table, month_text(key[0]), row_group), self._encoder())
                continue
            current.append(rows.take(slice(0, taken)))
            rows = rows.take(slice(taken, None))
            self._open[key] = self._open.pop(key)  # the one last used comes last
            self._close_oldest(key)

    def _close_oldest(self, key: tuple[int, int]) -> None:
        """Bound what open pieces take, though there be hundreds: a co-op's year has 264 that are written one by one."""
        while len(self._open) > 1 and sum(piece.rows for piece in self._open.values()) > OPEN_ROWS:
            oldest = next(iter(self._open))
            if oldest == key:
                return
            self._close(oldest)

    def _close(self, key: tuple[int, int]) -> None:
        keep = self._kept + self._open[key].rows <= KEPT_ROWS
        piece = self._open.pop(key).close(keep=keep)
        self._done.append(piece)
        if piece.held is not None:
            self._kept += piece.listed.rows


class _Open:
    """A piece that still takes rows. Its file is touched by its thread only."""

    def __init__(self, file: DataFile, encoder: Encoder) -> None:
        self.rows = 0
        self._file = file
        self._encoder = encoder
        self._waiting: list[Rows] = []
        self._last: tuple[int, int] | None = None
        self._steps: list[Future[None]] = []
        self._listed: LakeFile | None = None

    def precedes(self, rows: Rows) -> bool:
        """Whether all it holds comes before some rows."""
        return self._last is None or self._last < (int(rows.channel_id[0]), int(rows.start[0]))

    def append(self, rows: Rows) -> None:
        """Add rows that come after all it holds."""
        self.rows += len(rows)
        few = sum(len(part) for part in self._waiting) + len(rows) <= MERGE_ROWS
        self._waiting.append(rows.copy() if few else rows)  # what waits is not to keep the whole chunk
        self._last = (int(rows.channel_id[-1]), int(rows.start[-1]))
        self._listed = with_rows(self._listed, self._file.month, rows)
        if not few:
            self._encode()

    def close(self, *, keep: bool) -> Piece:
        """The piece; small and not encoded yet, it stays in memory if there is room."""
        assert self._listed is not None, "a piece without rows"
        if keep and not self._steps:
            return Piece(listed=self._listed, held=concat(self._waiting))
        self._encode()
        return Piece(listed=self._listed, writing=self._encoder.run(0, self._complete))

    def _complete(self) -> LakeFile:
        for step in self._steps:
            step.result()
        return self._file.close(durably=True)

    def _encode(self) -> None:
        rows, self._waiting = self._waiting, []
        if rows:
            self._steps.append(self._encoder.run(sum(len(part) for part in rows), lambda: self._file.append(rows)))


def latest(parts: Sequence[Rows]) -> Rows:
    """Sorted parts as sorted rows; of the same reading in several the last one's."""
    return in_order(concat([part for part in parts if len(part)]))


def in_order(rows: Rows) -> Rows:
    """The rows by channel and start, of equal ones the last. Sorted ones, as they mostly are, only cost a look."""
    if rows.in_order():
        return rows
    rows = rows.by_key()
    last = np.append((np.diff(rows.channel_id) != 0) | (np.diff(rows.start) != 0), True)
    return rows if bool(last.all()) else rows.take(last)


def with_rows(listed: LakeFile | None, month: str, rows: Rows) -> LakeFile:
    """How a file is listed, without path and size, once rows have been added that come after all its others."""
    channels = (int(rows.channel_id[0]), int(rows.channel_id[-1]))
    span = (int(rows.start.min()), int(rows.start.max()))
    loads = (int(rows.load_id.min()), int(rows.load_id.max()))
    if listed is None:
        return LakeFile(path="", month=month, size=0, rows=len(rows), channels=channels, span=span, loads=loads)
    return replace(
        listed,
        rows=listed.rows + len(rows),
        channels=(listed.channels[0], channels[1]),
        span=(min(listed.span[0], span[0]), max(listed.span[1], span[1])),
        loads=(min(listed.loads[0], loads[0]), max(listed.loads[1], loads[1])),
    )
