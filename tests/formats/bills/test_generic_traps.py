"""Traps of real bills, each drawn small: what misleads is on the page; the right value or a refusal comes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from drawn_pdf import Drawing

from meterbook.formats.bills import BillReading, ReadStatement, read_pdf


def bill(
    more: Callable[[Drawing], None] | None = None, *, leave: str = "", rows: dict[str, str] | None = None
) -> Drawing:
    """A small bill; ``rows`` prints other values, ``leave`` leaves a row out, ``more`` draws on top."""
    sheet = Drawing()
    values = {
        "Account Number": "5500123", "Bill Date": "03/04/2025", "Due Date": "03/25/2025",
        "Service Period": "02/01/2025 - 03/01/2025", "Previous Balance": "80.00", "Payments Received": "-80.00",
        "Balance Forward": "0.00", "Customer Charge": "25.00", "Energy Charge": "61.50", "Sales Tax": "6.05",
        "Total Current Charges": "92.55", "Total Amount Due": "92.55",
    }  # fmt: skip
    values |= rows or {}
    for number, (label, value) in enumerate(values.items()):
        if label != leave:
            sheet.text(36, 60 + number * 14, label)
            sheet.right(300, 60 + number * 14, value)
    if more is not None:
        more(sheet)
    return sheet


def read(sheet: Drawing) -> BillReading:
    return read_pdf(sheet.pdf(), name="trap.pdf")


def one(sheet: Drawing) -> ReadStatement:
    reading = read(sheet)
    assert reading.accepted, reading.reasons
    return reading.statements[0]


def test_the_small_bill_itself_is_read() -> None:
    found = one(bill())
    assert found.fields["amount_due"] == Decimal("92.55")
    assert found.fields["period_start"] == date(2025, 2, 1)
    assert [line.amount for line in found.lines] == [Decimal("25.00"), Decimal("61.50"), Decimal("6.05")]


def test_an_offer_a_late_amount_and_a_donation_are_not_the_amount_due() -> None:
    def more(sheet: Drawing) -> None:
        sheet.text(36, 400, "Your budget amount would be $70.00 a month; pledge $5.00 to help a neighbor.")
        sheet.text(36, 420, "Amount Due After 03/25/2025")
        sheet.right(300, 420, "97.55")
        sheet.text(36, 440, "$1   $5   $10")

    found = one(bill(more))
    assert found.fields["amount_due"] == Decimal("92.55")
    assert found.fields.get("amount_after_due") in {None, Decimal("97.55")}


def test_a_disconnect_date_is_not_the_due_date() -> None:
    def more(sheet: Drawing) -> None:
        sheet.text(36, 400, "Disconnect Date")
        sheet.right(300, 400, "04/10/2025")

    assert one(bill(more)).fields["due_date"] == date(2025, 3, 25)


@pytest.mark.parametrize(
    ("label", "value"),
    [("Due Date", "03/28/2025"), ("Amount Due", "97.55"), ("Account Number", "7700999"), ("Bill Date", "03/14/2025")],
)
def test_a_field_printed_in_two_versions_is_refused(label: str, value: str) -> None:
    def more(sheet: Drawing) -> None:
        sheet.text(330, 700, label)
        sheet.text(450, 700, value)

    reading = read(bill(more))
    assert not reading.accepted
    assert reading.reasons


@pytest.mark.parametrize(
    "printed", ["80.00CR", "(80.00)", "80.00-", "- 80.00", "$-80.00", "-$ 80.00", "80.00 CR", "80.00"]
)
def test_a_payment_is_negative_however_it_is_printed(printed: str) -> None:
    assert one(bill(rows={"Payments Received": printed})).fields["payments"] == Decimal("-80.00")


@pytest.mark.parametrize("leave", ["Payments Received", "Sales Tax", "Customer Charge", "Total Amount Due"])
def test_a_row_hidden_by_a_black_box_is_a_refusal(leave: str) -> None:
    reading = read(bill(leave=leave))
    assert not reading.accepted or leave == "Payments Received"


def test_dates_of_both_orders_on_one_bill_are_refused() -> None:
    assert not read(bill(rows={"Due Date": "25/03/2025"})).accepted


def test_a_period_without_years_takes_them_from_the_bill_date() -> None:
    found = one(bill(rows={"Bill Date": "01/08/2025", "Due Date": "01/28/2025", "Service Period": "Dec 4 to Jan 5"}))
    assert (found.fields["period_start"], found.fields["period_end"]) == (date(2024, 12, 4), date(2025, 1, 5))


def test_two_bills_in_one_file_are_read_one_by_one() -> None:
    sheet = bill(lambda s: s.text(500, 30, "Page 1 of 1"))
    other = bill(lambda s: s.text(500, 30, "Page 1 of 1"), rows={"Account Number": "6600456"})
    sheet.pages += other.pages
    reading = read(sheet)
    assert reading.accepted
    assert [found.fields["account"] for found in reading.statements] == ["5500123", "6600456"]


def test_two_accounts_on_one_statement_are_refused() -> None:
    sheet = bill()
    sheet.pages += bill(rows={"Account Number": "6600456"}).pages
    assert not read(sheet).accepted


def test_a_credit_bill_is_owed_nothing() -> None:
    found = one(bill(rows={"Previous Balance": "-200.00", "Payments Received": "0.00", "Balance Forward": "-200.00",
                           "Total Amount Due": "-107.45"}))  # fmt: skip
    assert found.fields["amount_due"] == Decimal("-107.45")


def test_a_budget_amount_stands_in_place_of_the_charges() -> None:
    def more(sheet: Drawing) -> None:
        sheet.text(330, 300, "Budget Amount")
        sheet.right(500, 300, "70.00")

    found = one(bill(more, rows={"Total Amount Due": "70.00"}))
    assert found.fields["budget_amount"] == Decimal("70.00")
    assert found.fields["current_charges"] == Decimal("92.55")


def test_a_label_broken_into_two_rows_is_joined_or_the_bill_refused() -> None:
    sheet = Drawing()
    for number, (label, value) in enumerate(
        [("Account Number", "5500123"), ("Bill Date", "03/04/2025"), ("Due Date", "03/25/2025"),
         ("Customer Charge", "25.00"),
         ("Wholesale Power Cost", ""), ("Adjustment", "-3.00"), ("Total Current Charges", "22.00"),
         ("Amount Due", "22.00")]
    ):  # fmt: skip
        sheet.text(36, 60 + number * 11, label)
        sheet.right(300, 60 + number * 11, value)
    reading = read(sheet)
    assert not reading.accepted or reading.statements[0].lines[1].label == "Wholesale Power Cost Adjustment"


def test_a_breakdown_of_the_same_money_is_not_counted_again() -> None:
    def more(sheet: Drawing) -> None:
        for row, (label, value) in enumerate(
            [("Transmission", "40.00"), ("Distribution", "52.55"), ("Total Charges", "92.55")]
        ):
            sheet.text(330, 500 + row * 12, label)
            sheet.right(560, 500 + row * 12, value)

    reading = read(bill(more))
    assert not reading.accepted or [line.amount for line in reading.statements[0].lines] == [
        Decimal("25.00"),
        Decimal("61.50"),
        Decimal("6.05"),
    ]


def test_an_explanation_with_placeholders_is_no_bill() -> None:
    assert not read(
        bill(rows=dict.fromkeys(("Total Amount Due", "Total Current Charges", "Energy Charge"), "$XX.XX"))
    ).accepted
