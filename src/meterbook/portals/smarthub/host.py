"""The address of a portal: what a member pastes, cleaned, and what may be spoken to without encryption."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from meterbook.model.errors import UsageError

LOOK_UP_HOST = "config.smarthub.coop"
"""Answers which deployments carry a name; asked only with the user's consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a portal is.

    Attributes:
        scheme: ``https``; ``http`` on this machine only.
        netloc: host in lower case, with a port if one was given.
        loopback: whether it is this machine.
    """

    scheme: str
    netloc: str
    loopback: bool

    @property
    def base(self) -> str:
        """The URL that paths are put after, without a slash at its end."""
        return f"{self.scheme}://{self.netloc}"

    def __str__(self) -> str:
        return self.netloc


def clean(pasted: str) -> Address:
    """The address of a portal from what a member pastes.

    Args:
        pasted: ``x.smarthub.coop``, ``https://x.smarthub.coop/ui/#/login`` or ``http://127.0.0.1:8765``.

    Raises:
        UsageError: no host in it, a scheme that is not of the web, or plain http to another machine.

    >>> clean("HTTPS://X.smarthub.coop/ui/#/login").base
    'https://x.smarthub.coop'
    >>> clean("127.0.0.1:8765").base
    'https://127.0.0.1:8765'
    """
    text = pasted.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        name, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        name, port = "", None
        parts = urlsplit("")
    if not name or " " in name or parts.scheme not in ("http", "https"):
        raise UsageError(
            "the portal's address can't be read",
            expected="a host such as example.smarthub.coop, or the address of the log-in page",
            hint="Copy the address from the browser's address bar while the portal's log-in page is open.",
        )
    loopback = is_loopback(name)
    if parts.scheme == "http" and not loopback:
        raise UsageError(
            f"{name} would be asked without encryption",
            expected="an https address",
            hint="Put https:// in front: a password never travels in plain text.",
        )
    host = f"[{name}]" if ":" in name else name
    return Address(scheme=parts.scheme, netloc=host if port is None else f"{host}:{port}", loopback=loopback)


def is_loopback(name: str) -> bool:
    """Whether a host name or address is this machine.

    >>> is_loopback("127.3.2.1"), is_loopback("localhost"), is_loopback("localhost.example.com")
    (True, True, False)
    """
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
