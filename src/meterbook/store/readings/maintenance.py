"""Keeping the tables small: fewer files, a short log, nothing on disk that no table names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterbook.store.readings.durable import not_written
from meterbook.store.readings.parquet import merge_files, read_file
from meterbook.store.readings.table import LakeTable
from meterbook.store.readings.values import Int32
from meterbook.store.readings.writing import Exchange, compactable


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """Data files before and after."""

    files_before: int
    files_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacuumed:
    """Files deleted, and the bytes they took."""

    files: int
    size: int


def compact_table(table: LakeTable) -> Compacted:
    """Make one file of the small files of each month. The writer lock is held."""
    files = table.files()
    exchange = Exchange(table=table)
    try:
        for month in sorted({file.month for file in files}):
            merged = compactable([file for file in files if file.month == month])
            if len(merged) > 1:
                exchange.put(month, merge_files(table.folder, merged), merged)
        exchange.commit("OPTIMIZE", new_data=False)
    except BaseException:
        exchange.discard()
        raise
    return Compacted(files_before=len(files), files_after=len(table.files()))


def drop_channels(table: LakeTable, channels: Int32) -> int:
    """Write each file that holds some of the channels anew without them; gives the rows left out. Lock held."""
    exchange, dropped = Exchange(table=table), 0
    try:
        for file in table.files():
            low, high = np.searchsorted(channels, (file.channels[0], file.channels[1] + 1))
            if low == high:
                continue
            rows = read_file(table.folder, file)
            keep = ~np.isin(rows.channel_id, channels)
            if not bool(keep.all()):
                exchange.put(file.month, rows.take(keep), [file])
                dropped += len(rows) - int(keep.sum())
        exchange.commit("DELETE")
    except BaseException:
        exchange.discard()
        raise
    return dropped


def vacuum_table(table: LakeTable, older_than_s: float) -> Vacuumed:
    """Delete data files of at least that age that the table does not name. The writer lock is held.

    Raises:
        StoreError: the system would not delete one.
    """
    size = count = 0
    for path in table.stray(older_than_s):
        try:
            size += path.stat().st_size
            path.unlink()
            count += 1
        except FileNotFoundError:
            continue
        except OSError as err:
            raise not_written(table.folder, err) from err
    return Vacuumed(files=count, size=size)
