"""Words of a page where they stand: rows by baseline, cells by gaps, columns by gutters.

Lengths are points; ``top`` and ``bottom`` grow downwards from the page's upper edge, as a reader's eye goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

ROW_TOLERANCE = 3.0
"""Words whose middles lie this close stand on one row."""
CELL_GAP = 0.75
"""Words further apart than this many heights do not belong to one cell; a blank is about a quarter."""


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a blank. Positional for speed: a page has a thousand."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(slots=True, eq=False)
class Cell:
    """Words of a row that stand close together: a label, a value, a piece of a sentence."""

    words: tuple[Word, ...]
    page: int
    row: int
    text: str
    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.words[0].bottom - self.words[0].top


def cell_of(words: tuple[Word, ...], page: int, row: int) -> Cell:
    """The cell of some words of a row."""
    if len(words) == 1:
        word = words[0]
        return Cell(words, page, row, word.text, word.x0, word.x1, word.top, word.bottom)
    return Cell(
        words, page, row, " ".join([word.text for word in words]), words[0].x0, words[-1].x1,
        min([word.top for word in words]), max([word.bottom for word in words]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """Words whose middles share a height, left to right; its edges are asked for often, so they are worked out once."""

    words: tuple[Word, ...]
    page: int
    number: int
    top: float = field(init=False, repr=False, compare=False)
    bottom: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "top", min([word.top for word in self.words], default=0.0))
        object.__setattr__(self, "bottom", max([word.bottom for word in self.words], default=0.0))

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def cells(self, gap: float = CELL_GAP) -> tuple[Cell, ...]:
        """The row cut where a gap is wider than ``gap`` heights."""
        return tuple(cell_of(words, self.page, self.number) for words in _runs(self.words, gap))

    def between(self, x0: float, x1: float) -> tuple[Word, ...]:
        """The words whose middle lies between two places across."""
        return tuple(word for word in self.words if x0 <= (word.x0 + word.x1) / 2 < x1)


def rows_of(words: Iterable[Word], page: int) -> tuple[Row, ...]:
    """Words put in rows, from the top; a row's words from the left."""
    rows: list[list[Word]] = []
    middle = 0.0
    for word in sorted(words, key=lambda word: word.top + word.bottom):
        at = (word.top + word.bottom) / 2
        if rows and at - middle <= min(ROW_TOLERANCE, 0.45 * max(word.height, rows[-1][0].height)):
            rows[-1].append(word)
        else:
            rows.append([word])
            middle = at
    return tuple(Row(tuple(sorted(row, key=lambda w: w.x0)), page, number) for number, row in enumerate(rows))


def gutters(rows: Sequence[Row], width: float, *, narrowest: float = 9.0) -> tuple[float, ...]:
    """Middles of the upright strips that no word of the rows enters, the margins left out.

    Args:
        rows: a block of rows, as of one table.
        width: of the page, in points.
        narrowest: strips under this many points are ordinary blanks.
    """
    spans = sorted((word.x0, word.x1) for row in rows for word in row.words)
    if not spans:
        return ()
    found = []
    reached = spans[0][1]
    for x0, x1 in spans:
        if x0 - reached >= narrowest:
            found.append((reached + x0) / 2)
        reached = max(reached, x1)
    return tuple(x for x in found if 0 < x < width)


def _runs(words: Sequence[Word], gap: float) -> Iterator[tuple[Word, ...]]:
    run: list[Word] = []
    before = 0.0
    for word in words:
        height = word.bottom - word.top
        if run and word.x0 - run[-1].x1 > gap * max(min(height, before), 4.0):
            yield tuple(run)
            run = []
        run.append(word)
        before = height
    if run:
        yield tuple(run)
