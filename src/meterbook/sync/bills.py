"""The bills of one account brought up to date: the portal's list, the documents that are new in it, and what goes with
them. Whatever goes wrong with bills, readings are not held up by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Scope
from meterbook.model.calendar import day_start
from meterbook.model.errors import (
    AccessRefused,
    ConsentError,
    FeatureAbsent,
    MeterbookError,
    PortalUnavailable,
    RequestFailed,
)
from meterbook.model.finding import Finding
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.portals.smarthub import SmartHub
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Connection, DocumentState, News, Records, SavedStatement
from meterbook.sync.absent import is_absent, note_absent
from meterbook.sync.bill_findings import keep_findings
from meterbook.sync.bill_weather import keep_temperatures
from meterbook.sync.documents import Documents, Taken
from meterbook.sync.report import Progress
from meterbook.sync.results import Results

ABSENT = (FeatureAbsent, AccessRefused, RequestFailed)
PATIENCE = 3
"""Documents in a row that the portal may not have before it is asked for no more of them."""
TOU, PREPAID = "time-of-use", "prepaid"
PREPAID_AGAIN = timedelta(days=3)
"""Days of a prepaid ledger that are asked for again, since a payment may still be booked on them."""


@dataclass(slots=True, kw_only=True)
class BillPull:
    """What the accounts of one connection share when their bills are brought.

    Attributes:
        documents: None if documents are not wanted.
        numbers: account numbers that the log-in sees, whose bills may stand in a consolidated document.
        over: why no more is asked for bills; None while it goes on.
    """

    records: Records
    lake: ReadingsLake
    connection: Connection
    portal: SmartHub
    tz: ZoneInfo
    documents: Documents | None
    numbers: Sequence[str]
    progress: Progress
    results: Results
    over: MeterbookError | None = None
    _done: set[str] = field(default_factory=set)

    async def bring(self, account: str) -> None:
        """Bring an account's bills up to date; what can't be brought is noted. Once a sync."""
        if self.over is not None or account in self._done or not self._allowed(account, Scope.BILLS):
            return
        self._done.add(account)
        try:
            await self._bring(account)
        except MeterbookError as error:
            self._failed(account, "bills", error)

    async def _bring(self, account: str) -> None:
        try:
            listed = await self.portal.billing_history(account)
        except ABSENT:
            return  # this portal shows no bills to this log-in
        saved = self._keep(account, listed)
        if self.documents is not None:
            await self._documents(account, listed, saved)
            await self._read_left_over(account)
        await asyncio.to_thread(
            keep_temperatures, self.records, self.lake, account, utility=self.connection.utility, tz=self.tz
        )
        await self._time_of_use(account, news=any(one.news is not News.SAME for one in saved))

    def _keep(self, account: str, listed: Sequence[Statement]) -> list[SavedStatement]:
        now, utility, host = datetime.now(UTC), self.connection.utility, self.connection.host
        saved = self.records.save_statements(listed, source=host, at=now, utility=utility)
        gone = self.records.mark_listed(account, listed, source=host, at=now, utility=utility)
        self._note(account, gone, now)
        self.results.findings += keep_findings(self.records, saved, utility=utility, at=now)
        self.results.tally(account).bills += sum(one.news is News.NEW for one in saved)
        return saved

    async def _documents(self, account: str, listed: Sequence[Statement], saved: Sequence[SavedStatement]) -> None:
        """Ask for the documents that are not here yet, newest first, one after the other."""
        wanted = [(one, kept) for one, kept in zip(listed, saved, strict=True) if kept.wants_document]
        self.progress.planned(account=account, windows=len(wanted))
        missing = 0
        for asked, (listing, kept) in enumerate(wanted):
            if self.over is not None or self.results.fatal is not None or missing >= PATIENCE:
                self.progress.planned(account=account, windows=asked - len(wanted))
                return
            try:
                content = await self.portal.bill_pdf(listing)
            except (*ABSENT, PortalUnavailable) as error:
                missing += 1
                if isinstance(error, ABSENT) or error.closed:  # none there, or a page in its place
                    self.records.document_missing(kept.id, datetime.now(UTC))
                else:
                    self.results.trouble(account, f"document of {listing.bill_date}", error)
            else:
                missing = 0
                new, taken = await asyncio.to_thread(self._take, account, content, kept.id)
                self.results.tally(account).documents += new
                self._count(taken)
            self.progress.window(account=account, readings=0)

    def _take(self, account: str, content: bytes, bill_id: int) -> tuple[bool, Taken]:
        assert self.documents is not None
        now = datetime.now(UTC)
        digest, new = self.documents.keep(
            content,
            kind=SourceKind.PORTAL,
            source=self.connection.host,
            at=now,
            utility=self.connection.utility,
            account=account,
            bill_id=bill_id,
        )
        return new, self._read(digest)

    def _read(self, digest: str) -> Taken:
        assert self.documents is not None
        (document,) = self.records.documents(digest=digest)
        return self.documents.read_portals(document, accounts=self._covered(), at=datetime.now(UTC))

    def _count(self, taken: Taken) -> None:
        self.results.findings += taken.findings
        for one in taken.saved:  # a consolidated document brings bills of accounts that were not asked about yet
            self.results.tally(one.statement.account).bills += one.news is News.NEW

    async def _read_left_over(self, account: str) -> None:
        """Read what an earlier sync kept and was cut off before it could read."""
        left = [
            one.digest
            for one in self.records.documents(state=DocumentState.UNREAD)
            if any(
                source.kind is SourceKind.PORTAL
                and source.bill_id is not None
                and (source.utility, source.account) == (self.connection.utility, account)
                for source in one.sources
            )
        ]
        for digest in left:
            self._count(await asyncio.to_thread(self._read, digest))

    async def _time_of_use(self, account: str, *, news: bool) -> None:
        """Bring the time-of-use ledger of an account with such readings, when there is a new bill or none was had."""
        utility, now = self.connection.utility, datetime.now(UTC)
        channels = self.records.channels(utility=utility, account=account)
        if not any(one.channel.tou_period for one in channels):
            return
        held = self.records.tou_months(utility=utility, accounts=[account])
        if (held and not news) or is_absent(self.records, self.connection.id, TOU, account, now):
            return
        try:
            months = await self.portal.tou_ledger(account)
        except ABSENT:
            note_absent(self.records, self.connection.id, TOU, account, now)
            return
        self.records.save_tou_months(months, at=now, utility=utility)
        if not months:
            note_absent(self.records, self.connection.id, TOU, account, now)

    async def prepaid(self, account: str) -> None:
        """Bring the days of a prepaid account; what can't be brought is noted."""
        now = datetime.now(UTC)
        if (
            self.over is not None
            or not self._allowed(account, Scope.BILLS)
            or is_absent(self.records, self.connection.id, PREPAID, account, now)
        ):
            return
        held = self.records.prepaid_days(utility=self.connection.utility, accounts=[account])
        start = day_start(held[-1].day.day - PREPAID_AGAIN, self.tz) if held else None
        try:
            days = await self.portal.prepaid_days(account, start=start)
        except ABSENT:
            note_absent(self.records, self.connection.id, PREPAID, account, now)
        except MeterbookError as error:
            self._failed(account, "prepaid days", error)
        else:
            self.records.save_prepaid_days(account, days, at=now, utility=self.connection.utility)

    def _covered(self) -> list[str]:
        return [number for number in self.numbers if self._allowed(number, Scope.BILLS)]

    def _allowed(self, account: str, scope: Scope) -> bool:
        """Whether the grant covers it; one that leaves bills out has none of them brought."""
        grants, now = Authorizations(self.records), datetime.now(UTC)
        try:
            grants.require(self.connection.authorization_id, account, scope, at=now)
        except ConsentError:
            return False
        return True

    def _failed(self, account: str, subject: str, error: MeterbookError) -> None:
        if not isinstance(error, ABSENT):
            self.over = error
        self.results.trouble(account, subject, error)

    def _note(self, account: str, findings: Sequence[Finding], at: datetime) -> None:
        self.results.findings += self.records.add_findings(
            None, account, findings, None, at, utility=self.connection.utility
        )
