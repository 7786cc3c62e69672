"""Published sample bills with one figure misread: whatever is still accepted tells every value right.

A figure in the text of the page is changed, as a worn printer or an OCR program would. If it belongs to a sum the bill
must be refused; if it stands in a message or a graph it may be accepted, with the values of the unspoiled print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from full_counts import Count
from shared_data import SHARED, needs_shared

from meterbook.formats.bills import BillReading, read_document
from meterbook.formats.bills.layout import Word, rows_of
from meterbook.formats.bills.text import DocumentText, read_text

PDFS = [
    path
    for path in sorted((SHARED / "data" / "bills" / "pdf").glob("*.pdf"))
    if path.with_suffix(".truth.json").exists()
]


@needs_shared
def test_a_misread_figure_is_never_accepted_as_a_value(count: Count) -> None:
    wrong = []
    for trial in count("bills with a misread figure", quick=120, full=6000):
        random = Random(trial)
        path = random.choice(PDFS)
        document = text_of(path)
        whole = read_document(document)
        spoiled, change = misread(document, random)
        reading = read_document(spoiled)
        if reading.accepted and whole.accepted and told(reading) - told(whole):
            wrong.append((path.name, change, told(reading) - told(whole)))
    assert wrong == []


@cache
def text_of(path: Path) -> DocumentText:
    return read_text(path.read_bytes(), path.name)


def misread(document: DocumentText, random: Random) -> tuple[DocumentText, str]:
    """The document with one figure of one amount changed, or its sign lost."""
    amounts = [
        (page.number, word)
        for page in document.pages
        for word in page.words
        if any(letter.isdigit() for letter in word.text) and "." in word.text
    ]
    number, word = random.choice(amounts)
    figures = [place for place, letter in enumerate(word.text) if letter.isdigit()]
    place = random.choice(figures)
    other = random.choice([figure for figure in "0123456789" if figure != word.text[place]])
    text = word.text[:place] + other + word.text[place + 1 :]
    pages = tuple(
        replace(page, rows=rows_of(_replaced(page.words, word, text), page.number)) if page.number == number else page
        for page in document.pages
    )
    return replace(document, pages=pages), f"{word.text} → {text}"


def _replaced(words: Iterator[Word], one: Word, text: str) -> Iterator[Word]:
    return (replace(word, text=text) if word is one else word for word in words)


def told(reading: BillReading) -> set[Any]:
    """Everything an accepted reading tells; of a label its letters, for a figure inside it belongs to no sum."""
    (statement,) = reading.statements
    lines = {(place, re.sub(r"[\d.,]", "", line.label), line.amount) for place, line in enumerate(statement.lines)}
    return set(statement.fields.items()) | lines
