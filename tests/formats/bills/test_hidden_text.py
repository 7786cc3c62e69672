"""What a person cannot see is none of the bill's; and prints that confuse programs, each read right or refused.

Every page is the same small bill. Text without contrast, ink, size or place on the page says something else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from drawn_pdf import HEIGHT, Drawing, written

from meterbook.formats.bills import BillReading, read_pdf

ROWS = {
    "Account Number": "5500123", "Bill Date": "03/14/2025", "Due Date": "03/25/2025", "Customer Charge": "25.00",
    "Energy Charge": "61.50", "Sales Tax": "6.05", "Total Current Charges": "92.55", "Total Amount Due": "92.55",
}  # fmt: skip
TRUTH = {
    "account": "5500123", "bill_date": date(2025, 3, 14), "due_date": date(2025, 3, 25),
    "current_charges": Decimal("92.55"), "amount_due": Decimal("92.55"),
}  # fmt: skip


def bill(*, without: str = "") -> Drawing:
    sheet = Drawing()
    for number, (label, value) in enumerate(ROWS.items()):
        if label != without:
            sheet.text(36, 60 + number * 14, label)
            sheet.right(300, 60 + number * 14, value)
    return sheet


def told(sheet: Drawing | bytes) -> dict[str, object]:
    """The fields of an accepted bill; none of a refused one."""
    reading = read_pdf(sheet if isinstance(sheet, bytes) else sheet.pdf(), name="hidden.pdf")
    return dict(reading.statements[0].fields) if reading.accepted else {}


def white(sheet: Drawing, x: float, y: float, text: str) -> None:
    sheet.pages[-1].append("1 1 1 rg")
    sheet.text(x, y, text)
    sheet.pages[-1].append("0 g")


def inkless(sheet: Drawing, x: float, y: float, text: str) -> None:
    sheet.pages[-1].append("3 Tr")
    sheet.text(x, y, text)
    sheet.pages[-1].append("0 Tr")


def tiny(sheet: Drawing, x: float, y: float, text: str) -> None:
    sheet.text(x, y, text, 0.05)


def off_page(sheet: Drawing, x: float, y: float, text: str) -> None:
    sheet.text(x + 700, y, text)


HIDERS = pytest.mark.parametrize("hide", [white, inkless, tiny, off_page], ids=lambda one: one.__name__)


def test_the_bill_itself_is_read() -> None:
    assert told(bill()) == TRUTH


@HIDERS
def test_a_hidden_value_beside_the_printed_one_changes_nothing(hide: Callable[..., None]) -> None:
    sheet = bill()
    hide(sheet, 330, 400, "Total Amount Due $12.00")
    hide(sheet, 330, 420, "Due Date 04/25/2025")
    assert told(sheet) == TRUTH


@HIDERS
def test_a_hidden_value_alone_is_not_told(hide: Callable[..., None]) -> None:
    sheet = bill(without="Due Date")
    hide(sheet, 330, 400, "Due Date 04/25/2025")
    assert told(sheet) == {name: value for name, value in TRUTH.items() if name != "due_date"}
    sheet = bill(without="Total Amount Due")
    hide(sheet, 330, 400, "Total Amount Due 92.55")
    assert told(sheet) == {}


def test_white_figures_on_a_dark_bar_are_read() -> None:
    sheet = bill(without="Due Date")
    sheet.pages[-1].append(f"0 0 0.4 rg 320 {HEIGHT - 404} 220 16 re f")
    white(sheet, 330, 400, "Due Date")
    white(sheet, 440, 400, "03/25/2025")
    assert told(sheet) == TRUTH


def test_a_row_covered_by_a_white_box_is_told_as_it_was_printed_or_not_at_all() -> None:
    sheet = bill()
    sheet.pages[-1].append(f"1 1 1 rg 30 {HEIGHT - 92} 300 14 re f 0 g")
    assert told(sheet).items() <= TRUTH.items()


@pytest.mark.parametrize("shift", [0.2, 0.5, 1.0])
def test_bold_made_by_printing_twice_is_read_once(shift: float) -> None:
    sheet = Drawing()
    for number, (label, value) in enumerate(ROWS.items()):
        for step in (0.0, shift):
            sheet.text(36 + step, 60 + number * 14, label)
            sheet.right(300 + step, 60 + number * 14, value)
    found = told(sheet)
    assert found in ({}, TRUTH)
    if shift < 1:
        assert found == TRUTH


def test_figures_drawn_from_right_to_left_are_read_right_or_refused() -> None:
    sheet = Drawing()
    for number, (label, value) in enumerate(ROWS.items()):
        sheet.text(36, 60 + number * 14, label)
        places = [300 - 5.5 * (len(value) - place) for place in range(len(value))]
        for x, letter in reversed(list(zip(places, value, strict=True))):
            sheet.text(x, 60 + number * 14, letter)
    assert told(sheet).items() <= TRUTH.items()


def test_another_text_over_the_amounts_leaves_no_wrong_value() -> None:
    sheet = bill()
    for number in range(len(ROWS)):
        sheet.text(270, 60 + number * 14, "DUPLICATE 47.11")
    assert told(sheet).items() <= TRUTH.items()


def turned(angle: int) -> bytes:
    """The bill written on a page that says of itself that it is to be turned."""
    sheet = Drawing()
    for number, (label, value) in enumerate(ROWS.items()):
        for x, text in ((36.0, label), (240.0, value)):
            sheet.text(60.0 + number * 14, HEIGHT - x, text, turned=True)
    return sheet.pdf().replace(b"/MediaBox [0 0 612 792]", b"/MediaBox [0 0 612 792] /Rotate %d" % angle)


def test_a_turned_page_is_read_as_it_is_shown() -> None:
    assert told(turned(90)) == TRUTH


@pytest.mark.parametrize("angle", [0, 180, 270])
def test_a_page_shown_on_its_side_or_head_tells_nothing(angle: int) -> None:
    assert told(turned(angle)) in ({}, TRUTH)


def test_a_font_that_does_not_say_what_its_glyphs_mean_is_refused_with_a_reason() -> None:
    def coded(text: str) -> str:
        return "<" + "".join(f"{ord(letter) - 29:04X}" for letter in text) + ">"

    rows = [
        f"BT /F1 9 Tf 1 0 0 1 {x} {HEIGHT - 60 - number * 14} Tm {coded(text)} Tj ET"
        for number, pair in enumerate(ROWS.items()) for x, text in zip((36, 250), pair, strict=True)
    ]  # fmt: skip
    content = "\n".join(rows).encode()
    reading: BillReading = read_pdf(
        written(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [7 0 R] /Count 1 >>",
                b"<< /Type /Font /Subtype /Type0 /BaseFont /Nameless /Encoding /Identity-H /DescendantFonts [4 0 R] >>",
                (b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Nameless /FontDescriptor 5 0 R /DW 500"
                b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"),
                (b"<< /Type /FontDescriptor /FontName /Nameless /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0"
                b" /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"),
                b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
                (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 6 0 R"
                b" /Resources << /Font << /F1 3 0 R >> >> >>"),
            ]
        ),
        name="nameless.pdf",
    )  # fmt: skip
    assert not reading.accepted
    assert reading.reasons
