"""The vault file: sealed entries beside the public words that tell which key opens them.

Each entry is sealed by AES-256-GCM with a fresh nonce. Sealed in with it, though not hidden, are the book, the entry's
name and the key's description: an entry moved to another connection, another book or another key does not open.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meterbook.consent.files import replace_file
from meterbook.consent.keys import Key
from meterbook.model.errors import BookDamaged, CredentialsMissing, StoreError

VERSION = 1
_CHECK = "check"  # an entry that every file has: tells the right key from a wrong one before anything is written


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFile:
    """A vault file as it is on disk.

    Attributes:
        key: what tells how to get the key.
        entries: sealed entries by name: nonce and sealed text, base64.
    """

    key: Mapping[str, Any]
    entries: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the entries."""
        return [name for name in self.entries if name != _CHECK]


def read(path: Path) -> VaultFile | None:
    """The file; None if there is none.

    Raises:
        BookDamaged: it is not a vault file.
        StoreError: it was written by a newer Meterbook, or can't be read.
    """
    try:
        content = json.loads(path.read_bytes())
        version = content["version"]
        file = VaultFile(key=dict(content["key"]), entries=dict(content["entries"]))
    except FileNotFoundError:
        return None
    except OSError as err:
        raise StoreError(f"the vault can't be read: {err.strerror}", where=str(path)) from err
    except (ValueError, KeyError, TypeError):
        raise BookDamaged(
            "the vault is damaged", where=str(path), hint="Restore it from a backup, or remove it and connect again."
        ) from None
    if version != VERSION:
        raise StoreError("the vault was written by a newer Meterbook", where=str(path), hint="Update Meterbook.")
    return file


def write(path: Path, book: str, key: Key, entries: Mapping[str, bytes]) -> None:
    """Seal entries with a key and replace the file."""
    sealed = {name: _seal(book, key, name, text) for name, text in {_CHECK: b"", **entries}.items()}
    rewrite(path, VaultFile(key=key.header, entries=sealed))


def rewrite(path: Path, file: VaultFile) -> None:
    """Replace the file by one whose entries are sealed already."""
    content = {"version": VERSION, "key": dict(file.key), "entries": dict(file.entries)}
    replace_file(path, json.dumps(content, indent=1).encode())


def unseal(file: VaultFile, book: str, key: Key, names: list[str]) -> dict[str, bytes]:
    """Texts of entries.

    Raises:
        CredentialsMissing: the key is not the one they were sealed with, or an entry was tampered with.
    """
    return {name: _open(file, book, key, name) for name in [_CHECK, *names] if name in file.entries or name == _CHECK}


def _seal(book: str, key: Key, name: str, text: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - costly to import

    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + AESGCM(key.secret).encrypt(nonce, text, _bound(book, key.header, name))).decode()


def _open(file: VaultFile, book: str, key: Key, name: str) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - costly to import
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - slow to load

    try:
        sealed = base64.b64decode(file.entries[name], validate=True)
        return AESGCM(key.secret).decrypt(sealed[:12], sealed[12:], _bound(book, file.key, name))
    except (InvalidTag, KeyError, ValueError, TypeError):
        pass
    if name == _CHECK:
        raise CredentialsMissing(
            "the vault does not open with the key at hand",
            hint="Set METERBOOK_VAULT_KEY as it was when you connected; if that is lost, remove vault.bin from the "
            "book and connect again.",
        )
    raise CredentialsMissing(
        "an entry of the vault was changed and does not open", hint="Connect again: meterbook connect UTILITY"
    )


def _bound(book: str, header: Mapping[str, Any], name: str) -> bytes:
    return json.dumps(["meterbook vault", VERSION, book, name, dict(sorted(header.items()))]).encode()
