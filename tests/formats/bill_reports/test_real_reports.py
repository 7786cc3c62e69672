"""Every bulk file of the ground truth is taken in, or refused with row and column named."""

from __future__ import annotations

from decimal import Decimal

import pytest

from meterbook.formats.bill_reports import BillReport, read_report, recognized
from tests.report_files import bills_of
from tests.shared_data import SHARED, needs_shared

FOLDER = SHARED / "data" / "bills" / "bulk"
pytestmark = needs_shared
# Bills and refused rows, counted in the files by eye; sums of usage and cost by a spreadsheet's own addition.
EXPECTED = {
    "espm-add-bills-to-meters.xlsx": (579, 0),
    "example-pm-data-request-with-meters.xlsx": (2, 0),
    "example-pm-monthly-meter-usage-2-cost-meters.xlsx": (8, 0),
    "example-pm-monthly-meter-usage-with-unknown-types-and-units.xlsx": (4, 4),
    "example-pm-monthly-meter-usage.xlsx": (8, 0),
    "nationalgrid-billing-blank-line.csv": (38, 0),
    "nationalgrid-billing-m-d-yy.csv": (86, 0),
    "nationalgrid-billing-padded-columns.csv": (25, 0),
    "nationalgrid-billing-unit-in-header.csv": (32, 0),
}


def _read(name: str) -> BillReport:
    content = (FOLDER / name).read_bytes()
    found = recognized(content, name)
    assert found is not None
    return read_report(content, found[1], name)


def test_every_file_is_expected() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_taken_in_and_its_other_rows_are_named(name: str) -> None:
    report = _read(name)
    assert (len(bills_of(report)), report.refused) == EXPECTED[name]
    assert all(finding.data["row"] and finding.data["column"] for finding in report.findings)


def test_unknown_units_and_types_are_refused_by_row_and_column() -> None:
    report = _read("example-pm-monthly-meter-usage-with-unknown-types-and-units.xlsx")
    assert [(one.data["row"], one.data["column"]) for one in report.findings] == [
        ("sheet 'Meter Entries', row 10", "Usage Units"),
        ("sheet 'Meter Entries', row 11", "Usage Units"),
        ("sheet 'Meter Entries', row 12", "Meter Type"),
        ("sheet 'Meter Entries', row 13", "Meter Type"),
    ]


def test_costs_of_two_meters_are_those_of_the_sheet() -> None:
    costs = [bill.current_charges for bill in bills_of(_read("example-pm-monthly-meter-usage-2-cost-meters.xlsx"))]
    assert costs == [Decimal(100), Decimal(200), None, None, Decimal(300), Decimal(400), None, None]
