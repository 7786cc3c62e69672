"""Footers of data files, kept: a data file never changes, so what its footer said once it says for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.store.readings.files.parquet import LakeFile, guarded
from meterbook.store.readings.files.rows import MICROS
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.kept import Kept
from meterbook.store.readings.values import Int32, Int64

_KEPT = 4_096
"""Footers kept: those of a whole co-op's three years are 800."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Footer:
    """What the footer of a data file tells of its g row groups.

    Attributes:
        metadata: as pyarrow has it.
        channels: g pairs of lowest and highest channel.
        span: g pairs of first and last start, UTC epoch seconds.
        scales: g pairs of the fewest and the most digits after the point; None of files that don't tell.
        loads: g pairs of the lowest and the highest load.
    """

    metadata: pq.FileMetaData
    channels: Int64
    span: Int64
    scales: Int64 | None
    loads: Int64

    def groups(self, channels: Int32 | None, start: int, end: int) -> list[int]:
        """Numbers of the row groups that can hold some channels (sorted; None for all) within ``[start, end)``."""
        inside = (self.span[:, 0] < end) & (self.span[:, 1] >= start)
        if channels is not None:
            low = np.searchsorted(channels, self.channels[:, 0])
            inside &= low < np.searchsorted(channels, self.channels[:, 1], "right")
        return [int(number) for number in np.flatnonzero(inside)]

    def scale(self, groups: Sequence[int]) -> int | None:
        """Digits after the point, if they are the same throughout some row groups."""
        return _same(self.scales, groups)

    def constants(self, groups: Sequence[int]) -> dict[str, int]:
        """Columns that hold one value throughout some row groups, with it: they need not be decoded."""
        found = {"scale": _same(self.scales, groups), "load_id": _same(self.loads, groups)}
        return {name: value for name, value in found.items() if value is not None}

    def read(self, place: Place, file: LakeFile, groups: Sequence[int], columns: list[str]) -> pa.Table:
        """Columns of some row groups.

        Raises:
            BookDamaged: the file can't be read.
            FileNotFoundError: it is gone.
        """

        def read() -> pa.Table:
            with place.open(file.path, self.metadata) as parquet:
                return parquet.read_row_groups(list(groups), columns, use_threads=False)

        return guarded(place, file, read)


def footer(place: Place, file: LakeFile) -> Footer:
    """The footer of a data file, read once.

    Raises:
        BookDamaged: it can't be read.
        FileNotFoundError: the file is gone.
    """
    return guarded(place, file, lambda: _footers.get(place, file.path))


def _read(place: Place, name: str) -> Footer:
    with place.open(name) as parquet:
        metadata = parquet.metadata
    number_of = _column_numbers(tuple(metadata.schema.names))
    rows = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return Footer(
        metadata=metadata,
        channels=bounds(rows, number_of["channel_id"]),
        span=bounds(rows, number_of["ts"]),
        scales=bounds(rows, number_of["scale"]) if _told(rows, number_of["scale"]) else None,
        loads=bounds(rows, number_of["load_id"]),
    )


_footers = Kept(_read, _KEPT)


def _same(edges: Int64 | None, groups: Sequence[int]) -> int | None:
    if edges is None:
        return None
    some = edges[list(groups)]
    low, high = int(some[:, 0].min()), int(some[:, 1].max())
    return low if low == high else None


def _told(groups: list[Any], number: int) -> bool:
    statistics = groups[0].column(number).statistics if groups else None
    return statistics is not None and bool(statistics.has_min_max)


def bounds(groups: list[Any], number: int) -> Int64:
    """Lowest and highest value of a column in each of g row groups, as their statistics say: int64, g by 2."""
    found = np.empty((len(groups), 2), np.int64)
    for index, group in enumerate(groups):
        statistics = group.column(number).statistics
        found[index] = [_plain(statistics.min), _plain(statistics.max)]
    return found


def _plain(value: Any) -> int:
    return (
        value
        if isinstance(value, int)
        else int(np.datetime64(value.replace(tzinfo=None), "us").astype(np.int64)) // MICROS
    )


@lru_cache(maxsize=8)
def _column_numbers(names: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}
