"""A place that is a folder: on disk when we say so, and readable by any program as it lies there."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.store.readings.places.durable import (
    SCRATCH_SUFFIX,
    FolderLock,
    make_folder,
    move_durably,
    not_written,
    put_if_absent,
    sync_new,
)
from meterbook.store.readings.places.place import LOG, ROLLUPS, Stored, owner_of

_SCRATCH_PREFIX = "_summing-"


class FolderPlace:
    """Files in a folder.

    Args:
        folder: need not exist before the first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def where(self) -> str:
        """The folder's path."""
        return str(self.folder)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def uri(self) -> str:
        """The folder's path."""
        return str(self.folder)

    @property
    def far(self) -> bool:
        """It is here."""
        return False

    def storage_options(self) -> dict[str, str]:
        """Nothing: a path says it all."""
        return {}

    def check(self) -> None:
        """A folder is always good for it."""

    def within(self, name: str) -> FolderPlace:
        """The folder of that name in it."""
        return FolderPlace(self.folder / name)

    def read(self, name: str) -> bytes:
        """A file, whole."""
        return (self.folder / name).read_bytes()

    def open(self, name: str, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
        """A Parquet file, to be read in parts; page checksums are verified."""
        return pq.ParquetFile(self.folder / name, metadata=metadata, page_checksum_verification=True, pre_buffer=False)

    def forget(self) -> None:
        """Nothing is kept but by the system."""

    def existing(self, names: Iterable[str]) -> set[str]:
        """Those of the names that exist."""
        return {name for name in names if (self.folder / name).exists()}

    def listing(self, prefix: str) -> list[Stored]:
        """All files whose names begin so."""
        found = ((path, _seen(path)) for path in (self.folder / prefix).rglob("*"))
        return [
            Stored(name=path.relative_to(self.folder).as_posix(), size=seen.st_size)
            for path, seen in found
            if seen is not None and not path.is_dir()
        ]

    def write(self, name: str, content: bytes | pa.Buffer) -> None:
        """Write a new file; it is on disk after :meth:`sync`."""
        path = self.folder / name
        try:
            make_folder(path.parent)
            with path.open("wb") as file:
                file.write(content)
        except OSError as err:
            path.unlink(missing_ok=True)
            raise not_written(self.where, err) from err

    def sync(self, names: Sequence[str]) -> None:
        """Put new files on disk, content and names."""
        try:
            sync_new([self.folder / name for name in names])
        except OSError as err:
            raise not_written(self.where, err) from err

    def put_if_absent(self, name: str, content: bytes) -> None:
        """Write a file whole and on disk under a name that does not exist yet, or not at all."""
        try:
            make_folder((self.folder / name).parent)
            put_if_absent(self.folder / name, content)
        except FileExistsError:
            raise
        except OSError as err:
            raise not_written(self.where, err) from err

    def adopt(self, path: Path, name: str) -> None:
        """Give a file of a scratch folder its name, once its content is on disk."""
        try:
            move_durably(path, self.folder / name)
        except OSError as err:
            raise not_written(self.where, err) from err

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; one that is gone already is no error."""
        try:
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
        except OSError as err:
            raise not_written(self.where, err) from err

    def drop_log(self, names: Sequence[str]) -> None:
        """Delete them: the lock goes with its process, so nobody holds on to an earlier version."""
        self.delete(names)

    def confirm_lock(self, *, at_once: bool = False) -> None:
        """It is ours until we give it back."""

    def mark_removed(self, names: Sequence[str]) -> None:
        """Set the time of data files that left the table to now."""
        for name in names:
            try:
                os.utime(self.folder / name)
            except OSError:  # it then goes a little early, and readers begin anew
                return

    def stray(self, listed: Iterable[str], older_than_s: float) -> list[Stored]:
        """Data files and rollups that belong to none of the listed data files, unchanged for at least that long."""
        owners = {owner_of(name) for name in listed}
        limit = time.time() - older_than_s
        found = []
        for path in [*self.folder.glob("month=*/*.parquet"), *self.folder.glob(f"{ROLLUPS}/**/part-*")]:
            seen = None if owner_of(path.name) in owners else _seen(path)
            if seen is not None and seen.st_mtime <= limit:
                found.append(Stored(name=path.relative_to(self.folder).as_posix(), size=seen.st_size))
        return found

    @contextmanager
    def log_folder(self) -> Iterator[Path | None]:
        """The folder itself."""
        yield self.folder if (self.folder / LOG).is_dir() else None

    @contextmanager
    def log_scratch(self) -> Iterator[Path]:
        """A folder beside the log, so that a file can move from one to the other."""
        try:
            with TemporaryDirectory(dir=self.folder, prefix=_SCRATCH_PREFIX) as scratch:
                shutil.copytree(self.folder / LOG, Path(scratch) / LOG, copy_function=_link)
                yield Path(scratch)
        except OSError as err:
            raise not_written(self.where, err) from err

    def tidy_log(self) -> None:
        """Delete what killed writers left in and beside the log."""
        try:
            for abandoned in self.folder.glob(f"{_SCRATCH_PREFIX}*"):
                shutil.rmtree(abandoned)
            for scratch in (self.folder / LOG).glob(f"*{SCRATCH_SUFFIX}"):
                scratch.unlink(missing_ok=True)
        except OSError as err:
            raise not_written(self.where, err) from err

    def writer_lock(self, timeout_s: float) -> FolderLock:
        """A lock that the operating system frees with its process."""
        return FolderLock(self.folder, timeout_s)


def _seen(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


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
