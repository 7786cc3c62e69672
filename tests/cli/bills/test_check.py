"""``meterbook bills check`` on a book: what is printed, exit codes, and findings that are kept and closed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bill_books import NOW, keep, keep_history
from rich.cells import cell_len

sys.path.append(str(Path(__file__).parents[2] / "analysis" / "bills"))

from practice_history import accounts

from meterbook.analysis.bills.checks import BillRun
from meterbook.book import Book

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def history() -> BillRun:
    return next(one.run for one in accounts(1, months=14))


@pytest.fixture
def book(tmp_path: Path, history: BillRun, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    keep_history(tmp_path, history)
    return tmp_path


def names(book: Path) -> list[str]:
    with Book.open(book) as opened:
        return [one.finding.name for one in opened.records.findings(open_only=True)]


def test_clean_bills_exit_with_nothing_to_look_at(run: Run, book: Path, history: BillRun) -> None:
    shown = run("bills", "check", "--account", history.account)
    assert (shown.code, shown.err) == (0, "")
    assert f"{len(history.bills):>4} agree with the intervals between their reads" in shown.out
    assert shown.out.splitlines()[-1] == f"Nothing wrong was found in 1 account, {len(history.bills)} bills."
    assert names(book) == []


def test_a_fault_is_told_kept_and_closed_once_it_is_gone(run: Run, book: Path, history: BillRun) -> None:
    good = history.bills[6]
    lines = (replace(good.lines[1], amount=good.lines[1].amount + Decimal("11.00")), *good.lines[2:])
    wrong = replace(good, lines=(good.lines[0], *lines), days=(good.days or 0) + 3)
    with Book.open(book) as opened:
        keep(opened, [wrong])
    shown = run("bills", "check")
    assert shown.code == 1
    assert max(cell_len(line) for line in shown.out.splitlines()) <= 80
    for name in ("bill.line", "bill.sum", "bill.days"):
        assert name in shown.out
    assert "3 findings, 3 new, 0 closed." in shown.out
    assert f"Next: meterbook bills show {good.bill_date} --account {history.account}" in shown.out
    assert sorted(names(book)) == ["bill.days", "bill.line", "bill.sum"]
    assert "3 findings, 0 new, 0 closed." in run("bills", "check").out
    with Book.open(book) as opened:
        keep(opened, [good], NOW + timedelta(days=1))
    again = run("bills", "check")
    assert (again.code, again.out.splitlines()[-1].endswith("Closed: 3 findings.")) == (0, True)
    assert names(book) == []


def test_only_bills_of_the_time_asked_for_are_told_of_and_closed(run: Run, book: Path, history: BillRun) -> None:
    good = history.bills[3]
    with Book.open(book) as opened:
        keep(opened, [replace(good, days=(good.days or 0) + 3)])
    later = history.bills[5].bill_date.isoformat()
    assert run("bills", "check", "--since", later).code == 0
    assert run("bills", "check", "--until", later).code == 1
    assert run("bills", "check", "--since", later).code == 0
    assert names(book) == ["bill.days"]


def test_json_has_every_bill_beside_its_intervals(run: Run, book: Path, history: BillRun) -> None:
    (account,) = json.loads(run("bills", "check", "--json").out)["accounts"]
    assert account["account"] == history.account
    assert len(account["agreements"]) == len(history.bills)
    for held in account["agreements"]:
        assert held["standing"] == "agrees"
        assert Decimal(held["billed_kwh"]) == Decimal(held["least_kwh"]) == Decimal(held["most_kwh"])
    assert {one["severity"] for one in account["findings"]} <= {"note"}


def test_a_book_without_bills_says_how_to_bring_some(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "empty"))
    with Book.open(tmp_path / "empty"):
        pass
    shown = run("bills", "check")
    assert shown.code == 3
    assert "the book has no bills to check" in shown.err
