"""Keys of the vault file: from a file that lies outside the book, or stretched from a text the user sets.

A copy of the book alone (a backup, a stolen disk, a synced folder) therefore opens nothing.
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meterbook.consent.files import remove_drafts, replace_file
from meterbook.model.errors import BookDamaged, CredentialsMissing, InputError, StoreError

KEY_VARIABLE = "METERBOOK_VAULT_KEY"
KEY_BYTES = 32
LEAST_CHARACTERS = 16
# The second choice of RFC 9106, section 4: 64 MiB, three passes, four lanes.
ARGON2ID = {"memory_kib": 65_536, "passes": 3, "lanes": 4}
_MOST_MEMORY_KIB = 1_048_576  # a damaged header must not eat the machine


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key, and the public words that tell how to get it again."""

    header: Mapping[str, Any]
    secret: bytes


def passphrase(env: Mapping[str, str]) -> str | None:
    """The text the user set as the vault's key; None if there is none.

    Raises:
        InputError: it is shorter than 16 characters.
    """
    text = env.get(KEY_VARIABLE, "")
    if not text:
        return None
    if len(text) < LEAST_CHARACTERS:
        raise InputError(
            f"{KEY_VARIABLE} is too short",
            expected=f"{LEAST_CHARACTERS} characters or more",
            hint="Four random words will do.",
        )
    return text


def stretched(text: str, salt: bytes | None = None) -> Key:
    """A key from a text, by Argon2id (RFC 9106); with a new salt unless one is given."""
    chosen = salt if salt is not None else secrets.token_bytes(16)
    header = {"kind": "argon2id", "salt": base64.b64encode(chosen).decode(), **ARGON2ID}
    return Key(header, _argon2id(text, header))


def stretched_as(text: str, header: Mapping[str, Any]) -> Key:
    """The key that a vault file's header asks for, from the user's text."""
    return Key(header, _argon2id(text, header))


def _argon2id(text: str, header: Mapping[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - costly to import

    try:
        memory, passes, lanes = (int(header[name]) for name in ("memory_kib", "passes", "lanes"))
        salt = base64.b64decode(header["salt"], validate=True)
        if not (8 * lanes <= memory <= _MOST_MEMORY_KIB and 1 <= passes <= 100 and 1 <= lanes <= 64):
            raise ValueError("out of bounds")
        function = Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory)
    except (KeyError, TypeError, ValueError):
        raise BookDamaged("the vault's header can't be read", hint="Restore vault.bin, or connect again.") from None
    return function.derive(text.encode(errors="surrogateescape"))  # the environment may hold any bytes


class KeyFile:
    """The file of keys, one line each: the key's number and the key. Every book has its own key in it."""

    def __init__(self, path: Path, book: Path) -> None:
        self.path = path
        self._book = book

    def key(self, header: Mapping[str, Any]) -> Key:
        """The key that a vault file's header names.

        Raises:
            CredentialsMissing: it is not there, or others can read the file.
        """
        number = str(header.get("id"))
        found = self._read().get(number)
        if found is None:
            raise CredentialsMissing(
                "the key of this book's vault is not on this computer",
                where=str(self.path),
                hint="Bring that file here, or remove vault.bin from the book and connect again.",
            )
        return Key(header, found)

    def new_key(self) -> Key:
        """A new key, durable before it is used. Keys of other books stay.

        Raises:
            InputError: it would lie inside the book, so that a copy of the book would carry it along.
        """
        if self.path.resolve().is_relative_to(self._book.resolve()):
            raise InputError(
                "the vault's key would lie inside the book",
                where=str(self.path),
                expected="a place outside the book's folder",
                hint=f"Choose another folder with --book, or set {KEY_VARIABLE}.",
            )
        number, secret = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        with self._alone():
            self._write({**self._read(), number: secret})
        return Key({"kind": "file", "id": number}, secret)

    def forget(self, number: str) -> None:
        """Remove a key that nothing is sealed with any more."""
        with self._alone():
            keys = self._read()
            if keys.pop(number, None) is not None:
                self._write(keys)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        from filelock import FileLock  # noqa: PLC0415 - needed to write only

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as err:
            raise StoreError(f"{self.path.parent} can't be made: {err.strerror}", hint=f"Set {KEY_VARIABLE}.") from err
        with FileLock(self.path.with_suffix(".lock"), mode=0o600):
            remove_drafts(self.path)
            yield

    def _read(self) -> dict[str, bytes]:
        try:
            status = self.path.stat()
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as err:
            raise CredentialsMissing("the file of the vault's key can't be read", where=str(self.path)) from err
        _check_private(self.path, status)
        try:
            lines = (line.split() for line in text.splitlines() if line.strip())
            keys = {number: base64.b64decode(secret, validate=True) for number, secret in lines}
        except ValueError:
            keys = {"": b""}
        if any(len(secret) != KEY_BYTES for secret in keys.values()):
            raise CredentialsMissing(
                "the file of the vault's key is damaged", where=str(self.path), hint="Restore it from a backup."
            )
        return keys

    def _write(self, keys: Mapping[str, bytes]) -> None:
        lines = [f"{number} {base64.b64encode(secret).decode()}\n" for number, secret in keys.items()]
        replace_file(self.path, "".join(lines).encode())


def _check_private(path: Path, status: os.stat_result) -> None:
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise CredentialsMissing(
            "the file of the vault's key can be read by others",
            where=str(path),
            expected="mode 0600",
            hint=f"Close it with: chmod 600 {path}",
        )
    if status.st_uid != os.geteuid() or path.parent.stat().st_mode & 0o022:
        raise CredentialsMissing(
            "the file of the vault's key lies where others can put one",
            where=str(path),
            hint=f"Close its folder with: chmod 700 {path.parent}",
        )
