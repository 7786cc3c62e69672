"""Templates on drawn pages: the two-column co-op bill as described, and each way to find a value by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.formats.bills.layout import Word, rows_of
from meterbook.formats.bills.read import read_document
from meterbook.formats.bills.template import TemplateReading, apply, fitting
from meterbook.formats.bills.text import DocumentText, PageText
from meterbook.model.bill_template import Field, Template
from meterbook.utilities import bill_templates
from meterbook.utilities.template_loader import parse

Text = tuple[float, float, str]
"""Left edge, upper edge, words."""

HEAD: list[Text] = [
    (40, 40, "Hilltop Electric"),
    (300, 40, "Bill Date"),
    (400, 40, "03/05/2026"),
    (300, 60, "Account #"),
    (400, 60, "12345678"),
]
PAGE_2: list[Text] = [
    (40, 40, "Account Number"), (150, 40, "12345678"), (320, 40, "Activity Prior To Billing"),
    (40, 55, "Billing Period"), (150, 55, "01/30/2026 - 02/28/2026 for 29 Days"),
    (320, 55, "Previous Balance"), (500, 55, "$120.00"), (320, 70, "Payments Received"), (500, 70, "-$120.00"),
    (40, 70, "Bill Type"), (150, 70, "Regular"), (40, 85, "Meter Number"), (150, 85, "0098765"),
    (40, 100, "Prior Reading"), (150, 100, "45,120"), (320, 100, "Current Bill Information"),
    (40, 115, "Present Reading"), (150, 115, "46,020"), (320, 115, "Energy"), (500, 115, "$99.00"),
    (40, 130, "kWh Use"), (150, 130, "900"), (320, 130, "Grid Access"), (500, 130, "$31.50"),
    (320, 145, "Ach Bank Draft Credit"), (500, 145, "-$0.50"),
    (320, 160, "Operation Round Up Fund"), (500, 160, "$0.00"),
    (320, 175, "Current Charges Due By 03/25/2026"), (500, 175, "$130.00"),
    (320, 190, "Total Amount Due"), (500, 190, "$130.00"),
]  # fmt: skip


def page(number: int, texts: Sequence[Text]) -> PageText:
    """A page with texts at places, letters 5 points wide and 10 high."""
    words = []
    for left, top, text in texts:
        at = left
        for word in text.split():
            words.append(Word(word, at, at + 5.0 * len(word), top, top + 10.0))
            at += 5.0 * len(word) + 2.5
    rows = rows_of(words, number)
    return PageText(number=number, width=612, height=792, rows=rows, characters=sum(len(word.text) for word in words))


def document(*pages: Sequence[Text]) -> DocumentText:
    """Pages one after the other."""
    return DocumentText(pages=tuple(page(number, texts) for number, texts in enumerate(pages, start=1)))


def test_the_two_column_bill_of_a_co_op_is_read() -> None:
    reading = read_document(document(HEAD, PAGE_2), templates=bill_templates.templates())
    assert reading.template == "nisc-two-columns"
    assert reading.accepted, reading.reasons
    (one,) = reading.statements
    assert one.fields["account"] == "12345678"
    assert one.fields["period_end"] == date(2026, 2, 28)
    assert one.fields["due_date"] == date(2026, 3, 25)
    assert [(line.label, line.amount) for line in one.lines] == [
        ("Energy", Decimal("99.00")),
        ("Grid Access", Decimal("31.50")),
        ("Ach Bank Draft Credit", Decimal("-0.50")),
        ("Operation Round Up Fund", Decimal("0.00")),
    ]
    assert [(meter.meter, meter.previous, meter.usage) for meter in one.meters] == [
        ("0098765", Decimal(45120), Decimal(900))
    ]


def test_a_balance_of_before_is_part_of_the_two_column_bill() -> None:
    later = [(left, top, text.replace("130.00", "230.00") if top == 190 else text) for left, top, text in PAGE_2]
    later.append((320, 183, "Previous Balance Was Due 02/25/2026"))
    later.append((500, 183, "$100.00"))
    squeezed = [(left, top + 10 if top == 190 else top, text) for left, top, text in later]
    unpaid = [(left, top, text.replace("-$120.00", "-$20.00")) for left, top, text in squeezed]
    reading = read_document(document(HEAD, unpaid), templates=bill_templates.templates())
    assert reading.accepted, reading.reasons
    assert reading.statements[0].fields["amount_due"] == Decimal("230.00")


# -- one rule at a time -----------------------------------------------------------------------------------------------

START = "template: 1\nname: t\nutility: T\nsource: drawn\nmatch: {all: [Hilltop Electric]}\n"


def read(rules: str, *pages: Sequence[Text]) -> TemplateReading:
    """What a template of these rules reads."""
    return apply(parse((START + rules).encode(), "t"), document(*pages))[0]


def test_a_value_right_of_a_label_inside_of_a_longer_label_is_not_taken() -> None:
    found = read("fields: {balance_forward: {right: Balance}}", [(40, 40, "Previous Balance"), (200, 40, "$5.00")])
    assert "balance_forward" not in found.values
    assert found.reasons


def test_two_places_that_disagree_are_a_reason() -> None:
    texts = [(40, 40, "Amount Due"), (200, 40, "$5.00"), (40, 80, "Amount Due"), (200, 80, "$6.00")]
    assert "printed as 5.00 and as 6.00" in read("fields: {amount_due: {right: Amount Due}}", texts).reasons[0]


def test_a_value_beneath_its_label_stands_in_the_labels_column() -> None:
    texts = [(40, 40, "Bill Date"), (200, 40, "Due Date"), (40, 55, "01/02/2026"), (200, 55, "01/22/2026")]
    found = read("fields: {bill_date: {below: Bill Date}, due_date: {below: Due Date}}", texts)
    assert found.values == {"bill_date": date(2026, 1, 2), "due_date": date(2026, 1, 22)}
    assert found.reasons == ()


def test_a_year_that_is_not_printed_comes_from_the_bill_date() -> None:
    rules = 'fields: {bill_date: {right: Bill Date}}\nrows: [{row: "Service {period_start} to {period_end}"}]'
    found = read(rules, [(40, 40, "Bill Date 01/05/2026"), (40, 60, "Service Dec 01 to Jan 02")])
    assert found.values["period_start"] == date(2025, 12, 1)
    assert found.values["period_end"] == date(2026, 1, 2)


TABLE = """\
areas: {charges: {below: Charges, above: Balance}}
lines:
  - area: charges
    rows: [["{label}:", "{quantity} {unit:kWh} x {rate} {amount}"], "{label} {amount}"]
    headings: [Taxes]
    subtotals: ["Subtotal {amount}"]
    total: ["Total {current_charges}"]
"""
ROWS = ["Charges", "Energy:", "10 kWh x 0.10 1.00", "Base 2.00", "Subtotal 3.00", "Taxes", "City 0.50", "Total 3.50"]


def table(rows: Sequence[str]) -> TemplateReading:
    """Rows of a table beneath each other, then a label."""
    return read(TABLE, [(40, 40 + 15 * index, row) for index, row in enumerate([*rows, "Balance"])])


def test_a_table_has_wrapped_labels_headings_and_sums() -> None:
    found = table(ROWS)
    assert found.reasons == ()
    assert [(line.label, line.amount, line.section) for line in found.lines] == [
        ("Energy", Decimal("1.00"), None),
        ("Base", Decimal("2.00"), None),
        ("City", Decimal("0.50"), "Taxes"),
    ]
    assert found.values["current_charges"] == Decimal("3.50")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Subtotal 3.00", "Subtotal 3.10", "'Subtotal 3.10' add up to 3.00"),
        ("Total 3.50", "Total 3.60", "'Total 3.60' add up to 3.50"),
        ("City 0.50", "City 0.50 and more", "a row with an amount is not known"),
        ("Base 2.00", "Base", "add up to 1.00"),
    ],
)
def test_a_table_that_does_not_come_out_is_refused(old: str, new: str, reason: str) -> None:
    found = table([new if row == old else row for row in ROWS])
    assert any(reason in one for one in found.reasons)


def test_a_table_runs_over_the_end_of_a_page() -> None:
    first = [(40, 700 + 15.0 * index, row) for index, row in enumerate(ROWS[:4])]
    second = [(40, 40 + 15.0 * index, row) for index, row in enumerate([*ROWS[4:], "Balance"])]
    found = read(TABLE, first, second)
    assert found.reasons == ()
    assert len(found.lines) == 3


def test_an_area_whose_end_is_gone_is_refused() -> None:
    found = read(TABLE, [(40, 40 + 15 * index, row) for index, row in enumerate(ROWS)])
    assert found.reasons == ("'Balance' is not on the bill",)


def test_columns_are_told_by_their_headings_wherever_they_stand() -> None:
    rules = """\
areas: {charges: {at: Item, above: Balance}}
lines: [{area: charges, columns: {headings: {label: Item, quantity: Use, amount: Charge}}}]
"""
    for item, use, charge in ((40, 200, 400), (300, 40, 180)):
        texts = [(item, 40, "Item"), (use, 40, "Use"), (charge, 40, "Charge"), (40, 90, "Balance")]
        texts += [(item, 60, "Night rate"), (use, 60, "12"), (charge, 60, "$3.00")]
        found = read(rules, texts)
        assert [(line.label, line.quantity, line.amount) for line in found.lines] == [
            ("Night rate", Decimal(12), Decimal("3.00"))
        ]


def test_of_two_templates_that_fit_the_one_that_asks_for_more_is_taken() -> None:
    wide = parse(START.encode(), "t")
    narrow = parse(
        (START.replace("name: t", "name: n").replace("[Hilltop Electric]", "[Hilltop Electric, Account]")).encode(), "n"
    )
    assert fitting([wide, narrow], document(HEAD)) is narrow
    assert fitting([narrow], document([(40, 40, "Hilltop Electric")])) is None


def _rules(template: Template) -> list[Field]:
    return [rule for rules in template.fields.values() for rule in (rules if isinstance(rules, list) else [rules])]


WORDS = sorted(
    {
        word
        for template in bill_templates.templates()
        for text in (template.match.all, *(rule.right or rule.below or "" for rule in _rules(template)))
        for part in ([text] if isinstance(text, str) else text)
        for word in part.split()
    }
)


@settings(max_examples=max(settings().max_examples // 4, 20))
@given(data=st.data())
@pytest.mark.parametrize("template", bill_templates.templates(), ids=lambda template: template.name)
def test_no_page_whatever_breaks_a_template(template: Template, data: st.DataObject) -> None:
    """Labels and values thrown on a page: refused or read, without an error of ours."""
    values = st.sampled_from(
        ["$5.00", "-3.10", "7", "01/02/2026", "Jan 3", "kWh", "Actual", "0.0915", "12,345", "\ufffd"]
    )
    labels = st.sampled_from([*template.match.all, *WORDS])
    places = st.tuples(st.integers(0, 600), st.integers(0, 800), labels | values)
    found = apply(template, document(*data.draw(st.lists(st.lists(places, max_size=60), min_size=1, max_size=3))))
    assert all(reading.reasons or reading.values or reading.lines for reading in found)


@pytest.mark.parametrize(
    ("rules", "proven"),
    [
        ("fields: {amount_due: {right: Due}}", False),
        ("fields: {amount_due: {right: Due}, current_charges: {right: Charges}}", False),
        (
            "fields: {amount_due: {right: Due}, current_charges: {right: Charges}, balance_forward: {right: Before}}",
            True,
        ),
        (
            (
                "fields: {amount_due: {right: Due}, before: {right: Before, type: money}}\n"
                "must: [lines + before = amount_due]"
            ),
            True,
        ),
    ],
)
def test_amounts_that_no_sum_holds_are_not_taken(rules: str, proven: bool) -> None:
    texts = [(40, 40, "Item"), (40, 55, "Energy $5.00"), (40, 70, "Charges $5.00"), (40, 85, "Before $2.00")]
    lines = '\nareas: {all: {below: Item, above: Charges}}\nlines: [{area: all, rows: ["{label} {amount}"]}]'
    found = read(rules + lines, [*texts, (40, 100, "Due $7.00")])
    assert (found.reasons == ()) is proven
