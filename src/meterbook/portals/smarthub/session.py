"""A log-in: password and second factor, the token's life, and calls that carry it.

A password that was refused is never sent again by itself: portals lock accounts after a few. A one-time code is never
used twice, nor are two log-ins made in the same 30-second step.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import pyotp

from meterbook.model.errors import (
    AccessRefused,
    AccountLocked,
    ClockWrong,
    MoreProofNeeded,
    PortalError,
    SignInRefused,
)
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.adapter import changed
from meterbook.portals.smarthub.calls import Caller, Reply, cut_off, refused_status
from meterbook.portals.smarthub.pace import backoff, http_date
from meterbook.portals.smarthub.sign_in import SIGN_IN, is_success, read_sign_in, sign_in_answer, wants_code

RENEW = "/services/oauth/auth/v2/refresh"
METHOD = "/services/two-factor/method"
CLOCK_LIMIT_S = 30.0
RENEW_BEFORE_S = 30.0
STEP_S = 30
MILLISECONDS = 1e11  # an expiry above this is in ms
USUAL_LIFE_S = 299.0
NO_CODE = frozenset({"", "NONE"})
LAST_STEP: dict[str, int] = {}
"""The process's last 30-second step with a log-in by one-time code, by host and user (hashed)."""
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in.

    Attributes:
        username: the log-in.
        primary_username: the log-in that the data is kept under; another one for a secondary registration.
        secondary: whether this is a secondary registration.
        business: whether the portal takes the user for a business.
    """

    username: str
    primary_username: str
    secondary: bool = False
    business: bool = False


class _Authenticator(pyotp.TOTP):
    """One-time codes from a secret of any length: the portal chose it, and many are of 80 bits."""

    min_secret_length_bits = 0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Token:
    bearer: str
    renew_at: float
    who: SignedIn


class Session:
    """One log-in at one portal, shared by all tasks of a client.

    Args:
        caller: makes the calls.
        user: the log-in, mostly an e-mail address.
        password: never logged, never in an error.
        totp_secret: base32 secret of the authenticator, for unattended log-ins.
        one_time_code: asks a person for a code; called once for each log-in that needs one.

    Attributes:
        refusal: why no more log-ins are made; None as long as they are.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        user: str,
        password: str,
        totp_secret: str | None,
        one_time_code: Callable[[], Awaitable[str]] | None,
    ) -> None:
        self.caller = caller
        self.user = user
        self._password = password
        self._totp_secret = (totp_secret or "").replace(" ", "").replace("-", "") or None
        self._one_time_code = one_time_code
        self._lock = asyncio.Lock()
        self._token: _Token | None = None
        self._fruitless = 0  # tokens refused in a row with no call answered in between
        self._answered: set[str] = set()  # calls that were answered
        self._denied: dict[str, AccessRefused] = {}  # calls that were not, with token after token
        self._method: str | None = None
        self.refusal: PortalError | None = None
        self._renewable = True

    def has_credentials_of(self, other: Session) -> bool:
        """Whether another log-in has the same user and password."""
        return (self.user.lower(), self._password) == (other.user.lower(), other._password)

    async def sign_in(self) -> SignedIn:
        """Sign in, unless a token is at hand.

        Raises:
            ClockWrong: this computer's clock is wrong; no attempt was spent.
            SignInRefused: wrong password; kept, so that no later call tries it again.
            MoreProofNeeded: a code is needed that can't be had, or was refused.
            AccountLocked: the portal has locked the log-in.
            PortalError: the portal can't be reached or has a fault.
        """
        return (await self._fresh_token()).who

    async def secured(
        self,
        method: str,
        path: str,
        read: Callable[[bytes], Answer],
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        label: str | None = None,
    ) -> Answer:
        """The answer of a call that needs the log-in, read.

        A refused token is replaced, see :meth:`_most_fruitless`; an answer that was cut off is asked for once more.

        Args:
            method: HTTP method.
            path: from the first slash.
            read: reads the body; raises msgspec.DecodeError for what is not whole JSON.
            params: query.
            json: body.
            content: body as it is.
            label: names the call in errors where the path itself carries an account number.

        Raises:
            PortalError: see :mod:`meterbook.portals.smarthub.calls`.
        """
        for last in (False, True):
            reply = await self._with_token(method, path, params, json, content, label or path)
            try:
                return read(reply.body)
            except msgspec.ValidationError as err:
                raise changed(label or path, err) from err
            except msgspec.DecodeError as err:
                if last:
                    raise cut_off(label or path) from err
        raise AssertionError("the second look returns or raises")

    async def _with_token(  # noqa: PLR0917 - the parts of a call
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: object,
        content: bytes | None,
        label: str,
    ) -> Reply:
        if label in self._denied:
            raise self._denied[label]
        dropped = 0
        while True:
            token = await self._fresh_token()
            reply = await self.caller.ask(
                method, path, params=params, json=json, content=content, headers=_headers(token), label=label
            )
            if reply.status != 401:
                self._fruitless = 0
                error = refused_status(reply, label)
                if error is not None:
                    raise error
                self._answered.add(label)
                return reply
            # A token that another call found refused first was dropped by it, and does not count against this one.
            dropped += await self._drop(token)
            if max(dropped, self._fruitless) > self._most_fruitless(label):
                raise self._given_up(label)

    def _most_fruitless(self, label: str) -> int:
        """How many tokens may be refused in a row before a call is given up.

        Tokens get lost, and several in flight share one. A call that was answered before is worth another token; one
        that never was, though others are, may be closed to this log-in; where nothing was answered yet, one new token
        is all.
        """
        if label in self._answered:
            return 6
        return 3 if self._answered else 1

    def _given_up(self, label: str) -> PortalError:
        """The error for a call whose tokens are refused as soon as they are given."""
        if self._answered and label not in self._answered:
            hint = "The utility may not offer this to members; other calls of this log-in are answered."
            self._denied[label] = AccessRefused("this log-in may not make this call (HTTP 401)", where=label, hint=hint)
            return self._denied[label]
        self.caller.stopped = SignInRefused(
            "the portal refused a token that it had just given (HTTP 401)",
            where=label,
            hint="Sign in to the portal in a browser to see whether it wants something of you, then try again.",
        )
        return self.caller.stopped

    async def _drop(self, refused: _Token) -> bool:
        """Forget a token; False if another task has done so already."""
        async with self._lock:
            if self._token is not refused:
                return False
            self._token = None
            self._fruitless += 1
            return True

    async def _fresh_token(self) -> _Token:
        async with self._lock:
            if self.refusal is not None:
                raise self.refusal
            token = self._token
            if token is not None and self.caller.now() < token.renew_at:
                return token
            if token is not None:
                token = await self._renewed(token)
            if token is None:
                token = await self._signed_in()
            self._token = token
            return token

    async def _renewed(self, token: _Token) -> _Token | None:
        """A token in place of an old one; None if the portal does not give one that way."""
        if not self._renewable:
            return None
        try:
            reply = await self.caller.ask("POST", RENEW, form={"token": token.bearer}, tries=1, keep_500=True)
        except PortalError:
            return None
        answer = sign_in_answer(reply) if reply.status == 200 else None
        if answer is None or not is_success(answer):
            self._renewable = reply.status not in (404, 405)
            return None
        self.caller.counters.renewals += 1
        return self._token_of(answer, token.who)

    async def _signed_in(self) -> _Token:
        try:
            if self._method is None:
                self._method = await self._second_factor()
            for last in (False, True):
                code, renewable = await self._code()
                try:
                    return await self._one_sign_in(code)
                except MoreProofNeeded:
                    # A code that came too late is refused like a wrong one; the next step's may do, once.
                    if last or not renewable:
                        raise
            raise AssertionError("the second try returns or raises")
        except (SignInRefused, MoreProofNeeded, AccountLocked) as refused:
            self.refusal = refused
            raise

    async def _second_factor(self) -> str:
        """The second factor that the portal wants; empty for none. Holds the clocks against each other on the way."""
        path = METHOD
        reply = await self.caller.ask("GET", path, params={"userId": self.user}, keep_500=True)
        self._check_clock(reply)
        if reply.status in (400, 401, 403, 404, 405, 500):
            return "TOTP" if self._totp_secret else ""  # an older portal: a code is sent if there is one
        error = refused_status(reply, path)
        if error is not None:
            raise error
        try:
            method = wire.METHOD.read(reply.body) if reply.body.strip() else None
        except msgspec.ValidationError as err:
            raise changed(path, err) from err
        except msgspec.DecodeError:
            method = reply.body.decode("utf-8", "replace")[:40]  # the bare word, without quotes
        word = (method or "").strip().upper()
        return "" if word in NO_CODE else word

    def _check_clock(self, reply: Reply) -> None:
        theirs = http_date(reply.headers.get("date"))
        if theirs is None:
            return
        ours = (reply.sent + reply.came) / 2
        slack = (reply.came - reply.sent) / 2 + 1.0  # the answer's way, and the header's whole seconds
        apart = ours - theirs
        if abs(apart) - slack > CLOCK_LIMIT_S:
            side = "ahead of" if apart > 0 else "behind"
            raise ClockWrong(
                f"this computer's clock is {abs(apart):.0f} s {side} the portal's",
                where=str(self.caller.address),
                expected=f"at most {CLOCK_LIMIT_S:.0f} s apart",
                hint="Set the clock (or let it be set from the network). No log-in was tried.",
            )

    async def _code(self) -> tuple[str | None, bool]:
        """A one-time code, if one is wanted, and whether the next step would give another."""
        if not self._method:
            return None, False
        if self._method == "TOTP" and self._totp_secret is not None:
            return await self._totp_code(self._totp_secret), True
        if self._one_time_code is not None:
            return (await self._one_time_code()).strip(), False
        known = self._method == "TOTP"
        raise MoreProofNeeded(
            f"the portal wants a second factor ({self._method[:40]})",
            method=self._method,
            hint="Give the authenticator's secret (METERBOOK_TOTP_SECRET) or a code when asked."
            if known
            else "This kind needs a person: connect on a terminal, where the code can be typed in.",
        )

    async def _totp_code(self, secret: str) -> str:
        key = hashlib.sha256(f"{self.caller.address}\n{self.user.lower()}".encode()).hexdigest()
        step = int(self.caller.now()) // STEP_S
        while step <= LAST_STEP.get(key, -1):
            await self.caller.sleep((LAST_STEP[key] + 1) * STEP_S - self.caller.now() + 0.5)
            step = int(self.caller.now()) // STEP_S
        LAST_STEP[key] = step
        try:
            return _Authenticator(secret).at(step * STEP_S)
        except ValueError as err:
            raise MoreProofNeeded(
                "the authenticator's secret can't be read",
                method="TOTP",
                expected="base32: the letters A to Z and the digits 2 to 7",
                hint="Copy it from the portal's set-up page of the authenticator (the text beside the QR code).",
            ) from err

    async def _one_sign_in(self, code: str | None) -> _Token:
        form = {"userId": self.user, "password": self._password}
        if code is not None:
            form["twoFactorCode"] = code
        for attempt in range(1, self.caller.pace.tries + 1):
            self.caller.counters.log_ins += 1
            reply = await self.caller.ask("POST", SIGN_IN, form=form, keep_500=True, counted=True)
            # A 500 can be the answer to a code, so only a log-in without one is tried again after it.
            again = reply.status == 500 and code is None and not wants_code(reply)
            if not again or attempt == self.caller.pace.tries:
                break
            await self.caller.sleep(backoff(self.caller.pace, attempt, None))
        return self._token_of(read_sign_in(reply, with_code=code is not None, method=self._method or ""), None)

    def _token_of(self, answer: wire.SignInAnswer, before: SignedIn | None) -> _Token:
        now = self.caller.now()
        life = answer.expiresIn or 0.0
        if life <= 0 and answer.expiration:
            life = answer.expiration / (1000 if answer.expiration > MILLISECONDS else 1) - now
        if life <= 0:
            life = USUAL_LIFE_S
        username = answer.username or (before.username if before else self.user)
        primary = answer.primaryUsername or (before.primary_username if before else username)
        who = SignedIn(
            username=username,
            primary_username=primary,
            secondary=bool(answer.isSecondaryRegistration) or bool(before and before.secondary),
            business=bool(answer.isBusinessUser) or bool(before and before.business),
        )
        assert answer.authorizationToken
        return _Token(bearer=answer.authorizationToken, renew_at=now + life - min(RENEW_BEFORE_S, life / 5), who=who)


def _headers(token: _Token) -> dict[str, str]:
    username: Any = token.who.username or token.who.primary_username
    return {"Authorization": f"Bearer {token.bearer}", "X-Nisc-Smarthub-Username": username}
