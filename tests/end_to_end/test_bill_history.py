"""Bills over the years: a portal that serves 13 months, and a book that keeps all of them."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

from house import connect, move_today

from meterbook.book import Book
from meterbook.practice.server import running
from meterbook.practice.settings import Settings
from meterbook.store.records import DocumentState
from meterbook.sync.settings import Settings as SyncSettings

FIRST = date(2024, 5, 28)
RECENT = SyncSettings(since=date(2027, 1, 1))  # readings are not what is tested here


def months(first: date, count: int) -> list[date]:
    """The same day of so many months."""
    index = first.year * 12 + first.month - 1
    return [date((index + one) // 12, (index + one) % 12 + 1, first.day) for one in range(count)]


def test_36_months_are_kept_of_a_portal_that_serves_13(tmp_path: Path) -> None:
    settings = Settings(today=FIRST, pending=0)
    with running(settings) as practice, Book.open(tmp_path) as book:
        (account,) = connect(book, settings, practice.listening.url, "household")
        held = 0
        for today in months(FIRST, 24):
            move_today(practice.listening.url, today)
            practice.portal.asked.reset()
            report = book.sync(settings=SyncSettings(since=today))
            assert report.complete, report
            (connection,) = report.connections
            (one,) = connection.accounts
            assert one.bills == one.documents == (13 if not held else 1)
            held += one.bills
            documents = sum(count for path, count in practice.portal.asked.paths.items() if "billPdfService" in path)
            assert documents == one.documents
        bills = book.bills(accounts=[account])
        assert held == len(bills) == 36
        assert len({one.statement.document for one in bills}) == 36
        for one in bills:
            assert book.document(one.documents[0]).startswith(b"%PDF")
            assert one.statement.lines
            assert {source.document is None for source in one.sources} == {True, False}
        periods = [(one.statement.period_start, one.statement.period_end) for one in bills]
        assert all(before[1] == after[0] for before, after in itertools.pairwise(periods))
        assert {one.state for one in book.records.documents()} == {DocumentState.READ}
        assert not [one for one in book.records.findings() if one.finding.name.startswith("bill.")]
        assert not any(one.statement.cancelled for one in bills)


def test_bills_that_a_consolidated_document_brings_are_counted_once(tmp_path: Path) -> None:
    settings = Settings(today=FIRST, pending=0, bill_history=2)
    with running(settings) as practice, Book.open(tmp_path) as book:
        accounts = connect(book, settings, practice.listening.url, "portfolio")
        (connection,) = book.sync(settings=SyncSettings(since=FIRST)).connections
        came = {one.account: one.bills for one in connection.accounts}
        assert came == dict.fromkeys(accounts, 2)
        assert len(book.bills()) == 24


def test_bills_and_documents_go_with_the_connection(tmp_path: Path) -> None:
    settings = Settings(today=FIRST, pending=0)
    with running(settings) as practice, Book.open(tmp_path) as book:
        connect(book, settings, practice.listening.url, "household")
        assert book.sync(settings=SyncSettings(since=FIRST)).complete
        assert len(list(tmp_path.glob("documents/*/*.pdf"))) == 13
        (connection,) = book.connections()
        book.revoke(connection.id, delete=True)
        assert book.bills() == []
        assert book.records.documents() == []
        assert list(tmp_path.glob("documents/*/*.pdf")) == []
