"""Bills on paper taken into a book: each PDF is kept, read, and its bill joined to what is known of it already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meterbook.book.bill_reading import documents_of
from meterbook.book.importing import Place, read_content
from meterbook.model.account_number import account_key
from meterbook.model.errors import MalformedRecord, Where
from meterbook.model.provenance import SourceKind
from meterbook.store.records import DocumentState, News, Records

if TYPE_CHECKING:
    from collections.abc import Callable

    from meterbook.book.opened import OpenBook
    from meterbook.model.statement import Statement
    from meterbook.store.records import StoredDocument
    from meterbook.sync.documents import Documents, Reading, Taken

PDF = b"%PDF-"
Accounts = dict[str, set[tuple[str, str]]]
"""Utility and number of accounts, by the digits of the number."""
_HEAD = 1024
"""Where a PDF says that it is one: within the first kilobyte, as readers accept it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFile:
    """What a PDF brought.

    Attributes:
        file: its name.
        digest: SHA-256 of its bytes, under which it is kept.
        known: it was kept before.
        accepted: all bills in it are held as statements.
        reasons: why not.
        bills: of those read in it: account, day of the bill, and whether it is new, changed or the same.
        findings: differences from what another source told.
    """

    file: str
    digest: str
    known: bool
    accepted: bool
    reasons: tuple[str, ...]
    bills: tuple[tuple[str, str, News], ...] = ()
    findings: int = 0


def is_pdf(path: Path) -> bool:
    """Whether a file is a PDF by its beginning.

    Raises:
        NotFound: it is not there.
        InputError: it can't be read.
        MalformedRecord: it has the name of one and is none.
    """
    found = PDF in read_content(path, _HEAD)
    if not found and path.suffix.lower() == ".pdf":
        raise MalformedRecord(
            "this is no PDF", where=Where(source=path.name), expected="a file that begins with %PDF",
            hint="Download it again, and try again.",
        )  # fmt: skip
    return found


@contextmanager
def bill_importer(book: OpenBook) -> Iterator[Callable[[Path, Place], BillFile]]:
    """What takes in PDFs, one after the other, by one reader in a process of its own."""
    accounts: Accounts = {}
    with documents_of(book) as documents:
        yield lambda path, place: _imported(book, documents, accounts, path, place)


def read_again(book: OpenBook) -> list[BillFile]:
    """Read every document that is kept without a bill, by the templates that there are now; what came of each."""
    left = [one for one in book.records.documents() if one.state is not DocumentState.READ]
    if not left:
        return []
    accounts = _accounts(book.records)
    with documents_of(book) as documents:
        return [_read_again(documents, accounts, one) for one in left]


def _read_again(documents: Documents, accounts: Accounts, document: StoredDocument) -> BillFile:
    now = datetime.now(UTC)
    listed = [one for one in document.sources if one.kind is SourceKind.PORTAL and one.bill_id is not None]
    source = (listed or list(document.sources))[0]
    if listed:
        same = {number for known in accounts.values() for utility, number in known if utility == source.utility}
        taken = documents.read_portals(document, accounts=same, at=now)
    else:
        place = Place(utility=source.utility or None, account=source.account or None)
        taken = documents.read_files(
            document.digest,
            source=source.source,
            place=lambda statement, reading: _placed(statement, reading, place, accounts),
            at=now,
        )
    return _told(source.source, taken, known=True)


def _imported(book: OpenBook, documents: Documents, accounts: Accounts, path: Path, place: Place) -> BillFile:
    content, now = read_content(path), datetime.now(UTC)
    digest, new = documents.keep(
        content,
        kind=SourceKind.FILE,
        source=path.name,
        at=now,
        utility=place.utility or "",
        account=place.account or "",
    )
    if not new:
        (held,) = book.records.documents(digest=digest)
        if held.state is DocumentState.READ:
            return BillFile(file=path.name, digest=digest, known=True, accepted=True, reasons=())
    if not accounts:
        accounts.update(_accounts(book.records))
    taken = documents.read_files(
        digest, source=path.name, place=lambda statement, reading: _placed(statement, reading, place, accounts), at=now
    )
    return _told(path.name, taken, known=not new)


def _told(file: str, taken: Taken, *, known: bool) -> BillFile:
    return BillFile(
        file=file,
        digest=taken.digest,
        known=known,
        accepted=taken.state is DocumentState.READ,
        reasons=taken.reasons,
        bills=tuple((one.statement.account, one.statement.bill_date.isoformat(), one.news) for one in taken.saved),
        findings=taken.findings,
    )


def _accounts(records: Records) -> Accounts:
    """Every account the book knows, from portals and from bills."""
    utilities = {one.id: one.utility for one in records.connections()}
    known = [(utilities[one.connection_id], one.account.number) for one in records.accounts()]
    found: Accounts = {}
    for utility, number in [*known, *records.billed_accounts()]:
        found.setdefault(account_key(number), set()).add((utility, number))
    return found


def _placed(statement: Statement, reading: Reading, place: Place, accounts: Accounts) -> tuple[str, str] | str:
    """Utility and account that a bill is kept under, which are known from then on, or why it has none."""
    printed = statement.account
    if place.account is not None and printed and account_key(place.account) != account_key(printed):
        return "the bill is of another account than the one named with --account"
    number = place.account or printed
    if not number:
        return "no account number is printed on it: name it with --account"
    known = accounts.get(account_key(number), set())
    if place.utility is not None:
        known = {one for one in known if one[0] == place.utility} or {(place.utility, number)}
    elif not known and reading.utility is not None:
        known = {(reading.utility, number)}
    if len(known) == 1:
        accounts.setdefault(account_key(number), set()).update(known)
        return next(iter(known))
    if known:
        return "several utilities have an account of that number: name one with --utility"
    return "the book does not know its account: name the utility with --utility"
