"""Labels that may have begun in the row over them: what cannot be told from a heading makes the bill doubtful."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from meterbook.formats.bills.amounts import Sort
from meterbook.formats.bills.entries import SLACK, Entry
from meterbook.formats.bills.headings import is_column_head
from meterbook.formats.bills.labels import is_total, key_of, kind_of, names_a_list
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.tokens import Line, has_letters

_SAME_PLACE = 2.5
_CONTINUES = re.compile(r"^(?:[(&/+a-z-]|and |of |for |up\b)")


def broken_labels(lines: Sequence[Line], entries: Sequence[Entry], all_entries: Sequence[Entry]) -> Iterator[str]:
    """Charges, and sums under them, over which a text without an amount stands as closely as one label's second row.

    Args:
        lines: every row of the bill.
        entries: the charges chosen.
        all_entries: every amount in columns.
    """
    if not entries:
        return
    last = max(entries, key=lambda entry: (entry.token.page, entry.token.line)).token
    after = [e for e in all_entries if e.token.page == last.page and 0 < e.token.line - last.line < 3]
    told = {key_of(entry.label) for entry in all_entries}
    for entry in [*entries, *after[:1]]:
        label = _label_cell(lines[entry.token.line], entry)
        upper = _orphan(lines, entry, label) if label is not None else None
        if label is None or upper is None:
            continue
        key = key_of(upper.text)
        if key in told or key_of(entry.label).startswith(key):  # it has its amount in a row a little off, or was joined
            continue
        if _ambiguous(upper, label, entry):
            yield f"whether the label {label.text!r} begins with {upper.text!r} over it cannot be told"


def _label_cell(line: Line, entry: Entry) -> Cell | None:
    place = entry.known_left
    return next((c for c in line.cells if place - 4 <= c.x0 <= place + 30 and has_letters(c.text)), None)


def _orphan(lines: Sequence[Line], entry: Entry, label: Cell) -> Cell | None:
    """A text in the row right over a label, at the label's place, with no amount in the column."""
    for line in reversed(lines[max(entry.token.line - 3, 0) : entry.token.line]):
        if (
            line.row.page != entry.token.page
            or label.middle - (line.row.top + line.row.bottom) / 2 > 1.5 * label.height
        ):
            return None
        if any(n.sort is Sort.MONEY and abs(line.x1(n.end) - entry.token.x1) <= SLACK for n in line.numbers):
            return None
        cell = next((c for c in line.cells if abs(c.x0 - label.x0) <= _SAME_PLACE and has_letters(c.text)), None)
        if cell is not None:
            return None if is_column_head(line, cell) or _has_values(line, cell) else cell
    return None


def _has_values(line: Line, cell: Cell) -> bool:
    """Whether a row has values of its own: arithmetic, a day, or a figure beside its text."""
    arithmetic = any(number.sort in {Sort.PRICE, Sort.QUANTITY} for number in line.numbers)
    return arithmetic or bool(line.dates) or any(line.x0(number.start) > cell.x1 for number in line.numbers)


def _ambiguous(upper: Cell, label: Cell, entry: Entry) -> bool:
    if (
        is_total(upper.text)
        or upper.text.rstrip().endswith(":")
        or abs(upper.height - label.height) > 0.05 * label.height
    ):
        return False
    if any(character.isdigit() for character in upper.text):  # a product, a day, an address
        return kind_of(label.text) is None and entry.role is None and not is_total(label.text)
    if _CONTINUES.match(label.text):
        return True
    if names_a_list(upper.text):
        return kind_of(label.text) is None and entry.role is None
    return not (upper.text.isupper() and not label.text.isupper())
