"""Bills to rows: one a bill, one a line item, one a register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meterbook.formats.bill_exports.columns import (
    BILL_COLUMNS,
    BILL_KEY,
    LINE_COLUMNS,
    METER_COLUMNS,
    Column,
    ExportTable,
)
from meterbook.model.bill_kinds import ReadType
from meterbook.model.statement import Statement
from meterbook.model.sums import discrepancies


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedBill:
    """A bill with what the book knows beside it.

    Attributes:
        statement: the bill.
        utility: catalogue slug.
        sources: where it was read.
    """

    statement: Statement
    utility: str = ""
    sources: tuple[str, ...] = ()


def bill_table(bills: Iterable[ExportedBill]) -> ExportTable:
    """A row a bill."""
    return ExportTable(name="bills", columns=BILL_COLUMNS, rows=[_bill(one) for one in bills])


def line_table(bills: Iterable[ExportedBill]) -> ExportTable:
    """A row a line item."""
    return ExportTable(name="lines", columns=LINE_COLUMNS, rows=[row for one in bills for row in _lines(one)])


def meter_table(bills: Iterable[ExportedBill]) -> ExportTable:
    """A row a register."""
    return ExportTable(name="meters", columns=METER_COLUMNS, rows=[row for one in bills for row in _meters(one)])


def _key(one: ExportedBill) -> tuple[Any, ...]:
    bill = one.statement
    return one.utility, bill.account, bill.bill_date, bill.number


def _bill(one: ExportedBill) -> tuple[Any, ...]:
    bill = one.statement
    known = {
        "services": ";".join(bill.services) or None,
        "bill_type": bill.bill_type.value if bill.bill_type is not None else None,
        "estimated": any(meter.read_type is ReadType.ESTIMATED for meter in bill.meters),
        "lines": len(bill.lines),
        "difference": sum((abs(wrong.difference) for wrong in discrepancies(bill)), start=Decimal(0)),
        "sources": ";".join(one.sources) or None,
    }
    return (*_key(one), *_rest(bill, BILL_COLUMNS, known))


def _lines(one: ExportedBill) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(one.statement.lines, start=1):
        yield (*_key(one), *_rest(line, LINE_COLUMNS, {"line": number, "kind": line.kind.value}))


def _meters(one: ExportedBill) -> Iterator[tuple[Any, ...]]:
    for meter in one.statement.meters:
        known = {"read_type": meter.read_type.value if meter.read_type is not None else None}
        yield (*_key(one), *_rest(meter, METER_COLUMNS, known))


def _rest(value: Any, columns: tuple[Column, ...], known: dict[str, Any]) -> Iterator[Any]:
    """Values after the key: those that are known here, else the value's own fields of the column's name."""
    for column in columns[len(BILL_KEY) :]:
        yield known[column.name] if column.name in known else getattr(value, column.name)
