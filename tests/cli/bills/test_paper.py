"""Bills on paper: PDFs imported, listed, written out as they were, and kept with reasons where they are no bills."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Ran, run_command
from drawn_pdf import Drawing

from meterbook.book import Book
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.utilities import bill_templates

Books = Callable[..., Ran]
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bills of a practice member, with what they say."""
    folder = tmp_path_factory.mktemp("paper")
    made = run_command("practice", "bills", "--out", folder, "--members", 1, "--months", 2)
    assert made.code == 0, made.err
    return folder


@pytest.fixture
def book(tmp_path: Path) -> Books:
    return lambda *words: run_command("--book", tmp_path / "book", *words)


def test_a_bill_is_kept_with_its_pdf_and_the_same_file_again_changes_nothing(
    paper: Path, book: Books, tmp_path: Path
) -> None:
    first, second = sorted(paper.glob("*.pdf"))
    done = book("import", first, second, "--utility", "practice")
    assert (done.code, done.out.count(": new")) == (0, 2), done.err
    again = book("import", first)
    assert (again.code, "is in the book already" in again.out) == (0, True)
    listed: list[dict[str, Any]] = json.loads(book("bills", "list", "--json").out)
    truth = [json.loads(path.with_suffix("").with_suffix(".truth.json").read_text()) for path in (first, second)]
    assert [(one["bill_date"], one["amount_due"]) for one in listed] == [
        (one["bill_date"], one["amount_due"]) for one in truth
    ]
    assert max(len(line) for line in book("bills", "list").out.splitlines()[:-1]) <= 80  # the last names the book
    out = tmp_path / "out.pdf"
    assert book("bills", "pdf", truth[1]["bill_date"], "-o", out).code == 0
    assert out.read_bytes() == second.read_bytes()


def test_a_bill_of_an_account_that_nobody_knows_is_kept_until_its_utility_is_named(paper: Path, book: Books) -> None:
    first, *_ = sorted(paper.glob("*.pdf"))
    odd = first.with_name("odd.pdf")
    odd.write_bytes(first.read_bytes())
    other = book("import", odd, "--account", "999")
    assert (other.code, "another account than the one named" in " ".join(other.out.split())) == (1, True)
    assert "1 document kept, 0 read" in book("bills", "documents").out
    assert book("import", odd, "--utility", "practice").code == 0
    assert "1 document kept, 1 read" in book("bills", "documents").out


def test_a_bill_that_prints_no_account_number_is_placed_by_the_one_named(book: Books, tmp_path: Path) -> None:
    sheet = Drawing()
    rows = (
        ("Bill Date", "03/04/2025"), ("Due Date", "03/25/2025"), ("Customer Charge", "25.00"),
        ("Energy Charge", "61.50"), ("Total Current Charges", "86.50"), ("Total Amount Due", "86.50"),
    )  # fmt: skip
    for number, (label, value) in enumerate(rows):
        sheet.text(36, 60 + number * 14, label)
        sheet.right(300, 60 + number * 14, value)
    paper = tmp_path / "nameless.pdf"
    paper.write_bytes(sheet.pdf())
    refused = book("import", paper, "--utility", "practice")
    assert (refused.code, "name it with --account" in " ".join(refused.out.split())) == (1, True)
    unknown = book("import", paper, "--account", "0042-17")
    assert (unknown.code, "name the utility" in " ".join(unknown.out.split())) == (1, True)
    done = book("import", paper, "--utility", "practice", "--account", "0042-17")
    assert (done.code, "bill of 2025-03-04, account 0042-17: new" in done.out) == (0, True), done.out
    (listed,) = json.loads(book("bills", "list", "--json").out)
    assert (listed["account"], listed["amount_due"]) == ("0042-17", "86.50")
    assert "is in the book already" in book("import", paper).out


def test_what_is_no_bill_is_kept_with_the_reason_and_a_broken_file_stops_no_other(
    paper: Path, book: Books, tmp_path: Path
) -> None:
    first, *_ = sorted(paper.glob("*.pdf"))
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(first.read_bytes()[:4_000])
    done = book("import", broken, first, "--utility", "practice", "--json")
    bad, good = json.loads(done.out)
    assert (done.code, bad["accepted"], good["accepted"]) == (1, False, True)
    assert bad["reasons"]
    (kept,) = json.loads(book("bills", "documents", "--json").out)
    assert (kept["state"], kept["sources"]) == ("refused", ["broken.pdf"])


@pytest.mark.parametrize("content", [b"", b"hello\n", b"Date,kWh\n2025-01-01,1\n"])
def test_a_file_that_is_named_a_pdf_and_is_none_is_told_so(book: Books, tmp_path: Path, content: bytes) -> None:
    named = tmp_path / "bill.pdf"
    named.write_bytes(content)
    done = book("import", named, "--utility", "practice")
    assert (done.code, "no PDF" in done.err) == (3, True), done.err
    assert json.loads(book("bills", "documents", "--json").out) == []


def test_documents_are_read_again_by_the_templates_that_there_are_now(
    paper: Path, book: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template that asks for what no bill holds stands in for the shipped one, until it is taken away."""
    own = tmp_path / "utilities" / "bill_templates"
    own.mkdir(parents=True)
    shipped = (Path(bill_templates.__file__).parent / "practice.yaml").read_text(encoding="utf-8")
    (own / "practice.yaml").write_text(f"{shipped}must: [amount_due = amount_after_due]\n", encoding="utf-8")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(own.parent))
    first, second, *_ = sorted(paper.glob("*.pdf"))
    assert book("import", first, "--utility", "practice").code == 1
    truth = json.loads(second.with_suffix("").with_suffix(".truth.json").read_text())
    with Book.open(tmp_path / "book") as opened:
        told = Statement(account=truth["account"], bill_date=date.fromisoformat(truth["bill_date"]), source_id="U:1")
        (listed,) = opened.records.save_statements([told], source="h", at=NOW, utility="practice")
        digest = opened.documents.keep(second.read_bytes())
        opened.records.save_document(
            digest, 1, kind=SourceKind.PORTAL, source="h", at=NOW, utility="practice", account=told.account,
            bill_id=listed.id,
        )  # fmt: skip
    again = book("bills", "documents", "--again")
    assert ("2 documents kept, 0 read" in again.out, "refused" in again.out) == (True, True)
    (own / "practice.yaml").unlink()
    done = book("bills", "documents", "--again").out
    assert f"{first.name}  bill of " in done
    assert f"h  bill of {truth['bill_date']}, account {truth['account']}: changed" in done
    assert "2 documents kept, 2 read" in done
    held = json.loads(book("bills", "show", truth["bill_date"], "--json").out)["bill"]
    assert (held["source_id"], held["number"], len(held["lines"])) == ("U:1", truth["bill_number"], len(truth["lines"]))
    assert "2 documents kept, 2 read" in book("bills", "documents", "--again").out
