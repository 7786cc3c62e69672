"""Log-ins: tokens that carry their own proof, the count of wrong passwords, and one-time codes.

Source: SmartHub portal reference, section 2.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from enum import Enum

import msgspec
import pyotp

from meterbook.practice.settings import Settings
from meterbook.practice.world import Login, World

LOCK_LIMIT = 5
_KEPT = 10_000


class Outcome(Enum):
    """What came of a try to log in."""

    WELCOME = "welcome"
    WRONG = "wrong"
    LOCKED = "locked"
    CODE_NEEDED = "code needed"


class Sessions:
    """Who is logged in. Tokens are signed, not stored; only revoked ones and failed tries are remembered.

    Args:
        world: whose log-ins.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = hashlib.sha256(f"practice/{world.settings.seed}/{secrets.token_hex(16)}".encode()).digest()
        self._failed: dict[str, int] = {}
        self._revoked: dict[str, None] = {}
        self._used_step: dict[str, int] = {}

    @property
    def settings(self) -> Settings:
        """The portal's settings."""
        return self._world.settings

    def try_login(self, email: str, password: str, code: str | None) -> tuple[Outcome, Login | None]:
        """Checks credentials, counts failures and locks after five."""
        login = self._world.login(email)
        if login is None:
            return Outcome.WRONG, None
        if login.locked or self._failed.get(login.email, 0) >= LOCK_LIMIT:
            return Outcome.LOCKED, login
        if not hmac.compare_digest(login.password.encode(), password.encode()):
            self._failed[login.email] = self._failed.get(login.email, 0) + 1
            return Outcome.WRONG, login
        if login.totp_secret is not None and not self._code_is_right(login, code or ""):
            return Outcome.CODE_NEEDED, login
        self._failed.pop(login.email, None)
        return Outcome.WELCOME, login

    def issue(self, email: str) -> tuple[str, int]:
        """A token of three parts and its expiry, epoch seconds."""
        expires = int(time.time()) + self.settings.token_life_s
        claims = {"sub": email, "exp": expires, "jti": secrets.token_hex(8)}
        head = _part(b'{"alg":"HS256"}') + "." + _part(msgspec.json.encode(claims))
        return f"{head}.{self._signature(head)}", expires

    def email_of(self, token: str) -> str | None:
        """Whose token it is; None if it is not ours, has expired or was revoked."""
        head, _, signature = token.rpartition(".")
        if token in self._revoked or not hmac.compare_digest(signature, self._signature(head)):
            return None
        try:
            claims = msgspec.json.decode(base64.urlsafe_b64decode(head.partition(".")[2] + "=="), type=dict)
        except (ValueError, msgspec.DecodeError):
            return None
        return str(claims["sub"]) if claims["exp"] > time.time() else None

    def revoke(self, token: str) -> None:
        """Ends a token before its time."""
        self._revoked[token] = None
        if len(self._revoked) > _KEPT:
            del self._revoked[next(iter(self._revoked))]

    def _code_is_right(self, login: Login, code: str) -> bool:
        assert login.totp_secret is not None
        clock = pyotp.TOTP(login.totp_secret)
        now = int(time.time()) // clock.interval
        for step in (now, now - 1, now + 1):
            if clock.verify(code, for_time=step * clock.interval):
                if self.settings.refuse_used_codes and self._used_step.get(login.email) == step:
                    return False
                self._used_step[login.email] = step
                return True
        return False

    def _signature(self, head: str) -> str:
        return _part(hmac.digest(self._key, head.encode(), "sha256"))


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
