"""One account brought up to date: its streams, side by side, whatever happens to one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Scope
from meterbook.model.calendar import zone
from meterbook.model.errors import AccessRefused, FeatureAbsent, MeterbookError, PortalError, RequestFailed
from meterbook.model.finding import Finding
from meterbook.model.identity import Account
from meterbook.portals.smarthub import Frame, SmartHub
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Connection, Records, Run, Window
from meterbook.sync.bills import BillPull
from meterbook.sync.clock_nights import check_nights
from meterbook.sync.keeper import Keeper
from meterbook.sync.meters import save_meters
from meterbook.sync.pull import StreamPull
from meterbook.sync.report import Progress
from meterbook.sync.results import Results
from meterbook.sync.settings import Settings
from meterbook.sync.streams import WEATHER, Task, tasks_of, unmetered
from meterbook.sync.summary import gaps_of_streams, label_of
from meterbook.sync.validation import check_account
from meterbook.sync.windows import Span


@dataclass(slots=True, kw_only=True)
class AccountWork:
    """What the accounts of one run share.

    Attributes:
        slots: bounds how many windows are between asking and kept, over all accounts.
        workers: windows of one stream that are wanted side by side.
        answered: windows of this run that were stored before it was cut off, by stream and span asked.
        results: told what comes of it.
        bills: brings the bills, after the readings.
    """

    records: Records
    lake: ReadingsLake
    connection: Connection
    portal: SmartHub
    run: Run
    keeper: Keeper
    settings: Settings
    progress: Progress
    answered: Mapping[object, dict[Span, Window]]
    slots: asyncio.Semaphore
    workers: int
    results: Results
    bills: BillPull

    async def bring(self, account: Account) -> None:
        """Bring one account up to date; its failure is noted and stops no other account's."""
        self.progress.account(account=account.number, label=label_of(account))
        try:
            self._require(account.number)
            await self._streams(account)
        except MeterbookError as error:
            self.results.failed(error)
            self.results.trouble(account.number, "account", error)
        if self.results.fatal is None:
            await self.bills.bring(account.number)
        ok = self.results.fatal is None and account.number not in self.results.troubles
        self.progress.account_done(account=account.number, ok=ok)

    def _require(self, account: str) -> None:
        Authorizations(self.records).require(
            self.connection.authorization_id, account, Scope.USAGE, at=datetime.now(UTC)
        )

    async def _streams(self, account: Account) -> None:
        self._note_unmetered(account)
        pulls = self._pulls(account)
        await asyncio.gather(*(self._stream(pull) for pull in pulls))
        save_meters(self.records, self.connection, account)
        self._check_nights(account)
        await self._validate(account, pulls)

    async def _validate(self, account: Account, pulls: Sequence[StreamPull]) -> None:
        """Run the rules over what this run brought, and what is needed around it; nothing if it brought nothing new."""
        if not self.answered and not any(pull.tally.new or pull.tally.revised for pull in pulls):
            return
        changed = [
            window.keep_start
            for pull in pulls
            for window in self.records.windows(run_id=self.run.id, stream=pull.task.stream, state="done")
            if window.rows
        ]
        if not changed:
            return
        # Beside the loop, which has answers of other accounts to take in meanwhile.
        validated = await asyncio.to_thread(
            check_account,
            self.records,
            self.lake,
            account=account.number,
            utility=self.connection.utility,
            tz=zone(self.connection.zone),
            at=datetime.now(UTC),
            since=min(changed),
        )
        self.results.findings += validated.new

    def _check_nights(self, account: Account) -> None:
        """Judge the repeated hours that this run saw once, also in a part of it before it was cut off."""
        stored = self.records.findings(
            account=account.number, name="time.autumn-ambiguous", utility=self.connection.utility
        )
        nights = [
            one.finding.start
            for one in stored
            if one.finding.start is not None and one.last_seen >= self.run.started_at
        ]
        if nights:
            self.results.findings += check_nights(
                self.records,
                self.lake,
                account=account.number,
                utility=self.connection.utility,
                nights=nights,
                tz=zone(self.connection.zone),
            )

    def _pulls(self, account: Account) -> list[StreamPull]:
        tz = zone(self.connection.zone)
        gaps = gaps_of_streams(
            self.records,
            self.lake,
            account,
            utility=self.connection.utility,
            horizon=self.run.horizon,
            gap_days=self.settings.gap_days,
            tz=tz,
        )
        tasks = tasks_of(self.connection.id, account)
        loop = asyncio.get_running_loop()
        months: dict[tuple[str, str], asyncio.Future[int | None]] = {
            _place(task): loop.create_future() for task in tasks
        }
        return [
            StreamPull(
                task=task,
                portal=self.portal,
                records=self.records,
                keeper=self.keeper,
                run_id=self.run.id,
                horizon=self.run.horizon,
                tz=tz,
                settings=self.settings,
                slots=self.slots,
                workers=self.workers,
                progress=self.progress,
                results=self.results,
                require=self._require,
                answered=self.answered.get(task.stream, {}),
                newest_month=months[_place(task)],
                gaps=_gaps_for(task, gaps),
            )
            for task in tasks
        ]

    def _note_unmetered(self, account: Account) -> None:
        for industry in unmetered(account):
            finding = Finding(
                name="portal.industry-without-usage",
                message=f"{industry} is billed but has no usage on the portal",
                data={"industry": industry},
            )
            self.results.findings += self.records.add_findings(
                channel_id=None,
                account=account.number,
                findings=[finding],
                load_id=None,
                at=datetime.now(UTC),
                utility=self.connection.utility,
            )

    async def _stream(self, pull: StreamPull) -> None:
        if self.results.fatal is not None:
            return
        account = pull.task.stream.account
        try:
            await pull.run()
        except* MeterbookError as group:
            error = next(_leaves(group))  # several windows in flight fail for one reason; it is told once
            if not isinstance(error, PortalError):  # those of the portal were judged window by window
                self.results.failed(error)
            if not _may_lack(pull.task, error):
                self.results.trouble(account, pull.task.words, error)
        tally = self.results.tally(account)
        tally.new += pull.tally.new
        tally.revised += pull.tally.revised


def _may_lack(task: Task, error: MeterbookError) -> bool:
    """Whether the error says no more than that the portal has nothing of the kind, which is no trouble."""
    if task.stream.industry == WEATHER and isinstance(error, AccessRefused):
        return True
    return task.optional and isinstance(error, FeatureAbsent | RequestFailed)


def _gaps_for(task: Task, gaps: Mapping[tuple[str, str], list[Span]]) -> list[Span]:
    """Holes in the meter's readings; what fills them changes the days' sums too."""
    if task.frame is Frame.MONTHLY:
        return []
    return gaps.get((task.stream.service_location, task.stream.industry), [])


def _place(task: Task) -> tuple[str, str]:
    """Location and industry; the weather goes by the electric service."""
    industry = task.stream.industry
    return task.stream.service_location, "ELECTRIC" if industry == WEATHER else industry


def _leaves(group: BaseExceptionGroup[MeterbookError]) -> Iterator[MeterbookError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
