"""What no rule of a template caught: amounts of money and dates that still stand on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meterbook.formats.bills.amounts import Sort
from meterbook.formats.bills.template_values import Catch
from meterbook.formats.bills.text import DocumentText
from meterbook.formats.bills.tokens import Line, lines_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """An amount or date that no rule caught.

    Attributes:
        page: index of its page, from 0.
        top: upper edge of its row, points.
        x0: left edge.
        text: as printed.
        row: text of its row.
        kind: ``money`` or ``date``.
    """

    page: int
    top: float
    x0: float
    text: str
    row: str
    kind: str


def leftovers(document: DocumentText, catches: Iterable[Catch]) -> Iterator[Leftover]:
    """Amounts of money and dates outside of everything that was caught, in reading order."""
    boxes: dict[int, list[Catch]] = {}
    for catch in catches:
        if catch.page is not None:
            boxes.setdefault(catch.page, []).append(catch)
    for index, page in enumerate(document.pages):
        for line in lines_of([page]):
            yield from _of_line(line, index, boxes.get(index, []))


def _of_line(line: Line, page: int, boxes: list[Catch]) -> Iterator[Leftover]:
    spans = [(number.start, number.end, "money") for number in line.numbers if number.sort is Sort.MONEY]
    spans += [(printed.start, printed.end, "date") for printed in line.dates]
    for start, end, kind in sorted(spans):
        x0, x1 = line.x0(start), line.x1(end)
        middle = (line.row.top + line.row.bottom) / 2
        if not any(box.x0 - 1 <= x0 and x1 <= box.x1 + 1 and box.top <= middle <= box.bottom for box in boxes):
            text = line.text[start:end].strip()
            yield Leftover(page=page, top=line.row.top, x0=x0, text=text, row=line.row.text, kind=kind)
