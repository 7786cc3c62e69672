"""A whole report: its tables found and read, its rows held against each other, and what was not taken named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from meterbook.formats.bill_reports import checks, headings, periods, sheets
from meterbook.formats.bill_reports.mapping import BillMapping
from meterbook.formats.bill_reports.reading import read_table
from meterbook.formats.bill_reports.rows import BillRows, joined
from meterbook.formats.bill_reports.shipped import SHIPPED
from meterbook.formats.bill_reports.statements import statements
from meterbook.model.errors import InputError, MalformedRecord, UsageError, Where
from meterbook.model.finding import Finding
from meterbook.model.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BillReport:
    """What a report holds.

    Attributes:
        rows: its bills as columns; None where it has none.
        rows_read: rows below the headings, empty rows, totals and notes not counted.
        refused: rows that were not taken.
        repeated: rows that say once more what another said.
        findings: why each of them, and what else is doubtful.
        sheets: names of the sheets read, empty for a text file.
    """

    rows: BillRows | None
    rows_read: int
    refused: int
    repeated: int
    findings: tuple[Finding, ...]
    sheets: tuple[str, ...] = ()

    def statements(self) -> Iterator[Statement | Finding]:
        """The bills one by one; in place of one that does not add up, why."""
        if self.rows is not None:
            yield from statements(self.rows)


def read_report(content: bytes, mapping: BillMapping, source: str) -> BillReport:
    """The bills of a report.

    Rows that can't be read are refused one by one and named, and the others are taken. The whole file is refused where
    something is doubtful that concerns all of it: a heading that is needed is missing or stands twice, dates may be
    meant in two ways or contradict each other, account, unit or service is not told, or more than half of the rows
    can't be read.

    Args:
        content: the file as it is on disk: CSV, TSV, XLSX, XLS; text in UTF-8, UTF-16 or Windows-1252, gzip or plain.
        mapping: what its columns mean.
        source: its name, for messages.

    Raises:
        InputError: the whole file is refused; the message names file, sheet, row and column as far as there is one.
    """
    parts, findings, names = [], [], []
    rows_read = refused = 0
    nearest: tuple[int, list[str], Where] | None = None
    found = False
    for sheet in sheets.sheets(content, source):
        if mapping.sheets and sheet.name not in mapping.sheets:
            continue
        heading = _heading_row(sheet, mapping, source)
        if isinstance(heading, tuple) and isinstance(heading[1], list):
            nearest = _nearer(nearest, heading[1], Where(source=source, record=_named(sheet, heading[0])))
            continue
        if heading is None:
            continue
        found = True
        number, places = heading
        assert isinstance(places, headings.Headings)
        rows, reading = read_table(sheet, number, places, mapping, source)
        rows_read += int(np.count_nonzero(~reading.skipped))
        refused += int(np.count_nonzero(~reading.good & ~reading.skipped))
        findings += reading.findings
        findings += checks.against_totals(reading, rows)
        if sheet.name is not None and len(rows):
            names.append(sheet.name)
        if len(rows):
            parts.append(rows)
    if not found:
        raise _no_headings(source, nearest)
    if refused * 2 > rows_read:
        raise MalformedRecord(
            f"{refused:,} of {rows_read:,} rows can't be read; the first: {findings[0].message}",
            where=Where(source=source),
            expected="a report in the shape that the profile describes",
            hint="Nothing was stored. Look at that row, or name the columns anew.",
        )
    if not parts:
        return BillReport(rows=None, rows_read=rows_read, refused=refused, repeated=0, findings=tuple(findings))
    rows, repeated, again = checks.without_repeats(joined(parts))
    contradicting = sum(1 for one in again if one.name == "report.contradicting-rows")
    rows = replace(rows, period_days=periods.with_days(rows, mapping.last_day))
    return BillReport(
        rows=rows if len(rows) else None,
        rows_read=rows_read,
        refused=refused + contradicting,
        repeated=repeated,
        findings=(*findings, *again, *checks.overlaps(rows)),
        sheets=tuple(names),
    )


def recognized(
    content: bytes, source: str, profiles: Mapping[str, BillMapping] = SHIPPED
) -> tuple[str, BillMapping] | None:
    """The profile whose headings a file has; None if it has those of none, or is no table at all."""
    try:
        for sheet in sheets.sheets(content, source):
            for name, mapping in profiles.items():
                heading = _heading_row(sheet, mapping, source)
                if heading is not None and isinstance(heading[1], headings.Headings):
                    return name, mapping
    except InputError:
        return None
    return None


def _heading_row(
    sheet: sheets.Sheet, mapping: BillMapping, source: str
) -> tuple[int, headings.Headings | list[str]] | None:
    """Number of the row of headings with the columns; or the row that comes nearest with what it lacks."""
    nearest: tuple[int, list[str]] | None = None
    needed = len(mapping.columns) - len(mapping.optional) + len(mapping.charges)
    for number, cells in sheet.top:
        found = headings.find(mapping, cells, Where(source=source, record=_named(sheet, number)))
        if found is not None and any(name in found.places for name in periods.SPANS):
            return number, found
        lacking = headings.missing(mapping, cells)
        if len(lacking) < needed and (nearest is None or len(lacking) < len(nearest[1])):
            nearest = (number, lacking)
    return nearest


def _named(sheet: sheets.Sheet, number: int) -> str:
    return f"row {number}" if sheet.name is None else f"sheet {sheet.name!r}, row {number}"


def _nearer(
    nearest: tuple[int, list[str], Where] | None, lacking: list[str], where: Where
) -> tuple[int, list[str], Where]:
    return (len(lacking), lacking, where) if nearest is None or len(lacking) < nearest[0] else nearest


def _no_headings(source: str, nearest: tuple[int, list[str], Where] | None) -> UsageError:
    if nearest is None:
        return UsageError(
            "no row has the headings that the profile names",
            where=Where(source=source),
            expected="a table with a row of headings among its first rows",
            hint="Name the columns with --column, or another profile. Nothing was stored.",
        )
    return UsageError(
        f"there is no column {', '.join(repr(one) for one in nearest[1])}",
        where=nearest[2],
        expected="the headings that the profile names",
        hint="If the report's headings have changed, name the columns anew with --column. Nothing was stored.",
    )
