"""A look at every byte: are the tables what their logs say?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterbook.model.errors import BookDamaged
from meterbook.store.readings.merge import valid_revisions
from meterbook.store.readings.parquet import LakeFile, read_file
from meterbook.store.readings.rows import MIXED, Rows, concat, month_number, month_numbers, month_text
from meterbook.store.readings.table import LakeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at every byte found.

    Attributes:
        files: data files read, of both tables.
        readings: values that hold.
        revisions: values that were superseded and are kept.
        left_over: superseded values whose successor never came since its writer was killed; harmless, reads skip them.
        problems: what is wrong, a sentence each; empty when all is well.
    """

    files: int
    readings: int
    revisions: int
    left_over: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_lake(readings: LakeTable, revisions: LakeTable) -> Verified:
    """Check both tables, month by month: one month and the mixed files are in memory at a time."""
    current_files, earlier_files = readings.files(), revisions.files()
    problems: list[str] = []
    held = kept = left_over = 0
    mixed = _checked(readings, [file for file in current_files if file.month == MIXED], problems, revised=False)
    mixed_months = month_numbers(mixed.start)
    months = {file.month for file in [*current_files, *earlier_files]} - {MIXED}
    for month in sorted(months | {month_text(number) for number in np.unique(mixed_months).tolist()}):
        own = _checked(readings, [file for file in current_files if file.month == month], problems, revised=False)
        current = _together(own, mixed.take(mixed_months == month_number(month)))
        if len(current) > len(own) and not bool(current.rising().all()):
            problems.append(f"{readings.place.name} of {month}: a reading is in two files")
        earlier = _checked(revisions, [file for file in earlier_files if file.month == month], problems, revised=True)
        valid = valid_revisions(earlier, current)
        if bool((valid.superseded_by <= valid.load_id).any()):
            problems.append(f"revisions of {month} hold a value superseded by an earlier load")
        held += len(current)
        kept += len(valid)
        left_over += len(earlier) - len(valid)
    return Verified(
        files=len(current_files) + len(earlier_files),
        readings=held,
        revisions=kept,
        left_over=left_over,
        problems=tuple(problems),
    )


def _checked(table: LakeTable, files: list[LakeFile], problems: list[str], *, revised: bool) -> Rows:
    parts = []
    for file in files:
        try:
            rows = read_file(table.place, file)
        except (BookDamaged, FileNotFoundError) as err:
            problems.append(f"{table.place.name}/{file.path} can't be read: {err.__cause__ or err}")
            continue
        problems.extend(f"{table.place.name}/{file.path}: {problem}" for problem in _file_problems(file, rows))
        if not bool(rows.rising(by_load=revised).all()):
            problems.append(f"{table.place.name}/{file.path}: not sorted and unique")
        parts.append(rows)
    together = concat(parts).sorted()
    if len(parts) > 1 and not bool(together.rising(by_load=revised).all()):
        problems.append(f"{table.place.name} of {files[0].month}: a reading is in two files")
    return together


def _together(one: Rows, other: Rows) -> Rows:
    return concat([one, other]).sorted() if len(other) else one


def _file_problems(file: LakeFile, rows: Rows) -> list[str]:
    if len(rows) != file.rows:
        return [f"{len(rows)} rows, the log says {file.rows}"]
    found = []
    bounds = (
        ("channels", file.channels, rows.channel_id),
        ("time", file.span, rows.start),
        ("loads", file.loads, rows.load_id),
    )
    for name, expected, column in bounds:
        if (int(column.min()), int(column.max())) != expected:
            found.append(f"bounds of {name} differ from the log's")
    if file.month != MIXED and {month_text(number) for number in np.unique(month_numbers(rows.start)).tolist()} != {
        file.month
    }:
        found.append("readings of another month")
    return found
