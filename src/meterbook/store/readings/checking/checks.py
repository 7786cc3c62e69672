"""One data file by itself: is it what the log says, row group by row group, so that little is in memory?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow.parquet as pq

from meterbook.model.errors import BookDamaged, StoreError
from meterbook.store.readings.files.naming import as_written
from meterbook.store.readings.files.parquet import LakeFile, guarded, opened
from meterbook.store.readings.files.rows import MICROS, MIXED, Rows, from_arrow, month_numbers, month_text
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.rollup import RollupMaker, rollup_problems
from meterbook.store.readings.values import Int32, Int64

MAX_SCALE = 18
"""Most digits after the point that an int64 can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of one file.

    Attributes:
        file: which.
        sound: whether all of it could be read and is in order, so that it can be held against others.
        loads: how many of its rows each load brought.
        problems: what is wrong with it, a few words each.
        rollup: what is wrong with its rollup.
    """

    file: LakeFile
    sound: bool
    loads: Counter[int]
    problems: tuple[str, ...]
    rollup: tuple[str, ...] = ()


def check_file(table: LakeTable, file: LakeFile, *, rollup: bool, seen: Callable[[int], None]) -> Checked:
    """Read a file whole and check it by itself.

    Args:
        table: whose it is.
        file: as the log lists it.
        rollup: whether there is a rollup of it, to be worked out again.
        seen: told how many rows were looked at, now and then, on this thread.

    Raises:
        FileNotFoundError: it is gone.
    """
    if not as_written(file.path, guarded(table.place, file, lambda: table.place.read(file.path))):
        return Checked(file=file, sound=False, loads=Counter(), problems=("its bytes are not those that were written",))
    look = _Look(table, file)
    maker = RollupMaker(classes=table.classes) if rollup and table.classes is not None else None
    readable = True
    try:
        with opened(table.place, file) as parquet:
            if not parquet.schema_arrow.equals(table.schema):
                return Checked(file=file, sound=False, loads=Counter(), problems=("its columns are others",))
            for number in range(parquet.num_row_groups):
                part = guarded(table.place, file, partial(parquet.read_row_group, number, use_threads=False))
                rows = from_arrow(part)
                look.take(rows, parquet.metadata.row_group(number))
                if maker is not None:
                    maker.add(rows)
                seen(len(rows))
            look.end()
    except FileNotFoundError:
        raise
    except (BookDamaged, StoreError) as err:
        readable = False
        look.found[f"can't be read: {' '.join(str(err.__cause__ or err).split())}"] = None
    except (ValueError, KeyError, OverflowError) as err:  # what a flipped bit in the footer can lead the library to
        readable = False
        look.found[f"can't be read: {type(err).__name__}"] = None
    lies = rollup_problems(table.place, file.path, maker.made()) if maker is not None and not look.found else []
    return Checked(
        file=file,
        sound=readable and look.sorted,
        loads=look.loads,
        problems=tuple(look.found),
        rollup=tuple(lies),
    )


class _Look:
    """What was seen of a file so far."""

    def __init__(self, table: LakeTable, file: LakeFile) -> None:
        self._file = file
        self._names = table.schema.names
        self._revised = "superseded_by" in self._names
        self._rows = 0
        self._last: Rows | None = None
        self._low = np.full(3, np.iinfo(np.int64).max)
        self._high = np.full(3, np.iinfo(np.int64).min)
        self.loads: Counter[int] = Counter()
        self.found: dict[str, None] = {}
        self.sorted = True

    def take(self, rows: Rows, group: pq.RowGroupMetaData) -> None:
        """Look at the next row group."""
        if not len(rows):
            self.found["an empty row group"] = None
            return
        self._rows += len(rows)
        self.loads.update(count_loads(rows.load_id))
        self._order(rows)
        self._bounds(rows)
        self._statistics(rows, group)
        if self._file.month != MIXED and not _within(month_numbers(rows.start[[0, -1]]), self._file.month):
            self.found["readings of another month"] = None
        if bool((rows.scale < 0).any() or (rows.scale > MAX_SCALE).any()):
            self.found["a scale that can't be"] = None
        if self._revised and bool((rows.superseded_by <= rows.load_id).any()):
            self.found["a value superseded by an earlier load"] = None

    def end(self) -> None:
        """Hold the sums against the log."""
        file = self._file
        if self._rows != file.rows:
            self.found[f"{self._rows:,} rows, the log says {file.rows:,}"] = None
        listed = (("channels", file.channels), ("time", file.span), ("loads", file.loads))
        for (name, expected), low, high in zip(listed, self._low.tolist(), self._high.tolist(), strict=True):
            if self._rows and (low, high) != expected:
                self.found[f"bounds of {name} differ from the log's"] = None
        if file.month != MIXED and self._rows:
            edges = month_numbers(np.array([self._low[1], self._high[1]]))
            if not _within(edges, file.month):
                self.found["readings of another month"] = None

    def _order(self, rows: Rows) -> None:
        in_order = rows.in_order() if not self._revised else bool(rows.rising(by_load=True).all())
        if in_order and self._last is not None:
            before = (*_key(self._last, 0), int(self._last.load_id[0]))
            after = (*_key(rows, 0), int(rows.load_id[0]))
            in_order = before < after if self._revised else before[:2] < after[:2]
        if not in_order:
            self.sorted = False
            self.found["not sorted and unique"] = None
        self._last = rows.take(slice(len(rows) - 1, None))

    def _bounds(self, rows: Rows) -> None:
        columns = (rows.channel_id, rows.start, rows.load_id)
        self._low = np.minimum(self._low, [column.min() for column in columns])
        self._high = np.maximum(self._high, [column.max() for column in columns])

    def _statistics(self, rows: Rows, group: pq.RowGroupMetaData) -> None:
        """Readers leave row groups out by these."""
        columns: dict[str, tuple[Int64 | Int32, int]] = {
            "channel_id": (rows.channel_id, 1),
            "ts": (rows.start, MICROS),
            "load_id": (rows.load_id, 1),
        }
        for number, name in enumerate(self._names):
            column = group.column(number)
            if column.path_in_schema != name:
                self.found["a row group's columns are others"] = None
            elif name in columns:
                values, unit = columns[name]
                told = column.statistics
                if told is None or not told.has_min_max:
                    self.found[f"no bounds of {name} in a row group"] = None
                elif (told.min_raw, told.max_raw) != (int(values.min()) * unit, int(values.max()) * unit):
                    self.found[f"a row group's bounds of {name} are not those of its rows"] = None


def count_loads(load_id: Int32) -> Counter[int]:
    """How many rows each load brought.

    >>> sorted(count_loads(np.array([7, 7, 3], np.int32)).items())
    [(3, 1), (7, 2)]
    """
    if not len(load_id):
        return Counter()
    low, high = int(load_id.min()), int(load_id.max())
    if low == high:
        return Counter({low: len(load_id)})
    if high - low > 4 * len(load_id):
        numbers, counts = np.unique(load_id, return_counts=True)
        return Counter(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
    every = np.bincount(load_id - low)
    found = np.flatnonzero(every)
    return Counter(dict(zip((found + low).tolist(), every[found].tolist(), strict=True)))


def _key(rows: Rows, at: int) -> tuple[int, int]:
    return int(rows.channel_id[at]), int(rows.start[at])


def _within(numbers: Int64, month: str) -> bool:
    return all(month_text(number) == month for number in numbers.tolist())
