"""The writer lock of a place that is an object store: an object that says who writes, renewed while they do.

It keeps writers from working in vain, and load numbers in the order of commits. It can't keep a writer out that slept
through its lease: a lease that was not renewed for its length is taken over, by a conditional write of its object. What
then keeps the sleeper out is the log, where each version can be written once (see :meth:`.table.LakeTable.pinned`).

No clock is compared with another one's: a lease counts as left alone once its object did not change for its length, by
the clock of the process that waits.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from meterbook.model.errors import ChangedMeanwhile, Locked, StoreError
from meterbook.store.readings.places.objects import Objects, Version
from meterbook.store.readings.places.place import awake

LEASE_S: Final = 15.0
"""How long a lease holds without being renewed; so long others wait when its holder was killed."""
_FREE: Final = ""
_POLL_S: Final = (0.01, 0.15)
log = logging.getLogger(__name__)


class Lease:
    """One writer at a time among all processes and machines; the thread that holds it may enter again.

    Args:
        objects: where its object is.
        key: of its object.
        timeout_s: how long to wait for another writer.
        lease_s: how long it holds without being renewed.
    """

    def __init__(self, objects: Objects, key: str, timeout_s: float, lease_s: float = LEASE_S) -> None:
        self._objects = objects
        self._key = key
        self._timeout_s = timeout_s
        self._lease_s = lease_s
        self._threads = threading.RLock()
        self._depth = 0
        self._guard = threading.Lock()
        self._owner = _FREE
        self._tag: str | None = None
        self._freed: str | None = None
        self._renewed = 0.0  # before the last request that made or kept it ours

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lease, renewing it in the background. True if it was taken over from one who let it run out.

        Raises:
            Locked: another writer kept it for longer than the time-out.
            StoreError: the object store can't be written.
        """
        if not self._threads.acquire(timeout=self._timeout_s):
            raise self._locked()
        try:
            if self._depth:
                yield False
                return
            taken_over = self._acquire()
            done = threading.Event()
            renewing = threading.Thread(target=self._renew, args=(done,), name="lease", daemon=True)
            renewing.start()
            self._depth += 1
            try:
                yield taken_over
            finally:
                self._depth -= 1
                done.set()
                renewing.join()
                self._release()
        finally:
            self._threads.release()

    def confirm(self, *, unless_recent: bool = False) -> None:
        """Make sure that it was ours until now.

        Args:
            unless_recent: ask the store only if so much time passed that somebody may have taken it over.

        Raises:
            ChangedMeanwhile: somebody took it over.
        """
        if unless_recent and self._tag is not None and awake() - self._renewed < self._lease_s / 2:
            return
        if not self._beat():
            raise ChangedMeanwhile(
                "another writer took over while this one was not heard of",
                where=self._objects.where,
                hint="Nothing that was stored is lost. Run the same command again.",
            )

    def _acquire(self) -> bool:
        self._owner = f"{platform.node()}:{os.getpid()}:{uuid.uuid4().hex}"
        deadline = time.monotonic() + self._timeout_s
        seen, since, pause_s = "", time.monotonic(), _POLL_S[0]
        self._renewed = awake()
        if self._freed is not None:  # often nobody has had it since
            self._tag = self._objects.replace(self._key, self._content(), self._freed)
            self._freed = None
            if self._tag is not None:
                return False
        while True:
            self._renewed = awake()
            found = self._look()
            if found is None:
                if self._try_create():
                    return False
                continue
            owner, lease_s = _terms(found.content)
            if owner == self._owner:  # ours, though the reply was lost
                self._tag = found.tag
                return False
            if found.tag != seen:
                seen, since = found.tag, time.monotonic()
            abandoned = owner != _FREE and time.monotonic() - since >= lease_s
            if owner == _FREE or abandoned:
                self._tag = self._objects.replace(self._key, self._content(), found.tag)
                if self._tag is not None:
                    if abandoned:
                        log.warning("took over the lock of a writer that was not heard of for %g s", lease_s)
                    return abandoned
                continue
            if time.monotonic() >= deadline:
                raise self._locked()
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _POLL_S[1], lease_s / 4)

    def _look(self) -> Version | None:
        try:
            return self._objects.version(self._key)
        except FileNotFoundError:
            return None

    def _try_create(self) -> bool:
        try:
            self._tag = self._objects.create(self._key, self._content())
        except FileExistsError:
            return False
        return True

    def _renew(self, done: threading.Event) -> None:
        while not done.wait(self._lease_s / 3):
            try:
                if not self._beat():
                    return
            except StoreError as err:  # it may be back before the lease runs out, and no write is believed without it
                log.warning("the lock could not be renewed: %s", err.what)

    def _beat(self) -> bool:
        with self._guard:
            if self._tag is not None:
                before = awake()
                self._tag = self._objects.replace(self._key, self._content(), self._tag)
                self._renewed = before
            return self._tag is not None

    def _release(self) -> None:
        with self._guard:
            if self._tag is None:
                return
            try:
                self._freed = self._objects.replace(self._key, self._content(_FREE), self._tag, patient=False)
            except StoreError as err:
                log.warning("the lock runs out by itself, since it could not be given back: %s", err.what)
            self._tag = None

    def _content(self, owner: str | None = None) -> bytes:
        # Never the same twice: a tag may be a digest of the content.
        terms = {
            "owner": self._owner if owner is None else owner,
            "lease_s": self._lease_s,
            "renewed": uuid.uuid4().hex,
        }
        return json.dumps(terms).encode()

    def _locked(self) -> Locked:
        return Locked(
            "another process is writing to this book",
            where=f"{self._objects.where}/{self._key}",
            hint=f"Wait until it is done, or stop it; a writer that was killed is given up after {self._lease_s:g} s.",
        )


def _terms(content: bytes) -> tuple[str, float]:
    """Owner and length of a lease; one that can't be read runs out like any other."""
    try:
        terms = json.loads(content)
        return str(terms["owner"]), float(terms["lease_s"])
    except (ValueError, KeyError, TypeError):
        return "?", LEASE_S
