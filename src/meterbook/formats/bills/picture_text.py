"""The words of a scanned page by Tesseract, through the optional extra ``ocr``; runs in this process, writes no file.

Tesseract (Apache-2.0) comes inside the wheel of tesserocr (MIT), its English and orientation data in wheels of their
own (Apache-2.0): nothing is fetched and no program has to be installed. A scan may lie on its side and hang askew:
the first is found by Tesseract's own orientation detection, the second from the baselines of what it read.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2 as pdfium

from meterbook.formats.bills.layout import Word, rows_of
from meterbook.formats.bills.text import UNREADABLE, DocumentText, PageText, open_pdf
from meterbook.model.errors import MalformedRecord, Where

MAX_PICTURES = 8
"""Scanned pages read of one file."""
PAGE_MS = 20_000
"""Time for one page; a dense page takes two seconds."""
SURE = 15
"""Of 100: a word that Tesseract is less sure of is marked as unreadable."""
MAX_PIXELS = 30_000_000
"""Of one page's picture; a letter page at 300 dots an inch has 8.4 million."""

_LONG = 60.0
"""Points: baselines of shorter lines say little of how askew a page hangs."""
_SPARSE, _ORIENTATION, _WORD, _LINE = 11, 0, 3, 2  # tesserocr's PSM and RIL numbers


@dataclass(frozen=True, slots=True)
class _Seen:
    """A word with its line's baseline: all in points from the picture's upper left corner."""

    text: str
    x0: float
    x1: float
    base: float
    up: float
    down: float
    slope: float
    long: bool


def ocr_available() -> bool:
    """Whether the extra ``ocr`` is installed."""
    return importlib.util.find_spec("tesserocr") is not None and _data_folder() is not None


def read_pictures(data: bytes, document: DocumentText, *, dots: int, name: str) -> DocumentText:
    """The document with the words of its scanned pages.

    Args:
        data: the file.
        document: its text as it is.
        dots: an inch, of the picture that is read.
        name: for messages.

    Raises:
        MalformedRecord: more scanned pages, or larger ones, than a bill has.
    """
    scans = [page for page in document.pages if page.scanned]
    if len(scans) > MAX_PICTURES:
        raise MalformedRecord(
            f"the PDF has {len(scans)} scanned pages", where=Where(source=name),
            expected=f"a bill of at most {MAX_PICTURES}", hint="Cut out the pages of one bill, and try again.",
        )  # fmt: skip
    pdf = open_pdf(data, name)
    try:
        pages = tuple(_page(pdf[p.number - 1], p, dots, name) if p.scanned else p for p in document.pages)
    finally:
        pdf.close()
    return DocumentText(pages=pages, ocr=True)


def _data_folder() -> Path | None:
    """Where the wheels put Tesseract's data."""
    for root in (sys.prefix, sys.base_prefix):
        folder = Path(root) / "share" / "tessdata"
        if (folder / "eng.traineddata").is_file():
            return folder
    return None


def _page(page: pdfium.PdfPage, told: PageText, dots: int, name: str) -> PageText:
    width, height = page.get_size()
    if width * height * (dots / 72) ** 2 > MAX_PIXELS:
        raise MalformedRecord(
            f"the page is {width / 72:.0f} by {height / 72:.0f} inches",
            where=Where(source=name, record=f"page {told.number}"), expected="a page of a bill",
        )  # fmt: skip
    turn = _turn(page)
    seen = list(_words(page, turn, dots))
    slope = median([word.slope for word in seen if word.long] or [0.0])
    words = [_upright(word, slope) for word in seen]
    if turn in {90, 270}:
        width, height = height, width
    return PageText(
        number=told.number, width=width, height=height, rows=rows_of(words, told.number), pictured=True,
        characters=sum(len(word.text) for word in words),
    )  # fmt: skip


def _turn(page: pdfium.PdfPage) -> int:
    """By how many degrees the page must be turned clockwise to stand upright."""
    import tesserocr  # noqa: PLC0415 - the optional extra

    with tesserocr.PyTessBaseAPI(path=str(_data_folder()), lang="osd", psm=_ORIENTATION) as reader:
        _show(reader, page, 0, 150)
        told = reader.DetectOrientationScript()
    return 0 if not told or told["orient_conf"] < 1.0 else (360 - int(told["orient_deg"])) % 360


def _show(reader: Any, page: pdfium.PdfPage, turn: int, dots: int) -> None:
    bitmap = page.render(scale=dots / 72, rotation=turn, grayscale=True)
    picture = bitmap.to_numpy()
    height, width = picture.shape[:2]
    reader.SetImageBytes(picture.tobytes(), width, height, 1, width)
    reader.SetSourceResolution(dots)
    bitmap.close()


def _words(page: pdfium.PdfPage, turn: int, dots: int) -> Iterator[_Seen]:
    import tesserocr  # noqa: PLC0415 - the optional extra

    with tesserocr.PyTessBaseAPI(path=str(_data_folder()), lang="eng", psm=_SPARSE) as reader:
        _show(reader, page, turn, dots)
        if not reader.Recognize(PAGE_MS):
            return
        found = reader.GetIterator()
        scale = 72 / dots
        while found is not None and not found.Empty(_WORD):
            box, line, row = found.BoundingBox(_WORD), found.Baseline(_LINE), found.RowAttributes()
            text = found.GetUTF8Text(_WORD).strip()
            if box and line and text:
                yield _seen(text if found.Confidence(_WORD) >= SURE else UNREADABLE, box, line, row, scale)
            if not found.Next(_WORD):
                return


def _seen(text: str, box: tuple[int, ...], line: Any, row: dict[str, float], scale: float) -> _Seen:
    (x0, y0), (x1, y1) = line
    slope = (y1 - y0) / (x1 - x0) if x1 != x0 else 0.0
    left, top, right, _ = box
    base = y0 + ((left + right) / 2 - x0) * slope
    size = min(row["row_height"], 2 * max(base - top, 1.0))  # small letters reach half the height of their line
    return _Seen(
        text, left * scale, right * scale, base * scale, 0.75 * size * scale, 0.25 * size * scale, slope,
        hypot(x1 - x0, y1 - y0) * scale > _LONG,
    )  # fmt: skip


def _upright(word: _Seen, slope: float) -> Word:
    """The word where it would stand if the page hung straight."""
    base = word.base - (word.x0 + word.x1) / 2 * slope
    aside = word.base * slope
    return Word(word.text, word.x0 + aside, word.x1 + aside, base - word.up, base + word.down)
