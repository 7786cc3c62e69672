"""Headings over lists of charges: the section that a line stands under, told only where its words say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from meterbook.formats.bills.entries import SLACK, Entry
from meterbook.formats.bills.labels import is_fragment, is_sentence, is_total, key_of, money_field_of
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.tokens import Line, has_letters

_HEADING = re.compile(
    r"\b(charges?|services?|details?|taxes|tax|delivery|supply|supplier|generation|adjustments?|credits?|fees|electric"
    r"|electricity|energy|water|sewer|wastewater|gas|lights?|lighting|internet|surcharges|programs|other)\b"
)
_COLUMN_HEAD = re.compile(
    r"\b(description|amount|quantity|qty|rate|price|units?|total|reading|meter|from|to|days|date|number|usage|charge)\b"
)
_ADDRESS = re.compile(
    r"\bservice (for|at|to|address|location|agreement|period|from|dates?|plan|id)\b|\bcustomer service\b"
)
_LEFT = 30.0
"""A heading may begin this far left of its lines."""
_ROWS = 20
"""Rows looked up for a heading."""


def sections_of(lines: Sequence[Line], entries: Sequence[Entry], all_entries: Sequence[Entry]) -> list[str | None]:
    """The heading that each charge stands under, None where there is none or its words do not say so.

    Args:
        lines: every row of the bill.
        entries: the charges chosen, in the order printed.
        all_entries: every amount in columns; sums end a section.
    """
    rows: dict[int, list[Entry]] = {}
    for entry in all_entries:
        rows.setdefault(entry.token.line, []).append(entry)
    found = [_section(lines, entry, rows) for entry in entries]
    mixed = _mixed(lines, entries, found)
    whole = {id(cell): _whole(lines, cell, rows) for cell in {id(c): c for c in found if c is not None}.values()}
    return [None if cell is None or id(cell) in mixed else whole[id(cell)] for cell in found]


def _mixed(lines: Sequence[Line], entries: Sequence[Entry], found: Sequence[Cell | None]) -> set[int]:
    """Headings with lines further in than they are, and others that are not: where their list ends cannot be told."""
    places: dict[int, set[int]] = {}
    for entry, cell in zip(entries, found, strict=True):
        if cell is not None:
            places.setdefault(id(cell), set()).add(round((_label_x0(lines, entry) - cell.x0) / 3))
    return {cell for cell, indents in places.items() if len(indents) > 1 and min(indents) <= 0 < max(indents)}


def _label_x0(lines: Sequence[Line], entry: Entry) -> float:
    cells = lines[entry.token.line].cells
    place = entry.known_left
    return next((cell.x0 for cell in cells if place - 4 <= cell.x0 <= place + 30), place)


def _whole(lines: Sequence[Line], cell: Cell, rows: dict[int, list[Entry]]) -> str:
    """A heading with the row over it that it goes on from."""
    text = cell.text.strip(" :•")
    for number, line in enumerate(lines):
        if (
            number in rows
            or line.row.page != cell.page
            or not 0 < cell.middle - (line.row.top + line.row.bottom) / 2 < 1.6 * cell.height
        ):
            continue
        for other in line.cells:
            if abs(other.x0 - cell.x0) < 3 and abs(other.height - cell.height) < 0.1 * cell.height:
                upper = other.text.strip(" :•")
                if has_letters(upper) and not _has_digit(upper):
                    return f"{upper} {text}"
    return text


def _section(lines: Sequence[Line], entry: Entry, rows: dict[int, list[Entry]]) -> Cell | None:
    """Up from a charge, over the charges of its list, to the heading; a sum in between ends the search."""
    page = entry.token.page
    for at in range(entry.token.line - 1, max(entry.token.line - _ROWS, 0) - 1, -1):
        line = lines[at]
        if line.row.page != page:
            return None
        beside = [other for other in rows.get(at, ()) if abs(other.token.x1 - entry.token.x1) <= SLACK]
        if beside:
            if beside[0].role is not None or is_total(beside[0].label):
                return None
            continue
        cell = _heading_cell(line, entry)
        if cell is None:
            continue
        text = cell.text.strip(" :•")
        if _part_of_label(text, at, lines, rows) or is_column_head(line, cell):
            continue
        return cell if _says_so(text) else None
    return None


def _heading_cell(line: Line, entry: Entry) -> Cell | None:
    place = entry.known_left
    return next(
        (
            cell for cell in line.cells
            if place - _LEFT <= cell.x0 <= place + 6 and cell.x1 < entry.token.x1 + SLACK and has_letters(cell.text)
        ),
        None,
    )  # fmt: skip


def _part_of_label(text: str, line: int, lines: Sequence[Line], rows: dict[int, list[Entry]]) -> bool:
    """Whether a text is a piece of a label broken into two rows, or an explanation with figures in between."""
    if is_fragment(text) or _has_digit(text):
        return True
    key = key_of(text)
    return any(
        key_of(entry.label).startswith(key) and not any(key_of(c.text).startswith(key) for c in lines[below].cells)
        for below in (line + 1, line + 2) for entry in rows.get(below, ())
    )  # fmt: skip


def is_column_head(line: Line, cell: Cell) -> bool:
    """A row of column headings: several cells without figures, each a word of tables."""
    key = key_of(cell.text)
    if len(line.cells) > 1:
        others = [key_of(other.text) for other in line.cells if other is not cell and not _has_digit(other.text)]
        return bool(_COLUMN_HEAD.search(key)) and any(_COLUMN_HEAD.search(other) for other in others)
    return key in {"description", "amount", "charges", "charge", "item"}


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _says_so(text: str) -> bool:
    key = key_of(text)
    if not key or is_sentence(text) or is_total(text) or money_field_of(text) not in {None, "current_charges"}:
        return False
    if _ADDRESS.search(key) or len(key.split()) > 9:
        return False
    return _HEADING.search(key) is not None
