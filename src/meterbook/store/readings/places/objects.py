"""Requests to an object store, and their errors in our words: what failed and why, never a key or a reply."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from meterbook.model.errors import StoreError, UsageError
from meterbook.store.readings.places.object_address import ObjectAddress

if TYPE_CHECKING:
    from obstore.store import S3Store

T = TypeVar("T")
TAIL: Final = 65_536
"""Bytes from the end of an object that its first request brings: the footer of a file of millions of readings."""
_RETRY_S = 15.0
"""How long a request is repeated that the store could not answer."""
_PAUSE_S = 0.1
"""Pause before a conditional request is tried again, doubled each time. obstore repeats the others by itself."""
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,40})</Code>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object as the store lists it."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An object's content, and the tag that the store gave to it."""

    content: bytes
    tag: str


class Objects:
    """The objects of one address. Keys are relative to its prefix.

    Raises:
        UsageError: obstore is not installed.
    """

    def __init__(self, address: ObjectAddress) -> None:
        self.address = address
        self.where = address.url
        try:
            from obstore.store import S3Store  # noqa: PLC0415 - an extra, and only needed by few
        except ImportError as err:
            raise UsageError(
                "readings in an object store need a package that is not installed",
                where=self.where,
                hint="pip install 'meterbook[object-storage]'",
            ) from err
        self._store: S3Store = S3Store(address.bucket, prefix=address.prefix or None, **_settings(address))

    def get(self, key: str) -> bytes:
        """An object, whole."""
        return self.version(key).content

    def version(self, key: str) -> Version:
        """An object with its tag."""
        import obstore  # noqa: PLC0415 - only for an object store

        def fetch() -> Version:
            found = obstore.get(self._store, key)
            return Version(content=bytes(found.bytes()), tag=found.meta["e_tag"] or "")

        return self._asked(key, fetch)

    def tail(self, key: str) -> tuple[int, bytes]:
        """An object's size and its last :data:`TAIL` bytes, or all of it."""
        import obstore  # noqa: PLC0415 - only for an object store

        def fetch() -> tuple[int, bytes]:
            found = obstore.get(self._store, key, options={"range": {"suffix": TAIL}})
            return found.meta["size"], bytes(found.bytes())

        return self._asked(key, fetch)

    def part(self, key: str, start: int, end: int) -> bytes:
        """The bytes ``[start, end)`` of an object."""
        import obstore  # noqa: PLC0415 - only for an object store

        return self._asked(key, lambda: bytes(obstore.get_range(self._store, key, start=start, end=end)))

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        import obstore  # noqa: PLC0415 - only for an object store

        try:
            self._asked(key, lambda: obstore.head(self._store, key))
        except FileNotFoundError:
            return False
        return True

    def listing(self, prefix: str) -> list[Listed]:
        """The objects below a prefix, which ends where a part of the key ends."""
        import obstore  # noqa: PLC0415 - only for an object store

        def fetch() -> list[Listed]:
            pages = obstore.list(self._store, prefix.rstrip("/") or None)
            return [
                Listed(key=one["path"], size=one["size"], modified=one["last_modified"])
                for page in pages
                for one in page
            ]

        return self._asked(prefix, fetch)

    def put(self, key: str, content: Any) -> str:
        """Write an object, in place of one of that key. Gives its tag; the store has acknowledged it."""
        # One request, however large: parts of a cut-off upload would stay in the bucket unseen, and be paid for.
        return self._asked(key, lambda: self._put(key, content, "overwrite"), writing=True)

    def create(self, key: str, content: bytes) -> str:
        """Write an object whose key does not exist yet.

        A reply may be lost though the store wrote the object. Then it is there on the next try, and ours.

        Returns:
            Its tag.

        Raises:
            FileExistsError: the key is taken, by another content.
        """
        from obstore.exceptions import AlreadyExistsError, GenericError, PreconditionError  # noqa: PLC0415 - only for an object store

        def attempt() -> str:
            try:
                return self._put(key, content, "create")
            except (AlreadyExistsError, PreconditionError) as err:
                try:
                    found = self.version(key)
                except FileNotFoundError:  # refused for another that was under way and then did not come
                    raise GenericError(str(err)) from None
            if found.content != content:
                raise FileExistsError(errno.EEXIST, "the object exists", key)
            return found.tag

        return self._conditional(key, attempt)

    def replace(self, key: str, content: bytes, tag: str, *, patient: bool = True) -> str | None:
        """Write an object in place of the version of that tag. Gives its tag, or None if there is another version."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError  # noqa: PLC0415 - only for an object store

        def attempt() -> str | None:
            try:
                return self._put(key, content, {"e_tag": tag})
            except (AlreadyExistsError, PreconditionError, FileNotFoundError):
                pass
            try:
                found = self.version(key)
            except FileNotFoundError:
                return None
            return found.tag if found.content == content else None

        return self._conditional(key, attempt) if patient else self._asked(key, attempt, writing=True)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; one that is gone already is no error."""
        import obstore  # noqa: PLC0415 - only for an object store

        if keys:
            self._asked(keys[0], lambda: obstore.delete(self._store, list(keys)), writing=True)

    def _put(self, key: str, content: Any, mode: Any) -> str:
        import obstore  # noqa: PLC0415 - only for an object store

        return obstore.put(self._store, key, content, mode=mode, use_multipart=False)["e_tag"] or ""

    def _conditional(self, key: str, attempt: Callable[[], T]) -> T:
        from obstore.exceptions import GenericError  # noqa: PLC0415 - only for an object store

        until, pause_s = time.monotonic() + _RETRY_S, _PAUSE_S
        while time.monotonic() < until:
            try:
                return self._asked(key, attempt, writing=True, passing=GenericError)
            except GenericError:
                time.sleep(pause_s)
                pause_s *= 2
        return self._asked(key, attempt, writing=True)

    def _asked(self, key: str, ask: Callable[[], T], *, writing: bool = False, passing: Any = ()) -> T:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - only for an object store

        try:
            return ask()
        except FileNotFoundError as err:
            if "<Code>NoSuchBucket</Code>" in str(err):
                raise self._error(
                    "the bucket does not exist", writing, "Make the bucket, or correct the URL."
                ) from None
            raise FileNotFoundError(errno.ENOENT, "there is no such object", f"{self.where}/{key}") from None
        except passing:
            raise
        except BaseError as err:
            # What obstore says may hold the store's reply, and that may repeat parts of the signature.
            raise self._error(*_reason(str(err), type(err).__name__, writing)) from None

    def _error(self, reason: str, writing: bool, hint: str) -> StoreError:
        what = "the book's readings can't be written" if writing else "the book's readings can't be read"
        return StoreError(f"{what}: {reason}", where=self.where, hint=hint)


def _settings(address: ObjectAddress) -> dict[str, Any]:
    found: dict[str, Any] = {
        "region": address.region,
        "conditional_put": "etag",
        "client_options": {
            "allow_http": address.allow_http,
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=60),
        },
        "retry_config": {
            "max_retries": 8,
            "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=3), "base": 2},
            "retry_timeout": timedelta(seconds=_RETRY_S),
        },
    }
    if address.endpoint:
        found["endpoint"] = address.endpoint
    names = {
        "aws_access_key_id": "access_key_id",
        "aws_secret_access_key": "secret_access_key",
        "aws_session_token": "session_token",
    }
    return found | {names[name]: value for name, value in address.keys.items()}


def _reason(message: str, kind: str, writing: bool) -> tuple[str, bool, str]:
    status = _STATUS.search(message)
    code = _CODE.search(message)
    said = " ".join(found.group(1) for found in (status, code) if found)
    if status and status.group(1) in ("401", "403"):
        hint = "Check the keys (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile) and what they may do."
        return f"the object store refuses the credentials ({said})", writing, hint
    if status:
        return f"the object store answered {said}", writing, "Nothing acknowledged is lost. Try again later."
    if "redential" in message:
        return (
            "there are no credentials for the object store",
            writing,
            ("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."),
        )
    if kind == "NotSupportedError":
        return (
            "the object store can't do what is asked",
            writing,
            "docs/object-storage.md says what it must be able to.",
        )
    hint = "Nothing acknowledged is lost. Check the address and the network, then run the same command again."
    return "the object store does not answer", writing, hint
