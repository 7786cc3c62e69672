"""Where the files of a table lie: a folder, or a prefix in an object store. All the lake reads and writes goes by it.

Names are relative to the place, with ``/`` between their parts, wherever it lies.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

LOG = "_delta_log"
LAST_CHECKPOINT = f"{LOG}/_last_checkpoint"
SUMMARY = ".checkpoint"
"""What follows the version in the name of a summary of the log."""
ROLLUPS = "_rollups"
"""Where the rollups of data files lie, each named after its data file; engines skip names that begin with ``_``."""
LONGEST_S = 43_200.0
"""How long a writer may take in an object store: half as long as log entries are kept there for its sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file as a place lists it.

    Attributes:
        name: relative to the place.
        size: bytes.
    """

    name: str
    size: int


class WriterLock(Protocol):
    """One writer at a time among all that use the place; the thread that holds it may enter again."""

    def held(self) -> AbstractContextManager[bool]:
        """Hold the lock. Gives whether it was taken from a writer that may still believe to have it.

        Raises:
            Locked: another writer kept it for longer than the time-out.
            StoreError: the place can't be written.
        """
        ...


class Place(Protocol):
    """Files of a table, or of a book with its tables.

    What is read raises ``FileNotFoundError`` if it is gone, and ``OSError`` or ``StoreError`` if it can't be read. What
    is written raises ``StoreError`` if that can't be done. None of the messages holds a secret.
    """

    @property
    def where(self) -> str:
        """The place in words for messages: a path, or a URL without credentials."""
        ...

    @property
    def name(self) -> str:
        """Last part of the path."""
        ...

    @property
    def uri(self) -> str:
        """What other engines open: a path, or ``s3://bucket/prefix``."""
        ...

    @property
    def far(self) -> bool:
        """Whether each request waits for a network."""
        ...

    def storage_options(self) -> dict[str, str]:
        """What engines need beside the URI to open it, in the words of deltalake and Polars; holds secrets."""
        ...

    def check(self) -> None:
        """Make sure that commits can be made safely here.

        Raises:
            StoreError: they can't.
        """
        ...

    def within(self, name: str) -> Place:
        """The place one level down."""
        ...

    def read(self, name: str) -> bytes:
        """A file, whole."""
        ...

    def open(self, name: str, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
        """A Parquet file, to be read in parts; page checksums are verified."""
        ...

    def forget(self) -> None:
        """Keep nothing in memory of what was read so far, so that it is read anew."""
        ...

    def existing(self, names: Iterable[str]) -> set[str]:
        """Those of the names that exist."""
        ...

    def listing(self, prefix: str) -> list[Stored]:
        """All files whose names begin so, in any order. The prefix ends with ``/``."""
        ...

    def write(self, name: str, content: bytes | pa.Buffer) -> None:
        """Write a new file of a name never used before. It is durable only after :meth:`sync`."""
        ...

    def sync(self, names: Sequence[str]) -> None:
        """Return once files that :meth:`write` wrote are durable, content and names."""
        ...

    def put_if_absent(self, name: str, content: bytes) -> None:
        """Write a file whole and durable under a name that does not exist yet, or not at all.

        Raises:
            FileExistsError: the name is taken.
        """
        ...

    def adopt(self, path: Path, name: str) -> None:
        """Put a local file of a :meth:`log_scratch` here, durably, in place of one that has the name."""
        ...

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; one that is gone already is no error."""
        ...

    def drop_log(self, names: Sequence[str]) -> None:
        """Delete files of the log that a summary replaced, once no writer can hold on to a version from before."""
        ...

    def confirm_lock(self, *, at_once: bool = False) -> None:
        """Make sure that the lock, if it is held, was ours until now.

        Args:
            at_once: even if it was ours so recently that nobody can have taken it over.

        Raises:
            ChangedMeanwhile: another writer took it over.
        """
        ...

    def mark_removed(self, names: Sequence[str]) -> None:
        """Note that data files left the table now, from which their age in :meth:`stray` counts."""
        ...

    def stray(self, listed: Iterable[str], older_than_s: float) -> list[Stored]:
        """Data files and rollups that belong to none of the listed data files, for at least that long."""
        ...

    def log_folder(self) -> AbstractContextManager[Path | None]:
        """A local folder that deltalake opens as the table, to be read only; None if there is no log yet."""
        ...

    def log_scratch(self) -> AbstractContextManager[Path]:
        """A local folder with a copy of the log, to be written to and thrown away."""
        ...

    def tidy_log(self) -> None:
        """Delete what killed writers left in and beside the log. The writer lock is held."""
        ...

    def writer_lock(self, timeout_s: float) -> WriterLock:
        """The lock of this place's one writer."""
        ...


def awake() -> float:
    """Seconds that only grow, and do so while the machine is suspended, where the system can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def entry_name(version: int) -> str:
    """Name of a commit's entry in the log.

    >>> entry_name(7)
    '_delta_log/00000000000000000007.json'
    """
    return f"{LOG}/{version:020d}.json"


def summary_name(version: int) -> str:
    """Name of the summary of the log up to a version, where it is one file.

    >>> summary_name(7)
    '_delta_log/00000000000000000007.checkpoint.parquet'
    """
    return f"{LOG}/{version:020d}{SUMMARY}.parquet"


def owner_of(name: str) -> str:
    """What a data file and all that is named after it have in common: ``part-<hex>``.

    >>> owner_of("month=2025-11/part-1f.parquet") == owner_of("_rollups/2025-11/part-1f.days.parquet")
    True
    """
    return name.rsplit("/", 1)[-1].split(".", 1)[0]
