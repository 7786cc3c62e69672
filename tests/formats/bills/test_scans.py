"""Scanned bills by the extra ``ocr``: read right or kept out with reasons; without the extra a clear answer.

The scans are made here from drawn bills, or are the published ones; what stands on them is known. The extra is not a
part of the ordinary installation: where it is absent the tests that need it are skipped.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from drawn_bills import draw, invented
from full_counts import Count
from layout_drawing import drawn
from layout_words import worked_out
from scanned_pdf import scanned
from shared_data import SHARED, needs_shared
from utility_layouts_more import LAYOUTS

from meterbook.formats.bills import BillReading, ReadStatement, read_pdf
from meterbook.formats.bills.apart import BillReader
from meterbook.formats.bills.picture_reading import agreed
from meterbook.formats.bills.picture_text import MAX_PICTURES, ocr_available
from meterbook.model.bill_kinds import LineKind
from meterbook.model.errors import MalformedRecord
from meterbook.model.statement import LineItem, MeterUsage

needs_ocr = pytest.mark.skipif(not ocr_available(), reason="the extra 'ocr' is not installed")
FOLDER = SHARED / "data" / "bills" / "pdf"


def test_without_the_extra_a_scan_is_told_how_to_be_read() -> None:
    random = Random(3)
    with BillReader(ocr=False) as reader:
        reading = reader.read(scanned(draw(invented(random), random), dots=60), name="scan.pdf")
    assert not reading.accepted
    assert reading.scanned
    assert "meterbook[ocr]" in reading.reasons[0]


@needs_ocr
def test_scans_of_bills_are_read_right_or_kept_out(count: Count) -> None:
    accepted = 0
    trials = list(count("scanned bills", quick=1, full=60))
    for trial in trials:
        layout = LAYOUTS[trial % len(LAYOUTS)]
        random = Random(f"scan {trial}")
        truth = worked_out(layout, random)
        pdf = drawn(layout, truth, "as it is", random)
        askew, turned = random.choice(((0.0, 0), (0.7, 0), (-1.1, 0), (0.0, 90), (0.4, 180)))
        scan = scanned(pdf, dots=random.choice((150, 200)), askew=askew, turned=turned, specks=200, seed=trial)
        with BillReader() as reader:
            reading = reader.read(scan, name="scan.pdf")
        assert reading.accepted or reading.reasons
        if reading.accepted:
            accepted += 1
            (one,) = reading.statements
            assert [line.amount for line in one.lines] == [line.amount for line in truth.lines], trial
            assert [line.label for line in one.lines] == [line.item.label.strip("()") for line in truth.lines], trial
            told = {
                "bill_date": truth.issued, "due_date": truth.due, "period_start": truth.start, "account": truth.account,
                "period_end": truth.end, "previous_balance": truth.previous, "current_charges": truth.current,
            }  # fmt: skip
            assert {n: v for n, v in told.items() if one.fields.get(n, v) != v} == {}, trial


@needs_shared
@needs_ocr
def test_the_published_scan_is_read_as_its_original(count: Count) -> None:
    name = "peoplesgas-il-gas-2026-02"
    truth = json.loads((FOLDER / f"{name}.truth.json").read_text())
    with BillReader() as reader:
        reading = reader.read((FOLDER / f"{name}.scan.pdf").read_bytes(), name="scan.pdf")
    if not reading.accepted:
        assert reading.reasons
        return
    told = reading.as_json()
    names = ("bill_date", "period_start", "period_end", "days", "previous_balance", "payments", "amount_due")
    assert {n: told[n] for n in names} == {n: truth[n] for n in names}
    assert [(line["label"], line["amount"]) for line in told["lines"]] == [
        (line["label"], line["amount"]) for line in truth["lines"]
    ]
    assert told.get("account") in {None, truth["account"]}


@needs_shared
@needs_ocr
def test_a_page_of_a_bill_on_its_side_is_no_bill_and_tells_what_was_seen() -> None:
    with BillReader() as reader:
        reading = reader.read(
            (FOLDER / "pge-3ce-electric-tou-2022-12.p3-sideways.scan.pdf").read_bytes(), name="p3.pdf"
        )
    assert not reading.accepted
    assert reading.statements[0].fields["bill_date"] == date(2022, 12, 9)


@needs_ocr
def test_a_book_of_scans_is_no_bill() -> None:
    random = Random(3)
    one = scanned(draw(invented(random), random), dots=40)
    pages = one.replace(b"/Count 1", b"/Count %d" % (MAX_PICTURES + 1)).replace(
        b"/Kids [5 0 R]", b"/Kids [" + b"5 0 R " * (MAX_PICTURES + 1) + b"]"
    )
    with BillReader() as reader, pytest.raises(MalformedRecord, match=r"scanned pages|damaged"):
        reader.read(pages, name="book.pdf")


ONE = ReadStatement(
    fields={"bill_date": date(2025, 3, 4), "amount_due": Decimal("10.00"), "account": "123456", "rate": "R-1"},
    lines=(LineItem(kind=LineKind.ENERGY, label="Energy Charge", amount=Decimal("10.00")),),
    meters=(MeterUsage(meter="1"),), services=("electric",), accepted=True,
)  # fmt: skip


def reading(one: ReadStatement) -> BillReading:
    return BillReading(accepted=True, statements=(one,), reader="ocr")


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, fields={**ONE.fields, "amount_due": Decimal("16.00")}),
        replace(ONE, fields={**ONE.fields, "bill_date": date(2025, 3, 9)}),
        replace(ONE, fields={**ONE.fields, "due_date": date(2025, 3, 9)}),
        replace(ONE, lines=(replace(ONE.lines[0], label="Fnergy Charge"),)),
        replace(ONE, lines=(replace(ONE.lines[0], amount=Decimal("16.00")),)),
        replace(ONE, lines=(*ONE.lines, ONE.lines[0])),
    ],
)
def test_two_readings_that_differ_are_not_accepted(other: ReadStatement) -> None:
    found = agreed(reading(ONE), reading(other))
    assert not found.accepted
    assert found.reasons
    assert not found.statements[0].accepted


def test_what_one_reading_alone_tells_besides_is_left_out() -> None:
    other = replace(ONE, fields={**ONE.fields, "account": "123458", "rate": "R-7"}, meters=(), services=("gas",))
    (one,) = agreed(reading(ONE), reading(other)).statements
    assert set(one.fields) == {"bill_date", "amount_due"}
    assert (one.meters, one.services) == ((), ())


def test_reading_pictures_is_not_tried_on_what_has_text() -> None:
    random = Random(3)
    bill = invented(random)
    assert read_pdf(draw(bill, random), ocr=True).reader == "pypdfium2"
