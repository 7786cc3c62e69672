"""Both tables kept in shape: what is done at once on request, and what is due now and then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from meterbook.model.errors import StoreError
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.upkeep.closing import close_months
from meterbook.store.readings.upkeep.maintenance import (
    Compacted,
    Vacuumed,
    compact_small,
    mixed_files,
    settle,
    too_many_mixed,
    vacuum_table,
)

VACUUM_AGE_S = 3_600.0
"""Age from which files that left the table are deleted: longer than any read of it takes."""

log = logging.getLogger(__name__)

Writing = Callable[[], AbstractContextManager[None]]
"""Holds the writer lock."""


def compact(readings: LakeTable, revisions: LakeTable, writing: Writing) -> Compacted:
    """Put each month into the files in which it is to stay, and sum up the logs; the lock is held for moments."""
    tables = (revisions, readings)
    before = sum(len(table.files()) for table in tables)
    for table in tables:
        with writing():
            settle(table, mixed_files(table))
        close_months(table, _newest(readings), writing)
        for month in sorted({file.month for file in table.files()}):
            with writing():
                compact_small(table, month)
    with writing():
        for table in tables:
            table.checkpoint(keep=1)
    return Compacted(files_before=before, files_after=sum(len(table.files()) for table in tables))


def tidy(readings: LakeTable, revisions: LakeTable, writing: Writing) -> Compacted:
    """The part of :func:`compact` that is due."""
    tables = (revisions, readings)
    before = sum(len(table.files()) for table in tables)
    for table in tables:
        close_months(table, _newest(readings), writing)
    keep_tidy(readings, revisions, writing)
    return Compacted(files_before=before, files_after=sum(len(table.files()) for table in tables))


def keep_tidy(readings: LakeTable, revisions: LakeTable, writing: Writing) -> None:
    """Now and then after a commit: bound the log and the files that merging left behind."""
    try:
        if too_many_mixed(readings):
            with writing():
                settle(readings, mixed_files(readings))
        if readings.checkpoint_due():
            with writing():
                revisions.checkpoint()
                readings.checkpoint()
                vacuum(readings, revisions, VACUUM_AGE_S)
    except (StoreError, OSError) as err:
        log.warning("readings are stored, but tidying up failed: %s", err)


def vacuum(readings: LakeTable, revisions: LakeTable, older_than_s: float) -> Vacuumed:
    """Delete data files that belong to neither table, of at least that age. The writer lock is held."""
    done = [vacuum_table(table, older_than_s) for table in (revisions, readings)]
    return Vacuumed(files=sum(one.files for one in done), size=sum(one.size for one in done))


def _newest(readings: LakeTable) -> int:
    return max((file.span[1] for file in readings.files()), default=0)
