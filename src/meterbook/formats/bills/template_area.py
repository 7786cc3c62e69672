"""Parts of a bill cut out by labels: beneath, over and beside them, over a page's end too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meterbook.formats.bills.template_page import Anchor, LabelMissing, Row, Sheet, rows_of
from meterbook.model.bill_template import Area

_EDGE = 1.0
"""Points by which a word may reach over an edge: columns are aligned by eye, not by the letters' boxes."""


class AreaMissing(LabelMissing):
    """A label that bounds an area is not on the bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    """What of a page belongs to an area: from ``top`` to ``bottom`` and ``left`` to ``right``, points."""

    top: float = float("-inf")
    bottom: float = float("inf")
    left: float = float("-inf")
    right: float = float("inf")


def area_rows(area: Area, sheet: Sheet) -> list[Row]:
    """The rows of an area, put together from its own words alone, in reading order.

    Raises:
        AreaMissing: one of its labels is not on the bill.
    """
    pages = _pages(area, sheet)
    opening = area.at or area.below
    start = _first(opening, sheet, pages) if opening else None
    stop = _stop(area, sheet, pages, start)
    rows = []
    for page in pages:
        if (start is not None and page < start.row.page) or (stop is not None and page > stop.row.page):
            continue
        bounds = _bounds(area, sheet, page, start, stop)
        inside = [
            word
            for word in sheet.pages[page]
            if bounds.top < (word.top + word.bottom) / 2 < bounds.bottom
            and word.x0 >= bounds.left - _EDGE
            and word.x1 <= bounds.right + _EDGE
        ]
        rows += rows_of(inside, page)
        if stop is None and start is not None:
            break  # without an end an area goes to the foot of its page, not of the file
    return rows


def _pages(area: Area, sheet: Sheet) -> list[int]:
    if area.page is None:
        return [number for number, words in enumerate(sheet.pages) if words]
    pages = sorted({anchor.row.page for anchor in sheet.anchors(area.page)})
    if not pages:
        raise AreaMissing(area.page)
    return pages if area.above is None else list(range(pages[0], len(sheet.pages)))


def _stop(area: Area, sheet: Sheet, pages: list[int], start: Anchor | None) -> Anchor | None:
    if area.above is None:
        return None
    if start is None:
        return _first(area.above, sheet, pages)
    after = [
        anchor
        for anchor in _all(area.above, sheet, pages)
        if (anchor.row.page, anchor.row.middle) > (start.row.page, start.row.middle)
    ]
    if not after:
        raise AreaMissing(_named(area.above))
    return min(after, key=_reading)


def _bounds(area: Area, sheet: Sheet, page: int, start: Anchor | None, stop: Anchor | None) -> _Bounds:
    top, bottom, left, right = float("-inf"), float("inf"), float("-inf"), float("inf")
    if start is not None and page == start.row.page:
        top = start.row.top - _EDGE if area.at else start.row.middle + _EDGE
        if not area.at:
            top = max(top, start.row.words[start.first].bottom - (start.row.bottom - start.row.top) * 0.4)
    if stop is not None and page == stop.row.page:
        bottom = stop.row.top + (stop.row.bottom - stop.row.top) * 0.1
    if area.left_of:
        right = _beside(area.left_of, sheet, page, start).x0 - _EDGE
    if area.right_of:
        left = _beside(area.right_of, sheet, page, start).x1
    if area.column_of:
        left = _beside(area.column_of, sheet, page, start).x0 - _EDGE
    return _Bounds(top=top, bottom=bottom, left=left, right=right)


def _beside(labels: str | list[str], sheet: Sheet, page: int, start: Anchor | None) -> Anchor:
    """The label that bounds an area sideways: on its own page; nearest to its beginning, where there are several."""
    found = list(_all(labels, sheet, [page]))
    if not found:
        raise AreaMissing(_named(labels))
    if start is None or start.row.page != page:
        return min(found, key=_reading)
    return min(found, key=lambda anchor: abs(anchor.row.middle - start.row.middle))


def _first(labels: str | list[str], sheet: Sheet, pages: list[int]) -> Anchor:
    found = _all(labels, sheet, pages)
    if not found:
        raise AreaMissing(_named(labels))
    return min(found, key=_reading)


def _all(labels: str | list[str], sheet: Sheet, pages: Iterable[int]) -> list[Anchor]:
    wanted = [labels] if isinstance(labels, str) else labels
    on = set(pages)
    return [
        anchor for label in wanted for anchor in sheet.anchors(label) if anchor.row.page in on and anchor.opens_cell
    ]


def _reading(anchor: Anchor) -> tuple[int, float, float]:
    return anchor.row.page, anchor.row.middle, anchor.x0


def _named(labels: str | list[str]) -> str:
    return labels if isinstance(labels, str) else " / ".join(labels)
