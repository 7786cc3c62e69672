"""A bill template put to work: which one fits a file, and what it reads there.

What is read is not yet to be trusted: a template's own doubts are among the reasons, and the sums that every bill has
to keep are checked by whoever takes the reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from meterbook.formats.bills.template_build import line_item, register
from meterbook.formats.bills.template_fields import Areas, read_fields, read_rows
from meterbook.formats.bills.template_foreign import foreign_pages, holds_several
from meterbook.formats.bills.template_lines import TableLines, read_lines
from meterbook.formats.bills.template_meters import read_meters
from meterbook.formats.bills.template_page import Sheet, key_of
from meterbook.formats.bills.template_parse import with_year
from meterbook.formats.bills.template_proof import unproven
from meterbook.formats.bills.template_values import Catch, Findings, Value
from meterbook.formats.bills.text import DocumentText
from meterbook.model.bill_kinds import BillType
from meterbook.model.bill_sums import added, sides, terms
from meterbook.model.bill_template import STATEMENT_TYPES, Template
from meterbook.model.statement import LineItem, MeterUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReading:
    """What a template read of one bill.

    Attributes:
        template: name of the template.
        values: fields of the statement by the names of :data:`~meterbook.model.bill_template.STATEMENT_TYPES`, only
            those found.
        services: services billed.
        lines: line items in the order printed.
        meters: registers in the order printed.
        reasons: what speaks against it; empty if the template has no doubt of its own.
        catches: which rule caught what.
        pages: indexes of the file's pages that belong to this bill.
    """

    template: str
    values: Mapping[str, Value]
    services: tuple[str, ...]
    lines: tuple[LineItem, ...]
    meters: tuple[MeterUsage, ...]
    reasons: tuple[str, ...]
    catches: tuple[Catch, ...]
    pages: tuple[int, ...]


def fitting(templates: Iterable[Template], document: DocumentText) -> Template | None:
    """The template whose words are all on the bill; the one that names most of them, where several fit."""
    text = _keys(document)
    fits = [template for template in templates if _fits(template, text)]
    return max(fits, key=lambda template: sum(len(key_of(word)) for word in template.match.all), default=None)


def missing_words(template: Template, document: DocumentText) -> tuple[str, ...]:
    """The words of its ``match`` that a file does not have."""
    text = _keys(document)
    return tuple(word for word in template.match.all if key_of(word) not in text)


def apply(template: Template, document: DocumentText, *, whole: bool = True) -> tuple[TemplateReading, ...]:
    """What a template reads in a file: one reading a bill in it.

    Args:
        template: the bill's layout.
        document: the file's text.
        whole: refuse a file that holds bills of which the template knows nothing; not so while it is being written.
    """
    readings = tuple(_read(template, document, numbers) for numbers in _bills(template, document))
    if not whole:
        return readings
    foreign = list(foreign_pages(template, document, (catch for one in readings for catch in one.catches)))
    if foreign:
        reason = f"page {foreign[0]} holds another bill; cut the file apart, and read each bill by itself"
    elif template.starts is None and holds_several(template, document):
        reason = "the file holds several bills, and the template has no starts to tell where each begins"
    else:
        return readings
    return tuple(replace(one, reasons=(*one.reasons, reason)) for one in readings)


def _fits(template: Template, text: str) -> bool:
    match = template.match
    return all(key_of(word) in text for word in match.all) and not any(key_of(word) in text for word in match.none)


def _keys(document: DocumentText) -> str:
    return "\n".join(key_of(row.text) for page in document.pages for row in page.rows)


def _bills(template: Template, document: DocumentText) -> list[list[int]]:
    """Indexes of the pages of each bill in a file."""
    everything = list(range(len(document.pages)))
    if template.starts is None:
        return [everything]
    wanted = key_of(template.starts)
    firsts = [number for number in everything if any(wanted in key_of(row.text) for row in document.pages[number].rows)]
    if not firsts:
        return [everything]
    ends = [*firsts[1:], len(everything)]
    return [list(range(first, end)) for first, end in zip(firsts, ends, strict=True)]


def _read(template: Template, document: DocumentText, numbers: Sequence[int]) -> TemplateReading:
    sheet = Sheet.of(document.pages, numbers=numbers, ignore=template.ignore, callouts=template.callouts)
    areas, findings = Areas(template, sheet), Findings()
    read_fields(template, sheet, areas, findings)
    read_rows(template, areas, findings)
    tables = [read_lines(table, number, areas, findings) for number, table in enumerate(template.lines)]
    registers = [
        values for number, rules in enumerate(template.meters) for values in read_meters(rules, number, areas, findings)
    ]
    _add_up(template, tables, registers, findings)
    _date(findings)
    _bill_type(findings)
    known = findings.values
    if any(table.lines for table in tables):
        for reason in unproven(template, known, sum((table.total for table in tables), start=Decimal(0))):
            findings.refuse(reason)
    lines = tuple(line_item(values, table.table, known, findings) for table in tables for values in table.lines)
    meters = tuple(register(values, known, findings) for values in registers)
    told = [*(line.service for line in lines), *(meter.service for meter in meters)]
    return TemplateReading(
        template=template.name,
        values={name: value for name, value in known.items() if name in STATEMENT_TYPES},
        services=tuple(template.services) or tuple(dict.fromkeys(name for name in told if name is not None)),
        lines=lines,
        meters=meters,
        reasons=tuple(findings.reasons),
        catches=tuple(findings.catches),
        pages=tuple(numbers),
    )


def _add_up(
    template: Template, tables: Sequence[TableLines], registers: Sequence[Mapping[str, Value]], findings: Findings
) -> None:
    """Sums that the bill does not print, then those that have to hold."""
    known: dict[str, object] = {f"lines.{table.table.name}": table.total for table in tables}
    known["lines"] = sum((table.total for table in tables), start=Decimal(0))
    used = [values["usage"] for values in registers if isinstance(values.get("usage"), Decimal)]
    known["meters"] = sum((usage for usage in used if isinstance(usage, Decimal)), start=Decimal(0))
    for name, rules in template.fields.items():
        for rule in rules if isinstance(rules, list) else [rules]:
            if rule.sum is None:
                continue
            total = added(terms(rule.sum), {**known, **findings.values})
            if isinstance(total, Decimal):
                findings.take(name, total)
            elif not rule.optional:
                findings.refuse(f"{name.replace('_', ' ')} can't be added up: {total} is not on the bill")
    for equation in template.must:
        left, right = (added(side, {**known, **findings.values}) for side in sides(equation))
        if isinstance(left, str) or isinstance(right, str):
            findings.refuse(f"{equation} can't be checked: {left if isinstance(left, str) else right} is missing")
        elif left != right:
            findings.refuse(f"{equation} does not hold: {left} and {right}")


def _date(findings: Findings) -> None:
    """Years for dates that print none, from the bill date."""
    values = findings.values
    billed = values.get("bill_date")
    for name in ("period_end", "period_start"):
        part, upto = values.get(name), billed if name == "period_end" else values.get("period_end", billed)
        if isinstance(part, tuple):
            _resolve(findings, name, part, upto, after=False)
    for name, part in list(values.items()):
        if isinstance(part, tuple):
            _resolve(findings, name, part, billed, after=True)


def _bill_type(findings: Findings) -> None:
    said = findings.values.get("bill_type")
    if said is None:
        return
    try:
        findings.values["bill_type"] = BillType(str(said).strip().casefold())
    except ValueError:
        findings.refuse(f"the bill's type is {said!r}, which is not known")


def _resolve(findings: Findings, name: str, part: tuple[int, int], near: object, *, after: bool) -> None:
    day = with_year(part, near, after=after) if isinstance(near, date) else None
    if day is None:
        del findings.values[name]
        findings.refuse(f"{name.replace('_', ' ')} is printed without a year, and there is no bill date to tell it")
    else:
        findings.values[name] = day
