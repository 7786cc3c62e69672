"""Letters that typst's own fonts have. PDF/UA refuses a page with others, so those are replaced by a sign."""

from __future__ import annotations

import unicodedata

RANGES = ((0x20, 0x7E), (0xA0, 0x17F), (0x386, 0x3CE), (0x400, 0x45F))
"""Latin with its accents, Greek, Cyrillic: tested letter by letter against the fonts."""
SIGNS = frozenset("–—‘’“”„…•→×−✓°¢€")
REPLACEMENT = "¿"
LACKING = frozenset({0x38B, 0x38D, 0x3A2, 0xAD})
"""Code points within the ranges that are no letters, or that are not drawn."""


def printable(text: str) -> str:
    """Text whose every letter can be printed; others become a sign that shows something was there.

    >>> printable("Søn & 漢字"), printable("a\\x1bb")
    ('Søn & ¿¿', 'a b')
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(_letter(one) for one in composed)


def _letter(one: str) -> str:
    if one.isspace() or unicodedata.category(one) == "Cc":
        return " "
    code = ord(one)
    known = one in SIGNS or (code not in LACKING and any(low <= code <= high for low, high in RANGES))
    return one if known else REPLACEMENT
