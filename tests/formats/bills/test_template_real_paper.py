"""Real paper: the published sample bills, read by their templates, value by value against what people wrote down.

Truth files were made by hand from the pages and checked with decimal arithmetic. Every key of a truth file that names
something we tell is compared; keys that we do not tell (a customer's name, the next read date) are not.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from shared_data import SHARED, needs_shared

from meterbook.formats.bills.read import read_pdf
from meterbook.utilities import bill_templates

FOLDER = SHARED / "data" / "bills" / "pdf"
BILLS = {
    "calamwater-water-sewer-2018-07": "calamwater-water-sewer",
    "invented-commercial-electric-2025-06": "invented-commercial-electric",
    "invented-residential-electric-2025-07": "invented-residential-electric",
    "municipal-water-sewer-2023-12": "municipal-water-sewer-usage-history",
    "nationalgrid-ma-gas-2024-04": "nationalgrid-ma-gas",
    "peoplesgas-il-gas-2026-02": "peoplesgas-il-gas",
    "pge-3ce-electric-tou-2022-12": "pge-cca-electric",
}
TOLD = (
    *("account", "bill_number", "bill_date", "due_date", "period_start", "period_end", "days", "rate", "services"),
    *("previous_balance", "payments", "balance_forward", "current_charges", "amount_due", "amount_after_due", "usage"),
)
LINE = ("label", "amount", "kind", "quantity", "unit", "rate", "section")
METER = (
    *("meter", "register", "read_start", "read_end", "previous", "present", "read_type", "usage", "unit", "factor"),
    *("billed", "billed_unit"),
)

pytestmark = needs_shared


def plain(value: Any) -> Any:
    """A value as a truth file writes it, numbers by what they are and not by their zeros."""
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return str(value).casefold()


def differences(told: dict[str, Any], truth: dict[str, Any], names: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    """Name to truth and what was told, where they differ."""
    return {
        name: (truth[name], told.get(name))
        for name in names
        if name in truth and (told.get(name) is None or plain(told[name]) != plain(truth[name]))
    }


@pytest.mark.parametrize("name", BILLS)
def test_every_value_of_the_truth_file_is_read_right(name: str) -> None:
    truth = json.loads((FOLDER / f"{name}.truth.json").read_text(encoding="utf-8"))
    reading = read_pdf((FOLDER / f"{name}.pdf").read_bytes(), templates=bill_templates.templates(), name=name)
    assert reading.template == BILLS[name]
    assert reading.accepted, reading.reasons
    told = reading.as_json()
    assert differences(told, truth, TOLD) == {}
    assert len(told["lines"]) == len(truth["lines"])
    for line, wanted in zip(told["lines"], truth["lines"], strict=True):
        assert differences(line, wanted, LINE) == {}, wanted["label"]
    assert len(told.get("meters", ())) == len(truth.get("meters", ()))
    for meter, wanted in zip(told.get("meters", ()), truth.get("meters", ()), strict=True):
        assert differences(meter, wanted, METER) == {}


@pytest.mark.parametrize("name", BILLS)
def test_no_template_fits_the_bill_of_another(name: str) -> None:
    data = (FOLDER / f"{name}.pdf").read_bytes()
    others = [one for one in bill_templates.templates() if one.name != BILLS[name]]
    assert read_pdf(data, templates=others, name=name).template is None


def test_a_page_that_explains_a_bill_holds_no_bill() -> None:
    data = (FOLDER / "pge-consolidated-layout-2024.pdf").read_bytes()
    reading = read_pdf(data, templates=bill_templates.templates(), name="explained")
    assert not reading.accepted
    assert reading.template is None


@pytest.mark.parametrize("name", ["peoplesgas-il-gas-2026-02.scan", "pge-3ce-electric-tou-2022-12.p3-sideways.scan"])
def test_a_scan_is_refused_for_want_of_ocr(name: str) -> None:
    reading = read_pdf((FOLDER / f"{name}.pdf").read_bytes(), templates=bill_templates.templates(), name=name)
    assert not reading.accepted
    assert any("needs OCR" in reason for reason in reading.reasons)


def test_every_sample_with_text_and_truth_is_among_them() -> None:
    truths = {Path(path.stem).stem for path in FOLDER.glob("*.truth.json")}
    assert truths == set(BILLS)
