"""Bills out: rows a bill, a line item, a register or a month, as CSV, JSON, Parquet and XLSX."""

from meterbook.formats.bill_exports.bills import ExportedBill, bill_table, line_table, meter_table
from meterbook.formats.bill_exports.columns import MONTH_COLUMNS, SHARE_COLUMNS, Column, ExportTable, Kind
from meterbook.formats.bill_exports.portfolio_manager import MeterEntry, write_template
from meterbook.formats.bill_exports.writing import WRITERS, write_xlsx

__all__ = [
    "MONTH_COLUMNS",
    "SHARE_COLUMNS",
    "WRITERS",
    "Column",
    "ExportTable",
    "ExportedBill",
    "Kind",
    "MeterEntry",
    "bill_table",
    "line_table",
    "meter_table",
    "write_template",
    "write_xlsx",
]
