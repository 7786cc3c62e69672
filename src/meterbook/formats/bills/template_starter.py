"""A template to start from: rules for what the generic reader found on a bill, each tried before it is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from meterbook.formats.bills.dates import dates
from meterbook.formats.bills.labels import field_of, is_total
from meterbook.formats.bills.read import read_document
from meterbook.formats.bills.reading import ReadStatement
from meterbook.formats.bills.template import TemplateReading, apply
from meterbook.formats.bills.template_page import Row, Sheet, cells, key_of, words_text
from meterbook.formats.bills.template_parse import parsed
from meterbook.formats.bills.text import DocumentText
from meterbook.model.bill_pattern import ValueType
from meterbook.model.bill_template import STATEMENT_TYPES, Area, Field, Lines, Match, RowRule, Template
from meterbook.model.statement import LineItem

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
_SITE = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|coop|org|gov|net|us|example)\b", re.IGNORECASE)
_MONEY = re.compile(r"\d?\.\d\d(?!\d)")
_NAMES = frozenset(STATEMENT_TYPES)
_INDENT = 30.0
"""How far left of the charges their headings may begin, points."""


def starter(document: DocumentText, *, name: str) -> Template:
    """A template that reads a bill as the generic reader does.

    Args:
        document: a bill's text.
        name: the template's name.

    Returns:
        Rules for each field whose label was found and for the table of charges, as far as the engine, given them, reads
        the very values of the generic reader.
    """
    found = read_document(document).statements
    one = found[0] if found else ReadStatement()
    sheet = Sheet.of(document.pages)
    start = Template(
        template=1, name=name, utility=_utility(sheet), source="Written from one bill by bills learn; look it over.",
        services=list(one.services), match=Match(all=["?"]),
    )  # fmt: skip
    fields = dict(_fields(one, sheet, document, start))
    rows = _period(one, sheet, document, start)
    rows += _numbered(one, fields, sheet, document, start)
    if any("{period_start}" in str(rule.row) for rule in rows):
        fields = {name: rule for name, rule in fields.items() if name not in ("period_start", "period_end")}
    areas, lines = _charges(one, sheet, document, _with(start, fields=fields, rows=rows))
    made = _with(
        start, fields=fields, rows=rows, areas=areas, lines=lines, match=Match(all=_match_words(sheet, fields, areas))
    )
    return _with(made, starts=_starts(made, sheet, document))


def _fields(one: ReadStatement, sheet: Sheet, document: DocumentText, start: Template) -> Iterator[tuple[str, Any]]:
    """The first rule of each field that gives its value and no doubt."""
    for name, value in one.fields.items():
        kind = STATEMENT_TYPES.get(name)
        if kind is None:
            continue
        rules = sorted(_candidates(value, kind, sheet), key=lambda rule: field_of(_label(rule), _NAMES) != name)
        for rule in rules:
            read = _tried(_with(start, fields={name: rule}), document)
            if read.values.get(name) == value and not read.reasons:
                yield name, rule
                break


def _period(one: ReadStatement, sheet: Sheet, document: DocumentText, start: Template) -> list[RowRule]:
    """A rule for the row that prints both days of the period."""
    days = (one.fields.get("period_start"), one.fields.get("period_end"))
    for row in sheet.rows:
        found = list(dates(row.text))
        if not all(isinstance(day, date) for day in days) or len(found) != 2:
            continue
        first, second = found
        texts = [row.text[: first.start], row.text[first.end : second.start], row.text[second.end :]]
        numbers = [re.sub(r"\d[\d.,]*", "{number}", text) for text in texts]
        rule = RowRule(row="{period_start}".join(numbers[:2]) + "{period_end}" + numbers[2])
        billed = Field(value=str(one.fields.get("bill_date", "")))
        read = _tried(_with(start, rows=[rule], fields={"bill_date": billed}), document)
        if not read.reasons and (read.values.get("period_start"), read.values.get("period_end")) == days:
            return [rule]
    return []


def _numbered(
    one: ReadStatement, fields: Mapping[str, Field], sheet: Sheet, document: DocumentText, start: Template
) -> list[RowRule]:
    """Rules for amounts whose label holds a day or number that is another on the next bill."""
    found = []
    for name, value in one.fields.items():
        if name in fields or STATEMENT_TYPES.get(name) is not ValueType.MONEY:
            continue
        labels = (words_text(cell) for row in sheet.rows for cell in cells(row.words))
        stems = (re.split(r"\s\S*\d", label)[0] for label in labels if not _is_label(label))
        for stem in dict.fromkeys(stem for stem in stems if _is_label(stem) and field_of(stem, _NAMES) == name):
            rule = RowRule(row=f"[{{any}} ]{stem} {{any}} {{{name}}}")
            read = _tried(_with(start, rows=[rule]), document)
            if not read.reasons and read.values.get(name) == value:
                found.append(rule)
                break
    return found


def _candidates(value: object, kind: ValueType, sheet: Sheet) -> Iterator[Field]:
    """Labels that stand left of the value or over it, in the order in which they are worth trying."""
    for number, row in enumerate(sheet.rows):
        parts = cells(row.words)
        for index, part in enumerate(parts):
            for first in range(len(part)):
                if not _is(value, kind, words_text(part[first:])) and not _begins(
                    value, kind, words_text(part[first:])
                ):
                    continue
                before = words_text(part[:first]) or (words_text(parts[index - 1]) if index else "")
                if _is_label(before):
                    yield Field(right=before)
                for over in reversed(sheet.rows[max(number - 3, 0) : number]):
                    for cell in cells(over.words):
                        label = words_text(cell)
                        if cell[0].x0 < part[-1].x1 and cell[-1].x1 > part[0].x0 and _is_label(label):
                            yield Field(below=label)
                break


def _label(rule: Field) -> str:
    return str(rule.right or rule.below)


def _is(value: object, kind: ValueType, text: str) -> bool:
    read = parsed(kind, text)
    return read == value or (isinstance(value, date) and read == (value.month, value.day))


def _begins(value: object, kind: ValueType, text: str) -> bool:
    words = text.split()
    return any(_is(value, kind, " ".join(words[:end])) for end in range(1, min(len(words), 4)))


def _is_label(text: str) -> bool:
    return any(char.isalpha() for char in text) and not any(char.isdigit() for char in text)


# -- charges ----------------------------------------------------------------------------------------------------------


def _charges(
    one: ReadStatement, sheet: Sheet, document: DocumentText, start: Template
) -> tuple[dict[str, Area], list[Lines]]:
    """An area and a table that give the same lines; nothing if none was found that does."""
    at = [number for line in one.lines if (number := _row_of(line, sheet.rows)) is not None]
    if not at or len(at) < len(one.lines):
        return {}, []
    left = min(_left(line, sheet.rows[number]) for line, number in zip(one.lines, at, strict=True))
    over, under = _labels(reversed(sheet.rows[: min(at)]), left), _labels(sheet.rows[max(at) + 1 :], left)
    patterns = list(
        dict.fromkeys(_pattern(line, sheet.rows[number]) for line, number in zip(one.lines, at, strict=True))
    )
    patterns.sort(key=lambda text: -text.count("{"))
    between = [sheet.rows[number] for number in range(min(at), max(at)) if number not in at]
    texts = [words_text(word for word in row.words if word.x0 >= left - _INDENT) for row in between]
    sums = [f"{_words_before(text)} {{amount}}" for text in texts if _MONEY.search(text) and is_total(text)]
    for below in over[:4]:
        for above in under[:4]:
            for side in ({}, {"column_of": below}, {"left_of": below}):
                area = Area(below=below, above=above, **side)
                table = Lines(area="charges", rows=list(patterns), subtotals=sums)
                read = _tried(_with(start, areas={"charges": area}, lines=[table]), document)
                if not read.reasons and _same(read.lines, one.lines):
                    return {"charges": area}, [table]
    return {}, []


def _row_of(line: LineItem, rows: Sequence[Row]) -> int | None:
    """The row with a line's label and its amount."""
    label, amount = key_of(line.label), format(abs(line.amount), "f")
    return next(
        (
            number
            for number, row in enumerate(rows)
            if label in key_of(row.text) and amount in row.text.replace(",", "").replace(" ", "")
        ),
        None,
    )


def _left(line: LineItem, row: Row) -> float:
    """Left edge of a line's label."""
    first = key_of(line.label.split()[0])
    return next((word.x0 for word in row.words if key_of(word.text) == first), row.words[0].x0)


def _labels(rows: Iterable[Row], left: float) -> list[str]:
    """Texts of the column that may bound an area, nearest first."""
    found = [words_text(cell) for row in rows for cell in cells(row.words) if cell[0].x0 >= left - _INDENT]
    return [re.split(r"\s+[-$\d(]", text)[0] for text in found if _is_label(re.split(r"\s+[-$\d(]", text)[0])]


def _pattern(line: LineItem, row: Row) -> str:
    """A row's text with its values made names."""
    text = row.text
    label = text.find(line.label)
    rest = text[label + len(line.label) :] if label >= 0 else text
    values = {"amount": abs(line.amount), "rate": line.rate and abs(line.rate), "quantity": line.quantity}
    pieces, at = ["{label}"], 0
    numbers = list(_NUMBER.finditer(rest))
    for found in numbers:
        name = "amount" if found is numbers[-1] else _named(found[0], values)
        before = rest[at : found.start()]
        pieces += [re.sub(r"[$+-]+\s*$", "", before) if name in ("amount", "rate") else before, f"{{{name}}}"]
        at = found.end()
    if line.unit is not None and line.quantity is not None:
        printed = re.compile(rf"\b({re.escape(line.unit)}s?)\b", re.IGNORECASE)
        for index, piece in enumerate(pieces):
            if not piece.startswith("{") and printed.search(piece):
                pieces[index] = printed.sub(r"{unit:\1}", piece, count=1)
                break
    return " ".join("".join(pieces).replace("}{", "} {").split())


def _named(text: str, values: Mapping[str, Decimal | None]) -> str:
    number = Decimal(text.replace(",", ""))
    return next((name for name in ("quantity", "rate") if values[name] == number), "number")


def _words_before(text: str) -> str:
    return re.split(r"\s*[-$+(]*\s*\d", text)[0]


def _same(read: Sequence[LineItem], known: Sequence[LineItem]) -> bool:
    return [(line.amount, key_of(line.label)) for line in read] == [(line.amount, key_of(line.label)) for line in known]


# -- the whole --------------------------------------------------------------------------------------------------------


def _match_words(sheet: Sheet, fields: Mapping[str, Field], areas: Mapping[str, Area]) -> list[str]:
    """The utility's site, where one is printed, and the labels that the rules need."""
    site = next((found[0] for row in sheet.rows if (found := _SITE.search(row.text))), None)
    labels = [label for rule in fields.values() for label in (rule.right, rule.below) if isinstance(label, str)]
    labels += [label for area in areas.values() for label in (area.below, area.above) if isinstance(label, str)]
    words = dict.fromkeys([*([site] if site else []), *sorted(set(labels), key=len, reverse=True)])
    return list(words)[:6] or [_utility(sheet)]


def _starts(made: Template, sheet: Sheet, document: DocumentText) -> str | None:
    """A word of ``match`` that stands on one page alone, so that a second bill in a file is noticed."""
    whole = _tried(made, document)
    for word in made.match.all:
        if len({anchor.row.page for anchor in sheet.anchors(word)}) == 1:
            read = _tried(_with(made, starts=word), document)
            if (read.values, read.lines, read.reasons) == (whole.values, whole.lines, whole.reasons):
                return word
    return None


def _utility(sheet: Sheet) -> str:
    """The first text of the bill that is no number: most often the utility's name."""
    texts = (words_text(cell) for row in sheet.rows for cell in cells(row.words))
    return next((text for text in texts if _is_label(text)), "a utility")


def _tried(template: Template, document: DocumentText) -> TemplateReading:
    return apply(template, document, whole=False)[0]


def _with(template: Template, **changes: Any) -> Template:
    from msgspec.structs import replace  # noqa: PLC0415 - keeps the module light

    return replace(template, **changes)
