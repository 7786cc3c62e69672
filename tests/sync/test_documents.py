"""A document whose reading did not come to its end is read once more; one that is no bill is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from meterbook.book import Book
from meterbook.book.bill_reading import documents_of
from meterbook.formats.bills import apart
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.documents import DocumentFiles
from meterbook.store.records import DocumentState, Records
from meterbook.sync.documents import Documents, Reading

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BILL = Statement(account="70010", bill_date=date(2026, 4, 3), amount_due=Decimal("80.10"))
SLOW = Reading(reasons=("reading took longer than 30 s",), ended=True)
GOOD = Reading(statements=(BILL,), reader="a template")
NO_BILL = Reading(reasons=("it does not add up",))


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(tmp_path / "records.sqlite") as opened:
        yield opened


def states(records: Records, folder: Path, *readings: Reading) -> list[DocumentState]:
    """What a document that a portal gave is held to be after each reading of it."""
    left = iter(readings)
    documents = Documents(records=records, files=DocumentFiles(folder), read=lambda content, name: next(left))
    (listed,) = records.save_statements([BILL], source="h.example", at=NOW, utility="ccec")
    digest, _ = documents.keep(
        b"%PDF", kind=SourceKind.PORTAL, source="h.example", at=NOW, utility="ccec", account="70010", bill_id=listed.id
    )
    found = []
    for _ in readings:
        (document,) = records.documents(digest=digest)
        found.append(documents.read_portals(document, accounts=["70010"], at=NOW).state)
    return found


def test_a_reading_that_was_ended_is_made_once_more(records: Records, tmp_path: Path) -> None:
    assert states(records, tmp_path, SLOW, GOOD) == [DocumentState.UNREAD, DocumentState.READ]
    (document,) = records.documents()
    assert document.reasons == ()
    assert records.stored_statements()[0].documents


def test_one_that_is_ended_twice_is_refused(records: Records, tmp_path: Path) -> None:
    assert states(records, tmp_path, SLOW, SLOW) == [DocumentState.UNREAD, DocumentState.REFUSED]


def test_what_is_no_bill_is_refused_at_once(records: Records, tmp_path: Path) -> None:
    assert states(records, tmp_path, NO_BILL) == [DocumentState.REFUSED]


def test_the_reader_of_a_book_says_that_it_was_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(apart.BillReader, "_ask", late)
    with Book.open(tmp_path / "book") as book, documents_of(book) as documents:
        reading = documents.read(b"%PDF-1.4", "bill.pdf")
    assert reading.ended
    assert "took longer than 30 s" in reading.reasons[0]
