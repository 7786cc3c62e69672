"""A Delta table in its place: which data files it consists of, and how that changes.

The deltalake library opens the log and sums it up. Commits are written here, as the protocol's JSON, because the
library makes a log entry visible before its content is on disk: after a power cut a table could be left with an empty
entry and not open at all. Here the entry is on disk first and then gets its name, which must not exist yet. Who wrote
an entry knows what the table now consists of, and others' entries are read as they come.

Source: Delta Transaction Log Protocol, reader version 1, writer version 2.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from meterbook.model.errors import BookDamaged, ChangedMeanwhile, Locked, SchemaTooNew, StoreError
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import seconds
from meterbook.store.readings.log.entries import entry, followed
from meterbook.store.readings.log.snapshot import READER, WRITER, snapshot
from meterbook.store.readings.places.place import (
    LAST_CHECKPOINT,
    LOG,
    LONGEST_S,
    SUMMARY,
    Place,
    Stored,
    awake,
    entry_name,
    summary_name,
)
from meterbook.store.readings.query.classes import Classes

CHECKPOINT_EVERY = 32
"""Commits between checkpoints: opening reads the log entries since the last one."""

_OPEN_AGAIN_S = (0.01, 0.05)
_SHUT_OUT_TRIES = 20


class LakeTable:
    """The files of one table, as of the last commit seen.

    Args:
        place: the table's place; nothing need be there before the first commit.
        schema: columns without the partition.
        classes: what may be summed together in the rollups of its data files; None for a table without rollups.
    """

    def __init__(self, place: Place, schema: pa.Schema, classes: Classes | None = None) -> None:
        self.place = place
        self.schema = schema
        self.classes = classes
        self._version: int | None = None  # not looked yet; -1 once it is known that there is no commit
        self._files: list[LakeFile] = []
        self._commits = 0
        self._summed_up: int | None = None
        self._pins = 0
        self._base = -1
        self._pinned_at = 0.0
        self._guard = threading.RLock()

    @property
    def version(self) -> int:
        """Number of the last commit, -1 before the first."""
        with self._guard:
            return self._refresh()

    def files(self) -> list[LakeFile]:
        """The files that the table consists of now.

        Raises:
            BookDamaged: the log can't be read.
        """
        with self._guard:
            self._refresh()
            return self._files

    @contextmanager
    def pinned(self, *, taken_over: bool = False) -> Iterator[None]:
        """Hold on to the version that is the last one now: nobody else commits, for the writer lock is held.

        Should somebody do so all the same, having taken the lock for abandoned, our next commit fails.

        Args:
            taken_over: the lock was taken from a writer that may still be there. An empty commit then makes its next
                one fail, before anything is done that relies on being alone.
        """
        with self._guard:
            if not self._pins:
                self._refresh()
                if taken_over:
                    self._shut_out()
                self._base, self._pinned_at = self._refresh(), awake()
                self.place.confirm_lock()
            self._pins += 1
        try:
            yield
        except FileNotFoundError:  # of the version that we hold on to: a vacuum of somebody who took the lock over?
            self.place.confirm_lock(at_once=True)
            raise
        finally:
            with self._guard:
                self._pins -= 1

    def names(self) -> set[str]:
        """Names of the files that the table consists of now; no two files ever had the same."""
        return {file.path for file in self.files()}

    def commit(self, adds: Sequence[LakeFile], removes: Sequence[LakeFile], *, operation: str, new_data: bool) -> None:
        """Replace files by others in one step that is on disk when this returns. The writer lock is held.

        Args:
            adds: files written and on disk already.
            removes: files listed now.
            operation: name for the table's history.
            new_data: False when the same rows were only arranged anew.

        Raises:
            ChangedMeanwhile: another writer committed since; the table is as that one left it.
            StoreError: the log could not be written; the table is as before.
        """
        now_ms = time.time_ns() // 1_000_000
        with self._guard:
            version, listed = self._refresh() + 1, self._files
            if self._pins and version != self._base + 1:  # read anew meanwhile, and not what this commit follows
                raise self._overtaken()
            if self._pins and self.place.far and awake() - self._pinned_at > LONGEST_S:
                raise self._overtaken()  # the entry that took our place may have been dropped by now
        content = entry(
            adds,
            removes,
            now_ms=now_ms,
            operation=operation,
            new_data=new_data,
            schema=self.schema if version == 0 else None,
        )
        try:
            self.place.put_if_absent(entry_name(version), content)
        except FileExistsError as err:
            self.forget()
            raise self._overtaken() from err
        except StoreError:
            self.forget()
            raise
        if removes:
            self.place.mark_removed([file.path for file in removes])
        gone = {file.path for file in removes}
        with self._guard:
            self._base = version
            self._version, self._files = version, [file for file in listed if file.path not in gone] + list(adds)
            self._commits += 1

    def checkpoint(self, *, keep: int = 2) -> None:
        """Sum up the log in one file and drop what lies before the last summaries. The writer lock is held.

        Args:
            keep: summaries to keep; with two, a program that is just opening the table by the last one still can.
        """
        with self._guard:
            version = self._refresh()
            if version < 1:
                return
            try:
                self._sum_up(version)
                self._drop_log_before(keep)
            except (DeltaError, OSError) as err:
                full = " (No space left on device)" if "No space left on device" in str(err) else ""
                raise StoreError(
                    f"the log could not be summed up{full}",
                    where=self.place.where,
                    hint="Nothing that was stored is lost. Check free space and permissions, then run it again.",
                ) from err
            self._summed_up = version

    def checkpoint_due(self) -> bool:
        """Whether enough entries have come since the last checkpoint.

        In a row of commits they may be twice as many: a first sync has better to do, and the next one sees to it.
        """
        limit = CHECKPOINT_EVERY if self._commits <= 1 else 2 * CHECKPOINT_EVERY
        version = self.version
        if self._summed_up is not None and version - self._summed_up < limit:
            return False
        self._summed_up = self._summed_up_at()
        return version - self._summed_up >= limit

    def stray(self, older_than_s: float) -> list[Stored]:
        """Data files there that left the table, or were written and never named, at least that long ago."""
        return self.place.stray([file.path for file in self.files()], older_than_s)

    def forget(self) -> None:
        """Read the log anew at the next use."""
        with self._guard:
            self._version = None
        self.place.forget()

    def _refresh(self) -> int:
        """The table's version now; its files are then in ``_files``."""
        try:
            if self._version is not None and not self._pins:
                if self._version < 0:  # whoever made the first commits may have summed them up and dropped them since
                    self._version = None
                elif self._behind(self._version):
                    self._follow(self._version)
            if self._version is None:
                self._version, self._files = self._open()
            return self._version
        except DeltaError as err:
            raise BookDamaged("the log of the book's readings can't be read", where=self._log) from err
        except OSError as err:
            raise StoreError(f"the book can't be read: {err.strerror or err}", where=self._log) from err

    @property
    def _log(self) -> str:
        return f"{self.place.where}/{LOG}"

    def _overtaken(self) -> ChangedMeanwhile:
        return ChangedMeanwhile(
            "another program changed the readings at the same moment",
            where=self.place.where,
            hint="Nothing of this write was stored. Run the same command again.",
        )

    def _shut_out(self) -> None:
        """Make an empty commit, so that whoever holds on to an earlier version can't commit any more."""
        for _ in range(_SHUT_OUT_TRIES):
            self._refresh()
            try:
                self.commit([], [], operation="TAKE OVER", new_data=False)
            except ChangedMeanwhile:  # it was faster once more
                continue
            return
        raise Locked("another process is writing to this book", where=self.place.where)

    def _behind(self, version: int) -> bool:
        # Two looks instead of reading the log: entries follow each other without a gap, and ours is there unless
        # so many have come since that it was dropped.
        mine, following = entry_name(version), entry_name(version + 1)
        found = self.place.existing([mine, following])
        return following in found or mine not in found

    def _follow(self, version: int) -> None:
        """Take in what others committed, from their entries; open the table anew if that can't be done."""
        self._version = None
        held = {file.path: file for file in self._files}
        try:
            following, files = followed(version, held, lambda number: self.place.read(entry_name(number)))
        except (OSError, ValueError):
            return
        if following > version:
            self._version, self._files = following, list(files.values())

    def _open(self) -> tuple[int, list[LakeFile]]:
        """Version and files as the library reads them, tried again if a writer may just have dropped what it read."""
        for pause_s in _OPEN_AGAIN_S:
            try:
                return self._opened()
            except (DeltaError, OSError):
                time.sleep(pause_s)
        return self._opened()

    def _opened(self) -> tuple[int, list[LakeFile]]:
        with self.place.log_folder() as folder:
            if folder is None:
                return -1, []
            found = snapshot(folder)
            if found is not None:
                return found
            try:
                table = DeltaTable(folder)
            except (DeltaError, OSError):
                if next((folder / LOG).glob("*.json"), None) is None:
                    return -1, []
                raise
            protocol = table.protocol()
            if protocol.min_reader_version > READER or protocol.min_writer_version > WRITER:
                raise SchemaTooNew("the readings were written by a newer Meterbook", where=self.place.where)
            return table.version(), _list(table, self.place.where)

    def _summed_up_at(self) -> int:
        try:
            return int(json.loads(self.place.read(LAST_CHECKPOINT))["version"])
        except (OSError, ValueError, KeyError, TypeError):  # none yet, or not to be read: the next one replaces it
            return -1

    def _sum_up(self, version: int) -> None:
        """Make the summary beside the table, put it on disk, then give it its name.

        The library would name it before its content is on disk, and a table with a torn summary does not open.
        """
        self.place.tidy_log()
        if self._summed_up_at() == version and any(name[:20] == f"{version:020d}" for name in self._summaries()):
            return
        with self.place.log_scratch() as scratch:
            DeltaTable(scratch).create_checkpoint()
            for path in (scratch / LOG).glob(f"{version:020d}{SUMMARY}*.parquet"):
                self.place.adopt(path, f"{LOG}/{path.name}")
            pointer = scratch / LAST_CHECKPOINT
            if not pointer.exists():  # the summary was there, of a writer killed before it said so: none is made anew
                rows = pq.read_metadata(scratch / summary_name(version)).num_rows
                pointer.write_text(json.dumps({"version": version, "size": rows}))
            self.place.adopt(pointer, LAST_CHECKPOINT)

    def _drop_log_before(self, keep: int) -> None:
        names = [file.name.removeprefix(f"{LOG}/") for file in self.place.listing(f"{LOG}/")]
        oldest_kept = sorted({int(name[:20]) for name in names if SUMMARY in name})[-keep:][0]
        gone = [name for name in names if name[:20].isdigit() and int(name[:20]) < oldest_kept]
        self.place.drop_log([f"{LOG}/{name}" for name in gone])

    def _summaries(self) -> list[str]:
        names = [file.name.removeprefix(f"{LOG}/") for file in self.place.listing(f"{LOG}/")]
        return [name for name in names if SUMMARY in name]


def _list(table: DeltaTable, where: str) -> list[LakeFile]:
    listed = pa.table(table.get_add_actions(flatten=True))
    if not len(listed):
        return []  # without files the listing lacks columns
    columns = {
        name: listed.column(name).to_pylist()
        for name in ("path", "partition.month", "size_bytes", "num_records", "min.channel_id", "max.channel_id",
                     "min.load_id", "max.load_id")
    }  # fmt: skip
    if "min.ts" not in listed.column_names or any(None in column for column in columns.values()):
        raise BookDamaged(
            "a file of the readings is listed without its bounds",
            where=where,
            expected="minimum and maximum of channel_id, ts and load_id, as Meterbook writes them",
            hint="Another program wrote to the table. Restore the folder from a backup.",
        )
    first, last = (seconds(listed.column(name)).tolist() for name in ("min.ts", "max.ts"))
    return [
        LakeFile(
            path=path, month=month, size=size, rows=rows, channels=(low, high), loads=(old, new),
            span=(start, end),
        )
        for path, month, size, rows, low, high, old, new, start, end in zip(*columns.values(), first, last, strict=True)
    ]  # fmt: skip


def total_rows(files: Iterable[LakeFile]) -> int:
    """Readings in the files."""
    return sum(file.rows for file in files)
