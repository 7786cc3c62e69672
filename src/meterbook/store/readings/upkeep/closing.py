"""Months that are over are put into files by channels, while others go on reading and writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from meterbook.store.readings.files.datafile import DataFile
from meterbook.store.readings.files.layout import FILE_ROWS, Unclosed, fitting, unclosed
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import concat
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.rollup import with_rollups
from meterbook.store.readings.writing.encoders import THREADS
from meterbook.store.readings.writing.stretches import read_stretch, stretches

TOGETHER_ROWS = 3_000_000
"""Rows that a thread sorts at a time; some 300 MB."""


def close_months(table: LakeTable, newest: int, writing: Callable[[], AbstractContextManager[None]]) -> None:
    """Put each month that is over and at scale into bucket files, one commit a month.

    The new files are made without the lock, since what they are made of never changes, and it is held only to check
    that all of that is still listed and to commit. If a writer has replaced some of it, or a vacuum has taken new
    files, the month is left for the next time.

    Args:
        table: readings or revisions.
        newest: start of the newest reading, UTC epoch seconds.
        writing: holds the writer lock.

    Raises:
        StoreError: the place would not take a file.
        BookDamaged: a file can't be read.
    """
    for month in unclosed(table.files(), newest):
        _close(table, month, writing)


def _close(table: LakeTable, month: Unclosed, writing: Callable[[], AbstractContextManager[None]]) -> None:
    made: list[LakeFile] = []
    try:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="closing") as pool:
            for files in pool.map(lambda bounds: _bucket(table, month, *bounds), month.buckets()):
                made.extend(files)
        with writing():
            listed = {file.path for file in table.files()}
            new = [file.path for file in made]
            if all(file.path in listed for file in month.files) and table.place.existing(new) == set(new):
                table.commit(made, month.files, operation="OPTIMIZE", new_data=False)
                made = []
    except FileNotFoundError:
        pass  # a file was replaced and a vacuum took it
    finally:
        table.place.delete(with_rollups(file.path for file in made))


def _bucket(table: LakeTable, month: Unclosed, low: int, high: int) -> list[LakeFile]:
    """Channels ``low`` to ``high`` of a month as one file, or as few as they fit into."""
    return list(_written(table, month.month, month.holding(low, high), (low, high)))


def _written(table: LakeTable, month: str, files: Sequence[LakeFile], channels: tuple[int, int]) -> Iterator[LakeFile]:
    current = DataFile(table, month)
    for low, high in stretches(files, *channels, TOGETHER_ROWS):
        # By time, so that a month's days are runs that sort quickly.
        parts = [read_stretch(table, file, low, high) for file in sorted(files, key=lambda file: file.span)]
        rows = concat(parts).sorted()
        while len(rows):
            taken = fitting(rows, FILE_ROWS - current.rows)
            current.append([rows.take(slice(0, taken))])
            rows = rows.take(slice(taken, None))
            if len(rows):
                yield current.close(durably=True)
                current = DataFile(table, month)
    if current.rows:
        yield current.close(durably=True)
