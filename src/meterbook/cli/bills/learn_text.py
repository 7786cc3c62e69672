"""How ``bills learn`` prints a bill: its rows with their places, what each rule caught, and what none did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from meterbook.cli.bills.cells import shown, wrapped

if TYPE_CHECKING:
    from meterbook.formats.bills.layout import Row
    from meterbook.formats.bills.template import TemplateReading
    from meterbook.formats.bills.template_leftovers import Leftover
    from meterbook.formats.bills.template_values import Catch
    from meterbook.formats.bills.text import DocumentText

_TOP = 5
"""Columns of the number that says how far down a row stands."""


def page_lines(document: DocumentText, page: int, catches: Sequence[Catch], width: int) -> Iterator[str]:
    """One page: each row with its cells and their left edges, beneath it what rules caught there.

    Args:
        document: the file's text.
        page: index of the page.
        catches: what a template caught, of all pages.
        width: columns of the terminal.
    """
    mine = [catch for catch in catches if catch.page == page]
    here = document.pages[page]
    yield f"Page {page + 1} of {len(document.pages)}: {here.width:.0f} × {here.height:.0f} points"
    if here.scanned:
        yield "  a picture without text: this page needs OCR"
    for row in here.rows:
        yield from _row_lines(row, width)
        for catch in _caught(row, mine):
            for index, line in enumerate(wrapped(f"{catch.rule}: {shown(catch.value)}", width - _TOP - 5)):
                yield " " * (_TOP + 1) + ("└─ " if index == 0 else "   ") + line


def verdict_lines(
    reading: TemplateReading | None, missing: Sequence[tuple[str, Sequence[str]]], width: int
) -> list[str]:
    """What a template made of the bill, or why none fits."""
    if reading is None:
        lines = ["No template fits this bill."]
        for name, words in missing:
            lines += _hanging(f"{name}: not on the bill: {', '.join(words)}", width)
        return lines
    told = (("field", reading.values), ("line", reading.lines), ("meter", reading.meters))
    counts = ", ".join(f"{len(values)} {name}{'' if len(values) == 1 else 's'}" for name, values in told)
    head = f"Template {reading.template}: {counts}"
    if not reading.reasons:
        return [head, "  It has no doubt of its own; whether the bill adds up: meterbook bills read"]
    return [
        head,
        "  Refused by the template:",
        *(line for reason in reading.reasons for line in _hanging(reason, width)),
    ]


def leftover_lines(left: Iterable[Leftover], width: int) -> Iterator[str]:
    """Amounts and dates that no rule caught."""
    rows = list(left)
    if not rows:
        yield "Every amount and date is caught by a rule."
        return
    yield f"{len(rows)} amounts and dates that no rule caught:"
    for one in rows:
        place = f"  p{one.page + 1} {one.top:>4.0f} [{one.x0:.0f}]"
        yield f"{place:<15} {shown(one.text):<14} {_cut(shown(one.row), width - 31)}".rstrip()


def _row_lines(row: Row, width: int) -> Iterator[str]:
    pieces = [f"[{cell.x0:.0f}]{shown(cell.text)}" for cell in row.cells()]
    line, first = "", True
    room = width - _TOP - 1
    for piece in pieces:
        for part in wrapped(piece, room) if len(piece) > room else [piece]:
            if line and len(line) + 2 + len(part) > room:
                yield _prefixed(row, line, first)
                line, first = "", False
            line = f"{line}  {part}" if line else part
    yield _prefixed(row, line, first)


def _prefixed(row: Row, line: str, first: bool) -> str:
    return (f"{row.top:>{_TOP}.0f} " if first else " " * (_TOP + 1)) + line


def _caught(row: Row, catches: Sequence[Catch]) -> Iterator[Catch]:
    """Catches whose middle lies nearest to this row; a row may have words of two columns."""
    seen = set()
    for catch in catches:
        inside = any(
            word.x0 >= catch.x0 - 1 and word.x1 <= catch.x1 + 1 and catch.top <= word.middle <= catch.bottom
            for word in row.words
        )
        ends_here = row.top <= (catch.top + catch.bottom) / 2 <= row.bottom
        if inside and ends_here and (catch.rule, catch.value) not in seen:
            seen.add((catch.rule, catch.value))
            yield catch


def _hanging(text: str, width: int) -> list[str]:
    return [("  - " if index == 0 else "    ") + line for index, line in enumerate(wrapped(shown(text), width - 4))]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"
