"""Tables written out: CSV, JSON, Parquet and XLSX. Amounts keep every digit, and no text becomes a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from meterbook.formats.bill_exports.columns import Column, ExportTable, Kind

PLACES = {Kind.MONEY: 4, Kind.NUMBER: 8}
"""Digits after the point of a Parquet column, unless a value has more."""
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
              "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
_EXACT_DIGITS = 15
_SHEET_ROWS = 1_048_575
_FORMATS = {
    Kind.MONEY: "#,##0.00##;[Red]-#,##0.00##",
    Kind.NUMBER: "#,##0.########",
    Kind.WHOLE: "0",
    Kind.DAY: "yyyy-mm-dd",
    Kind.INSTANT: "yyyy-mm-dd hh:mm:ss",
    Kind.TEXT: "@",
}


def harmless(text: str) -> str:
    """Text that no spreadsheet program takes for a formula: an apostrophe goes before what would be one.

    >>> harmless("=HYPERLINK(1)"), harmless("Energy charge")
    ("'=HYPERLINK(1)", 'Energy charge')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def write_csv(table: ExportTable, sink: BinaryIO) -> None:
    """A header and a line a row; days as ISO, instants in UTC with Z, nothing for what is not told."""
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        for row in table.rows:
            writer.writerow([_plain(value) for value in row])
        text.flush()
    finally:
        text.detach()


def write_json(table: ExportTable, sink: BinaryIO) -> None:
    """A list of objects. Amounts and quantities are texts, since most readers make floats of JSON's numbers."""
    names = [column.name for column in table.columns]
    sink.write(b"[")
    for place, row in enumerate(table.rows):
        told = {name: _of_json(value) for name, value in zip(names, row, strict=True)}
        sink.write((",\n " if place else "\n ").encode() + json.dumps(told, ensure_ascii=False).encode())
    sink.write(b"\n]\n")


def write_parquet(table: ExportTable, sink: BinaryIO) -> None:
    """Typed columns: decimal128 for amounts and quantities, date32, timestamps in UTC."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to load

    columns, fields = [], []
    for place, column in enumerate(table.columns):
        values = [row[place] for row in table.rows]
        kind = _arrow_type(column, values)
        columns.append(pa.array(values, kind))
        metadata = {"about": column.about, "unit": column.unit}
        fields.append(pa.field(column.name, kind, metadata=metadata))
    pq.write_table(pa.table(columns, schema=pa.schema(fields)), sink, compression="zstd")


def write_xlsx(tables: Sequence[ExportTable], sink: BinaryIO) -> None:
    """A sheet a table: real dates, money with its format, the row of headings frozen and filtered.

    A number of more than 15 digits, which a spreadsheet can't hold, stays text.
    """
    import xlsxwriter  # noqa: PLC0415 - only for workbooks

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(sink, options)
    book.set_properties({"title": "Bills", "comments": "Written by Meterbook"})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    for table in tables:
        sheet = book.add_worksheet(table.name)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.name, bold)
            sheet.set_column(place, place, _width(column, table, place), formats.get(column.kind))
        for number, row in enumerate(table.rows[:_SHEET_ROWS], start=1):
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                _write_cell(sheet, (number, place), value, formats.get(column.kind))
        sheet.freeze_panes(1, 0)
        if table.columns:
            sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
    book.close()


WRITERS: Mapping[str, Callable[[ExportTable, BinaryIO], None]] = {
    "csv": write_csv,
    "json": write_json,
    "parquet": write_parquet,
    "xlsx": lambda table, sink: write_xlsx([table], sink),
}
"""By the name that ``--format`` takes."""


def plain_decimal(number: Decimal) -> str:
    """A decimal without an exponent, its digits kept.

    >>> plain_decimal(Decimal("1E+3")), plain_decimal(Decimal("-0.10"))
    ('1000', '-0.10')
    """
    return f"{number:f}"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else str(_of_json(value))


def _of_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool | int | str) or value is None:
        return value
    return value.isoformat()


def _arrow_type(column: Column, values: Sequence[Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    if column.kind in PLACES:
        needed = max((-exponent for exponent in (_exponent(one) for one in values if one is not None)), default=0)
        return pa.decimal128(38, max(PLACES[column.kind], needed))
    return {
        Kind.TEXT: pa.string(), Kind.DAY: pa.date32(), Kind.INSTANT: pa.timestamp("us", tz="UTC"),
        Kind.WHOLE: pa.int64(), Kind.FLAG: pa.bool_(),
    }[column.kind]  # fmt: skip


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # money and quantities are finite
    return exponent


def _width(column: Column, table: ExportTable, place: int) -> int:
    longest = max((len(str(row[place])) for row in table.rows[:200] if row[place] is not None), default=0)
    return min(40, max(9, len(column.name) + 2, longest + 2))


def _write_cell(sheet: Any, at: tuple[int, int], value: Any, cell_format: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif isinstance(value, Decimal):
        if len(value.normalize().as_tuple().digits) > _EXACT_DIGITS:
            sheet.write_string(*at, plain_decimal(value))
        else:
            sheet.write_number(*at, value, cell_format)
    elif isinstance(value, int):
        sheet.write_number(*at, value, cell_format)
    elif isinstance(value, str):
        # A cell of text is never run; the apostrophe is for what a person pastes or saves as CSV from here.
        sheet.write_string(*at, harmless(value), cell_format)
    elif isinstance(value, datetime):
        sheet.write_datetime(*at, value.astimezone(UTC).replace(tzinfo=None), cell_format)
    else:
        sheet.write_datetime(*at, value, cell_format)
