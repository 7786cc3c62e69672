"""Values beside or beneath a label, and values in rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from meterbook.formats.bills.layout import Word
from meterbook.formats.bills.template_area import AreaMissing, area_rows
from meterbook.formats.bills.template_page import Anchor, Row, Sheet, cells, words_text
from meterbook.formats.bills.template_parse import opening, parsed
from meterbook.formats.bills.template_values import Findings, Value, said, shown
from meterbook.model.bill_pattern import Pattern, ValueType
from meterbook.model.bill_template import STATEMENT_TYPES, Field, Template

_BELOW_ROWS = 3
"""How many rows beneath its label a value may stand: headings wrap, and frames leave room."""
_BELOW_HEIGHTS = 3.5
"""And how many heights of the label."""


class Areas:
    """The areas of a template on one bill, each cut out once."""

    def __init__(self, template: Template, sheet: Sheet) -> None:
        self._template = template
        self._sheet = sheet
        self._everything = list(sheet.rows)
        self._rows: dict[str, list[Row] | AreaMissing] = {}

    def rows(self, name: str | None) -> list[Row]:
        """Rows of an area; of the whole bill without a name.

        Raises:
            AreaMissing: a label of the area is not on the bill.
        """
        if name is None:
            return self._everything
        if name not in self._rows:
            try:
                self._rows[name] = area_rows(self._template.areas[name], self._sheet)
            except AreaMissing as missing:
                self._rows[name] = missing
        found = self._rows[name]
        if isinstance(found, AreaMissing):
            raise found
        return found

    def sheet(self, name: str | None) -> Sheet:
        """An area as a sheet of its own, so that labels are looked for in it alone."""
        if name is None:
            return self._sheet
        return Sheet.of_rows(self.rows(name))


def read_fields(template: Template, sheet: Sheet, areas: Areas, findings: Findings) -> None:
    """Every value of ``fields`` but those that are sums."""
    for name, rules in template.fields.items():
        for index, rule in enumerate(rules if isinstance(rules, list) else [rules]):
            where = f"fields.{name}" + (f"[{index}]" if isinstance(rules, list) else "")
            if rule.value is not None:
                value = parsed(type_of(name, rule), rule.value)
                if value is not None:
                    findings.take(name, value)
            elif rule.sum is None:
                _read_field(name, rule, where, areas, findings)


def read_rows(template: Template, areas: Areas, findings: Findings) -> None:
    """Every value of ``rows``."""
    for index, rule in enumerate(template.rows):
        where = f"rows[{index}]"
        patterns = row_patterns(rule.row)
        try:
            rows = areas.rows(rule.area)
        except AreaMissing as missing:
            _missing(rule.optional, f"{missing.label!r} is not on the bill", findings)
            continue
        hits = 0
        for values, found in matches(patterns, rows):
            hits += 1
            findings.catch(where, found[0], found[0].words, said(values))
            for name, value in values.items():
                findings.take(name, _signed(value, name in rule.negative))
        if not hits:
            printed = rule.row if isinstance(rule.row, str) else " / ".join(rule.row)
            _missing(rule.optional, f"no row reads like {printed!r}", findings)


def type_of(name: str, rule: Field | None = None) -> ValueType:
    """Type of a value by its rule, else by its name."""
    if rule is not None and rule.type is not None:
        return rule.type
    return STATEMENT_TYPES.get(name, ValueType.MONEY)


def row_patterns(row: str | list[str]) -> tuple[Pattern, ...]:
    """Patterns of consecutive rows, for values of a statement."""
    return tuple(_pattern(text) for text in ([row] if isinstance(row, str) else row))


def matches(patterns: Sequence[Pattern], rows: Sequence[Row]) -> Iterator[tuple[dict[str, Value], list[Row]]]:
    """Every run of consecutive rows that fits, with its values."""
    for start in range(len(rows) - len(patterns) + 1):
        found = match_at(patterns, rows, start)
        if found is not None:
            yield found, list(rows[start : start + len(patterns)])


def match_at(patterns: Sequence[Pattern], rows: Sequence[Row], start: int) -> dict[str, Value] | None:
    """Values of the rows from ``start`` on; None where a row does not fit or a value is not of its type.

    A text that several rows hold (a wrapped label) is put together.
    """
    if start + len(patterns) > len(rows):
        return None
    values: dict[str, Value] = {}
    for pattern, row in zip(patterns, rows[start:], strict=False):
        texts = pattern.match(row.text)
        if texts is None:
            return None
        for name, text in texts.items():
            value = parsed(pattern.types[name], text)
            if value is None:
                return None
            known = values.get(name)
            values[name] = f"{known} {value}" if isinstance(known, str) else value
    return values


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Pattern:
    return Pattern(text, STATEMENT_TYPES)


def _read_field(name: str, rule: Field, where: str, areas: Areas, findings: Findings) -> None:
    kind = type_of(name, rule)
    labels = rule.right or rule.below or []
    labels = [labels] if isinstance(labels, str) else labels
    try:
        sheet = areas.sheet(rule.area)
    except AreaMissing as missing:
        _missing(rule.optional, f"{missing.label!r} is not on the bill", findings)
        return
    anchors = [anchor for label in labels for anchor in sheet.anchors(label) if anchor.opens_cell]
    hits = 0
    for anchor in anchors:
        places = [(anchor.row, anchor.after)] if rule.right else _beneath(anchor, sheet)
        for row, words in places:
            value = _value(words, kind, rule, whole=bool(rule.below))
            if value is not None:
                hits += 1
                label = anchor.row.words[anchor.first : anchor.end]
                findings.catch(where, anchor.row, (*label, *words) if row is anchor.row else label, shown(value))
                if row is not anchor.row:
                    findings.catch(where, row, words, shown(value))
                findings.take(name, _signed(value, rule.negative))
                break
    if not hits:
        side = "right of" if rule.right else "beneath"
        said = " / ".join(labels)
        what = f"no {kind} {side} {said!r}" if anchors else f"the label {said!r} is not on the bill"
        _missing(rule.optional, f"{name.replace('_', ' ')}: {what}", findings)


def _value(words: Sequence[Word], kind: ValueType, rule: Field, *, whole: bool) -> Value | None:
    if not words:
        return None
    if kind in (ValueType.TEXT, ValueType.WORD):
        text = words_text(cells(words)[0]).lstrip(": ")
        text = text.split()[0] if kind is ValueType.WORD and text else text
        return text if text and (rule.shape is None or _shape(rule.shape).fullmatch(text)) else None
    text = words_text(words).lstrip(": ")
    return parsed(kind, text) if whole else opening(kind, text)


def _beneath(anchor: Anchor, sheet: Sheet) -> Iterator[tuple[Row, tuple[Word, ...]]]:
    """Cells in the label's column, from the nearest row down."""
    tall = anchor.row.words[anchor.first].height
    seen = 0
    for row in sheet.rows:
        if row.page != anchor.row.page or row.middle <= anchor.row.middle + tall * 0.3:
            continue
        if row.middle > anchor.row.middle + _BELOW_HEIGHTS * tall or seen == _BELOW_ROWS:
            return
        under = [cell for cell in cells(row.words) if cell[0].x0 < anchor.x1 and cell[-1].x1 > anchor.x0]
        if under:
            seen += 1
            yield row, max(under, key=lambda cell: min(cell[-1].x1, anchor.x1) - max(cell[0].x0, anchor.x0))


def _signed(value: Value, negative: bool) -> Value:
    return -abs(value) if negative and isinstance(value, Decimal) else value


def _missing(optional: bool, reason: str, findings: Findings) -> None:
    if not optional:
        findings.refuse(reason)


@lru_cache(maxsize=1024)
def _shape(shape: str) -> re.Pattern[str]:
    return re.compile("".join({"#": r"\d", "@": r"[^\W_]"}.get(char, re.escape(char)) for char in shape))
