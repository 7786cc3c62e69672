"""A data file as it is being written, row group by row group; the one place where data files are made."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.model.channel import DAY_S
from meterbook.model.errors import StoreError
from meterbook.store.readings.files.encoding import writer_options
from meterbook.store.readings.files.layout import DAYS_APART
from meterbook.store.readings.files.naming import new_name
from meterbook.store.readings.files.parquet import ROW_GROUP, SPANS_KEPT, LakeFile
from meterbook.store.readings.files.rows import Rows, concat
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.rollup import ROLLUP_ROWS, RollupMaker, with_rollups, write_rollup
from meterbook.store.readings.threads import aside

DAY_ROW_GROUP = 30_720
"""Rows of a row group in a day file, where a meter has few: reading one meter's month opens up to 31 of them."""
_ENCODED_TOGETHER = 1_000_000
_WORTH_A_THREAD, _ADDED_BESIDE = 200_000, 2
"""Rows that are worth a thread of their own, and how many such parts may wait for it."""


def data_file(table: LakeTable, month: str, rows: Rows) -> LakeFile:
    """Write rows of a partition, at least one, as a file. It is not durable before it is synced.

    Raises:
        StoreError: the place would not take it.
    """
    file = DataFile(table, month, row_group_for(int(rows.start.min()), int(rows.start.max())))
    file.append([rows])
    return file.close()


def row_group_for(first: int, last: int) -> int:
    """Rows of a row group in a file of readings from ``first`` to ``last``, UTC epoch seconds."""
    return DAY_ROW_GROUP if last // DAY_S - first // DAY_S < DAYS_APART else ROW_GROUP


class DataFile:
    """A file of one partition. Rows come in the order of the table; what is encoded is held until :meth:`close`.

    A whole co-op's bucket or day takes 8 MB encoded, so nothing is on disk before the file is complete.

    Args:
        table: whose file it is.
        month: partition.
        row_group: rows of a row group.
    """

    def __init__(self, table: LakeTable, month: str, row_group: int = ROW_GROUP) -> None:
        self._table = table
        self.month = month
        self._row_group = row_group
        self._sink = pa.BufferOutputStream()
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[Rows] = []
        self._spans: dict[int, tuple[int, int]] | None = {}
        self._low = np.array([np.iinfo(np.int64).max] * 3)
        self._high = np.array([np.iinfo(np.int64).min] * 3)
        self._rollup = None if table.classes is None else RollupMaker(classes=table.classes)
        self._adding: list[Future[None]] = []
        self.rows = 0

    def append(self, rows: Sequence[Rows]) -> None:
        """Add rows that come after all the earlier ones; row groups that are full are encoded."""
        for part in rows:
            self.rows += len(part)
            self._append(part)

    def close(self, *, durably: bool = False) -> LakeFile:
        """Write the file.

        Args:
            durably: return once it is on disk; otherwise it is to be synced before a commit names it.

        Raises:
            StoreError: the system would not write it.
        """
        if self._waiting:
            self._encode(concat(self._waiting))
        assert self._writer is not None, "a file without rows"
        self._writer.close()
        content = self._sink.getvalue()
        name = new_name(self.month, content)
        try:
            self._table.place.write(name, content)
            rollup = self._close_rollup(name)
            self._table.place.sync([name, *rollup] if durably else rollup)
        except StoreError:
            with suppress(StoreError):  # what led here is the error to tell, and a vacuum finds the files
                self._table.place.delete(with_rollups([name]))
            raise
        low, high = self._low.tolist(), self._high.tolist()
        return LakeFile(
            path=name,
            month=self.month,
            size=content.size,
            rows=self.rows,
            channels=(low[0], high[0]),
            span=(low[1], high[1]),
            loads=(low[2], high[2]),
            spans=self._spans,
        )

    def _close_rollup(self, name: str) -> list[str]:
        """Put the rollup beside the file; it counts from the commit that names the file. Gives what is to be synced."""
        if self._rollup is None or self.rows < ROLLUP_ROWS:
            return []
        for adding in self._adding:
            adding.result()
        made = self._rollup.made()
        return [] if made is None else write_rollup(self._table.place, name, made)

    def _append(self, rows: Rows) -> None:
        waiting = sum(len(part) for part in self._waiting)
        if waiting:  # fill up the row group that was begun, so that the rest need not be copied
            missing = min(self._row_group - waiting, len(rows))
            self._waiting.append(rows.take(slice(0, missing)).copy())
            rows = rows.take(slice(missing, None))
            if waiting + missing < self._row_group:
                return
            self._encode(concat(self._waiting))
            self._waiting = []
        step = self._row_group * max(1, _ENCODED_TOGETHER // self._row_group)
        whole = len(rows) - len(rows) % self._row_group
        for at in range(0, whole, step):
            self._encode(rows.take(slice(at, min(at + step, whole))))
        if whole < len(rows):
            self._waiting = [rows.take(slice(whole, None)).copy()]

    def _encode(self, rows: Rows) -> None:
        self._note(rows)
        if self._rollup is not None and (self._writer is not None or len(rows) >= min(self._row_group, ROLLUP_ROWS)):
            self._add_up(self._rollup, rows)
        self._started(rows).write_table(rows.to_arrow(self._table.schema), row_group_size=self._row_group)

    def _add_up(self, rollup: RollupMaker, rows: Rows) -> None:
        """Let the rollup take in rows while they are encoded, which is a third quicker for a large file."""
        if len(rows) < _WORTH_A_THREAD and not self._adding:
            rollup.add(rows)
            return
        self._adding.append(aside(partial(rollup.add, rows)))
        while len(self._adding) > _ADDED_BESIDE:
            self._adding.pop(0).result()

    def _started(self, rows: Rows) -> pq.ParquetWriter:
        if self._writer is None:
            schema = self._table.schema
            self._writer = pq.ParquetWriter(
                self._sink,
                schema,
                **writer_options(schema.names, rows.value),
            )
        return self._writer

    def _note(self, rows: Rows) -> None:
        bounds = [(rows.channel_id[0], rows.channel_id[-1])]
        bounds += [(column.min(), column.max()) for column in (rows.start, rows.load_id)]
        self._low = np.minimum(self._low, [low for low, _ in bounds])
        self._high = np.maximum(self._high, [high for _, high in bounds])
        if self._spans is None:
            return
        if int(np.count_nonzero(np.diff(rows.channel_id))) + len(self._spans) >= SPANS_KEPT:
            self._spans = None
            return
        for channel, (first, last) in rows.spans().items():
            self._spans[channel] = (self._spans.get(channel, (first, last))[0], last)
