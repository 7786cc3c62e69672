"""Billing reports made for tests: invented accounts, in the shapes that portals and spreadsheets write."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from meterbook.formats.bill_reports import BillMapping, BillReport, Field, read_report
from meterbook.model.finding import Finding
from meterbook.model.statement import Statement

COOP = BillMapping(
    columns={
        Field.ACCOUNT: ("Account Number",),
        Field.METER: ("Meter",),
        Field.START: ("Read From",),
        Field.END: ("Read To",),
        Field.USAGE: ("kWh",),
        Field.COST: ("Charges",),
    }
)
"""A co-op's monthly report, as a user maps it."""
HEADINGS = ("Account Number", "Meter", "Read From", "Read To", "kWh", "Charges")


def csv_of(*rows: Sequence[str], delimiter: str = ",", headings: Sequence[str] = HEADINGS) -> bytes:
    """A delimited file with a row of headings."""
    return "".join(f"{delimiter.join(row)}\n" for row in (headings, *rows)).encode()


def workbook(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """An XLSX file; dates become real ones, texts stay texts."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                elif cell is not None:
                    sheet.write(place, column, cell)
    book.close()
    return sink.getvalue()


def bills_of(report: BillReport) -> list[Statement]:
    """The bills of a report."""
    return [item for item in report.statements() if isinstance(item, Statement)]


def names_of(report: BillReport) -> list[str]:
    """Names of all that was found, that of bills which do not add up too."""
    return [one.name for one in (*report.findings, *(i for i in report.statements() if isinstance(i, Finding)))]


def coop(*rows: Sequence[str]) -> BillReport:
    """A co-op's report with these rows, read."""
    return read_report(csv_of(*rows), COOP, "report.csv")
