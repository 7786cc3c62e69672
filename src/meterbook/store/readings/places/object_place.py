"""A place that is a prefix in an object store. Nothing is taken for stored before the store acknowledged it.

What a folder gives by hard links and fsync, an object store gives by a request that succeeds only if the key does not
exist (``If-None-Match: *``). A store without it is refused. How that makes commits safe: decision 0013.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.model.errors import StoreError
from meterbook.store.readings.places.lease import LEASE_S, Lease
from meterbook.store.readings.places.object_address import ObjectAddress
from meterbook.store.readings.places.objects import Listed, Objects
from meterbook.store.readings.places.place import LOG, LONGEST_S, ROLLUPS, Stored, owner_of
from meterbook.store.readings.places.ranged import Parts, RangedFile

T = TypeVar("T")
REMOVED: Final = "_removed"
"""Notes of files that left the table; an object's own time can't be set."""
_CLOCK: Final = f"{REMOVED}/clock"
LEASE_NAME: Final = "_writer.lease"
_PROBE: Final = "_conditional-write"
_REQUESTS: Final = 16
_UPLOADS: Final = 6
"""Uploads under way; more wait, so that no more than these are in memory."""


class ObjectStore:
    """What all places of one address share: connections, what was read, uploads under way, the lock."""

    def __init__(self, address: ObjectAddress, lease_s: float = LEASE_S) -> None:
        self.objects = Objects(address)
        self.parts = Parts(self.objects)
        self.lease_s = lease_s
        self.lease: Lease | None = None
        self.pool = ThreadPoolExecutor(_REQUESTS, thread_name_prefix="objects")
        self.room = threading.BoundedSemaphore(_UPLOADS)
        self.uploads: dict[str, Future[None]] = {}
        self._probed = False

    def probe(self) -> None:
        """Find out, once, whether writes can be made conditional there.

        Raises:
            StoreError: they can't.
        """
        if self._probed:
            return
        key, mine = _PROBE, uuid.uuid4().hex.encode()
        try:
            tag = self.objects.create(key, mine)
        except FileExistsError:
            tag = self.objects.version(key).tag
        try:
            self.objects.create(key, mine + b" again")
        except FileExistsError:
            ignored = self.objects.replace(key, mine + b" late", tag[:-3] + 'no"') is not None
        else:
            ignored = True
        if ignored:
            raise StoreError(
                "this object store ignores conditions on writes, so two writers could overwrite each other's commits",
                where=self.objects.where,
                expected="If-None-Match and If-Match on PUT, as AWS and SeaweedFS have them",
                hint="Update the server, or keep the readings in a folder; docs/object-storage.md says more.",
            )
        self._probed = True


class _ProbedLease(Lease):
    """A lease that is only taken where it holds."""

    def __init__(self, store: ObjectStore, key: str, timeout_s: float) -> None:
        super().__init__(store.objects, key, timeout_s, store.lease_s)
        self._store = store

    def _acquire(self) -> bool:
        self._store.probe()
        taken_over = super()._acquire()
        self._store.lease = self
        return taken_over

    def _release(self) -> None:
        self._store.lease = None
        super()._release()


class ObjectPlace:
    """Objects below a prefix.

    Args:
        store: what is shared with the other places of the address.
        prefix: relative to the address; ends with a slash or is empty.
    """

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store = store
        self._prefix = prefix

    @property
    def where(self) -> str:
        """The URL."""
        return f"{self._store.objects.where}/{self._prefix}".rstrip("/")

    @property
    def name(self) -> str:
        """Last part of the URL."""
        return self.where.rsplit("/", 1)[-1]

    @property
    def uri(self) -> str:
        """The URL."""
        return self.where

    @property
    def far(self) -> bool:
        """Requests to it are made several at a time."""
        return True

    def storage_options(self) -> dict[str, str]:
        """Endpoint, region and keys."""
        return self._store.objects.address.options()

    def check(self) -> None:
        """Try whether the store heeds conditions on writes."""
        self._store.probe()

    def within(self, name: str) -> ObjectPlace:
        """The prefix of that name below it."""
        return ObjectPlace(self._store, f"{self._prefix}{name}/")

    def read(self, name: str) -> bytes:
        """An object, whole."""
        self._settled([name])
        return self._store.objects.get(self._prefix + name)

    def open(self, name: str, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
        """A Parquet file, to be read in parts, each with all its columns in one request."""
        self._settled([name])
        source = pa.PythonFile(RangedFile(self._store.parts, self._prefix + name), mode="r")
        return pq.ParquetFile(source, metadata=metadata, page_checksum_verification=True, pre_buffer=True)

    def forget(self) -> None:
        """Read every byte anew from now on."""
        self._store.parts.forget()

    def existing(self, names: Iterable[str]) -> set[str]:
        """Those of the names that exist, asked for at the same time."""
        asked = list(names)
        self._settled(asked)
        found = self._each(self._store.objects.exists, [self._prefix + name for name in asked])
        return {name for name, exists in zip(asked, found, strict=True) if exists}

    def listing(self, prefix: str) -> list[Stored]:
        """All objects whose names begin so."""
        return [Stored(name=one.key, size=one.size) for one in self._listed(prefix)]

    def write(self, name: str, content: bytes | pa.Buffer) -> None:
        """Begin to upload a new object; it is acknowledged after :meth:`sync`."""
        store, key = self._store, self._prefix + name
        store.room.acquire()

        def upload() -> None:
            try:
                store.objects.put(key, memoryview(content).cast("B"))
            finally:
                store.room.release()

        store.uploads[key] = store.pool.submit(upload)

    def sync(self, names: Sequence[str]) -> None:
        """Return once objects that :meth:`write` began to upload are acknowledged."""
        self._settled(names)

    def put_if_absent(self, name: str, content: bytes) -> None:
        """Write an object under a name that does not exist yet, or not at all."""
        self._store.objects.create(self._prefix + name, content)

    def adopt(self, path: Path, name: str) -> None:
        """Upload a file of a scratch folder."""
        self._store.objects.put(self._prefix + name, path.read_bytes())

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; one that is gone already is no error."""
        gone = list(names)
        for name in gone:
            upload = self._store.uploads.pop(self._prefix + name, None)
            if upload is not None:
                upload.exception()  # whatever became of it, it must not come after the deletion
            self._store.parts.forget(self._prefix + name)
        self._store.objects.delete([self._prefix + name for name in gone])

    def drop_log(self, names: Sequence[str]) -> None:
        """Delete summaries, and entries of yesterday or before.

        A writer may have slept since it read the log. It must find the version taken that it means to write.
        """
        listed = self._listed(f"{LOG}/")
        now = max((one.modified for one in listed), default=None)
        if now is not None:
            limit = now - timedelta(seconds=2 * LONGEST_S)
            old = {one.key for one in listed if one.modified < limit or not one.key.endswith(".json")}
            self.delete([name for name in names if name in old])

    def confirm_lock(self, *, at_once: bool = False) -> None:
        """Make sure that the lease, if it is held, was ours until now."""
        if self._store.lease is not None:
            self._store.lease.confirm(unless_recent=not at_once)

    def mark_removed(self, names: Sequence[str]) -> None:
        """Note that data files left the table, at the time that the store gives to the note."""
        content = json.dumps(list(names)).encode()
        # Nobody waits for it: without the note the files go a little early, and readers begin anew.
        self._store.pool.submit(self._store.objects.put, f"{self._prefix}{REMOVED}/{uuid.uuid4().hex}.json", content)

    def stray(self, listed: Iterable[str], older_than_s: float) -> list[Stored]:
        """Data files and rollups that belong to none of the listed data files, for at least that long.

        Raises:
            ChangedMeanwhile: another writer took over the lock; what is listed may be its files.
        """
        if older_than_s > 0:
            self._store.objects.put(self._prefix + _CLOCK, uuid.uuid4().hex.encode())
        found = self._listed("")
        if self._store.lease is not None:
            self._store.lease.confirm()  # what was listed by now is not another writer's
        owners = {owner_of(name) for name in listed}
        strays = [one for one in found if _is_data(one.key) and owner_of(one.key) not in owners]
        if older_than_s > 0:
            limit = next(one.modified for one in found if one.key == _CLOCK) - timedelta(seconds=older_than_s)
            left = self._left(found)
            strays = [one for one in strays if left.get(one.key, one.modified) <= limit]
        return [Stored(name=one.key, size=one.size) for one in strays]

    @contextmanager
    def log_folder(self) -> Iterator[Path | None]:
        """A copy of the log since its last summary."""
        with TemporaryDirectory(prefix="meterbook-log-") as folder:
            yield Path(folder) if self._copy_log(Path(folder)) else None

    @contextmanager
    def log_scratch(self) -> Iterator[Path]:
        """A copy of the log since its last summary."""
        with TemporaryDirectory(prefix="meterbook-log-") as folder:
            self._copy_log(Path(folder))
            yield Path(folder)

    def tidy_log(self) -> None:
        """There is nothing half-written in an object store."""

    def writer_lock(self, timeout_s: float) -> Lease:
        """A lease that runs out unless renewed."""
        return _ProbedLease(self._store, self._prefix + LEASE_NAME, timeout_s)

    def _listed(self, prefix: str) -> list[Listed]:
        cut = len(self._prefix)
        return [
            Listed(key=one.key[cut:], size=one.size, modified=one.modified)
            for one in self._store.objects.listing(self._prefix + prefix)
        ]

    def _left(self, found: list[Listed]) -> dict[str, datetime]:
        """When files left the table, by the notes; notes of files that are all gone are thrown away."""
        notes = [one for one in found if one.key.startswith(f"{REMOVED}/") and one.key != _CLOCK]
        existing = {one.key for one in found}
        left: dict[str, datetime] = {}
        done = []
        for note, content in zip(notes, self._each(self._noted, [note.key for note in notes]), strict=True):
            names = [name for name in content if name in existing]
            left |= {name: max(note.modified, left.get(name, note.modified)) for name in names}
            if not names:
                done.append(note.key)
        self._store.objects.delete([self._prefix + key for key in done])
        return left

    def _noted(self, key: str) -> list[str]:
        try:
            return [str(name) for name in json.loads(self._store.objects.get(self._prefix + key))]
        except (FileNotFoundError, ValueError):
            return []

    def _copy_log(self, folder: Path) -> bool:
        """Copy the newest summary and the entries from it on; whether there is a log."""
        names = [one.key.removeprefix(f"{LOG}/") for one in self._listed(f"{LOG}/")]
        numbered = [name for name in names if name[:20].isdigit()]
        first = max((name[:20] for name in numbered if ".checkpoint" in name), default="")
        wanted = [name for name in numbered if name[:20] >= first]
        if not wanted:
            return False
        (folder / LOG).mkdir()
        contents = self._each(self._store.objects.get, [f"{self._prefix}{LOG}/{name}" for name in wanted])
        for name, content in zip(wanted, contents, strict=True):
            (folder / LOG / name).write_bytes(content)
        return True

    def _settled(self, names: Sequence[str]) -> None:
        for key in [self._prefix + name for name in names]:
            upload = self._store.uploads.get(key)
            if upload is not None:
                upload.result()
                self._store.uploads.pop(key, None)

    def _each(self, ask: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        return list(self._store.pool.map(ask, keys)) if len(keys) > 1 else [ask(key) for key in keys]


def _is_data(name: str) -> bool:
    return (name.startswith("month=") and name.endswith(".parquet")) or name.startswith(f"{ROLLUPS}/")
