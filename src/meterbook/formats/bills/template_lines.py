"""Tables of line items: every amount of a table's area is a line, a sum of lines, or named as something else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from meterbook.formats.bills.template_area import AreaMissing
from meterbook.formats.bills.template_columns import ColumnRows, ColumnsMissing, column_values
from meterbook.formats.bills.template_fields import Areas, match_at
from meterbook.formats.bills.template_page import Row
from meterbook.formats.bills.template_values import Findings, Value, said
from meterbook.model.bill_kinds import LineKind
from meterbook.model.bill_pattern import Pattern, ValueType
from meterbook.model.bill_template import LINE_TYPES, STATEMENT_TYPES, LineRow, Lines

_AMOUNT = re.compile(r"\d?\.\s?\d\s?\d(?!\s?\d)")
_ZERO = Decimal(0)
_SUM_TYPES = {**STATEMENT_TYPES, "amount": ValueType.MONEY}


@dataclass(slots=True, kw_only=True)
class TableLines:
    """Line items of one table, each as values by name, and where its reader stands.

    Attributes:
        table: the table's rules.
        where: what its rules are called.
        lines: values of each line: ``label``, ``amount``, perhaps ``quantity`` …
        section: section of the lines to come.
        given: values that the last heading gives to the lines to come.
        since_section: index of the first line under the last heading.
        since_subtotal: index of the first line after the last subtotal.
    """

    table: Lines
    where: str
    lines: list[dict[str, Value]] = field(default_factory=list)
    section: str | None = None
    given: dict[str, Value] = field(default_factory=dict)
    since_section: int = 0
    since_subtotal: int = 0

    @property
    def total(self) -> Decimal:
        """Sum of its amounts."""
        return _added(self.lines)

    def keep(self, values: dict[str, Value], extra: Mapping[str, str], *, negative: bool = False) -> None:
        """One more line, with what its table and its heading say of it."""
        amount = values["amount"]
        if negative and isinstance(amount, Decimal):
            values["amount"] = -abs(amount)
        for name, value in (*self.table.set.items(), *extra.items(), *self.given.items()):
            values.setdefault(name, value)
        for name, text in (("section", self.section), ("service", self.table.service)):
            if text is not None:
                values.setdefault(name, text)
        self.lines.append(values)


def read_lines(table: Lines, number: int, areas: Areas, findings: Findings) -> TableLines:
    """The lines of one table.

    What can't be trusted is noted in ``findings``: a row with an amount that no rule names, a subtotal that is not the
    sum of lines above it, a table that is not there.
    """
    read = TableLines(table=table, where=f"lines[{number}]", section=table.section)
    try:
        rows = areas.rows(table.area)
        under = column_values(table.columns, rows, LINE_TYPES) if table.columns else None
    except (AreaMissing, ColumnsMissing) as missing:
        if not table.optional:
            findings.refuse(f"{missing.label!r} is not on the bill")
        return read
    at = under.first if under is not None else 0
    while at < len(rows):
        at += (
            _sum(read, rows[at], findings)
            or _skipped(read, rows[at], findings)
            or _line(read, rows, at, findings)
            or _column_line(read, rows[at], at, under, findings)
            or _heading(read, rows[at], findings)
            or _unknown(rows[at], findings)
        )
    if not read.lines and not table.optional:
        findings.refuse(f"no line items in the area {table.area!r}")
    return read


def kind_said(table: Lines, label: str) -> LineKind | None:
    """The kind that a table's ``kinds`` give a label; None where they don't."""
    return next((kind for text, kind in table.kinds.items() if line_pattern(text).match(label) is not None), None)


def service_said(table: Lines, label: str, section: str | None) -> str | None:
    """The service that a table's ``services`` give a line; None where they don't."""
    for text, service in table.services.items():
        pattern = line_pattern(text)
        if pattern.match(label) is not None or (section is not None and pattern.match(section) is not None):
            return service
    return None


@lru_cache(maxsize=4096)
def line_pattern(text: str) -> Pattern:
    """A pattern with the names of a line."""
    return Pattern(text, LINE_TYPES)


@lru_cache(maxsize=1024)
def sum_pattern(text: str) -> Pattern:
    """A pattern with the names of a statement and ``amount``."""
    return Pattern(text, _SUM_TYPES)


# -- what a row may be: each says how many rows it took, 0 where it is something else ---------------------------------


def _sum(read: TableLines, row: Row, findings: Findings) -> int:
    for name, texts in (("total", read.table.total), ("subtotals", read.table.subtotals)):
        for index, text in enumerate(texts):
            values = match_at((sum_pattern(text),), [row], 0)
            if values is None:
                continue
            findings.catch(f"{read.where}.{name}[{index}]", row, row.words, said(values))
            starts = {0} if name == "total" else {0, read.since_section, read.since_subtotal}
            for value_name, value in values.items():
                sums = [_added(read.lines[start:]) for start in sorted(starts)]
                if isinstance(value, Decimal) and value not in sums:
                    findings.refuse(f"the lines above {row.text!r} add up to {sums[-1]}")
                if value_name != "amount":
                    findings.take(value_name, value)
            read.since_subtotal = len(read.lines)
            return 1
    return 0


def _skipped(read: TableLines, row: Row, findings: Findings) -> int:
    for index, text in enumerate(read.table.skip):
        if line_pattern(text).match(row.text) is not None:
            findings.catch(f"{read.where}.skip[{index}]", row, row.words, "left out")
            return 1
    return 0


def _line(read: TableLines, rows: Sequence[Row], at: int, findings: Findings) -> int:
    for index, rule in enumerate(read.table.rows):
        texts = rule.row if isinstance(rule, LineRow) else rule
        patterns = [line_pattern(text) for text in ([texts] if isinstance(texts, str) else texts)]
        values = match_at(patterns, rows, at)
        if values is None or "amount" not in values:
            continue
        for row in rows[at : at + len(patterns)]:
            findings.catch(f"{read.where}.rows[{index}]", row, row.words, said(values))
        if isinstance(rule, LineRow):
            read.keep(values, rule.set, negative=rule.negative)
        else:
            read.keep(values, {})
        return len(patterns)
    return 0


def _column_line(read: TableLines, row: Row, at: int, under: ColumnRows | None, findings: Findings) -> int:
    values = under.values.get(at) if under is not None else None
    if read.table.columns is None or values is None or not {"amount", "label"} <= values.keys():
        return 0
    findings.catch(f"{read.where}.columns", row, row.words, said(values))
    read.keep(dict(values), read.table.columns.set)
    return 1


def _heading(read: TableLines, row: Row, findings: Findings) -> int:
    for index, text in enumerate(read.table.headings):
        values = match_at((line_pattern(text),), [row], 0)
        if values is None:
            continue
        given = {name: value for name, value in values.items() if name not in ("section", "label")}
        if given:
            read.given = given
        else:
            read.section = str(values.get("section") or values.get("label") or row.text.rstrip(": "))
        read.since_section = len(read.lines)
        findings.catch(f"{read.where}.headings[{index}]", row, row.words, row.text)
        return 1
    return 0


def _unknown(row: Row, findings: Findings) -> int:
    if _AMOUNT.search(row.text):
        findings.refuse(f"a row with an amount is not known: {row.text!r}")
    return 1


def _added(lines: Sequence[dict[str, Value]]) -> Decimal:
    return sum((line["amount"] for line in lines if isinstance(line["amount"], Decimal)), start=_ZERO)
