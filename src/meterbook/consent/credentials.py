"""Credentials of a log-in, as they go into and come out of the vault."""

from __future__ import annotations

import json
from dataclasses import dataclass

from meterbook.model.errors import CredentialsMissing, InputError

_BLOCK = 256  # sealed texts are padded to a multiple of this, so that their length does not tell a password's


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """What signs a member in. Its text form shows nothing of it.

    Attributes:
        user: the log-in's name.
        password: the password.
        totp_secret: secret of the one-time codes (base32), if the log-in has a second factor.
    """

    user: str
    password: str
    totp_secret: str | None = None

    def __post_init__(self) -> None:
        if not self.password:
            raise InputError("the password is empty", hint="Type it at the prompt, or use --password-stdin.")

    def __repr__(self) -> str:
        return "Credentials(hidden)"

    def to_bytes(self) -> bytes:
        """Text to seal, padded."""
        text = json.dumps({"user": self.user, "password": self.password, "totp_secret": self.totp_secret}).encode()
        return text + b" " * (-len(text) % _BLOCK)

    @classmethod
    def from_bytes(cls, text: bytes) -> Credentials:
        """The credentials of an opened text.

        Raises:
            CredentialsMissing: it is not what :meth:`to_bytes` makes.
        """
        try:
            fields = json.loads(text)
            return cls(user=fields["user"], password=fields["password"], totp_secret=fields["totp_secret"])
        except (ValueError, KeyError, TypeError, InputError):
            raise CredentialsMissing(
                "the vault's entry can't be read", hint="Connect again: meterbook connect UTILITY --user LOG-IN"
            ) from None
