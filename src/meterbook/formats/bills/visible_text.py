"""Which words of a page a person can see: text off the page, without size, ink or contrast is none of the bill's.

A bill may say one thing to a reader and another to a program. Colour alone proves nothing (headings stand white on
coloured bars), so nearly white figures are looked for on dark shapes, and a page where they stand on none is
drawn once and looked at in their places.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from meterbook.formats.bills.layout import Word

SMALLEST = 1.5
"""Points: text of less height cannot be read on paper."""
_WHITE = 0xE0
_DARK = 0xB0
_CONTRAST = 24
"""Of 255: what the lightest and the darkest dot in a word's place must differ by."""
_SCALE = 2.0


def address(function: Any, result: Any, *arguments: Any) -> Any:
    """A C function that takes plain addresses: ctypes' typed pointers cost three times as much a call."""
    return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


_pointer, _whole = ctypes.c_void_p, ctypes.c_int
_fill = address(pdfium_c.FPDFText_GetFillColor, _whole, _pointer, _whole, _pointer, _pointer, _pointer, _pointer)
_text_object = address(pdfium_c.FPDFText_GetTextObject, _pointer, _pointer, _whole)
_object = address(pdfium_c.FPDFPage_GetObject, _pointer, _pointer, _whole)
_kind = address(pdfium_c.FPDFPageObj_GetType, _whole, _pointer)
_object_fill = address(pdfium_c.FPDFPageObj_GetFillColor, _whole, *[_pointer] * 5)
_bounds = address(pdfium_c.FPDFPageObj_GetBounds, _whole, *[_pointer] * 5)
_mode = address(pdfium_c.FPDFTextObj_GetTextRenderMode, _whole, _pointer)


def seen_words(
    page: pdfium.PdfPage,
    text: pdfium.PdfTextPage,
    placed: Sequence[tuple[Word, int]],
    size: tuple[float, float],
    *,
    everything: bool,
) -> list[Word]:
    """The words that can be seen.

    Args:
        page: where they stand.
        text: its text.
        placed: words, each with the number of its first character.
        size: width and height of the page as it is shown.
        everything: the whole page is drawn without ink, as under a scan; then that is no reason to drop a word.
    """  # fmt: skip
    width, height = size
    on_page = [
        (word, start) for word, start in placed
        if word.x1 > 0 and word.x0 < width and word.bottom > 0 and word.top < height and word.height >= SMALLEST
    ]  # fmt: skip
    values = [start for word, start in on_page if not word.text.isalpha()]  # words alone tell no value
    hidden = _hidden(page, text, on_page, values, everything=everything) if values else set()
    return [word for word, start in on_page if start not in hidden]


def _hidden(
    page: pdfium.PdfPage,
    text: pdfium.PdfTextPage,
    placed: Sequence[tuple[Word, int]],
    values: Sequence[int],
    *,
    everything: bool,
) -> set[int]:
    """First characters of the values that cannot be seen."""  # fmt: skip
    pale, inkless = _pale(text, values)
    hidden = set() if everything else {start for start, none in zip(values, inkless.tolist(), strict=True) if none}
    light = {start for start, is_pale in zip(values, pale.tolist(), strict=True) if is_pale}
    if light:
        shaded = _shaded(page)
        light -= {start for word, start in placed if start in light and any(_inside(word, box) for box in shaded)}
    if light:
        picture = _picture(page)
        hidden |= {start for word, start in placed if start in light and not _stands_out(picture, word)}
    return hidden


def _pale(text: pdfium.PdfTextPage, starts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which words are nearly white or transparent, and which are drawn in a mode that leaves no ink."""
    handle = ctypes.cast(text.raw, ctypes.c_void_p).value or 0
    colours = np.zeros((len(starts), 4), np.uint32)
    first, end = colours.ctypes.data, colours.ctypes.data + colours.nbytes
    places = (range(first + 4 * channel, end, 16) for channel in range(4))
    deque(map(_fill, repeat(handle), starts, *places), 0)
    pale = (colours[:, :3].min(axis=1) >= _WHITE) | (colours[:, 3] < 32)
    objects = list(map(_text_object, repeat(handle), starts))
    modes = {one: _mode(one) for one in set(objects) if one}
    inkless = np.fromiter(
        (modes.get(one) == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE for one in objects), bool, len(objects)
    )
    return pale, inkless


def _shaded(page: pdfium.PdfPage) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of dark shapes, which white text is commonly printed on; none on a turned page."""
    if page.get_rotation():
        return []
    crop, media = page.get_cropbox(), page.get_mediabox()
    x0, y1 = max(crop[0], media[0]), min(crop[3], media[3])
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
    objects = list(map(_object, repeat(handle), range(pdfium_c.FPDFPage_CountObjects(page.raw))))
    paths = [one for one, kind in zip(objects, map(_kind, objects), strict=True) if kind == pdfium_c.FPDF_PAGEOBJ_PATH]
    found = []
    edges, colour = np.zeros(4, np.float32), np.zeros(4, np.uint32)
    edge, part = edges.ctypes.data, colour.ctypes.data
    for one in paths:
        if not _object_fill(one, part, part + 4, part + 8, part + 12) or colour[3] < 0xF0 or colour[:3].min() > _DARK:
            continue
        if _bounds(one, edge, edge + 4, edge + 8, edge + 12):
            one_left, one_bottom, one_right, one_top = edges.tolist()
            found.append((one_left - x0, y1 - one_top, one_right - x0, y1 - one_bottom))
    return found


def _inside(word: Word, box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    return left <= word.x0 and word.x1 <= right and top <= word.middle <= bottom


def _picture(page: pdfium.PdfPage) -> np.ndarray:
    bitmap = page.render(scale=_SCALE, grayscale=True)
    picture = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    bitmap.close()
    return picture


def _stands_out(picture: np.ndarray, word: Word) -> bool:
    top, bottom = int(max(word.top, 0) * _SCALE), int(word.bottom * _SCALE) + 1
    left, right = int(max(word.x0, 0) * _SCALE), int(word.x1 * _SCALE) + 1
    place = picture[top:bottom, left:right]
    return place.size > 0 and int(place.max()) - int(place.min()) >= _CONTRAST
