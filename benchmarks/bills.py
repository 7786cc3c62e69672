"""Reading bills beside the text extraction alone by pypdfium2, on the same files.

The floor opens each file and fetches its plain text; ours finds words, fields, charges and sums besides, and judges.
The bills are the practice co-op's: two pages of typeset text each.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

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
    yield _figure("a practice bill, by its template", bills, lambda data: read_pdf(data, templates=known), options)
    yield _figure("a practice bill, the generic way", bills, read_pdf, options)


def _figure(name: str, bills: Sequence[bytes], read: object, options: Options) -> Figure:
    assert callable(read)
    pair = paired(lambda: [read(data) for data in bills], lambda: [_plain_text(data) for data in bills], options.rounds)
    scale = 1000 / len(bills)
    return Figure(
        name=name, ours=pair.ours_s * scale, peer="pypdfium2 text", floor=pair.peer_s * scale, unit="ms",
        target=None if options.quick else TARGET,
    )  # fmt: skip


def _plain_text(data: bytes) -> list[str]:
    document = pdfium.PdfDocument(data)
    texts = []
    for page in document:
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return texts


def _practice_bills(*, members: int, months: int) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "meterbook", "practice", "bills", "--out", folder, "--today", "2025-11-20"]
        run([*command, "--members", str(members), "--months", str(months)])
        return [path.read_bytes() for path in sorted(Path(folder).glob("*.pdf"))]
