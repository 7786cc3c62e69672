"""``bills learn``: what is on a bill, what each rule caught, and a template to start from that reads the same bill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from shared_data import SHARED, needs_shared
from typer.testing import CliRunner

from meterbook.cli.app import app
from meterbook.formats.bills.read import read_pdf
from meterbook.practice.billing.truth import samples
from meterbook.practice.settings import Settings
from meterbook.utilities.template_loader import load

PAPER = SHARED / "data" / "bills" / "pdf"
STARTED = (
    "calamwater-water-sewer-2018-07",
    "invented-commercial-electric-2025-06",
    "invented-residential-electric-2025-07",
)


def learn(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, ["bills", "learn", *arguments], env={"COLUMNS": "80"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bill of the practice co-op."""
    settings = Settings(members=1, today=date(2026, 11, 25))
    path = tmp_path_factory.mktemp("bills") / "bill.pdf"
    path.write_bytes(next(iter(samples(settings, months=1))).document(settings))
    return path


def test_rows_stand_with_their_places_and_what_caught_them_in_80_columns(bill: Path) -> None:
    printed = learn(str(bill))
    assert all(len(line) <= 80 for line in printed.splitlines())
    assert "Page 1 of 2: 612 × 792 points" in printed
    assert "└─ fields.previous_balance: " in printed
    assert "└─ lines[0].rows[" in printed
    assert "Template practice: " in printed


def test_one_page_may_be_asked_for(bill: Path) -> None:
    printed = learn(str(bill), "--page", "2")
    assert "Page 2 of 2" in printed
    assert "Page 1 of 2:" not in printed


def test_a_template_that_does_not_fit_says_which_words_are_missing(bill: Path) -> None:
    printed = learn(str(bill), "--template", "nationalgrid-ma-gas")
    assert "By its match words it would not be chosen" in printed
    assert "Refused by the template" in printed
    assert "amounts and dates that no rule caught" in printed


@pytest.mark.parametrize("arguments", [["--page", "9"], ["--template", "practise"]])
def test_what_is_not_there_is_refused(bill: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["bills", "learn", str(bill), *arguments])
    assert result.exit_code != 0


def test_a_template_that_is_there_is_not_written_over(bill: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(app, ["bills", "learn", str(bill), "--write", str(target)])
    assert result.exit_code != 0
    assert target.read_text(encoding="utf-8") == "mine"


@needs_shared
@pytest.mark.parametrize("name", STARTED)
def test_the_template_it_writes_reads_that_bill(name: str, tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    learn(str(PAPER / f"{name}.pdf"), "--write", str(target))
    data = (PAPER / f"{name}.pdf").read_bytes()
    generic, own = read_pdf(data), read_pdf(data, templates=[load(target)])
    assert own.template == "mine"
    assert own.accepted, own.reasons
    assert own.statements[0].fields.items() <= generic.statements[0].fields.items()
    assert [line.amount for line in own.statements[0].lines] == [line.amount for line in generic.statements[0].lines]


@needs_shared
def test_a_page_without_text_is_said_to_need_ocr() -> None:
    assert "this page needs OCR" in learn(str(PAPER / "peoplesgas-il-gas-2026-02.scan.pdf"))
