"""Files that are on disk when we say so, and the lock that lets one writer in at a time.

Neither pyarrow nor deltalake calls fsync, so what they write survives a killed process but not a power cut.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from meterbook.model.errors import Locked, StoreError
from meterbook.store.readings.threads import side_by_side

SCRATCH_SUFFIX = ".tmp"
LOCK_NAME = "_writer.lock"  # engines that read the table skip names that begin with an underscore


def sync_file(path: Path) -> None:
    """Put a written file's content on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Put a folder's list of names on disk."""
    if os.name == "posix":  # elsewhere a folder can't be opened, and names are durable with their files
        sync_file(path)


def sync_new(paths: Sequence[Path]) -> None:
    """Put new files on disk, content and names, all at once: the file system then confirms them together."""
    side_by_side(sync_file, paths)
    side_by_side(sync_folder, sorted({path.parent for path in paths}))


def make_folder(path: Path) -> None:
    """Make a folder with its parents, and put their names on disk."""
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def put_if_absent(path: Path, content: bytes) -> None:
    """Write a file whole and on disk under a name that does not exist yet, or not at all.

    Raises:
        FileExistsError: the name is taken.
    """
    scratch = path.with_name(f"_{path.name}.{os.getpid()}.{threading.get_ident()}{SCRATCH_SUFFIX}")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _name_once(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
    sync_folder(path.parent)


def move_durably(path: Path, target: Path) -> None:
    """Give a written file its name, in place of one that has it, when its content is on disk."""
    sync_file(path)
    path.replace(target)
    sync_folder(target.parent)


class FolderLock:
    """One writer at a time among all processes and threads; the same thread may enter again.

    The operating system frees it when the process that holds it ends, however it ends.
    """

    def __init__(self, folder: Path, timeout_s: float) -> None:
        self._folder = folder
        self._path = folder / LOCK_NAME
        self._timeout_s = timeout_s
        self._threads = threading.RLock()
        self._processes = FileLock(self._path, timeout=timeout_s, thread_local=False)

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lock, making the folder if it is not there yet. It is never taken from a living writer: False.

        Raises:
            Locked: another process or thread kept it for longer than the time-out.
            StoreError: the folder can't be written.
        """
        if not self._threads.acquire(timeout=self._timeout_s):
            raise _locked(self._path)
        try:
            self._acquire()
            try:
                yield False
            finally:
                self._processes.release()
        finally:
            self._threads.release()

    def _acquire(self) -> None:
        try:
            make_folder(self._folder)
            self._processes.acquire()
        except Timeout as err:
            raise _locked(self._path) from err
        except OSError as err:
            raise not_written(str(self._folder), err) from err


def not_written(where: str, err: OSError) -> StoreError:
    """The error for a place that the system would not let us write to."""
    full = "No space left on device" if "No space left on device" in str(err) else ""  # some libraries tell only so
    return StoreError(
        f"the book can't be written: {err.strerror or full or type(err).__name__}",
        where=where,
        hint="Nothing that was stored is lost. Check free space and permissions, then run the same command again.",
    )


def _locked(path: Path) -> Locked:
    return Locked(
        "another process is writing to this book",
        where=str(path),
        hint="Wait until it is done, or stop it; the lock goes with the process.",
    )


def _name_once(scratch: Path, path: Path) -> None:
    try:
        os.link(scratch, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links on this file system. We hold the writer lock, so nobody of ours takes the name in between.
        if path.exists():
            raise FileExistsError(path) from None
        scratch.rename(path)
