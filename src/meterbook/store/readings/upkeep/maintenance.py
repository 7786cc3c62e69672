"""Keeping the tables small: fewer files, a short log, nothing on disk that no table names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from meterbook.store.readings.files.datafile import DataFile, row_group_for
from meterbook.store.readings.files.layout import compactable
from meterbook.store.readings.files.parquet import LakeFile, merge_files, read_file
from meterbook.store.readings.files.rows import MIXED, Bool, Rows, month_numbers, month_text
from meterbook.store.readings.log.table import LakeTable, total_rows
from meterbook.store.readings.values import Int32
from meterbook.store.readings.writing.stretches import read_stretch, stretches
from meterbook.store.readings.writing.windows import Exchange, put_more

MIXED_FILES, MIXED_ROWS = 64, 300_000
"""Mixed files, and readings in them, from which on they are put into their months."""


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


def mixed_files(table: LakeTable) -> list[LakeFile]:
    """The files of a table whose readings have not been put into their months yet."""
    return [file for file in table.files() if file.month == MIXED]


def too_many_mixed(table: LakeTable) -> bool:
    """Whether so many readings are in mixed files that they should be put into their months."""
    mixed = mixed_files(table)
    return len(mixed) >= MIXED_FILES or total_rows(mixed) >= MIXED_ROWS


def settle(table: LakeTable, mixed: list[LakeFile]) -> None:
    """Put the readings of mixed files into the files of their months, in one commit. The writer lock is held."""
    if not mixed:
        return
    rows = merge_files(table.place, mixed)
    exchange = Exchange(table=table, removes=list(mixed))
    months = month_numbers(rows.start)
    try:
        for number in np.unique(months).tolist():
            put_more(exchange, month_text(number), rows.take(months == number))
        exchange.commit("OPTIMIZE", new_data=False)
    except BaseException:
        exchange.discard()
        raise


def compact_small(table: LakeTable, month: str) -> None:
    """Make one file of the small files of a month. The writer lock is held."""
    merged = compactable([file for file in table.files() if file.month == month])
    if len(merged) < 2:
        return
    exchange = Exchange(table=table)
    try:
        exchange.put(month, merge_files(table.place, merged), merged)
        exchange.commit("OPTIMIZE", new_data=False)
    except BaseException:
        exchange.discard()
        raise


def drop_channels(table: LakeTable, channels: Int32) -> int:
    """Write each file that holds some of the channels anew without them; gives the rows left out. Lock held."""
    return _drop(table, channels, lambda rows: np.isin(rows.channel_id, channels))


def drop_load(table: LakeTable, channels: Int32, load_id: int) -> int:
    """Write each file that holds rows of a load anew without them; gives the rows left out. The writer lock is held.

    Only estimates are taken back so: a source's readings are revised and never withdrawn.

    Args:
        table: of values that hold; what the load brought and later ones replaced is history and stays.
        channels: sorted; the load brought readings of no others.
        load_id: the load.
    """
    return _drop(table, channels, lambda rows: (rows.load_id == load_id) & np.isin(rows.channel_id, channels))


def _drop(table: LakeTable, channels: Int32, which: Callable[[Rows], Bool]) -> int:
    """Write files anew without some rows, all of them of some channels (sorted); gives how many there were."""
    exchange, dropped = Exchange(table=table), 0
    try:
        for file in table.files():
            low, high = np.searchsorted(channels, (file.channels[0], file.channels[1] + 1))
            if low == high:
                continue
            gone = int(np.count_nonzero(which(read_file(table.place, file, channels[low:high]))))
            dropped += gone
            if gone == file.rows:
                exchange.removes.append(file)
            elif gone:
                exchange.add(_without(table, file, which), [file])
        exchange.commit("DELETE")
    except BaseException:
        exchange.discard()
        raise
    return dropped


def _without(table: LakeTable, file: LakeFile, which: Callable[[Rows], Bool]) -> LakeFile:
    """The file without some rows, written a stretch at a time."""
    kept = DataFile(table, file.month, row_group_for(*file.span))
    for bounds in stretches([file], *file.channels):
        rows = read_stretch(table, file, *bounds)
        kept.append([rows.take(~which(rows))])
    return kept.close(durably=True)


def vacuum_table(table: LakeTable, older_than_s: float) -> Vacuumed:
    """Delete data files of at least that age that the table does not name. The writer lock is held.

    Raises:
        StoreError: the system would not delete one.
    """
    found = table.stray(older_than_s)
    table.place.delete([file.name for file in found])
    return Vacuumed(files=len(found), size=sum(file.size for file in found))
