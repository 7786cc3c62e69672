"""Reading bills beside the text extraction alone by pypdfium2, on the same files.

Two floors: the text with the place of every character, as pypdfium2's own helpers give it (without places no label
finds its value; the target is held against this one), and the plain text. Ours finds words, fields, charges and sums
besides, and judges. The bills are the practice co-op's: two pages of typeset text each.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import pypdfium2 as pdfium

from benchmarks.command import run
from benchmarks.figure import Figure, Options, paired
from meterbook.formats.bills import read_pdf
from meterbook.utilities.bill_templates import templates

TARGET = 1.5
MEMBERS, MONTHS = 6, 6


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    bills = _practice_bills(members=2 if options.quick else MEMBERS, months=2 if options.quick else MONTHS)
    known = templates()
    by_template = partial(read_pdf, templates=known)
    placed = ("pypdfium2 boxes", _text_with_places)
    yield _figure("a practice bill, by its template", bills, by_template, placed, options, target=TARGET)
    yield _figure("a practice bill, the generic way", bills, read_pdf, placed, options, target=TARGET)
    yield _figure("the generic way, over plain text", bills, read_pdf, ("pypdfium2 text", _plain_text), options)


def _figure(
    name: str,
    bills: Sequence[bytes],
    read: Callable[[bytes], object],
    peer: tuple[str, Callable[[bytes], object]],
    options: Options,
    *,
    target: float | None = None,
) -> Figure:
    clock = process_time if options.cpu else perf_counter
    pair = paired(
        lambda: [read(data) for data in bills], lambda: [peer[1](data) for data in bills], options.rounds, clock
    )
    scale = 1000 / len(bills)
    return Figure(
        name=name, ours=pair.ours_s * scale, peer=peer[0], floor=pair.peer_s * scale, unit="ms",
        target=None if options.quick else target,
    )  # fmt: skip


def _plain_text(data: bytes) -> list[str]:
    return [text.get_text_range() for text in _text_pages(data)]


def _text_with_places(data: bytes) -> list[tuple[str, list[tuple[float, float, float, float]]]]:
    return [
        (text.get_text_range(), [text.get_charbox(place, loose=True) for place in range(text.count_chars())])
        for text in _text_pages(data)
    ]


def _text_pages(data: bytes) -> Iterator[pdfium.PdfTextPage]:
    document = pdfium.PdfDocument(data)
    for page in document:
        text = page.get_textpage()
        yield text
        text.close()
        page.close()
    document.close()


def _practice_bills(*, members: int, months: int) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "meterbook", "practice", "bills", "--out", folder, "--today", "2025-11-20"]
        run([*command, "--members", str(members), "--months", str(months)])
        return [path.read_bytes() for path in sorted(Path(folder).glob("*.pdf"))]
