"""``meterbook forget``: accounts that came from files, and documents that are no bills, go whole and alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterbook.book import Book
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.records import DocumentState

Run = Callable[..., Any]
NOW = datetime(2026, 5, 1, tzinfo=UTC)
PDF = b"%%PDF-1.4 of %s\n%%%%EOF"
READINGS = "time,kwh\n2026-04-01T00:00Z,1.5\n2026-04-01T00:15Z,2.5\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "book"))
    return tmp_path / "book"


def keep_bill(folder: Path, account: str, utility: str = "ccec") -> str:
    """A bill of paper with its document; the document's digest."""
    with Book.open(folder) as opened:
        digest = opened.documents.keep(PDF % f"{utility} {account}".encode())
        opened.records.save_document(
            digest, 9, kind=SourceKind.FILE, source="bill.pdf", at=NOW, utility=utility, account=account
        )
        bill = Statement(account=account, bill_date=date(2026, 4, 3), amount_due=Decimal("80.10"), document=digest)
        (saved,) = opened.records.save_statements(
            [bill], source="bill.pdf", at=NOW, utility=utility, kind=SourceKind.FILE, document=digest
        )
        opened.records.document_read(digest, DocumentState.READ, owners=[(utility, account, saved.id)])
    return digest


def keep_readings(run: Run, tmp_path: Path, account: str) -> None:
    (tmp_path / "x.csv").write_text(READINGS)
    words = ("--unit", "kWh", "--interval", "15min", "--zone", "UTC", "--account", account, "--yes")
    ran = run("import", tmp_path / "x.csv", *words)
    assert ran.code == 0, ran.err


def test_an_account_goes_with_readings_bills_and_documents_and_no_other(run: Run, folder: Path, tmp_path: Path) -> None:
    mine, other = keep_bill(folder, "70010"), keep_bill(folder, "70011")
    keep_readings(run, tmp_path, "70011")
    assert run("forget", "0070-010", "--yes").out == "0 readings, 1 bill, 1 document deleted.\n"
    assert [path.stem for path in folder.glob("documents/*/*.pdf")] == [other]
    assert mine not in (folder / "records.sqlite").read_bytes().decode("latin-1")
    assert run("usage", "--account", "70011", "--by", "day").code == 0
    assert run("forget", "70010", "--yes").code == 3


def test_readings_of_an_account_without_bills_go_too(run: Run, folder: Path, tmp_path: Path) -> None:
    keep_readings(run, tmp_path, "A 1")
    assert run("forget", "A 1", "--yes").out == "2 readings, 0 bills, 0 documents deleted.\n"
    assert "No readings yet" in run("status").out


def test_an_account_number_that_two_utilities_have_is_named_with_its_utility(run: Run, folder: Path) -> None:
    keep_bill(folder, "1", "ccec")
    left = keep_bill(folder, "1", "practice")
    refused = run("forget", "1", "--yes")
    assert (refused.code, "--utility with one of ccec, practice" in refused.err) == (2, True)
    assert run("forget", "1", "--utility", "ccec", "--yes").code == 0
    assert [path.stem for path in folder.glob("documents/*/*.pdf")] == [left]


def test_an_account_that_a_connection_shows_is_left_to_revoke(run: Run, book: Path) -> None:
    with Book.open(book) as opened:
        account = opened.records.accounts()[0].account.number
    refused = run("--book", book, "forget", account, "--yes")
    assert (refused.code, "meterbook revoke 1 --delete-data" in refused.err) == (2, True)
    assert account in run("--book", book, "status").out


def test_nothing_is_deleted_without_a_word(run: Run, folder: Path) -> None:
    keep_bill(folder, "70010")
    refused = run("forget", "70010")
    assert (refused.code, "Nothing was deleted" in refused.err) == (2, True)
    assert run("forget").code == run("forget", "70010", "--document", "abcdef", "--yes").code == 2
    assert len(list(folder.glob("documents/*/*.pdf"))) == 1


def test_a_document_without_a_bill_is_deleted_with_its_file(run: Run, folder: Path, tmp_path: Path) -> None:
    held = keep_bill(folder, "70010")
    (tmp_path / "letter.pdf").write_bytes(PDF % b"a letter")
    assert run("import", tmp_path / "letter.pdf").code == 1
    (letter,) = [one["digest"] for one in json.loads(run("bills", "documents", "--json").out) if one["digest"] != held]
    assert run("forget", "--document", letter[:5], "--yes").code == 3
    assert run("forget", "--document", letter[:12], "--yes").out == f"Document {letter[:12]} deleted.\n"
    assert [path.stem for path in folder.glob("documents/*/*.pdf")] == [held]
    refused = run("forget", "--document", held[:12], "--yes")
    assert (refused.code, "a bill of the book was read" in refused.err) == (2, True)
