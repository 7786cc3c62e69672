"""The layout that ours is held against: one table of plain columns, cut into files the same way and packed as
differences.

Columns ``meter_id`` int32, ``ts``, ``wh`` int32, ``q`` int8, ``load_id`` int32. A closed month is a file for each 2,048
meters, an open one a file a UTC day; row groups of 122,880; dictionaries on ``meter_id``, ``q`` and ``load_id``,
DELTA_BINARY_PACKED on ``ts`` and ``wh``, zstd 1. Whoever writes queries on it by hand has a list of files with bounds,
as a table's log gives them, and hands over only those that matter. Values that a batch replaced lie beside it, one
file a batch, with the number of the load that replaced them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BUCKET, DAY_US = 2_048, 86_400_000_000
ROW_GROUP = 122_880
SCHEMA = pa.schema(
    {
        "meter_id": pa.int32(),
        "ts": pa.timestamp("us", tz="UTC"),
        "wh": pa.int32(),
        "q": pa.int8(),
        "load_id": pa.int32(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file and its bounds: meters from and to, and starts (µs) from and to, all inclusive."""

    path: Path
    rows: int
    meters: tuple[int, int]
    span: tuple[int, int]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """The table in a folder."""

    folder: Path
    files: list[Listed] = field(default_factory=list)
    history: list[Path] = field(default_factory=list)

    def add_month(self, month: str, chunks: Iterable[pa.Table], load_id: int) -> None:
        """Write a closed month that comes sorted by meter and start, in chunks that divide its buckets evenly."""
        waiting: list[pa.Table] = []
        bucket = None
        for chunk in chunks:
            of = (chunk["channel_id"][0].as_py() - 1) // BUCKET
            if waiting and of != bucket:
                self.put(f"{month}-{bucket}", pa.concat_tables(waiting))
                waiting = []
            bucket = of
            waiting.append(columns(chunk, load_id))
        self.put(f"{month}-{bucket}", pa.concat_tables(waiting))

    def upsert(self, batch: pa.Table, load_id: int) -> list[tuple[str, pa.Table]]:
        """Write a batch: each day that it touches is read, joined with it and written anew.

        Returns:
            The days and their rows, as written.
        """
        batch = columns(batch, load_id)
        day = batch["ts"].to_numpy().view(np.int64) // DAY_US
        written, replaced = [], []
        for number in np.unique(day).tolist():
            mine = batch.filter(pa.array(day == number))
            held = [file for file in self.files if file.span[0] // DAY_US == number == file.span[1] // DAY_US]
            whole = mine
            if held:
                stored = pq.read_table(held[0].path, schema=SCHEMA)
                revised = np.isin(_keys(stored), _keys(mine))
                replaced.append(stored.filter(pa.array(revised)))
                whole = pa.concat_tables([stored.filter(pa.array(~revised)), mine])
            whole = whole.take(np.argsort(_keys(whole), kind="stable"))
            name = f"day-{number}-{load_id}"
            self.files = [file for file in self.files if file not in held]
            self.put(name, whole)
            for file in held:
                file.path.unlink()
            written.append((name, whole))
        self._keep(replaced, load_id)
        return written

    def put(self, name: str, table: pa.Table) -> None:
        """Write sorted rows as a file."""
        path = write(self.folder / f"{name}.parquet", table)
        meters, ts = table["meter_id"], table["ts"].cast(pa.int64())
        span = pc.min_max(ts)
        bounds = (meters[0].as_py(), meters[-1].as_py())
        listed = Listed(path=path, rows=len(table), meters=bounds, span=(span["min"].as_py(), span["max"].as_py()))
        self.files.append(listed)

    def pick(self, start: int, end: int, meter: int | None = None) -> list[str]:
        """Files that can hold readings that start within ``[start, end)``, in order of meters and time."""
        low, high = start * 1_000_000, end * 1_000_000
        found = [
            file
            for file in self.files
            if file.span[0] < high
            and low <= file.span[1]
            and (meter is None or file.meters[0] <= meter <= file.meters[1])
        ]
        return [str(file.path) for file in sorted(found, key=lambda file: (file.meters[0], file.span[0]))]

    @property
    def size(self) -> int:
        """Bytes of the readings that hold."""
        return sum(file.path.stat().st_size for file in self.files)

    @property
    def rows(self) -> int:
        """Readings that hold."""
        return sum(file.rows for file in self.files)

    def _keep(self, replaced: Sequence[pa.Table], load_id: int) -> None:
        table = pa.concat_tables(replaced) if replaced else SCHEMA.empty_table()
        if len(table):
            table = table.take(np.argsort(_keys(table), kind="stable"))
            by = pa.array(np.full(len(table), load_id, np.int32))
            path = self.folder / f"history-{load_id}.parquet"
            self.history.append(write(path, table.append_column("superseded_by", by)))


def columns(chunk: pa.Table, load_id: int) -> pa.Table:
    """The co-op's readings as this layout's columns."""
    load = pa.array(np.full(len(chunk), load_id, np.int32))
    held = [chunk["channel_id"], chunk["ts"], chunk["value"].cast(pa.int32()), chunk["quality"], load]
    return pa.Table.from_arrays(held, schema=SCHEMA)


def write(path: Path, table: pa.Table) -> Path:
    """Write rows with this layout's encodings, and no more."""
    pq.write_table(
        table,
        path,
        row_group_size=ROW_GROUP,
        use_dictionary=["meter_id", "q", "load_id"],
        column_encoding={"ts": "DELTA_BINARY_PACKED", "wh": "DELTA_BINARY_PACKED"},
        compression="zstd",
        compression_level=1,
        store_schema=False,
    )
    return path


def write_durably(folder: Path, tables: Sequence[tuple[str, pa.Table]]) -> None:
    """Write each as a file, have the disk confirm it, and the folder too: what a daily batch can't do without."""
    for name, table in tables:
        path = write(folder / f"{name}.parquet", table)
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Have the disk confirm a file or a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _keys(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    slot = table["ts"].to_numpy().view(np.int64) // 900_000_000
    return np.asarray(table["meter_id"].to_numpy().astype(np.int64) << 32 | slot)
