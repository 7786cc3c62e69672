"""``meterbook bills check --tariff``: practice bills under the printed sheet's schedule, and bills made wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bill_books import keep, keep_history
from rich.cells import cell_len

sys.path.append(str(Path(__file__).parents[2] / "analysis" / "bills"))

from practice_history import accounts
from tariffs.fit.practice_sheet import RIDERS, SHEET

from meterbook.analysis.bills.audits import NAMES
from meterbook.analysis.bills.checks import BillRun
from meterbook.book import Book
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import Statement

Run = Callable[..., Any]
AT_CHANGE = "2026-04-16"
"""Bill of the period in which prices change: the practice co-op divides its kWh by days, the schedule by intervals."""


@pytest.fixture(scope="module")
def history() -> BillRun:
    return next(one.run for one in accounts(1, months=14))


@pytest.fixture
def book(tmp_path: Path, history: BillRun, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    folder = tmp_path / "tariffs" / "practice"
    folder.mkdir(parents=True)
    (folder / "R.yaml").write_text(SHEET)
    (folder / "riders.yaml").write_text(RIDERS)
    keep_history(tmp_path, history)
    return tmp_path


def changed(bill: Statement, kind: LineKind, by: str) -> Statement:
    """The bill with a line that is other by so many dollars."""
    lines = tuple(replace(one, amount=one.amount + Decimal(by)) if one.kind is kind else one for one in bill.lines)
    return replace(bill, lines=lines, current_charges=(bill.current_charges or Decimal(0)) + Decimal(by))


def test_bills_are_what_the_printed_sheet_makes_but_for_the_one_in_which_prices_change(run: Run, book: Path) -> None:
    shown = run("bills", "check", "--tariff")
    assert "12 of 13 are what practice/R makes, to the cent; 1 explained" in shown.out
    assert "bill.tariff-proration" in shown.out
    assert f"! {AT_CHANGE}" in shown.out
    assert max(cell_len(line) for line in shown.out.splitlines()) <= 80
    assert shown.code == 1


def test_the_shipped_schedule_makes_every_bill_also_where_prices_change_and_with_the_leased_lamp(
    run: Run, book: Path
) -> None:
    for name in ("R.yaml", "riders.yaml"):
        (book / "tariffs" / "practice" / name).unlink()
    shown = run("bills", "check", "--tariff")
    assert "13 of 13 are what practice/R makes, to the cent\n" in shown.out
    assert shown.code == 0


def test_without_the_option_no_bill_is_recomputed(run: Run, book: Path) -> None:
    shown = run("bills", "check")
    assert (shown.code, "practice/R" in shown.out) == (0, False)


def test_what_nothing_explains_is_a_fault_with_both_sums(run: Run, book: Path, history: BillRun) -> None:
    good = history.bills[-1]
    with Book.open(book) as opened:
        keep(opened, [changed(good, LineKind.ENERGY, "3.37")])
    shown = json.loads(run("bills", "check", "--tariff", "--json").out)
    found = [one for one in shown["accounts"][0]["findings"] if one["name"] == "bill.tariff-differs"]
    assert [(one["bill_date"], one["severity"]) for one in found] == [(good.bill_date.isoformat(), "fault")]
    assert "nothing explains it" in found[0]["message"]
    assert found[0]["message"].count("kWh × ") == 2
    assert found[0]["data"]["difference"] == "3.37"
    audited = {one["bill"]: one for one in shown["accounts"][0]["audited"]}
    assert len(audited) == len(history.bills)
    assert sum(one["agrees"] for one in audited.values()) == len(history.bills) - 2
    (pair,) = audited[good.bill_date.isoformat()]["differences"]
    assert Decimal(pair["printed"]) - Decimal(pair["made"]) == Decimal("3.37")


def test_another_schedule_can_be_named(run: Run, book: Path) -> None:
    other = (book / "tariffs" / "practice" / "R.yaml").read_text().replace("code: R\n", "code: R-OLD\n")
    (book / "tariffs" / "practice" / "R-OLD.yaml").write_text(other.replace("33.75", "31.50").replace("0.10280", "0.1"))
    shown = run("bills", "check", "--tariff", "practice/R-OLD", "--all")
    assert "are what practice/R-OLD makes" in shown.out
    assert "bill.tariff-differs" in shown.out


def test_a_schedule_without_the_option_is_refused(run: Run, book: Path) -> None:
    shown = run("bills", "check", "practice/R")
    assert shown.code == 2
    assert "--tariff" in shown.err


def test_a_schedule_that_is_not_in_the_catalogue_is_a_note(run: Run, book: Path, history: BillRun) -> None:
    with Book.open(book) as opened:
        keep(opened, [replace(one, rate="R-XYZ") for one in history.bills])
    shown = run("bills", "check", "--tariff")
    assert "13 bills of R-XYZ can't be held against it: the catalogue has no such schedule" in shown.out
    assert shown.code == 0


def test_findings_of_schedules_stay_until_bills_are_recomputed_again(run: Run, book: Path) -> None:
    def names() -> list[str]:
        with Book.open(book) as opened:
            return [one.finding.name for one in opened.records.findings(open_only=True)]

    run("bills", "check", "--tariff")
    assert names() == ["bill.tariff-proration"]
    run("bills", "check")
    assert names() == ["bill.tariff-proration"]
    run("bills", "check", "--tariff", "--since", "2026-05")
    assert names() == ["bill.tariff-proration"]


def test_every_finding_of_an_audit_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "findings.md").read_text()
    assert [name for name in NAMES if f"`{name}`" not in text] == []
