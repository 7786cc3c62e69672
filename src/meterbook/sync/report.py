"""What a sync tells: events while it runs, and a report when it is done. Plain values; printing is not done here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from meterbook.model.errors import MeterbookError


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that could not be brought, while the rest went on.

    Attributes:
        subject: the stream concerned, in words: account, industry, time frame.
        error: why.
    """

    subject: str
    error: MeterbookError


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReport:
    """What a sync did for one account.

    Attributes:
        account: account number.
        label: the member's name for it, or its address.
        zone: IANA zone of its utility.
        channels: channels the book now holds for it.
        new: readings that were not there before.
        revised: readings whose value or quality changed.
        missing: intervals without a reading between the first and the last, over all interval channels.
        first: start of the oldest interval reading, UTC epoch seconds.
        last: start of the newest one.
        interval_s: length of the finest interval, seconds.
        longest_gap: the longest run of missing intervals, ``[start, end)``.
        bills: bills that were not there before.
        documents: documents of bills that were not there before.
        bills_held: bills that the book now holds for it.
        troubles: what could not be brought.
    """

    account: str
    label: str
    zone: str
    channels: int = 0
    new: int = 0
    revised: int = 0
    missing: int = 0
    first: int | None = None
    last: int | None = None
    interval_s: int | None = None
    longest_gap: tuple[int, int] | None = None
    bills: int = 0
    documents: int = 0
    bills_held: int = 0
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """What a sync did over one log-in.

    Attributes:
        connection_id: the book's number of the connection.
        utility: catalogue slug.
        portal: the portal's name or host.
        accounts: one report an account.
        requests: requests sent: ``calls`` in all, of them ``log-ins``, ``pending`` and ``retries``; ``polls`` answered.
        findings: how many findings were stored.
        closed: numbers of closed accounts that were left out.
        troubles: what could not be brought and concerns no single account.
        error: why the whole connection could not be synced; None if it could.
    """

    connection_id: int
    utility: str
    portal: str
    accounts: tuple[AccountReport, ...] = ()
    requests: tuple[tuple[str, int], ...] = ()
    findings: int = 0
    closed: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    error: MeterbookError | None = None

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was brought."""
        return self.error is None and not self.troubles and not any(account.troubles for account in self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did over all connections.

    Attributes:
        connections: one report a connection.
        duration_s: wall time, seconds.
    """

    connections: tuple[ConnectionReport, ...]
    duration_s: float

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was brought."""
        return all(connection.complete for connection in self.connections)


class Progress(Protocol):
    """What a sync calls while it runs. Calls come from one thread; they must return at once."""

    def connection(self, *, utility: str, portal: str, zone: str, accounts: int) -> None:
        """A log-in was accepted and its accounts are known."""

    def waiting(self, *, utility: str) -> None:
        """Another sync holds this connection; this one waits for it."""

    def account(self, *, account: str, label: str) -> None:
        """Work on an account begins."""

    def planned(self, *, account: str, windows: int) -> None:
        """So many more windows are known to be wanted for an account (negative: fewer)."""

    def window(self, *, account: str, readings: int) -> None:
        """A window was answered and stored."""

    def account_done(self, *, account: str, ok: bool) -> None:
        """Work on an account has ended."""


class Silent:
    """A progress that shows nothing."""

    def connection(self, *, utility: str, portal: str, zone: str, accounts: int) -> None:
        """Nothing."""

    def waiting(self, *, utility: str) -> None:
        """Nothing."""

    def account(self, *, account: str, label: str) -> None:
        """Nothing."""

    def planned(self, *, account: str, windows: int) -> None:
        """Nothing."""

    def window(self, *, account: str, readings: int) -> None:
        """Nothing."""

    def account_done(self, *, account: str, ok: bool) -> None:
        """Nothing."""
