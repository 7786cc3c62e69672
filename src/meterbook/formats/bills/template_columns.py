"""Tables whose values are told by the heading that they stand under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meterbook.formats.bills.layout import Word
from meterbook.formats.bills.template_page import Anchor, LabelMissing, Row, Sheet, cells, words_text
from meterbook.formats.bills.template_parse import opening, parsed
from meterbook.formats.bills.template_values import Value
from meterbook.model.bill_pattern import ValueType
from meterbook.model.bill_template import Columns

_HEAD_HEIGHTS = 2.5
"""Within how many heights the headings of one table stand: they wrap over two rows."""


class ColumnsMissing(LabelMissing):
    """A heading is not in the area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRows:
    """Values under headings.

    Attributes:
        first: index of the first row beneath the headings.
        values: row index to its values; a row with a text that is not of its column's type has none.
    """

    first: int
    values: dict[int, dict[str, Value]]


def column_values(columns: Columns, rows: Sequence[Row], types: Mapping[str, ValueType]) -> ColumnRows:
    """Each row's values by the heading over them.

    Raises:
        ColumnsMissing: a heading is not there, or not near the others.
    """
    heads = _heads(columns, rows)
    lowest = max(anchor.row.middle for anchor in heads.values())
    page = next(iter(heads.values())).row.page
    first = next(
        (index for index, row in enumerate(rows) if row.page > page or (row.page == page and row.middle > lowest)),
        len(rows),
    )
    found = {}
    for index in range(first, len(rows)):
        values = _row_values(rows[index], heads, types)
        if values:
            found[index] = values
    return ColumnRows(first=first, values=found)


def _heads(columns: Columns, rows: Sequence[Row]) -> dict[str, Anchor]:
    sheet = Sheet.of_rows(rows)
    names = list(columns.headings)
    for start in sheet.anchors(columns.headings[names[0]]):
        near = _HEAD_HEIGHTS * start.row.words[start.first].height
        heads = {names[0]: start}
        for name in names[1:]:
            for anchor in sheet.anchors(columns.headings[name]):
                if anchor.row.page == start.row.page and abs(anchor.row.middle - start.row.middle) <= near:
                    heads[name] = anchor
                    break
        if len(heads) == len(names):
            return heads
    missing = next((label for label in columns.headings.values() if not sheet.anchors(label)), None)
    raise ColumnsMissing(missing or " | ".join(columns.headings.values()))


def _row_values(row: Row, heads: Mapping[str, Anchor], types: Mapping[str, ValueType]) -> dict[str, Value] | None:
    texts: dict[str, str] = {}
    for cell in cells(row.words):
        name = min(heads, key=lambda name: _apart(cell, heads[name]))
        texts[name] = f"{texts[name]} {words_text(cell)}" if name in texts else words_text(cell)
    values = {}
    for name, text in texts.items():
        kind = types.get(name, ValueType.TEXT)
        value = parsed(kind, text)
        if value is None and kind in (ValueType.NUMBER, ValueType.RATE):
            value = opening(kind, text)  # with its unit behind it
        if value is None:
            return None
        values[name] = value
    return values


def _apart(cell: Sequence[Word], head: Anchor) -> tuple[float, float]:
    """How far a cell is from a heading: the gap between them, and where they overlap how far their middles are."""
    gap = max(head.x0 - cell[-1].x1, cell[0].x0 - head.x1, 0.0)
    return gap, abs(head.x0 + head.x1 - cell[0].x0 - cell[-1].x1)
