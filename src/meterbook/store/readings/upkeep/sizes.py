"""What the tables take on the disk: files, bytes, months, the log, and what no table names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meterbook.store.readings.files.rows import MIXED
from meterbook.store.readings.log.table import LakeTable, total_rows
from meterbook.store.readings.places.place import LOG, ROLLUPS, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """What one table takes.

    Attributes:
        files: data files that it consists of.
        rows: values in them.
        size: bytes of these files.
        mixed: how many of them hold readings of several months that have not been put into their months yet.
        months: months (UTC) that have files of their own, oldest first.
        newest_files: files of the newest of these.
        log_files: files of the log, summaries included.
        log_size: their bytes.
        since_summary: entries that opening the table reads one by one, since they came after the last summary.
        rollup_files: rollups beside the data files.
        rollup_size: their bytes.
        stray_files: data files and rollups on the disk that the table does not name, or not any more.
        stray_size: their bytes.
    """

    files: int
    rows: int
    size: int
    mixed: int
    months: tuple[str, ...]
    newest_files: int
    log_files: int
    log_size: int
    since_summary: int
    rollup_files: int
    rollup_size: int
    stray_files: int
    stray_size: int

    @property
    def whole(self) -> int:
        """Bytes of all of it."""
        return self.size + self.log_size + self.rollup_size + self.stray_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What a book's readings take.

    Attributes:
        readings: values that hold.
        revisions: values that were superseded and are kept.
        span: first and last start, UTC epoch seconds; None if there are no readings.
    """

    readings: TableSize
    revisions: TableSize
    span: tuple[int, int] | None

    @property
    def whole(self) -> int:
        """Bytes of all of it."""
        return self.readings.whole + self.revisions.whole


def lake_sizes(readings: LakeTable, revisions: LakeTable) -> Sizes:
    """What both tables take now.

    Raises:
        BookDamaged: a log can't be read.
        StoreError: a place can't be listed.
    """
    files = readings.files()
    span = (min(file.span[0] for file in files), max(file.span[1] for file in files)) if files else None
    return Sizes(readings=_table_size(readings), revisions=_table_size(revisions), span=span)


def _table_size(table: LakeTable) -> TableSize:
    files = table.files()
    begun = table.version >= 0
    log, rollups = (table.place.listing(f"{name}/") if begun else [] for name in (LOG, ROLLUPS))
    stray = table.place.stray([file.path for file in files], 0) if begun else []
    gone = {one.name for one in stray}
    rollups = [one for one in rollups if one.name not in gone]
    months = sorted({file.month for file in files} - {MIXED})
    return TableSize(
        files=len(files),
        rows=total_rows(files),
        size=sum(file.size for file in files),
        mixed=sum(file.month == MIXED for file in files),
        months=tuple(months),
        newest_files=sum(file.month == months[-1] for file in files) if months else 0,
        log_files=len(log),
        log_size=_bytes(log),
        since_summary=_since_summary(log),
        rollup_files=len(rollups),
        rollup_size=_bytes(rollups),
        stray_files=len(stray),
        stray_size=_bytes(stray),
    )


def _since_summary(log: Sequence[Stored]) -> int:
    names = [one.name.rsplit("/", 1)[-1] for one in log]
    summaries = [int(name[:20]) for name in names if ".checkpoint" in name and name[:20].isdigit()]
    last = max(summaries, default=-1)
    return sum(name.endswith(".json") and name[:20].isdigit() and int(name[:20]) > last for name in names)


def _bytes(files: Sequence[Stored]) -> int:
    return sum(one.size for one in files)
