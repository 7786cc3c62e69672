"""A bill's pages as a template sees them: words put into rows, and labels found among them wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median

from meterbook.formats.bills.layout import Word
from meterbook.formats.bills.text import PageText

_RULE = re.compile(r"[_\u2022\u25cf\u25aa\u25a0\u00b7*.=~-]{3,}|[\u2022\u25cf\u25aa\u25a0\u00b7\u2023\u25e6]")
"""Drawn rules, dot leaders and bullets, which are text on some pages and mean nothing."""
_SAME_ROW = 0.5
"""Share of a word's height by which its middle may lie off its row: fonts of two sizes on one row do not align."""
_APART = 0.75
"""Share of a word's height from which a blank is a gap between two cells and not one between two words."""

_CALLOUT = 1.5
"""How much taller than the page's ordinary text a callout's number is."""


class LabelMissing(Exception):
    """A label that a template needs is not there.

    Args:
        label: its words.
    """

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Words of one row of a page, from left to right.

    Attributes:
        page: index of the page, from 0.
        words: at least one.
        top: upper edge, points from the page's top.
        bottom: lower edge.
        text: the words with single blanks between them.
    """

    page: int
    words: tuple[Word, ...]
    top: float
    bottom: float
    text: str

    @property
    def middle(self) -> float:
        """Half-way between top and bottom."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A label where it is printed: words ``first`` to before ``end`` of a row."""

    row: Row
    first: int
    end: int

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.row.words[self.first].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.row.words[self.end - 1].x1

    @property
    def after(self) -> tuple[Word, ...]:
        """What stands right of it on its row."""
        return self.row.words[self.end :]

    @property
    def opens_cell(self) -> bool:
        """Whether nothing stands close before it: ``Balance`` inside of ``Previous Balance`` is another label."""
        return self.first == 0 or is_gap(self.row.words[self.first - 1], self.row.words[self.first])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All pages of one bill, put into rows once."""

    pages: tuple[tuple[Word, ...], ...]
    rows: tuple[Row, ...]
    keys: tuple[tuple[str, tuple[int, ...]], ...]
    found: dict[str, tuple[Anchor, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        pages: Sequence[PageText],
        *,
        numbers: Iterable[int] | None = None,
        ignore: Sequence[str] = (),
        callouts: bool = False,
    ) -> Sheet:
        """Pages without rules, bullets and words to ignore.

        Args:
            pages: all pages of the file.
            numbers: indexes of those that belong to this bill; else all.
            ignore: words that are dropped, as printed.
            callouts: drop numbers of one or two digits that are set much larger than the rest.
        """
        dropped = frozenset(ignore)
        kept: list[tuple[Word, ...]] = [() for _ in pages]
        for number in range(len(pages)) if numbers is None else numbers:
            words = [w for w in pages[number].words if w.text not in dropped and not _RULE.fullmatch(w.text)]
            kept[number] = tuple(_without_callouts(words) if callouts else words)
        rows = tuple(row for number, words in enumerate(kept) for row in rows_of(words, number))
        return cls(pages=tuple(kept), rows=rows, keys=tuple(_keys(row) for row in rows))

    @classmethod
    def of_rows(cls, rows: Sequence[Row]) -> Sheet:
        """Rows of an area as a sheet, so that labels are looked for in it alone."""
        return cls(pages=(), rows=tuple(rows), keys=tuple(_keys(row) for row in rows))

    def anchors(self, label: str) -> tuple[Anchor, ...]:
        """Every place where a label is printed, in reading order; letters and digits count, nothing else does."""
        wanted = key_of(label)
        if wanted not in self.found:
            self.found[wanted] = tuple(self._find(wanted)) if wanted else ()
        return self.found[wanted]

    def _find(self, wanted: str) -> Iterator[Anchor]:
        for row, (text, starts) in zip(self.rows, self.keys, strict=True):
            at = text.find(wanted)
            while at >= 0:
                end = at + len(wanted)
                if at in starts and (end == len(text) or end in starts):
                    yield Anchor(row=row, first=_last(starts, at), end=_word_before(starts, end, len(text)))
                at = text.find(wanted, at + 1)


def rows_of(words: Iterable[Word], page: int) -> list[Row]:
    """Words of one page, or of a part of it, as rows from top to bottom."""
    groups: list[list[Word]] = []
    middle = height = 0.0
    for word in sorted(words, key=lambda word: word.top + word.bottom):
        at, tall = (word.top + word.bottom) / 2, word.bottom - word.top
        if groups and at - middle <= _SAME_ROW * min(tall, height):
            groups[-1].append(word)
            middle += (at - middle) / len(groups[-1])
            height = max(height, tall)
        else:
            groups.append([word])
            middle, height = at, tall
    return [_row(sorted(group, key=lambda word: word.x0), page) for group in groups]


def cells(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """A row's words, put together where only a blank is between them."""
    found: list[list[Word]] = []
    for index, word in enumerate(words):
        if index and not is_gap(words[index - 1], word):
            found[-1].append(word)
        else:
            found.append([word])
    return [tuple(cell) for cell in found]


def is_gap(left: Word, right: Word) -> bool:
    """Whether two words of a row are too far apart for one blank."""
    return right.x0 - left.x1 > _APART * min(left.bottom - left.top, right.bottom - right.top)


def words_text(words: Iterable[Word]) -> str:
    """Words with single blanks between them."""
    return " ".join(word.text for word in words)


@lru_cache(maxsize=65536)
def key_of(text: str) -> str:
    """What is compared of a text: its letters and digits, and ``#`` and ``%``, which tell labels apart."""
    return "".join(char for char in text.casefold() if char.isalnum() or char in "#%")


def _without_callouts(words: list[Word]) -> list[Word]:
    if not words:
        return words
    ordinary = median(word.height for word in words)
    return [w for w in words if not (w.height > _CALLOUT * ordinary and w.text.isdigit() and len(w.text) <= 2)]


def _row(words: list[Word], page: int) -> Row:
    return Row(
        page=page,
        words=tuple(words),
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        text=words_text(words),
    )


def _keys(row: Row) -> tuple[str, tuple[int, ...]]:
    text, starts = "", []
    for word in row.words:
        starts.append(len(text))
        text += key_of(word.text)
    return text, tuple(starts)


def _word_before(starts: tuple[int, ...], end: int, length: int) -> int:
    """Index after the last word that ends at ``end``; words without letters (a colon) belong to what is before them."""
    if end == length:
        return len(starts)
    return _last(starts, end)


def _last(starts: tuple[int, ...], at: int) -> int:
    return len(starts) - 1 - starts[::-1].index(at)
