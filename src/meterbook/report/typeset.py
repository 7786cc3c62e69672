"""Typst, the typesetter: pages and pictures with its own fonts only, so that the same values give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

import pypdfium2
import typst

PICTURE = """#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")
"""
SCREEN_PPI = 72
UA: Literal["ua-1"] = "ua-1"
"""PDF/UA-1, ISO 14289: tagged, titled, in a named language, each picture with a text; typst refuses what is not."""


def png(svg: str, scale: float = 2.0) -> bytes:
    """An SVG as a PNG picture.

    Args:
        svg: the drawing.
        scale: pixels of the picture for one of the drawing's.
    """
    # Typst takes a pixel of an SVG for 0.75 pt (96 to the inch).
    found = typst.compile(
        PICTURE.encode(), sys_inputs={"svg": svg}, ignore_system_fonts=True, format="png", ppi=SCREEN_PPI / 0.75 * scale
    )
    assert isinstance(found, bytes)
    return found


def pdf(source: str, inputs: Mapping[str, str], *, day: date) -> bytes:
    """A document as an accessible PDF; the same inputs give the same bytes.

    Args:
        source: typst markup.
        inputs: what the markup reads as ``sys.inputs``.
        day: the day it is made, for its metadata.
    """
    made = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    found = typst.compile(
        source.encode(), sys_inputs=dict(inputs), ignore_system_fonts=True, pdf_standards=UA, timestamp=made
    )
    assert isinstance(found, bytes)
    return found


def page_count(body: bytes) -> int:
    """How many pages a PDF has."""
    with pypdfium2.PdfDocument(body) as document:
        return len(document)
