"""Rows of a bill with what stands in them: money, prices, quantities, dates; each with its place and its labels."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from meterbook.formats.bills.amounts import Number, Sort, numbers
from meterbook.formats.bills.dates import Printed, dates
from meterbook.formats.bills.layout import Cell, Row, Word
from meterbook.formats.bills.text import PageText

ABOVE = 2.7
"""A heading stands at most this many heights over its value."""
_LETTERS = re.compile(r"[^\W\d_]{2}")
_MOST_DAYS = 200
"""Of numbers that are no money only counts of days are looked up by their labels."""
_DIGIT = re.compile(r"\d")
_PROSE_WORDS = 12
"""A single cell of so many words of letters is a sentence: its numbers are a message's."""
_STRAY = frozenset("•·.*|_-–—:□☐■▪n")


@dataclass(slots=True)
class Line:
    """One row as text, its cells two blanks apart, and the numbers and dates in it."""

    row: Row
    cells: tuple[Cell, ...]
    text: str
    begins: list[int]
    """Where each word begins in ``text``."""
    cell_begins: list[int]
    numbers: list[Number] = field(default_factory=list)
    dates: list[Printed] = field(default_factory=list)

    def word_at(self, offset: int) -> int:
        return max(bisect_right(self.begins, offset) - 1, 0)

    def cell_at(self, offset: int) -> int:
        return max(bisect_right(self.cell_begins, offset) - 1, 0)

    def x0(self, offset: int) -> float:
        return self.row.words[self.word_at(offset)].x0

    def x1(self, end: int) -> float:
        return self.row.words[self.word_at(max(end - 1, 0))].x1


@dataclass(frozen=True, slots=True)
class Token:
    """A number or date where it stands, with the labels that may be meant for it.

    ``inline`` is the text before it in its own cell, ``left`` the nearest text to its left, ``above`` the one over it.
    """

    number: Number | None
    printed: Printed | None
    line: int
    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    inline: str
    left: str
    above: str
    after: str = ""

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def lines_of(pages: Sequence[PageText]) -> list[Line]:
    """Every row of the pages with its numbers and dates."""
    return [_line(row) for page in pages for row in page.rows]


def tokens_of(lines: Sequence[Line]) -> Iterator[Token]:
    """Every number and date with its labels."""
    for index, line in enumerate(lines):
        values: list[Number | Printed] = [*line.numbers, *line.dates]
        for value in values:
            yield _token(lines, index, value)


def has_letters(text: str) -> bool:
    """Whether a text can be a label: two letters beside each other, or more."""
    return _LETTERS.search(text) is not None


def day_of(printed: Printed, *, day_first: bool) -> date | None:
    """The day, if its year is printed."""
    return printed.on(day_first=day_first)


def _line(row: Row) -> Line:
    words = tuple([word for word in row.words if word.text.strip("_")]) or row.words
    kept = row if len(words) == len(row.words) else Row(words, row.page, row.number)
    cells = kept.cells()
    pieces: list[str] = []
    begins: list[int] = []
    cell_begins: list[int] = []
    at = 0
    for number, cell in enumerate(cells):
        if number:
            pieces.append("  ")
            at += 2
        cell_begins.append(at)
        for place, word in enumerate(cell.words):
            if place:
                pieces.append(" ")
                at += 1
            begins.append(at)
            pieces.append(word.text)
            at += len(word.text)
    text = "".join(pieces)
    line = Line(kept, cells, text, begins, cell_begins)
    if _DIGIT.search(text) and not _prose(cells):
        line.dates = list(dates(text))
        masked = text
        for found in line.dates:
            masked = masked[: found.start] + "\x00" * (found.end - found.start) + masked[found.end :]
        line.numbers = list(numbers(masked))
    return line


def _prose(cells: Sequence[Cell]) -> bool:
    if len(cells) != 1 or len(cells[0].words) < _PROSE_WORDS:
        return False
    return sum(1 for word in cells[0].words if word.text.isalpha()) >= _PROSE_WORDS


def _token(lines: Sequence[Line], index: int, value: Number | Printed) -> Token:
    start, end = value.start, value.end
    number = value if isinstance(value, Number) else None
    printed = value if isinstance(value, Printed) else None
    line = lines[index]
    first, last = line.word_at(start), line.word_at(max(end - 1, start))
    words = line.row.words[first : last + 1]
    x0, x1 = words[0].x0, words[-1].x1
    top, bottom = words[0].top, words[0].bottom
    place = Word("", x0, x1, top, bottom)
    inline = line.text[line.cell_begins[line.cell_at(start)] : start].strip(" :$")
    following = bisect_left(line.cell_begins, end)
    after_end = line.cell_begins[following] if following < len(line.cell_begins) else len(line.text)
    labelled = number is None or number.sort is Sort.MONEY or 0 < number.value < _MOST_DAYS
    return Token(
        number, printed, index, line.row.page, x0, x1, top, bottom, inline,
        _left(lines, index, place, line.cell_at(start)) if labelled else "",
        _above(lines, index, place) if labelled else "",
        line.text[end:after_end].strip(),
    )  # fmt: skip


def _left(lines: Sequence[Line], index: int, place: Word, cell: int) -> str:
    """The nearest text to the left at the value's height; rows of other fonts lie a little off."""
    best: Cell | None = None
    for other in (index, *range(max(index - 2, 0), index), *range(index + 1, min(index + 3, len(lines)))):
        if best is not None and best.row == lines[index].row.number:
            break  # its own row comes first
        line = lines[other]
        if line.row.page != lines[index].row.page:
            continue
        for number, one in enumerate(line.cells):
            if other == index and number >= cell:
                break
            if one.x1 > place.x0 + 1 or not (place.top < one.middle < place.bottom) or _stray(one.text):
                continue
            if best is None or one.x1 > best.x1:
                best = one
    return best.text if best is not None else ""


def _stray(text: str) -> bool:
    """A bullet, a leader, or the number of a callout on an annotated sample."""
    return set(text) <= _STRAY or (len(text) <= 2 and text.isdigit())


def _above(lines: Sequence[Line], index: int, place: Word) -> str:
    """The nearest text over the value that overlaps it across; two rows of one heading are joined."""
    height = place.height
    found: list[Cell] = []
    for other in range(index - 1, max(index - 6, -1), -1):
        line = lines[other]
        if line.row.page != lines[index].row.page:
            break
        over = [c for c in line.cells if c.x0 < place.x1 and c.x1 > place.x0 and c.bottom < place.bottom - 0.5 * height]
        if not over:
            continue
        cell = over[0]
        limit = found[-1].top if found else place.top
        if limit - cell.bottom > (0.6 if found else ABOVE - 1) * height or not has_letters(cell.text):
            break
        found.append(cell)
        if len(found) == 2:
            break
    return " ".join(cell.text for cell in reversed(found))
