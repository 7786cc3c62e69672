"""A PDF's text with exact positions, page by page: pypdfium2's loose character boxes grouped to words.

Loose boxes reach from ascender to descender, so that minus signs, dots and apostrophes stay in their row. Each
character costs one call through ctypes; the calls run in C loops (``map``) with bare addresses, about 0.4 µs each, and
the grouping is done on NumPy columns.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from meterbook.formats.bills.layout import Row, Word, rows_of
from meterbook.formats.bills.visible_text import address, seen_words
from meterbook.model.errors import MalformedRecord, Where

MAX_PAGES = 60
"""Pages read of one file. A household's bill has two to eight; a book of statements is split by its issuer."""
MAX_CHARACTERS = 60_000
"""Characters of one page; a dense page has 5,000."""
FEW_CHARACTERS = 20
"""A page with fewer, and an image over most of it, is a scan."""
COVERED = 0.5
"""Share of a page that images must cover for it to count as pictured."""
WORD_GAP = 0.16
"""A gap of this share of the height parts two words where no blank is set."""
UNREADABLE = "\ufffd"
"""What an unmapped glyph, or one of a private area, becomes."""

_LOOKED_AT = 40
_FEW_WITH_BLANKS = 4 * FEW_CHARACTERS
_IMAGE = pdfium_c.FPDF_PAGEOBJ_IMAGE
_QUARTER = 1.5707963
_LEVEL = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """One page: its words in rows, and what kept text from being read.

    Attributes:
        number: from 1.
        width: points, as the page is shown.
        height: points, as the page is shown.
        rows: upright words in rows, from the top.
        turned: words that run in another direction (rotated, diagonal); they belong to no row.
        pictured: images cover most of the page.
        invisible: the text is not drawn: a scanner's own OCR under the picture.
        characters: how many characters the page's text layer holds.
    """

    number: int
    width: float
    height: float
    rows: tuple[Row, ...] = ()
    turned: tuple[Word, ...] = ()
    pictured: bool = False
    invisible: bool = False
    characters: int = 0

    @property
    def scanned(self) -> bool:
        """An image covers the page and next to no text stands on it."""
        return self.pictured and self.characters < FEW_CHARACTERS

    @property
    def words(self) -> Iterator[Word]:
        """Upright words, row by row."""
        for row in self.rows:
            yield from row.words

    @property
    def text(self) -> str:
        """The rows as lines."""
        return "\n".join(row.text for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """All pages of a file.

    Attributes:
        pages: in the file's order.
        ocr: the text was made from pictures of it, by us.
    """

    pages: tuple[PageText, ...] = field(default=())
    ocr: bool = False

    @property
    def rows(self) -> Iterator[Row]:
        """Every row of every page."""
        for page in self.pages:
            yield from page.rows


def read_text(data: bytes, name: str = "the file") -> DocumentText:
    """The words of a PDF with their places.

    Args:
        data: the file.
        name: for messages.

    Raises:
        MalformedRecord: it is no PDF, is cut short, needs a password, or has more pages or characters than a bill.
    """
    document = open_pdf(data, name)
    try:
        return DocumentText(pages=tuple(_page(document, number, name) for number in range(len(document))))
    finally:
        document.close()


def open_pdf(data: bytes, name: str) -> pdfium.PdfDocument:
    """The file opened, its page count checked.

    Raises:
        MalformedRecord: see :func:`read_text`.
    """
    where = Where(source=name)
    if b"%PDF-" not in data[:1024]:
        raise MalformedRecord("this is no PDF", where=where, expected="a file that begins with %PDF")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise MalformedRecord(
                "the PDF is locked with a password", where=where, hint="Save it without a password, and try again."
            ) from error
        raise MalformedRecord(
            "the PDF is damaged or cut short", where=where, hint="Download it again, and try again."
        ) from error
    if len(document) > MAX_PAGES:
        pages = len(document)
        document.close()
        raise MalformedRecord(
            f"the PDF has {pages} pages", where=where, expected=f"a bill of at most {MAX_PAGES} pages",
            hint="Cut out the pages of one bill, and try again.",
        )  # fmt: skip
    return document


_loose_box = address(pdfium_c.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_unicode = address(pdfium_c.FPDFText_GetUnicode, ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
_angle = address(pdfium_c.FPDFText_GetCharAngle, ctypes.c_float, ctypes.c_void_p, ctypes.c_int)
_object = address(pdfium_c.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_render_mode = address(pdfium_c.FPDFTextObj_GetTextRenderMode, ctypes.c_int, ctypes.c_void_p)
_object_type = address(pdfium_c.FPDFPageObj_GetType, ctypes.c_int, ctypes.c_void_p)


def _page(document: pdfium.PdfDocument, number: int, name: str) -> PageText:
    where = Where(source=name, record=f"page {number + 1}")
    try:
        page = document[number]
        text = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise MalformedRecord("a page of the PDF cannot be read", where=where) from error
    try:
        width, height = page.get_size()
        count = text.count_chars()
        if count > MAX_CHARACTERS:
            raise MalformedRecord(f"the page holds {count:,} characters", where=where, expected="a page of a bill")
        placed, turned = _words(text, count, _upright(page), page.get_rotation()) if count > 0 else ([], [])
        invisible = _invisible(page)
        upright = seen_words(page, text, placed, (width, height), everything=invisible)
        return PageText(
            number=number + 1,
            width=width,
            height=height,
            rows=rows_of(upright, number + 1),
            turned=tuple(turned),
            # Looking through a drawn page's thousands of objects would take as long as its text.
            pictured=count < _FEW_WITH_BLANKS and _pictured(page, width * height),
            invisible=invisible,
            characters=sum(len(word.text) for word in upright + turned),
        )
    finally:
        text.close()
        page.close()


def _upright(page: pdfium.PdfPage) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what is shown, in the page's own coordinates."""
    left, bottom, right, top = page.get_cropbox()
    media = page.get_mediabox()
    return max(left, media[0]), max(bottom, media[1]), min(right, media[2]), min(top, media[3])


def _words(
    text: pdfium.PdfTextPage, count: int, shown: tuple[float, float, float, float], rotation: int
) -> tuple[list[tuple[Word, int]], list[Word]]:
    """Upright words, each with the number of its first character; and words of other directions."""
    handle = ctypes.cast(text.raw, ctypes.c_void_p).value or 0
    codes = _codes(text, handle, count)
    boxes = np.zeros((count, 4), np.float32)  # left, top, right, bottom, as FS_RECTF lies in memory
    first = boxes.ctypes.data
    deque(map(_loose_box, repeat(handle), range(count), range(first, first + 16 * count, 16)), 0)
    x0, top, x1, bottom = _shown(boxes.astype(np.float64), shown, rotation)
    starts, ends, blank = _cuts(codes, x0, top, x1, bottom)
    if not len(starts):
        return [], []
    inked = ~blank  # every character that is no blank belongs to a word: words follow each other without a gap
    first_inked = (np.cumsum(inked) - 1)[starts]
    edges = zip(
        np.minimum.reduceat(x0[inked], first_inked).tolist(), np.maximum.reduceat(x1[inked], first_inked).tolist(),
        np.minimum.reduceat(top[inked], first_inked).tolist(), np.maximum.reduceat(bottom[inked], first_inked).tolist(),
        strict=True,
    )  # fmt: skip
    letters = _letters(codes)
    angles = map(_angle, repeat(handle), starts.tolist())
    upright: list[tuple[Word, int]] = []
    turned: list[Word] = []
    seen: set[tuple[str, int, int]] = set()
    for start, end, angle, (left, right, upper, lower) in zip(
        starts.tolist(), ends.tolist(), angles, edges, strict=True
    ):
        word = Word(letters[start:end], left, right, upper, lower)
        place = (word.text, round(left / 2), round(upper / 2))
        if place in seen:  # bold made by printing twice
            continue
        seen.add(place)
        if (angle == 0 and not rotation) or _level(angle, rotation):
            upright.append((word, start))
        else:
            turned.append(word)
    return upright, turned


def _codes(text: pdfium.PdfTextPage, handle: int, count: int) -> np.ndarray:
    units = np.zeros(count + 1, np.uint16)
    pointer = units.ctypes.data_as(ctypes.POINTER(ctypes.c_ushort))
    if pdfium_c.FPDFText_GetText(text.raw, 0, count, pointer) == count + 1:
        return units[:count].astype(np.uint32)
    # Some characters are left out of the text, or take two units: ask for each.
    return np.fromiter(map(_unicode, repeat(handle), range(count)), np.uint32, count)


def _shown(
    boxes: np.ndarray, shown: tuple[float, float, float, float], rotation: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Left, top, right and bottom as a person sees the page, from its upper left corner."""
    left, bottom, right, top = shown
    x0, x1 = boxes[:, 0] - left, boxes[:, 2] - left
    y0, y1 = top - boxes[:, 1], top - boxes[:, 3]
    width, height = right - left, top - bottom
    match rotation % 360:
        case 90:
            return height - y1, x0, height - y0, x1
        case 180:
            return width - x1, height - y1, width - x0, height - y0
        case 270:
            return y0, width - x1, y1, width - x0
        case _:
            return x0, y0, x1, y1


def _cuts(
    codes: np.ndarray, x0: np.ndarray, top: np.ndarray, x1: np.ndarray, bottom: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where words begin and end, as indexes into the characters; and which characters are blanks."""
    blank = (codes <= 0x20) | (codes == 0xA0) | ((codes >= 0x2000) & (codes <= 0x200B)) | (codes == 0x3000)
    height = np.maximum(bottom - top, 1.0)
    gap = x0[1:] - x1[:-1]
    smaller = np.minimum(height[1:], height[:-1])
    # The letters of a ligature share one place: a step back by just its width is no new word.
    backwards = (gap < -0.6 * smaller) & (np.abs(x0[1:] - x0[:-1]) > 0.05 * smaller)
    apart = (gap > WORD_GAP * smaller) | backwards
    apart |= np.abs((top[1:] + bottom[1:]) - (top[:-1] + bottom[:-1])) > 0.7 * smaller
    begins = ~blank
    begins[1:] &= blank[:-1] | apart
    starts = np.flatnonzero(begins)
    # A word ends at the next blank or the next beginning, whichever comes first.
    stops = np.flatnonzero(blank | begins)
    after = np.searchsorted(stops, starts, side="right")
    ends = np.append(stops, len(codes))[after]
    return starts, ends, blank


def _letters(codes: np.ndarray) -> str:
    """The characters as text of the same length, what cannot be read marked."""
    hyphens = (codes == 0xFFFE) | (codes == 0x02) | (codes == 0xAD)  # at a line's end, or an unmapped one
    private = (codes >= 0xE000) & (codes <= 0xF8FF)
    halves = (codes >= 0xD800) & (codes <= 0xDFFF)
    unreadable = (codes < 0x20) | private | halves | (codes == 0xFFFF) | (codes > 0x10FFFF)
    shown = np.where(hyphens, ord("-"), np.where(unreadable, ord(UNREADABLE), codes))
    return shown.astype("<u4").tobytes().decode("utf-32-le")


def _level(angle: float, rotation: int) -> bool:
    """Whether text runs from left to right as the page is shown; an angle that cannot be told counts as level."""
    if angle < 0:
        return rotation % 360 == 0
    turned = (angle + _QUARTER * (rotation % 360) / 90) % (4 * _QUARTER)
    return min(turned, 4 * _QUARTER - turned) < _LEVEL


def _pictured(page: pdfium.PdfPage, area: float) -> bool:
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value
    count = pdfium_c.FPDFPage_CountObjects(page.raw)
    objects = list(map(_object, repeat(handle), range(count)))
    covered = 0.0
    for one in (one for one, kind in zip(objects, map(_object_type, objects), strict=True) if kind == _IMAGE):
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        pointer = ctypes.cast(one, pdfium_c.FPDF_PAGEOBJECT)
        if pdfium_c.FPDFPageObj_GetBounds(pointer, left, bottom, right, top):
            covered += max(right.value - left.value, 0.0) * max(top.value - bottom.value, 0.0)
    return covered > COVERED * area


def _invisible(page: pdfium.PdfPage) -> bool:
    """Whether the page's first texts are drawn in the mode that leaves no ink."""
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value
    count = min(pdfium_c.FPDFPage_CountObjects(page.raw), _LOOKED_AT)
    objects = list(map(_object, repeat(handle), range(count)))
    texts = [one for one in objects if _object_type(one) == pdfium_c.FPDF_PAGEOBJ_TEXT]
    return bool(texts) and all(_render_mode(one) == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE for one in texts)
