"""The paper: every line and figure of a bill is on it as text, in two pages, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from billing_world import SETTINGS, all_of, texts

from meterbook.practice.billing import documents
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.paper import printing
from meterbook.practice.billing.paper.words import amount, day, dollars, number, scan_line
from meterbook.practice.billing.truth import samples, truth
from meterbook.practice.people import Story

SHOWN = (
    (Story.HOUSEHOLD, -1), (Story.TIME_OF_USE, -8), (Story.SOLAR, -5), (Story.WATER, -4), (Story.DEMAND, -1),
    (Story.EXCHANGE, 42), (Story.TOTP, -3), (Story.MOVED, -1), (Story.GAS, -9), (Story.REVISED, -4), (30, -1), (25, -1),
)  # fmt: skip


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("index", "place"), SHOWN)
def test_what_the_biller_knows_stands_on_the_paper(index: int | Story, place: int) -> None:
    bill = all_of(index)[place]
    first, second = (flat(text) for text in texts(documents.document(SETTINGS, bill)))
    _has_totals(bill, first)
    assert f"{day(bill.period.start)} - {day(bill.period.end)} for {bill.period.days} Days" in second
    for line in bill.statement.lines:
        parts = [line.label, number(line.quantity), line.unit or "", number(line.rate), amount(line.amount)]
        assert " ".join(part for part in parts if part) in second
    for row in bill.statement.meters:
        parts = [day(row.read_start), day(row.read_end), number(row.previous), number(row.present)]
        parts += [number(row.multiplier), number(row.usage), row.unit or "", str(row.read_type).title()]
        assert " ".join(part for part in parts if part) in second


def _has_totals(bill: Bill, page: str) -> None:
    said = bill.statement
    assert said.previous_balance is not None
    for label, value in (
        ("Previous Balance", said.previous_balance),
        ("Balance Forward", bill.forward),
        ("Total Current Charges", bill.current),
        ("Total Amount Due", bill.due),
    ):
        assert f"{label} {dollars(value)}" in page
    for label, value in (("Account Number", said.account), ("Due Date", day(said.due_date))):
        assert f"{label} {value}" in page
    assert page.count(dollars(bill.due)) >= 3


def test_the_graph_is_thirteen_bars_with_months_and_axes_as_text() -> None:
    first, _ = texts(documents.document(SETTINGS, all_of(Story.HOUSEHOLD)[-1]))
    assert "Electric Use, 13 bills" in first
    assert first.count("2025") >= 2
    assert "80°" in first


def test_the_masters_document_is_a_summary_and_every_statement() -> None:
    bill = all_of(Story.PORTFOLIO, 0)[-1]
    pages = texts(documents.document(SETTINGS, bill))
    parts = documents.statements(SETTINGS, bill)
    assert (len(parts), len(pages)) == (12, 25)
    assert dollars(sum((each.due for each in parts), start=bill.due - bill.due)) in pages[0]
    for each in parts:
        assert each.contract.number in pages[0]
    assert [flat(page).count("Page 2 of 2") for page in pages[1:]] == [0, 1] * 12
    assert len(texts(documents.document(SETTINGS, all_of(Story.PORTFOLIO, 3)[-1]))) == 2


def test_the_same_bill_is_the_same_bytes_whenever_it_is_asked_for() -> None:
    bill = all_of(Story.TIME_OF_USE)[-3]
    once = documents.document(SETTINGS, bill)
    printing._SET.clear()
    later = replace(SETTINGS, today=date(2026, 12, 31))
    (again,) = (b for b in all_of(Story.TIME_OF_USE, today=later.today) if b.uuid == bill.uuid)
    assert documents.document(later, again) == once


def test_another_process_without_fonts_of_the_machine_sets_the_same_bytes(tmp_path: Path) -> None:
    bill = all_of(Story.HOUSEHOLD)[-1]
    program = (
        "import hashlib; from datetime import date; from meterbook.practice.settings import Settings;"
        "from meterbook.practice.billing.truth import samples;"
        "s = Settings(today=date(2026, 11, 25), members=1);"
        "print(hashlib.sha256(next(iter(samples(s, months=1))).document(s)).hexdigest())"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "FONTCONFIG_PATH": str(tmp_path), "TZ": "Pacific/Auckland"}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == hashlib.sha256(documents.document(SETTINGS, bill)).hexdigest()


def test_documents_are_kept_and_no_more_than_so_many() -> None:
    bill = all_of(Story.GAS)[-1]
    first = documents.document(SETTINGS, bill)
    assert documents.document(SETTINGS, bill) is first
    assert len(printing._SET) <= printing._KEPT


def test_the_document_tells_its_title_and_is_tagged() -> None:
    document = pypdfium2.PdfDocument(documents.document(SETTINGS, all_of(Story.GAS)[-1]))
    told = document.get_metadata_dict()
    assert document.is_tagged()
    document.close()
    assert told["Title"].startswith("Bill of ")
    assert told["Author"] == "Tidewater Practice Electric Cooperative"


def test_truths_hold_what_is_printed_and_no_more() -> None:
    found = truth(all_of(Story.HOUSEHOLD)[-1])
    assert found["account"] == "4400000001"
    assert "adjustments" not in found
    assert "cancelled" not in found
    assert {"label", "amount", "kind"} <= set(found["lines"][0])
    assert "temperature_high" not in truth(all_of(30)[-1])
    assert any(truth(bill).get("cancelled") for bill in all_of(Story.REVISED))


def test_samples_are_named_by_account_and_day_and_consolidated_ones_hold_twelve() -> None:
    settings = replace(SETTINGS, members=7)
    found = list(samples(settings, months=1))
    names = [sample.name for sample in found]
    assert len(set(names)) == len(names) == 5 + 12  # the prepaid member has no bill
    (group,) = (sample.truth() for sample in found if len(sample.statements) > 1)
    assert len(group["statements"]) == 12
    assert [sample.name[:10] for sample in samples(settings, months=1, account="4400002001")] == ["4400002001"]


def test_the_scan_lines_last_digit_checks_the_others() -> None:
    for cents in range(0, 5000, 37):
        line = scan_line("4400000001", Decimal(cents) / 100, Decimal(cents + 500) / 100)
        assert sum(int(digit) for digit in line if digit.isdigit()) % 10 == 0
    assert scan_line("1", Decimal("-5"), Decimal("-5")).split()[1] == "0" * 10
