"""``meterbook bills read``: a calm page at 80 columns, JSON under the names of the truth files, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from drawn_bills import Bill, draw, invented
from shared_data import SHARED, needs_shared
from typer.testing import CliRunner

from meterbook.cli.app import app

PDFS = SHARED / "data" / "bills" / "pdf"


@pytest.fixture
def bill() -> Bill:
    return invented(Random(11))


@pytest.fixture
def good(bill: Bill, tmp_path: Path) -> Path:
    random = Random(11)
    invented(random)  # the layout follows the bill in the generator's run
    path = tmp_path / "good.pdf"
    path.write_bytes(draw(bill, random))
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["bills", "read", *map(str, arguments)])
    return ran.exit_code, ran.output


def test_an_accepted_bill_is_told_with_how_sure_each_value_is(bill: Bill, good: Path) -> None:
    code, text = run(good)
    assert code == 0
    assert "Accepted" in text
    assert f"{bill.due:,.2f}" in text
    assert "proven by the bill's sums" in text
    assert all(len(line) <= 80 for line in text.splitlines() if str(good) not in line)


def test_json_holds_the_fields_under_the_names_of_the_truth_files(bill: Bill, good: Path) -> None:
    code, text = run(good, "--json")
    told = json.loads(text)
    assert code == 0
    assert told["accepted"] is True
    assert told["reasons"] == []
    assert told["account"] == bill.account
    assert told["amount_due"] == f"{bill.due:.2f}"
    assert told["bill_date"] == bill.bill_date.isoformat()
    assert [line["amount"] for line in told["lines"]] == [f"{charge.amount:.2f}" for charge in bill.charges]


def test_a_refused_file_lists_reasons_and_values_only_as_seen(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"hello")
    code, text = run(bad, "--json")
    told = json.loads(text)
    assert code == 3
    assert told["accepted"] is False
    assert "no PDF" in told["reasons"][0]
    assert "amount_due" not in told


def test_several_files_are_an_array_and_one_refusal_among_them_is_partly_done(good: Path, tmp_path: Path) -> None:
    code, text = run(good, tmp_path / "absent.pdf", "--json")
    told = json.loads(text)
    assert code == 1
    assert [one["accepted"] for one in told] == [True, False]
    assert "cannot be read" in told[1]["reasons"][0]


@needs_shared
@pytest.mark.parametrize("path", sorted(PDFS.glob("*.pdf")), ids=lambda path: path.stem)
def test_published_samples_are_read_right_without_a_template_or_refused(path: Path) -> None:
    _, text = run(path, "--json", "--generic")
    told = json.loads(text)
    truth_file = path.with_name(path.name.removesuffix(".pdf").removesuffix(".scan") + ".truth.json")
    if not told["accepted"]:
        assert told["reasons"]
        assert ".scan" in path.name or not truth_file.exists(), "every sample with text can be read"
        return
    truth = json.loads(truth_file.read_text())
    plain = {name for name in told if name in truth and name not in {"lines", "meters", "services"}}
    assert {name: told[name] for name in plain} == {name: truth[name] for name in plain}
    amounts = [(line["label"].lower(), line["amount"]) for line in told["lines"]]
    assert amounts == [(line["label"].lower(), line["amount"]) for line in truth["lines"]]
    for line, true in zip(told["lines"], truth["lines"], strict=True):
        for name in ("kind", "quantity", "unit", "rate"):
            assert line.get(name) in {None, true.get(name)}, (line, true)
        if "section" in true:
            assert line.get("section", true["section"]).lower() == true["section"].lower()
    assert set(told.get("services", truth["services"])) == set(truth["services"])
    for meter, true in zip(
        told.get("meters", truth["meters"]) if "meters" in truth else [], truth.get("meters", []), strict=True
    ):
        assert {name: meter[name] for name in meter if name in true} == {
            name: true[name] for name in meter if name in true
        }
