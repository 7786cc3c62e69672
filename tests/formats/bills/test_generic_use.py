"""Meters, use, rate schedule, sections and services read without a template: proven by the print itself, or absent.

Each page is a small bill with a table or a list beside it; the right values are written here by hand.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from drawn_pdf import Drawing

from meterbook.formats.bills import ReadStatement, read_pdf
from meterbook.model.statement import MeterUsage, ReadType

CHARGES = (
    ("Customer Charge", "", "25.00"), ("Energy Charge", "1,000 kWh @ $0.09500", "95.00"),
    ("Power Cost Adjustment", "1,000 kWh @ $0.00200", "2.00"), ("Sales Tax", "", "8.54"),
)  # fmt: skip


def bill(
    *rows: tuple[str, ...], edges: tuple[int, ...] = (), charges: tuple[tuple[str, str, str], ...] = CHARGES
) -> Drawing:
    """A bill whose meter table is ``rows``, right-aligned at ``edges``; its charges follow."""
    sheet = Drawing()
    total = f"{sum((Decimal(amount) for _, _, amount in charges), start=Decimal(0)):,.2f}"
    keys = (("Account Number", "5500123"), ("Bill Date", "03/04/2025"), ("Due Date", "03/25/2025"))
    for number, (label, value) in enumerate(keys):
        sheet.text(36, 50 + number * 14, label)
        sheet.text(150, 50 + number * 14, value)
    for number, row in enumerate(rows):
        for edge, text in zip(edges, row, strict=True):
            if text:
                sheet.right(edge, 120 + number * 13, text)
    sheet.text(36, 300, "Electric Charges")
    for number, (label, product, amount) in enumerate(charges):
        sheet.text(36, 314 + number * 13, label)
        sheet.text(180, 314 + number * 13, product)
        sheet.right(400, 314 + number * 13, amount)
    end = 314 + len(charges) * 13
    for number, label in enumerate(("Total Current Charges", "Total Amount Due")):
        sheet.text(36, end + number * 13, label)
        sheet.right(400, end + number * 13, total)
    return sheet


def one(sheet: Drawing) -> ReadStatement:
    reading = read_pdf(sheet.pdf(), name="use.pdf")
    assert reading.accepted, reading.reasons
    return reading.statements[0]


HEAD = ("Meter Number", "Previous Reading", "Present Reading", "Multiplier", "kWh Used")
EDGES = (100, 200, 300, 380, 460)


def test_a_table_under_headings_is_a_register() -> None:
    found = one(bill(HEAD, ("00421973", "45,100", "46,100", "1", "1,000"), edges=EDGES))
    assert found.meters == (
        MeterUsage(meter="00421973", previous=Decimal(45100), present=Decimal(46100), multiplier=Decimal(1),
                   usage=Decimal(1000), unit="kWh"),
    )  # fmt: skip
    assert (found.fields["usage"], found.fields["usage_unit"]) == (Decimal(1000), "kWh")


def test_a_multiplier_is_counted() -> None:
    found = one(bill(HEAD, ("00421973", "5,100", "5,125", "40", "1,000"), edges=EDGES))
    assert found.meters[0].multiplier == Decimal(40)
    assert found.fields["usage"] == Decimal(1000)


def test_a_multiplier_printed_elsewhere_leaves_a_plain_difference_untold() -> None:
    sheet = bill(("Meter Number", "Previous Reading", "Present Reading", "kWh Used"),
                 ("00421973", "5,100", "5,125", "25"), edges=(100, 200, 300, 460))  # fmt: skip
    sheet.text(36, 180, "Meter Multiplier: 40")
    found = one(sheet)
    assert found.meters == ()
    assert found.fields.get("usage") in {None, Decimal(1000)}


def test_readings_that_give_another_usage_are_absent() -> None:
    found = one(bill(HEAD, ("00421973", "45,100", "46,100", "1", "1,010"), edges=EDGES))
    assert found.meters == ()


def test_a_counter_that_began_anew() -> None:
    found = one(bill(HEAD, ("00421973", "99,500", "500", "1", "1,000"), edges=EDGES))
    assert (found.meters[0].previous, found.meters[0].present) == (Decimal(99500), Decimal(500))


def test_two_meters_are_told_one_by_one_and_their_use_is_not_added() -> None:
    found = one(
        bill(HEAD, ("10000001", "45,100", "46,100", "1", "1,000"), ("20000002", "100", "400", "1", "300"), edges=EDGES)
    )
    assert [meter.meter for meter in found.meters] == ["10000001", "20000002"]
    assert found.fields.get("usage") in {None, Decimal(1000)}


def test_one_of_two_meters_that_does_not_come_out_leaves_both_untold() -> None:
    found = one(
        bill(HEAD, ("10000001", "45,100", "46,100", "1", "1,000"), ("20000002", "100", "400", "1", "301"), edges=EDGES)
    )
    assert found.meters == ()


def test_a_comparison_of_months_is_no_meter_reading() -> None:
    head = ("Your Usage", "Previous Month", "Current Month", "Difference", "kWh Used")
    found = one(bill(head, ("kWh", "2,000", "3,000", "1,000", "1,000"), edges=EDGES))
    assert found.meters == ()
    short = ("Compare", "Previous", "Current", "Change", "kWh")
    assert one(bill(short, ("Total", "2,000", "3,000", "50", "1,000"), edges=EDGES)).meters == ()


def test_a_history_of_readings_is_no_list_of_meters() -> None:
    rows = (
        ("Read", "Previous Reading", "Present Reading", "Multiplier", "kWh Used"),
        ("Actual", "45,100", "46,100", "1", "1,000"), ("Actual", "44,300", "45,100", "1", "800"),
        ("Actual", "43,400", "44,300", "1", "900"),
    )  # fmt: skip
    assert one(bill(*rows, edges=EDGES)).meters == ()


def test_labels_with_a_value_beside_each() -> None:
    sheet = bill()
    rows = ("Meter Number: 00421973", "Prior Reading: 45,100", "Current Reading: 46,100 (Estimated)", "kWh Used: 1,000")
    for number, text in enumerate(rows):
        sheet.text(36, 130 + number * 13, text)
    (meter,) = one(sheet).meters
    assert (meter.meter, meter.previous, meter.present, meter.usage) == ("00421973", 45100, 46100, 1000)
    assert meter.read_type is ReadType.ESTIMATED


def test_two_dated_readings() -> None:
    sheet = bill()
    rows = ("Mar 02 2025 reading ACTUAL", "Jan 31 2025 reading ACTUAL", "kWh used for METER# 00421973")
    for number, (text, value) in enumerate(zip(rows, ("46100", "45100", "1000"), strict=True)):
        sheet.text(36, 130 + number * 11, text)
        sheet.right(300, 130 + number * 11, value)
    (meter,) = one(sheet).meters
    assert (str(meter.read_start), str(meter.read_end)) == ("2025-01-31", "2025-03-02")
    assert (meter.previous, meter.present, meter.unit) == (45100, 46100, "kWh")
    assert meter.read_type is ReadType.ACTUAL


def test_use_is_told_where_the_charges_and_another_print_agree() -> None:
    sheet = bill()
    assert one(sheet).fields["usage"] == Decimal(1000)  # the rider counts the same kWh
    alone = bill(charges=(CHARGES[0], CHARGES[1], CHARGES[3]))
    assert "usage" not in one(alone).fields


def test_blocks_add_up_to_what_was_used() -> None:
    charges = (
        ("First 500 kWh", "500 kWh @ $0.09000", "45.00"), ("Over 500 kWh", "742 kWh @ $0.10000", "74.20"),
        ("Customer Charge", "", "25.00"),
    )  # fmt: skip
    sheet = bill(charges=charges)
    sheet.text(36, 200, "Total kWh this month: 1,242    Last month: 892 kWh")
    assert one(sheet).fields["usage"] == Decimal(1242)


def test_what_a_member_gave_leaves_the_use_open() -> None:
    rows = (
        ("Register", "Previous Reading", "Present Reading", "Multiplier", "kWh Used"),
        ("Delivered", "45,100", "46,100", "1", "1,000"), ("Received", "100", "400", "1", "300"),
    )  # fmt: skip
    found = one(bill(*rows, edges=EDGES))
    assert [meter.register for meter in found.meters] == ["Delivered", "Received"]
    assert "usage" not in found.fields


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("Rate Schedule: R-1 Residential", "R-1 Residential"), ("Rate Code: 10", "10"), ("Rate: RES-TOU", "RES-TOU"),
        ("Rate Class: Small General Service", "Small General Service"), ("Rate: $0.0950", None), ("Rate", None),
        ("Rate per kWh: 0.095", None), ("Rate Code: RS 12345678", None),
        ("Rate schedule and rules are at our office", None),
    ],
)  # fmt: skip
def test_a_rate_schedule_beside_its_label(text: str, rate: str | None) -> None:
    sheet = bill()
    sheet.text(36, 150, text)
    assert one(sheet).fields.get("rate") == rate


def test_two_rate_schedules_are_none() -> None:
    sheet = bill()
    sheet.text(36, 150, "Rate Schedule: R-1 Residential")
    sheet.text(36, 180, "Rate Schedule: SL-9 Lighting")
    assert "rate" not in one(sheet).fields


def test_lines_stand_under_their_heading_and_a_service_is_told() -> None:
    found = one(bill())
    assert {line.section for line in found.lines} == {"Electric Charges"}
    assert found.services == ("electric",)
    assert [line.service for line in found.lines] == ["electric"] * 4


def test_a_service_that_nothing_names_is_absent_with_all_others() -> None:
    sheet = bill(
        charges=(("Base Charge", "", "20.00"), ("Water Usage Charge", "", "31.00"), ("Energy Charge", "", "9.00"))
    )
    assert one(sheet).services in ((), ("electric", "water"))
