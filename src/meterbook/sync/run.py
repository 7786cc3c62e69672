"""A sync: every connection brought up to date, each account on its own, whatever happens to the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Scope
from meterbook.model.calendar import zone
from meterbook.model.errors import (
    AccessRefused,
    ConsentError,
    FeatureAbsent,
    MeterbookError,
    PortalChanged,
    PortalError,
    RequestFailed,
    StillPending,
)
from meterbook.model.finding import Finding
from meterbook.model.identity import Account
from meterbook.portals.base import Pace
from meterbook.portals.smarthub import SmartHub
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Connection, Records, Run, Window
from meterbook.sync.clock_nights import check_nights
from meterbook.sync.keeper import Keeper
from meterbook.sync.pull import Settings, StreamPull, Tally
from meterbook.sync.report import ConnectionReport, Progress, SyncReport, Trouble
from meterbook.sync.streams import WEATHER, Task, tasks_of, unmetered
from meterbook.sync.summary import account_summary, gaps_of_streams, label_of
from meterbook.sync.windows import Span

# An error of these kinds concerns one request; any other one concerns the log-in or the host, and ends its sync.
_LOCAL = (RequestFailed, AccessRefused, FeatureAbsent, StillPending, PortalChanged)
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
        async with self.open_portal(connection) as portal:
            return await self._runs(connection, portal)

    async def _runs(self, connection: Connection, portal: SmartHub) -> ConnectionReport:
        """Finish a run that was cut off, then, unless that one was fresh, make a new one."""
        accounts, closed = await self._discover(connection, portal)
        self.progress.connection(
            utility=connection.utility, portal=connection.name, zone=connection.zone, accounts=len(accounts)
        )
        now = int(self.now())
        unfinished = self.records.unfinished_run(connection.id)
        results = _Results()
        if unfinished is not None:
            await self._one_run(unfinished, connection, portal, accounts, results)
        if unfinished is None or now - unfinished.horizon > FRESH_S:
            run = self.records.start_run(connection.id, horizon=now, at=datetime.now(UTC))
            await self._one_run(run, connection, portal, accounts, results)
        await self._balances(connection, portal, results)
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
                    new=results.tally(account.number).new,
                    revised=results.tally(account.number).revised,
                    troubles=tuple(results.troubles.get(account.number, ())),
                )
                for account in accounts
            ),
            requests=_requests(portal),
            findings=results.findings,
            closed=tuple(account.number for account in closed),
            error=results.fatal,
        )

    async def _discover(self, connection: Connection, portal: SmartHub) -> tuple[list[Account], list[Account]]:
        found = await portal.accounts()
        self.records.save_accounts(connection.id, found, at=datetime.now(UTC))
        wanted = [account for account in found if not self.only or account.number in self.only]
        open_ones = [account for account in wanted if account.active or self.include_closed]
        return open_ones, [account for account in wanted if account not in open_ones]

    async def _one_run(
        self, run: Run, connection: Connection, portal: SmartHub, accounts: Sequence[Account], results: _Results
    ) -> None:
        answered: dict[object, dict[Span, Window]] = {}
        for window in self.records.windows(run_id=run.id, state="done"):
            answered.setdefault(window.stream, {})[(window.ask_start, window.ask_end)] = window
        in_flight = min(self.pace(connection).in_flight, self.settings.in_flight or STREAMS_AT_ONCE)
        async with Keeper(records=self.records, lake=self.lake, utility=connection.utility) as keeper:
            work = _AccountWork(
                syncer=self,
                connection=connection,
                portal=portal,
                run=run,
                keeper=keeper,
                answered=answered,
                slots=asyncio.Semaphore(in_flight),
                workers=in_flight,
                results=results,
            )
            lanes = asyncio.Semaphore(in_flight)

            async def lane(account: Account) -> None:
                async with lanes:
                    if results.fatal is None:
                        await work.account(account)

            async with asyncio.TaskGroup() as tasks:
                for account in accounts:
                    tasks.create_task(lane(account))
            results.findings += keeper.findings
        failed = results.fatal is not None or bool(results.troubles)
        self.records.finish_run(run.id, "partial" if failed else "done", at=datetime.now(UTC))

    async def _balances(self, connection: Connection, portal: SmartHub, results: _Results) -> None:
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
        except PortalError as error:
            if not isinstance(error, FeatureAbsent | AccessRefused):
                results.trouble("", "balances", error)


@dataclass(slots=True)
class _Results:
    tallies: dict[str, Tally] = field(default_factory=dict)
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    findings: int = 0
    fatal: MeterbookError | None = None

    def tally(self, account: str) -> Tally:
        return self.tallies.setdefault(account, Tally())

    def trouble(self, account: str, subject: str, error: MeterbookError) -> None:
        self.troubles.setdefault(account, []).append(Trouble(subject=subject, error=error))


@dataclass(slots=True)
class _AccountWork:
    syncer: Syncer
    connection: Connection
    portal: SmartHub
    run: Run
    keeper: Keeper
    answered: Mapping[object, dict[Span, Window]]
    slots: asyncio.Semaphore
    workers: int
    results: _Results

    async def account(self, account: Account) -> None:
        """Bring one account up to date; its failure is noted and stops no other account's."""
        progress = self.syncer.progress
        progress.account(account=account.number, label=label_of(account))
        try:
            Authorizations(self.syncer.records).require(
                self.connection.authorization_id, account.number, Scope.USAGE, at=datetime.now(UTC)
            )
            await self._streams(account)
        except MeterbookError as error:
            self.results.trouble(account.number, "account", error)
        progress.account_done(account=account.number, ok=account.number not in self.results.troubles)

    async def _streams(self, account: Account) -> None:
        for industry in unmetered(account):
            finding = Finding(
                name="portal.industry-without-usage",
                message=f"{industry} is billed but has no usage on the portal",
                data={"industry": industry},
            )
            self.results.findings += self.syncer.records.add_findings(
                channel_id=None,
                account=account.number,
                findings=[finding],
                load_id=None,
                at=datetime.now(UTC),
                utility=self.connection.utility,
            )
        tz = zone(self.connection.zone)
        tasks = tasks_of(self.connection.id, account)
        gaps = gaps_of_streams(
            self.syncer.records,
            self.syncer.lake,
            account,
            utility=self.connection.utility,
            horizon=self.run.horizon,
            gap_days=self.syncer.settings.gap_days,
            tz=tz,
        )
        months: dict[tuple[str, str], asyncio.Future[int | None]] = {}
        for task in tasks:
            months.setdefault(_place(task), asyncio.get_running_loop().create_future())
        pulls = [
            StreamPull(
                task=task,
                portal=self.portal,
                records=self.syncer.records,
                keeper=self.keeper,
                run_id=self.run.id,
                horizon=self.run.horizon,
                tz=tz,
                settings=self.syncer.settings,
                slots=self.slots,
                workers=self.workers,
                progress=self.syncer.progress,
                answered=self.answered.get(task.stream, {}),
                newest_month=months[_place(task)],
                gaps=gaps.get((task.stream.service_location, task.stream.industry), ())
                if task.frame.name == "INTERVAL"
                else (),
            )
            for task in tasks
        ]
        await asyncio.gather(*(self._stream(task, pull) for task, pull in zip(tasks, pulls, strict=True)))
        nights = [span for pull in pulls for span in pull.tally.ambiguous]
        if nights:
            self.results.findings += check_nights(
                self.syncer.records,
                self.syncer.lake,
                account=account.number,
                utility=self.connection.utility,
                nights=nights,
                tz=tz,
            )

    async def _stream(self, task: Task, pull: StreamPull) -> None:
        if self.results.fatal is not None:
            return
        account = task.stream.account
        try:
            await pull.run()
        except* MeterbookError as group:
            for error in _leaves(group):
                local = isinstance(error, _LOCAL)
                if local and isinstance(error, FeatureAbsent | RequestFailed) and task.optional:
                    continue
                self.results.trouble(account, task.words, error)
                if not local and self.results.fatal is None:
                    self.results.fatal = error
                break  # several windows in flight fail for one reason; it is told once
        tally = self.results.tally(account)
        tally.new += pull.tally.new
        tally.revised += pull.tally.revised


def lock_path(folder: Path, connection_id: int) -> Path:
    """The file whose lock whoever works on a connection holds; the folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"connection-{connection_id}.lock"


def _place(task: Task) -> tuple[str, str]:
    """Location and industry; the weather goes by the electric service."""
    industry = task.stream.industry
    return task.stream.service_location, "ELECTRIC" if industry == WEATHER else industry


def _requests(portal: SmartHub) -> tuple[tuple[str, int], ...]:
    counted = portal.requests
    return (
        ("calls", counted.calls),
        ("log-ins", counted.log_ins),
        ("polls", counted.polls),
        ("pending", counted.pending),
        ("retries", counted.retries),
    )


def _leaves(error: BaseException) -> list[MeterbookError]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error] if isinstance(error, MeterbookError) else []
