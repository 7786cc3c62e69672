"""The vault: where credentials lie. In the system's keyring, or, where there is none, sealed in a file of the book.

With ``METERBOOK_VAULT_KEY`` set it is always the file, sealed with a key stretched from that text. Otherwise the
file's key lies in the user's configuration folder, outside the book.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from meterbook.consent import keys, vault_file
from meterbook.consent.credentials import Credentials
from meterbook.consent.files import remove_drafts, replace_file
from meterbook.consent.system_keyring import Keyring, KeyringLike
from meterbook.model.errors import CredentialsMissing, StoreError

__all__ = ["Credentials", "Vault"]

VAULT_FILE = "vault.bin"
KEY_FILE = "vault.key"
BOOK_ID_FILE = "book.id"


class Vault:
    """Credentials of a book's connections. Open it with :meth:`open`.

    Safe with several processes; a kill at any moment leaves what was there before or what was to be there.
    """

    def __init__(self, book: Path, *, text: str | None, keyring: Keyring, key_file: keys.KeyFile) -> None:
        self._book = book
        self._path = book / VAULT_FILE
        self._text = text
        self._keyring = keyring
        self._key_file = key_file
        self._stretched: dict[str, keys.Key] = {}

    @classmethod
    def open(
        cls,
        book_folder: Path,
        env: Mapping[str, str] | None = None,
        *,
        keyring: KeyringLike | None = None,
        config_folder: Path | None = None,
    ) -> Vault:
        """Open the vault of a book. Nothing is read or made yet.

        Args:
            book_folder: the book's folder.
            env: where ``METERBOOK_VAULT_KEY`` is looked up; the process's environment unless given.
            keyring: the keyring to use instead of the system's.
            config_folder: folder of the key file instead of the user's.

        Raises:
            InputError: ``METERBOOK_VAULT_KEY`` is too short.
        """
        folder = config_folder or Path(platformdirs.user_config_dir("meterbook", appauthor=False))
        return cls(
            book_folder,
            text=keys.passphrase(os.environ if env is None else env),
            keyring=Keyring(keyring),
            key_file=keys.KeyFile(folder / KEY_FILE, book_folder),
        )

    @property
    def description(self) -> str:
        """Where new credentials go, in words."""
        if self._text is not None:
            return f"{VAULT_FILE} in the book, opened by {keys.KEY_VARIABLE}"
        if self._keyring.usable:
            return f"the system keyring ({self._keyring.name})"
        return f"{VAULT_FILE} in the book, opened by {self._key_file.path}"

    def get(self, connection_id: int) -> Credentials:
        """The credentials of a connection.

        Raises:
            CredentialsMissing: there are none, or they can't be opened with the key at hand.
        """
        name = str(connection_id)
        file = vault_file.read(self._path)
        if file is not None and name in file.entries:
            return Credentials.from_bytes(vault_file.unseal(file, self._book_id(), self._key_of(file), [name])[name])
        book = self._book_id()
        found = self._keyring.get(book, name) if book and self._text is None and self._keyring.usable else None
        if found is None:
            raise CredentialsMissing(
                f"the vault holds no credentials for connection {connection_id}",
                hint="Connect again: meterbook connect UTILITY --user LOG-IN",
            )
        return Credentials.from_bytes(found)

    def put(self, connection_id: int, credentials: Credentials) -> None:
        """Keep the credentials of a connection, in place of those it had. Durable on return.

        Raises:
            CredentialsMissing: the vault file holds others and can't be opened with the key at hand.
            InputError: the key file would lie inside the book.
            StoreError: it can't be written.
        """
        name = str(connection_id)
        with self._alone():
            if self._text is None and self._keyring.usable:
                self._keyring.put(self._number_book(), name, credentials.to_bytes())
                self._drop(name)
            else:
                self._rewrite({name: credentials.to_bytes()})

    def delete(self, connection_id: int) -> None:
        """Destroy the credentials of a connection, wherever they lie. Nothing happens if there are none."""
        name = str(connection_id)
        with self._alone():
            self._drop(name)
            book = self._book_id()
            if book and self._keyring.usable:
                self._keyring.delete(book, name)

    def rekey(self, new_text: str | None = None) -> None:
        """Seal everything in the vault file with a new key; copies of the old file open with the old key only.

        Args:
            new_text: the text to stretch from now on (``METERBOOK_VAULT_KEY`` has to be set to it afterwards).
                Without it the text stays and gets a new salt, or the key file gets a new key.

        Raises:
            CredentialsMissing: the file can't be opened with the key at hand.
            InputError: the new text is too short.
        """
        chosen = keys.passphrase({keys.KEY_VARIABLE: new_text}) if new_text else self._text
        with self._alone():
            file = vault_file.read(self._path)
            if file is None:
                self._text = chosen
                return
            held = vault_file.unseal(file, self._book_id(), self._key_of(file), file.names)
            self._text = chosen
            self._write(file, held, self._new_key())

    # -- the file ----------------------------------------------------------------------------------------------------

    def _rewrite(self, changes: Mapping[str, bytes]) -> None:
        """Add to the file. A file sealed otherwise than is wanted now is sealed anew."""
        file = vault_file.read(self._path)
        if file is None:
            self._write(None, changes, self._new_key())
            return
        key = self._key_of(file)
        held = vault_file.unseal(file, self._book_id(), key, file.names)
        wanted = "argon2id" if self._text is not None else "file"
        self._write(file, {**held, **changes}, key if file.key.get("kind") == wanted else self._new_key())

    def _drop(self, name: str) -> None:
        """Take an entry out of the file; no key is needed for that."""
        file = vault_file.read(self._path)
        if file is None or name not in file.entries:
            return
        left = {other: sealed for other, sealed in file.entries.items() if other != name}
        vault_file.rewrite(self._path, vault_file.VaultFile(key=file.key, entries=left))

    def _write(self, before: vault_file.VaultFile | None, entries: Mapping[str, bytes], key: keys.Key) -> None:
        vault_file.write(self._path, self._number_book(), key, entries)
        if before is not None and before.key.get("kind") == "file" and before.key.get("id") != key.header.get("id"):
            self._key_file.forget(str(before.key["id"]))

    def _new_key(self) -> keys.Key:
        if self._text is None:
            return self._key_file.new_key()
        key = keys.stretched(self._text)
        self._stretched[str(key.header.get("salt"))] = key  # stretching takes a third of a second: once is enough
        return key

    def _key_of(self, file: vault_file.VaultFile) -> keys.Key:
        if file.key.get("kind") == "file":
            return self._key_file.key(file.key)
        if self._text is None:
            raise CredentialsMissing(
                f"the vault is sealed with {keys.KEY_VARIABLE}, which is not set",
                hint=f"Set {keys.KEY_VARIABLE} as it was when you connected.",
            )
        salt = str(file.key.get("salt"))
        if salt not in self._stretched:
            self._stretched[salt] = keys.stretched_as(self._text, file.key)
        return self._stretched[salt]

    def _book_id(self) -> str:
        """The book's own number: what is sealed for one book does not open in another. Empty if it has none yet."""
        path = self._book / BOOK_ID_FILE
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as err:
            raise StoreError("the book's number can't be read", where=str(path)) from err

    def _number_book(self) -> str:
        """The book's number, made if it has none; under the lock, so that two processes make one."""
        number = self._book_id()
        if not number:
            number = uuid.uuid4().hex
            replace_file(self._book / BOOK_ID_FILE, f"{number}\n".encode())
        return number

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While it lasts no other process changes the vault; what killed ones left is swept first."""
        from filelock import FileLock  # noqa: PLC0415 - needed to write only

        with FileLock(self._book / ".vault.lock", mode=0o600):
            remove_drafts(self._path)
            yield
