"""The system's keyring, where there is a real one: Secret Service, KWallet, the macOS keychain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, cast

from meterbook.model.errors import CredentialsMissing

SERVICE = "meterbook"


class KeyringLike(Protocol):
    """What a backend of the ``keyring`` library offers."""

    priority: float

    def get_password(self, service: str, username: str, /) -> str | None:
        """The secret, None if there is none."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Remove a secret."""


class Keyring:
    """A keyring that is looked for when it is first needed."""

    def __init__(self, backend: KeyringLike | None = None) -> None:
        self._backend = backend

    @property
    def usable(self) -> bool:
        """Whether it keeps secrets well: neither absent, nor one that forgets, nor one that writes plain text."""
        backend = self._found()
        # What the library itself recommends has priority 1 or more; fail, null and plain-text files are below.
        return backend.priority >= 1 and not type(backend).__module__.startswith("keyrings.alt")

    @property
    def name(self) -> str:
        """The backend's name."""
        return type(self._found()).__module__.rpartition(".")[2]

    def get(self, book: str, name: str) -> bytes | None:
        """A secret of a book."""
        with _translated():
            text = self._found().get_password(SERVICE, f"{book}/{name}")
        return None if text is None else text.encode()

    def put(self, book: str, name: str, secret: bytes) -> None:
        """Keep a secret of a book."""
        with _translated():
            self._found().set_password(SERVICE, f"{book}/{name}", secret.decode())

    def delete(self, book: str, name: str) -> None:
        """Remove a secret of a book, if it is there."""
        if self.get(book, name) is not None:
            with _translated():
                self._found().delete_password(SERVICE, f"{book}/{name}")

    def _found(self) -> KeyringLike:
        if self._backend is None:
            import keyring  # noqa: PLC0415 - slow: it tries every backend

            self._backend = cast(KeyringLike, keyring.get_keyring())
        return self._backend


@contextmanager
def _translated() -> Iterator[None]:
    """The block's keyring errors as errors of ours."""
    from keyring.errors import KeyringError  # noqa: PLC0415 - slow, as above

    try:
        yield
    except KeyringError as err:
        raise CredentialsMissing(
            "the system keyring refused",
            where=type(err).__name__,
            hint="Unlock it and run again, or set METERBOOK_VAULT_KEY to do without it.",
        ) from None
