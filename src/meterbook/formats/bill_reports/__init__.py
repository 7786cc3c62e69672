"""Bulk billing reports: CSV, TSV and workbooks with a row a bill, to statements. Columns go by their headings."""

from meterbook.formats.bill_reports.guess import guess_mapping, looks_like_bills
from meterbook.formats.bill_reports.mapping import (
    BillMapping,
    ChargeColumn,
    DateOrder,
    Field,
    LastDay,
    UsageColumn,
    from_profile,
    is_bill_profile,
    to_profile,
)
from meterbook.formats.bill_reports.report import BillReport, read_report, recognized
from meterbook.formats.bill_reports.rows import BillRows
from meterbook.formats.bill_reports.sheets import is_workbook
from meterbook.formats.bill_reports.shipped import SHIPPED

__all__ = [
    "SHIPPED",
    "BillMapping",
    "BillReport",
    "BillRows",
    "ChargeColumn",
    "DateOrder",
    "Field",
    "LastDay",
    "UsageColumn",
    "from_profile",
    "guess_mapping",
    "is_bill_profile",
    "is_workbook",
    "looks_like_bills",
    "read_report",
    "recognized",
    "to_profile",
]
