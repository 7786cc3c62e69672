"""A member's way into one SmartHub portal. Async; usable without the rest of Meterbook."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from meterbook.model.calendar import utc, zone
from meterbook.model.errors import MeterbookError, PortalError, UsageError
from meterbook.model.identity import Account
from meterbook.model.statement import Balance, PrepaidDay, Statement
from meterbook.model.tou_ledger import TouMonth
from meterbook.portals.base import Pace
from meterbook.portals.smarthub import bills, discovery, ledgers, lookup
from meterbook.portals.smarthub.answer import Asked, Frame, Usage
from meterbook.portals.smarthub.calls import Caller, Counters, http_client
from meterbook.portals.smarthub.host import clean
from meterbook.portals.smarthub.pace import Sleep, pace_of
from meterbook.portals.smarthub.session import Session, SignedIn
from meterbook.portals.smarthub.usage import fetch_usage
from meterbook.portals.smarthub.weather import fetch_weather


class SmartHub:
    """One log-in at one portal.

    >>> async def last_week():
    ...     async with SmartHub("x.smarthub.coop", zone="America/New_York", user="me@example.com", password="…") as hub:
    ...         account = (await hub.accounts())[0]
    ...         return await hub.usage(
    ...             account=account.number, service_location=account.locations[0].number, industry="ELECTRIC",
    ...             frame=Frame.INTERVAL, start=1793505600, end=1794114000,
    ...         )

    Args:
        host: the portal's host, or its address as pasted from a browser. Plain http is refused but for this machine.
        zone: the utility's IANA time zone; the portal does not say it.
        user: the log-in.
        password: sent to the portal's log-in only.
        utility: catalogue slug, for the channels' keys.
        totp_secret: base32 secret of the authenticator.
        one_time_code: asks a person for a one-time code.
        pace: how fast the host may be asked; the kind of host decides if None.
        client: HTTP client to use, left open at the end; one of its own if None.
        now: the clock, epoch seconds.
        ca: certificates to trust beside the usual ones.
        sleep: waits.

    Attributes:
        requests: what was asked so far.

    Raises:
        UsageError: an address that can't be used.
        InputError: a zone that does not exist.
    """

    def __init__(
        self,
        host: str,
        *,
        zone: str,
        user: str,
        password: str,
        utility: str = "",
        totp_secret: str | None = None,
        one_time_code: Callable[[], Awaitable[str]] | None = None,
        pace: Pace | None = None,
        client: httpx2.AsyncClient | None = None,
        now: Callable[[], float] = time.time,
        ca: Path | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.address = clean(host)
        self.tz = _zone(zone)
        self.utility = utility
        self.pace = pace_of(self.address, pace)
        self.requests = Counters()
        self._own = client is None
        self._client = client or http_client(ca)
        self._now = now
        self._caller = Caller(
            address=self.address,
            client=self._client,
            pace=self.pace,
            now=now,
            sleep=sleep,
            counters=self.requests,
        )
        self._session = Session(
            self._caller, user=user, password=password, totp_secret=totp_secret, one_time_code=one_time_code
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._own:
            await self._client.aclose()

    def stop(self, reason: MeterbookError) -> None:
        """Ask the portal nothing more: what is not on its way yet, tries after a fault included, raises ``reason``."""
        self._caller.stopped = reason

    @property
    def refusal(self) -> PortalError | None:
        """What the portal said when it refused the credentials that were sent; None if it did not."""
        return self._session.refusal if self.requests.log_ins else None

    def shares_log_in_with(self, other: SmartHub) -> bool:
        """Whether another client would send the same credentials to the same host."""
        return self.address.netloc == other.address.netloc and self._session.has_credentials_of(other._session)

    async def site_name(self) -> str:
        """The name by which the portal calls its utility. Needs no log-in."""
        return await lookup.site_name(self._caller)

    async def sign_in(self) -> SignedIn:
        """Sign in, or say who is signed in. The clocks are held against each other first.

        Raises:
            ClockWrong, SignInRefused, MoreProofNeeded, AccountLocked, PortalError: see :class:`Session`.
        """
        return await self._session.sign_in()

    async def accounts(self) -> list[Account]:
        """Every account that the log-in sees, closed ones marked."""
        return await discovery.fetch_accounts(self._session)

    async def usage(
        self, *, account: str, service_location: str, industry: str, frame: Frame, start: int, end: int
    ) -> Usage:
        """Readings of one location.

        Args:
            account: account number.
            service_location: number of one of its locations.
            industry: ``ELECTRIC``, ``GAS`` or ``WATER``.
            frame: at the meter's own step, by day or by month.
            start: UTC epoch seconds, best a local midnight.
            end: UTC epoch seconds, best a local midnight; not included.
        """
        return await fetch_usage(self._session, self._asked(account, service_location, industry, frame, (start, end)))

    async def weather(
        self, *, account: str, service_location: str, industry: str = "ELECTRIC", start: int, end: int
    ) -> Usage:
        """Daily low and high temperature at one location, °F, as two channels."""
        span = (start, end)
        return await fetch_weather(self._session, self._asked(account, service_location, industry, Frame.DAILY, span))

    async def balances(self) -> list[Balance]:
        """What each account owes now, or has left where it is prepaid."""
        return await bills.fetch_balances(self._session, self._moment(), self.tz)

    async def billing_history(self, account: str) -> list[Statement]:
        """The account's bills, newest first."""
        return await bills.fetch_history(self._session, account, self.tz)

    async def bill_pdf(self, statement: Statement) -> bytes:
        """One of those bills as the portal prints it."""
        return await bills.fetch_pdf(self._session, statement, self.tz)

    async def prepaid_days(self, account: str, *, start: int | None = None, end: int | None = None) -> list[PrepaidDay]:
        """The days of a prepaid account: use, charge, payment and what was left, oldest first.

        Args:
            account: account number.
            start: UTC epoch seconds of a local midnight; the portal's own choice without it.
            end: likewise; not included.
        """
        return await ledgers.fetch_prepaid(self._session, account, start, end)

    async def tou_ledger(self, account: str) -> list[TouMonth]:
        """What a time-of-use account saved or lost by month, oldest first."""
        return await ledgers.fetch_time_of_use(self._session, account)

    def _asked(self, account: str, service_location: str, industry: str, frame: Frame, span: tuple[int, int]) -> Asked:
        start, end = span
        if start >= end:
            raise UsageError("the span asked for is empty", expected="a start before the end")
        return Asked(
            utility=self.utility,
            account=account,
            service_location=service_location,
            industry=industry,
            frame=frame,
            start=start,
            end=end,
            tz=self.tz,
            now=int(self._now()),
        )

    def _moment(self) -> datetime:
        return utc(int(self._now()))


_zone = zone  # the constructor's argument has the same name
