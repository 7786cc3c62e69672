"""A look at every byte: are the tables what their logs say?"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import numpy as np

from meterbook.model.errors import BookDamaged
from meterbook.store.readings.checking.checks import Checked, check_file
from meterbook.store.readings.checking.crosschecks import Cluster, Crossed, Part, clusters, cross, parts_of
from meterbook.store.readings.checking.logchecks import check_log
from meterbook.store.readings.files.parquet import LakeFile, read_file
from meterbook.store.readings.files.rows import MIXED, month_numbers, month_text
from meterbook.store.readings.log.table import LakeTable, total_rows
from meterbook.store.readings.query.rollup import days_name, intervals_name
from meterbook.store.readings.writing.encoders import THREADS

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how many rows were looked at, of how many."""
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at every byte found.

    Attributes:
        files: data files read, of both tables.
        readings: values that hold.
        revisions: values that were superseded and are kept.
        left_over: superseded values whose successor never came since its writer was killed; harmless, reads skip them.
        problems: what is wrong, a sentence each; empty when all is well.
        loads: how many values each load brought, those that hold and those kept; to be held against the records.
        damaged: files with something wrong, relative to the book.
        rollups: data files of readings whose rollup is not what they come to; it can be made anew from them.
        rollup_problems: how many of the problems are about rollups.
    """

    files: int
    readings: int
    revisions: int
    left_over: int
    problems: tuple[str, ...]
    loads: Mapping[int, int] = field(default_factory=dict, compare=False)
    damaged: tuple[str, ...] = field(default=(), compare=False)
    rollups: tuple[str, ...] = field(default=(), compare=False)
    rollup_problems: int = field(default=0, compare=False)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class _Replaced(Exception):
    """A file that was listed has left the table and the disk since: the look begins anew."""


def verify_lake(readings: LakeTable, revisions: LakeTable, progress: Progress | None = None) -> Verified:
    """Check both tables: each file by itself, then those that may hold the same readings against each other.

    Two threads; a few hundred megabytes whatever the tables' size. Both logs are read anew from the disk.

    Raises:
        BookDamaged: a log can't be read.
        StoreError: others replace files faster than they can be read.
    """
    for attempt in range(_ATTEMPTS):
        readings.forget()
        revisions.forget()
        try:
            return _Look(readings, revisions, progress).verified()
        except _Replaced:
            if attempt == _ATTEMPTS - 1:
                raise BookDamaged(
                    "the files of the book are replaced while they are read",
                    where=readings.place.where,
                    hint="Run it again when nothing else writes.",
                ) from None
    raise AssertionError


class _Look:
    def __init__(self, readings: LakeTable, revisions: LakeTable, progress: Progress | None) -> None:
        self._tables = (readings, revisions)
        # Readings first: revisions listed later may be ahead of them, never behind, and those ahead are told apart.
        self._files = (readings.files(), revisions.files())
        self._progress = progress
        self._total = sum(total_rows(files) for files in self._files)
        self._done = 0
        self._guard = threading.Lock()
        self._problems: dict[str, None] = {}
        self._damaged: dict[str, None] = {}
        self._rollups: dict[str, None] = {}
        self._rollup_problems = 0

    def verified(self) -> Verified:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="verifying") as pool:
            held, kept = (self._alone(number, pool) for number in (0, 1))
            crossed = list(pool.map(self._cross, self._clusters(held, kept)))
        for one in crossed:
            self._problems.update(dict.fromkeys(one.problems))
        loads: Counter[int] = Counter()
        for checked in held:
            loads.update(checked.loads)
        valid: Counter[int] = Counter()
        for one in crossed:
            valid.update(one.revisions)
        return Verified(
            files=sum(len(files) for files in self._files),
            readings=loads.total(),
            revisions=valid.total(),
            left_over=sum(checked.loads.total() for checked in kept) - valid.total(),
            problems=tuple(self._problems),
            loads=dict(loads + valid),
            damaged=tuple(self._damaged),
            rollups=tuple(self._rollups),
            rollup_problems=self._rollup_problems,
        )

    def _alone(self, number: int, pool: Executor) -> list[Checked]:
        """Each file of a table by itself."""
        table, files = self._tables[number], self._files[number]
        for problem in check_log(table):
            self._problems[f"{table.place.name}/{problem}"] = None
            self._damaged[f"{table.place.name}/{problem.partition(':')[0]}"] = None
        twice = [path for path, count in Counter(file.path for file in files).items() if count > 1]
        self._problems.update({f"{table.place.name}/{path}: listed twice": None for path in twice})
        sizes = {one.name: one.size for one in table.place.listing("")} if files else {}
        checks = [_of_size(one, sizes) for one in pool.map(partial(self._check, table, sizes), files)]
        for checked in checks:
            name = f"{table.place.name}/{checked.file.path}"
            self._problems.update({f"{name}: {problem}": None for problem in checked.problems})
            if checked.problems:
                self._damaged[name] = None
            if checked.rollup:
                self._problems.update({f"{table.place.name}: {problem}": None for problem in checked.rollup})
                self._rollup_problems += len(checked.rollup)
                self._rollups[checked.file.path] = None
        return checks

    def _check(self, table: LakeTable, names: Mapping[str, int], file: LakeFile) -> Checked:
        rollup = days_name(file.path) in names or intervals_name(file.path) in names
        try:
            return check_file(table, file, rollup=rollup, seen=self._seen)
        except FileNotFoundError:
            table.forget()
            if file not in table.files():
                raise _Replaced from None
            return Checked(file=file, sound=False, loads=Counter(), problems=("is missing",))

    def _clusters(self, held: Sequence[Checked], kept: Sequence[Checked]) -> list[Cluster]:
        own, earlier = (self._by_month(number, checks) for number, checks in enumerate((held, kept)))
        return [one for month in sorted(own) for one in clusters(month, own[month], earlier.get(month, []))]

    def _by_month(self, number: int, checks: Sequence[Checked]) -> dict[str, list[Part]]:
        """The sound files of a table by month; those of mixed files are read, as they are few."""
        found: dict[str, list[Part]] = {}
        for file in [checked.file for checked in checks if checked.sound]:
            if file.month != MIXED:
                found.setdefault(file.month, []).append(Part(file=file))
                continue
            rows = self._steady(lambda file=file: read_file(self._tables[number].place, file))  # type: ignore[misc]
            months = month_numbers(rows.start)
            for one in np.unique(months).tolist():
                month = month_text(one)
                found.setdefault(month, []).extend(parts_of(rows.take(months == one), month))
        return found

    def _cross(self, cluster: Cluster) -> Crossed:
        return self._steady(lambda: cross(*self._tables, cluster))

    def _steady(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except FileNotFoundError:  # it was there a moment ago
            raise _Replaced from None

    def _seen(self, rows: int) -> None:
        if self._progress is not None:
            with self._guard:
                self._done += rows
                self._progress(self._done, self._total)


def _of_size(checked: Checked, sizes: Mapping[str, int]) -> Checked:
    """Engines look for the end of a file where the log says that it is."""
    size, expected = sizes.get(checked.file.path), checked.file.size
    if checked.problems or size is None or size == expected:
        return checked
    return replace(checked, problems=(f"{size:,} bytes, the log says {expected:,}",))
