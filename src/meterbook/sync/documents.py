"""Documents taken in: on the disk first, recorded next, then read, and what was read put together with what is known.

A kill at any point leaves a document that is kept and not read; the next sync reads it without asking for it again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from meterbook.model.account_number import account_key
from meterbook.model.errors import MeterbookError
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.documents import DocumentFiles
from meterbook.store.records import DocumentSource, DocumentState, Records, SavedStatement, StoredDocument
from meterbook.sync.bill_findings import keep_findings

APART = timedelta(days=10)
"""How far the day printed may lie from the day that the portal tells for the document it gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader made of a document.

    Attributes:
        statements: bills that were read in it and add up.
        reasons: why it, or some bill in it, was not accepted, a sentence each.
        reader: what read it: a template's name, or ``generic``.
        utility: catalogue slug of the utility whose template fits; None if none does.
        ended: reading did not come to its end, which may be the machine's fault.
    """

    statements: tuple[Statement, ...] = ()
    reasons: tuple[str, ...] = ()
    reader: str = ""
    utility: str | None = None
    ended: bool = False


ReadDocument = Callable[[bytes, str], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a document.

    Attributes:
        digest: SHA-256 of its bytes, hex.
        state: whether its bill is held.
        reasons: why not.
        saved: the statements that were read in it.
        findings: how many new findings its bills gave.
    """

    digest: str
    state: DocumentState
    reasons: tuple[str, ...] = ()
    saved: tuple[SavedStatement, ...] = ()
    findings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The documents of a book, and what reads them.

    Attributes:
        records: where they are recorded.
        files: where they lie.
        read: reads one; it is given the bytes and a name for messages.
    """

    records: Records
    files: DocumentFiles
    read: ReadDocument

    def keep(
        self,
        content: bytes,
        *,
        kind: SourceKind,
        source: str,
        at: datetime,
        utility: str = "",
        account: str = "",
        bill_id: int | None = None,
    ) -> tuple[str, bool]:
        """Have a document on the disk and recorded; its digest, and whether it was not kept before.

        Raises:
            StoreError: the book can't be written.
        """
        digest = self.files.keep(content)
        new = self.records.save_document(
            digest, len(content), kind=kind, source=source, at=at, utility=utility, account=account, bill_id=bill_id
        )
        if not self.files.has(digest):  # a deletion that was under way took the file of an earlier one
            self.files.keep(content)
        return digest, new

    def read_portals(self, document: StoredDocument, *, accounts: Collection[str], at: datetime) -> Taken:
        """Read a document that a portal gave for a bill, and keep what it says.

        Args:
            document: which.
            accounts: account numbers whose bills may be taken from it; a consolidated one holds several.
            at: now.
        """
        source = next(one for one in document.sources if one.kind is SourceKind.PORTAL and one.bill_id is not None)
        reading = self._reading(document.digest, source.source)
        told = self._of_portal(source, reading.statements, accounts)
        reasons = list(reading.reasons)
        if not told and not reasons:
            reasons.append(f"it is no bill of account {source.account} of the day that the portal told")
        saved = [
            (source.utility, self._save(statement, source, document.digest, source.utility, bill_id, at=at))
            for statement, bill_id in told
        ]
        return self._told(document.digest, reading, reasons, saved, accepted=bool(told), at=at)

    def read_files(
        self, digest: str, *, source: str, place: Callable[[Statement, Reading], tuple[str, str] | str], at: datetime
    ) -> Taken:
        """Read a document that came as a file, and keep what it says.

        Args:
            digest: which.
            source: the file's name.
            place: utility and account of a statement, or the reason for which it has none.
            at: now.
        """
        reading = self._reading(digest, source)
        reasons = list(reading.reasons)
        saved: list[tuple[str, SavedStatement]] = []
        heard = DocumentSource(
            kind=SourceKind.FILE, source=source, utility="", account="", bill_id=None, first_seen=at, last_seen=at
        )
        for statement in reading.statements:
            where = place(statement, reading)
            if isinstance(where, str):
                reasons.append(where)
                continue
            utility, number = where
            named = dataclasses.replace(statement, account=number)
            saved.append((utility, self._save(named, heard, digest, utility, None, at=at)))
        return self._told(digest, reading, reasons, saved, accepted=bool(saved) and not reasons, at=at)

    def _of_portal(
        self, source: DocumentSource, statements: Sequence[Statement], accounts: Collection[str]
    ) -> list[tuple[Statement, int | None]]:
        """Statements of a portal's document with the bill each is of: the one asked for, or one to be matched.

        Nothing, unless the one that was asked for is among them.
        """
        assert source.bill_id is not None
        listed = [
            told.bill_date
            for heard, told in self.records.source_statements(source.bill_id)
            if heard.kind is SourceKind.PORTAL and heard.document is None
        ]
        by_key = {account_key(number): number for number in accounts}
        found: list[tuple[Statement, int | None]] = []
        asked = False
        for one in statements:
            number = by_key.get(account_key(one.account)) if one.account else source.account
            if number is None:
                continue
            named = dataclasses.replace(one, account=number)
            if number != source.account:
                found.append((named, None))
            elif not asked and all(abs(one.bill_date - day) <= APART for day in listed[-1:]):
                asked = True
                found.append((named, source.bill_id))
        return found if asked else []

    def _save(
        self,
        statement: Statement,
        source: DocumentSource,
        digest: str,
        utility: str,
        bill_id: int | None,
        *,
        at: datetime,
    ) -> SavedStatement:
        (saved,) = self.records.save_statements(
            [statement],
            source=source.source,
            at=at,
            utility=utility,
            kind=source.kind,
            document=digest,
            bill_id=bill_id,
        )
        return saved

    def _reading(self, digest: str, name: str) -> Reading:
        """What the reader makes of a document; its own failure is a reason like another."""
        try:
            return self.read(self.files.read(digest), name)
        except MeterbookError as error:
            return Reading(reasons=(str(error),))

    def _ended_before(self, digest: str) -> bool:
        (document,) = self.records.documents(digest=digest)
        return bool(document.reasons)

    def _told(
        self,
        digest: str,
        reading: Reading,
        reasons: Sequence[str],
        saved: Sequence[tuple[str, SavedStatement]],
        *,
        accepted: bool,
        at: datetime,
    ) -> Taken:
        """Record what came of reading a document."""
        state = DocumentState.READ if accepted else DocumentState.REFUSED
        if reading.ended and not self._ended_before(digest):
            state = DocumentState.UNREAD  # the machine may have had no time for it: it is read once more
        owners = [(utility, one.statement.account, one.id) for utility, one in saved]
        self.records.document_read(digest, state, reasons=reasons, reader=reading.reader, owners=owners)
        findings = sum(keep_findings(self.records, [one], utility=utility, at=at) for utility, one in saved)
        return Taken(
            digest=digest,
            state=state,
            reasons=tuple(reasons),
            saved=tuple(one for _, one in saved),
            findings=findings,
        )
