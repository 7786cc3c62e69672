"""A sync: every connection brought up to date, each account on its own, whatever happens to the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Scope
from meterbook.model.calendar import zone
from meterbook.model.errors import AccessRefused, ConsentError, FeatureAbsent, MeterbookError, PortalError
from meterbook.model.identity import Account
from meterbook.portals.base import Pace
from meterbook.portals.smarthub import SmartHub
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Connection, Records, Run, Window
from meterbook.sync.account import AccountWork
from meterbook.sync.bills import BillPull
from meterbook.sync.documents import Documents
from meterbook.sync.keeper import Keeper
from meterbook.sync.refusals import keep_refusal, refusal
from meterbook.sync.report import ConnectionReport, Progress, SyncReport
from meterbook.sync.results import Results
from meterbook.sync.settings import Settings
from meterbook.sync.summary import account_summary
from meterbook.sync.windows import Span

STREAMS_AT_ONCE = 16
FRESH_S = 3600  # a run cut off longer ago than this is finished as it was planned, and then a new one is made

PortalFactory = Callable[[Connection], SmartHub]


@dataclass(slots=True)
class Syncer:
    """Brings connections of one book up to date.

    Attributes:
        records: the book's records.
        lake: the book's readings.
        locks: folder for lock files.
        open_portal: makes the client of a connection, credentials included.
        pace: the pace of a connection.
        settings: how far back and how much again.
        progress: told what happens.
        now: the clock, epoch seconds.
        include_closed: whether closed accounts are brought too.
        only: these account numbers alone; all if empty.
        documents: keeps bills as documents and reads them; without it none are asked for.
    """

    records: Records
    lake: ReadingsLake
    locks: Path
    open_portal: PortalFactory
    pace: Callable[[Connection], Pace]
    progress: Progress
    settings: Settings = field(default_factory=Settings)
    now: Callable[[], float] = time.time
    include_closed: bool = False
    only: frozenset[str] = frozenset()
    documents: Documents | None = None
    _refused: list[SmartHub] = field(default_factory=list)

    async def run(self, connections: Sequence[Connection]) -> SyncReport:
        """Sync connections: different hosts side by side, those of one host one after the other."""
        began = time.monotonic()
        by_host: dict[str, list[Connection]] = {}
        for connection in connections:
            by_host.setdefault(connection.host, []).append(connection)
        reports: dict[int, ConnectionReport] = {}

        async def one_host(some: Sequence[Connection]) -> None:
            for connection in some:
                reports[connection.id] = await self._connection(connection)

        async with asyncio.TaskGroup() as tasks:
            for some in by_host.values():
                tasks.create_task(one_host(some))
        return SyncReport(
            connections=tuple(reports[connection.id] for connection in connections),
            duration_s=time.monotonic() - began,
        )

    async def _connection(self, connection: Connection) -> ConnectionReport:
        try:
            async with self._alone(connection):
                return await self._synced(connection)
        except MeterbookError as error:
            return ConnectionReport(
                connection_id=connection.id, utility=connection.utility, portal=connection.name, error=error
            )

    @asynccontextmanager
    async def _alone(self, connection: Connection) -> AsyncIterator[None]:
        """Hold a connection's lock: two syncs of one log-in would ask the portal for everything twice."""
        lock = FileLock(lock_path(self.locks, connection.id), thread_local=False)
        told = False
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                if not told:
                    self.progress.waiting(utility=connection.utility)
                    told = True
                await asyncio.sleep(0.2)
        try:
            yield
        finally:
            lock.release()

    async def _synced(self, connection: Connection) -> ConnectionReport:
        self._require_grant(connection)
        refused = refusal(self.records, connection)
        if refused is not None:
            raise refused
        async with self.open_portal(connection) as portal:
            for earlier in self._refused:
                if earlier.refusal is not None and portal.shares_log_in_with(earlier):
                    keep_refusal(self.records, connection, earlier.refusal)
                    raise earlier.refusal
            try:
                return await self._runs(connection, portal)
            finally:
                if portal.refusal is not None:
                    keep_refusal(self.records, connection, portal.refusal)
                    self._refused.append(portal)

    def _require_grant(self, connection: Connection) -> None:
        """Nothing is asked, not even for the accounts, once the grant has ended."""
        grants = Authorizations(self.records)
        grant, now = grants.get(connection.authorization_id), datetime.now(UTC)
        if not grant.holds_at(now):
            grants.require(grant.id, next(iter(grant.accounts), ""), next(iter(grant.scopes)), at=now)

    async def _runs(self, connection: Connection, portal: SmartHub) -> ConnectionReport:
        """Finish a run that was cut off, then, unless that one was fresh, make a new one."""
        accounts, closed = await self._discover(connection, portal)
        self.progress.connection(
            utility=connection.utility, portal=connection.name, zone=connection.zone, accounts=len(accounts)
        )
        now = int(self.now())
        unfinished = self.records.unfinished_run(connection.id)
        results = Results(portal=portal)
        bills = self._bills(connection, portal, accounts, results)
        if unfinished is not None:
            await self._one_run(unfinished, bills, accounts)
        if results.fatal is None and (unfinished is None or now - unfinished.horizon > FRESH_S):
            run = self.records.start_run(connection.id, horizon=now, at=datetime.now(UTC))
            await self._one_run(run, bills, accounts)
        await self._balances(connection, portal, results, bills)
        tz = zone(connection.zone)
        return ConnectionReport(
            connection_id=connection.id,
            utility=connection.utility,
            portal=connection.name,
            accounts=tuple(
                account_summary(
                    self.records,
                    self.lake,
                    account,
                    utility=connection.utility,
                    tz=tz,
                    tally=results.tally(account.number),
                    troubles=tuple(results.troubles.get(account.number, ())),
                )
                for account in accounts
            ),
            requests=_requests(portal),
            findings=results.findings,
            closed=tuple(account.number for account in closed),
            troubles=tuple(results.troubles.get("", ())),
            error=results.fatal,
        )

    async def _discover(self, connection: Connection, portal: SmartHub) -> tuple[list[Account], list[Account]]:
        found = await portal.accounts()
        self.records.save_accounts(connection.id, found, at=datetime.now(UTC))
        wanted = [account for account in found if not self.only or account.number in self.only]
        open_ones = [account for account in wanted if account.active or self.include_closed]
        return open_ones, [account for account in wanted if account not in open_ones]

    def _bills(
        self, connection: Connection, portal: SmartHub, accounts: Sequence[Account], results: Results
    ) -> BillPull:
        return BillPull(
            records=self.records,
            lake=self.lake,
            connection=connection,
            portal=portal,
            tz=zone(connection.zone),
            documents=self.documents if self.settings.documents else None,
            numbers=[account.number for account in accounts],
            progress=self.progress,
            results=results,
        )

    async def _one_run(self, run: Run, bills: BillPull, accounts: Sequence[Account]) -> None:
        connection, portal, results = bills.connection, bills.portal, bills.results
        answered: dict[object, dict[Span, Window]] = {}
        for window in self.records.windows(run_id=run.id, state="done"):
            answered.setdefault(window.stream, {})[(window.ask_start, window.ask_end)] = window
        in_flight = min(self.pace(connection).in_flight, self.settings.in_flight or STREAMS_AT_ONCE)
        async with Keeper(records=self.records, lake=self.lake, utility=connection.utility) as keeper:
            work = AccountWork(
                records=self.records,
                lake=self.lake,
                connection=connection,
                portal=portal,
                run=run,
                keeper=keeper,
                settings=self.settings,
                progress=self.progress,
                answered=answered,
                slots=asyncio.Semaphore(in_flight),
                workers=in_flight,
                results=results,
                bills=bills,
            )
            lanes = asyncio.Semaphore(in_flight)

            async def lane(account: Account) -> None:
                async with lanes:
                    if results.fatal is None:
                        await work.bring(account)

            async with asyncio.TaskGroup() as tasks:
                for account in accounts:
                    tasks.create_task(lane(account))
            results.findings += keeper.findings
        failed = results.fatal is not None or bool(results.troubles)
        self.records.finish_run(run.id, "partial" if failed else "done", at=datetime.now(UTC))

    async def _balances(self, connection: Connection, portal: SmartHub, results: Results, bills: BillPull) -> None:
        if results.fatal is not None:
            return
        try:
            allowed = []
            for balance in await portal.balances():
                try:
                    Authorizations(self.records).require(
                        connection.authorization_id, balance.account, Scope.BALANCES, at=datetime.now(UTC)
                    )
                except ConsentError:
                    continue  # the grant leaves balances out: they are not kept
                allowed.append(balance)
            self.records.save_balances(allowed, utility=connection.utility)
            for balance in allowed:
                if balance.prepaid and balance.account in bills.numbers:
                    await bills.prepaid(balance.account)
        except PortalError as error:
            if not isinstance(error, FeatureAbsent | AccessRefused):
                results.trouble("", "balances", error)


def lock_path(folder: Path, connection_id: int) -> Path:
    """The file whose lock whoever works on a connection holds; the folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"connection-{connection_id}.lock"


def _requests(portal: SmartHub) -> tuple[tuple[str, int], ...]:
    counted = portal.requests
    return (
        ("calls", counted.calls),
        ("log-ins", counted.log_ins),
        ("polls", counted.polls),
        ("pending", counted.pending),
        ("retries", counted.retries),
    )
