"""A Delta table in a folder: which data files it consists of, and how that changes.

The deltalake library opens the log and sums it up. Commits are written here, as the protocol's JSON, because the
library makes a log entry visible before its content is on disk: after a power cut a table could be left with an empty
entry and not open at all. Here the entry is on disk first and then gets its name, which must not exist yet. Who wrote
an entry knows what the table now consists of, and others' entries are read as they come.

Source: Delta Transaction Log Protocol, reader version 1, writer version 2.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from meterbook.model.errors import BookDamaged, SchemaTooNew, StoreError
from meterbook.store.readings.durable import SCRATCH_SUFFIX, make_folder, move_durably, not_written, put_if_absent
from meterbook.store.readings.entries import changes, entry
from meterbook.store.readings.parquet import LakeFile
from meterbook.store.readings.rows import seconds

CHECKPOINT_EVERY = 32
"""Commits between checkpoints: opening reads the log entries since the last one."""

_OPEN_AGAIN_S = (0.01, 0.05)
_SCRATCH_PREFIX = "_summing-"


class LakeTable:
    """The files of one table, as of the last commit seen.

    Args:
        folder: the table's folder; need not exist before the first commit.
        schema: columns without the partition.
    """

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.folder = folder
        self.schema = schema
        self._log = folder / "_delta_log"
        self._version: int | None = None  # not looked yet; -1 once it is known that there is no commit
        self._files: list[LakeFile] = []
        self._commits = 0
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

    def commit(self, adds: Sequence[LakeFile], removes: Sequence[LakeFile], *, operation: str, new_data: bool) -> None:
        """Replace files by others in one step that is on disk when this returns. The writer lock is held.

        Args:
            adds: files written and on disk already.
            removes: files listed now.
            operation: name for the table's history.
            new_data: False when the same rows were only arranged anew.

        Raises:
            StoreError: the log could not be written; the table is as before.
        """
        now_ms = time.time_ns() // 1_000_000
        with self._guard:
            version, listed = self._refresh() + 1, self._files
        content = entry(
            adds,
            removes,
            now_ms=now_ms,
            operation=operation,
            new_data=new_data,
            schema=self.schema if version == 0 else None,
        )
        try:
            make_folder(self._log)
            put_if_absent(self._entry(version), content)
        except FileExistsError as err:
            raise StoreError(
                "another program changed the readings at the same moment",
                where=str(self.folder),
                hint="Nothing of this write was stored. Run the same command again.",
            ) from err
        except OSError as err:
            raise not_written(self.folder, err) from err
        self._date_removed(removes)
        gone = {file.path for file in removes}
        with self._guard:
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
            except OSError as err:
                raise not_written(self.folder, err) from err
            except DeltaError as err:
                raise StoreError("the log could not be summed up", where=str(self.folder)) from err

    def checkpoint_due(self) -> bool:
        """Whether enough entries have come since the last checkpoint.

        In a row of commits they may be twice as many: a first sync has better to do, and the next one sees to it.
        """
        limit = CHECKPOINT_EVERY if self._commits <= 1 else 2 * CHECKPOINT_EVERY
        return self.version - self._summed_up_at() >= limit

    def stray(self, older_than_s: float) -> list[Path]:
        """Data files in the folder that left the table, or were written and never named, at least that long ago."""
        listed = {file.path for file in self.files()}
        limit = time.time() - older_than_s
        return [
            path
            for path in self.folder.glob("month=*/*.parquet")
            if path.relative_to(self.folder).as_posix() not in listed and path.stat().st_mtime <= limit
        ]

    def forget(self) -> None:
        """Read the log anew at the next use."""
        with self._guard:
            self._version = None

    def _refresh(self) -> int:
        """The table's version now; its files are then in ``_files``."""
        try:
            if self._version is not None and self._behind(self._version):
                self._follow(self._version)
            if self._version is None:
                table = self._open() if self._log.is_dir() else None
                self._files = [] if table is None else _list(table)
                self._version = -1 if table is None else table.version()
            return self._version
        except DeltaError as err:
            raise BookDamaged("the log of the book's readings can't be read", where=str(self._log)) from err
        except OSError as err:
            raise StoreError(f"the book can't be read: {err.strerror or err}", where=str(self._log)) from err

    def _date_removed(self, removes: Sequence[LakeFile]) -> None:
        """Set the time of files that left the table to now, from which :meth:`stray` counts their age."""
        for file in removes:
            try:
                os.utime(self.folder / file.path)
            except OSError:  # it then goes a little early, and readers begin anew
                return

    def _behind(self, version: int) -> bool:
        # Two looks at the folder instead of reading the log: entries follow each other without a gap, and ours
        # is there unless so many have come since that it was dropped.
        if self._entry(version + 1).exists():
            return True
        return version >= 0 and not self._entry(version).exists()

    def _follow(self, version: int) -> None:
        """Take in what others committed, from their entries; open the table anew if that can't be done."""
        self._version = None
        files = {file.path: file for file in self._files}
        following = version
        while (path := self._entry(following + 1)).exists():
            try:
                adds, gone = changes(path.read_bytes())
            except (OSError, ValueError):
                return
            files = {name: file for name, file in files.items() if name not in gone} | {
                file.path: file for file in adds
            }
            following += 1
        if following > version:
            self._version, self._files = following, list(files.values())

    def _open(self) -> DeltaTable | None:
        table = self._opened()
        if table is None:
            return None
        protocol = table.protocol()
        if protocol.min_reader_version > 1 or protocol.min_writer_version > 2:
            raise SchemaTooNew("the readings were written by a newer Meterbook", where=str(self.folder))
        return table

    def _opened(self) -> DeltaTable | None:
        """The table as the library opens it, tried again if a writer may just have dropped what it was reading."""
        for pause_s in _OPEN_AGAIN_S:
            try:
                return DeltaTable(self.folder)
            except (DeltaError, OSError):
                if next(self._log.glob("*.json"), None) is None:
                    return None
                time.sleep(pause_s)
        return DeltaTable(self.folder)

    def _entry(self, version: int) -> Path:
        return self._log / f"{version:020d}.json"

    def _summed_up_at(self) -> int:
        try:
            return int(json.loads((self._log / "_last_checkpoint").read_bytes())["version"])
        except (OSError, ValueError, KeyError, TypeError):  # none yet, or not to be read: the next one replaces it
            return -1

    def _sum_up(self, version: int) -> None:
        """Make the summary beside the table, put it on disk, then give it its name.

        The library would name it before its content is on disk, and a table with a torn summary does not open.
        """
        for abandoned in self.folder.glob(f"{_SCRATCH_PREFIX}*"):
            shutil.rmtree(abandoned)
        if list(self._log.glob(f"{version:020d}.checkpoint*.parquet")):
            return
        with TemporaryDirectory(dir=self.folder, prefix=_SCRATCH_PREFIX) as scratch:
            copy = Path(scratch) / self._log.name
            shutil.copytree(self._log, copy, copy_function=_link)
            DeltaTable(scratch).create_checkpoint()
            for path in copy.glob(f"{version:020d}.checkpoint*.parquet"):
                move_durably(path, self._log / path.name)
            move_durably(copy / "_last_checkpoint", self._log / "_last_checkpoint")

    def _drop_log_before(self, keep: int) -> None:
        summaries = sorted({int(path.name[:20]) for path in self._log.glob("*.checkpoint*.parquet")})
        oldest_kept = summaries[-keep:][0]
        for path in self._log.iterdir():
            superseded = path.name[:20].isdigit() and int(path.name[:20]) < oldest_kept
            if superseded or path.name.endswith(SCRATCH_SUFFIX):  # we hold the lock: nobody is writing one
                path.unlink(missing_ok=True)


def _list(table: DeltaTable) -> list[LakeFile]:
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
            where=table.table_uri,
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


def _link(source: str, target: str) -> None:
    """Another name for an entry or a summary, none of which ever changes; a copy of anything else."""
    if Path(source).name[:20].isdigit():
        try:
            os.link(source, target)
        except OSError:  # no hard links on this file system
            pass
        else:
            return
    shutil.copy2(source, target)


def total_rows(files: Iterable[LakeFile]) -> int:
    """Readings in the files."""
    return sum(file.rows for file in files)
