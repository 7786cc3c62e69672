"""Bills whose layout has changed, and bills with a digit changed: read right or refused, never wrong.

The layout is changed by moving the words that stand on the page: columns further apart, a page at another size, labels
renamed, rows pushed to a further page, a charge more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import SHARED, needs_shared

from meterbook.formats.bills.layout import Word, rows_of
from meterbook.formats.bills.read import read_document
from meterbook.formats.bills.reading import ReadStatement
from meterbook.formats.bills.text import DocumentText, PageText, read_text
from meterbook.practice.billing.truth import samples
from meterbook.practice.settings import Settings
from meterbook.utilities import bill_templates

PAPER = SHARED / "data" / "bills" / "pdf"
REAL = (
    "calamwater-water-sewer-2018-07",
    "invented-commercial-electric-2025-06",
    "invented-residential-electric-2025-07",
    "municipal-water-sewer-2023-12",
    "nationalgrid-ma-gas-2024-04",
    "peoplesgas-il-gas-2026-02",
    "pge-3ce-electric-tou-2022-12",
)
ALL = ("practice", *(pytest.param(name, marks=needs_shared) for name in REAL))
SUMMED = (
    "previous_balance",
    "payments",
    "adjustments",
    "balance_forward",
    "current_charges",
    "amount_due",
)
"""Values that a sum covers."""
EACH = settings(max_examples=max(settings().max_examples // 4, 20))
"""Examples for each of eight bills."""


@cache
def document(name: str) -> DocumentText:
    """The words of a bill."""
    if name != "practice":
        return read_text((PAPER / f"{name}.pdf").read_bytes(), name)
    settings = Settings(members=1, today=date(2026, 11, 25))
    sample = next(iter(samples(settings, months=1)))
    return read_text(sample.document(settings), name)


@cache
def right(name: str) -> ReadStatement:
    """What the unchanged bill says."""
    (one,) = read(document(name))
    assert one.accepted, one.reasons
    return one


def read(text: DocumentText) -> tuple[ReadStatement, ...]:
    """By templates alone: what no template fits says nothing here."""
    reading = read_document(text, templates=bill_templates.templates())
    return reading.statements if reading.template is not None else ()


def summed(one: ReadStatement) -> dict[str, object]:
    """Every value of a bill that a sum covers."""
    return {name: one.fields.get(name) for name in SUMMED} | {"lines": [line.amount for line in one.lines]}


def agrees(one: ReadStatement, name: str) -> bool:
    """Whether it is refused, or says nothing else than the unchanged bill; what it does not say is no mistake."""
    known = summed(right(name))
    return not one.accepted or all(known[key] == value for key, value in summed(one).items() if value is not None)


def said(one: ReadStatement) -> dict[str, object]:
    """Everything that a bill says."""
    return {**one.fields, "lines": one.lines, "meters": one.meters}


def moved(text: DocumentText, move: Callable[[Word, PageText], Word]) -> DocumentText:
    """A bill with each of its words moved or changed."""
    return DocumentText(pages=tuple(_page(page, [move(word, page) for word in page.words]) for page in text.pages))


def renamed(text: DocumentText, names: Mapping[str, str]) -> DocumentText:
    """A bill with words changed."""
    return moved(text, lambda word, _: replace(word, text=names.get(word.text, word.text)))


def _page(page: PageText, words: list[Word]) -> PageText:
    return replace(page, rows=rows_of(words, page.number))


def shifted(word: Word, right: float = 0.0, down: float = 0.0) -> Word:
    """A word elsewhere on the page."""
    return Word(word.text, word.x0 + right, word.x1 + right, word.top + down, word.bottom + down)


# -- layout -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("right_by", "down_by"), [(37.0, 0.0), (-11.5, 22.0), (3.25, -9.75)])
def test_everything_may_stand_elsewhere(name: str, right_by: float, down_by: float) -> None:
    (one,) = read(moved(document(name), lambda word, _: shifted(word, right_by, down_by)))
    assert one.accepted, one.reasons
    assert said(one) == said(right(name))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("factor", [0.7, 1.37])
def test_the_page_may_be_of_another_size(name: str, factor: float) -> None:
    def scaled(word: Word, _: PageText) -> Word:
        edges = (word.x0, word.x1, word.top, word.bottom)
        return Word(word.text, *(edge * factor for edge in edges))

    found = read(moved(document(name), scaled))
    assert all(said(one) == said(right(name)) for one in found if one.accepted)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("share", [0.35, 0.5, 0.6, 0.8])
def test_a_column_further_right_is_read_right_or_refused(name: str, share: float) -> None:
    def wider(word: Word, page: PageText) -> Word:
        return shifted(word, 60.0) if word.x0 > share * page.width else word

    for one in read(moved(document(name), wider)):
        assert not one.accepted or said(one) == said(right(name))


@pytest.mark.parametrize("name", ALL)
def test_columns_that_change_places_are_read_right_or_refused(name: str) -> None:
    def swapped(word: Word, page: PageText) -> Word:
        return shifted(word, page.width / 2 if word.x0 < page.width / 2 else -page.width / 2)

    for one in read(moved(document(name), swapped)):
        assert agrees(one, name)


@pytest.mark.parametrize("name", ALL)
def test_rows_further_apart_are_read_right(name: str) -> None:
    stretched = moved(document(name), lambda word, _: shifted(word, 0.0, 0.25 * (word.top + word.bottom) / 2))
    for one in read(stretched):
        assert not one.accepted or said(one) == said(right(name))


@pytest.mark.parametrize("name", ALL)
def test_a_longer_page_runs_over_to_the_next(name: str) -> None:
    """Everything beneath the middle of the last page with charges goes to a page of its own."""
    pages: list[PageText] = []
    for page in document(name).pages:
        middle = page.height * 0.45
        upper = [word for word in page.words if word.middle < middle]
        lower = [shifted(word, 0.0, -middle + 40.0) for word in page.words if word.middle >= middle]
        for words in (upper, lower):
            number = len(pages) + 1
            pages.append(replace(page, number=number, rows=rows_of(words, number)))
    for one in read(DocumentText(pages=tuple(pages))):
        assert not one.accepted or said(one) == said(right(name))


@EACH
@given(data=st.data())
@pytest.mark.parametrize("name", ALL)
def test_a_renamed_label_is_read_right_or_refused(name: str, data: st.DataObject) -> None:
    words = sorted(
        {word.text for page in document(name).pages for word in page.words if word.text.strip(":").isalpha()}
    )
    old = data.draw(st.sampled_from(words))
    new = data.draw(st.sampled_from(["Zorp", "Saldo", "Betrag", "Fee2"]))
    for one in read(renamed(document(name), {old: new})):
        assert agrees(one, name)


@EACH
@given(data=st.data())
@pytest.mark.parametrize("name", ALL)
def test_a_row_that_is_gone_is_noticed(name: str, data: st.DataObject) -> None:
    text = document(name)
    page = data.draw(st.sampled_from([page for page in text.pages if page.rows]))
    row = data.draw(st.sampled_from(page.rows))
    kept = [word for word in page.words if word not in row.words]
    changed = replace(text, pages=tuple(_page(one, kept) if one is page else one for one in text.pages))
    for one in read(changed):
        assert agrees(one, name)


def test_a_charge_more_without_its_share_of_the_total_is_refused() -> None:
    text = document("practice")
    page = next(page for page in text.pages if "Charge Details" in page.text)
    row = next(row for row in page.rows if row.text.startswith("Facilities Charge"))
    extra = [replace(shifted(word, 0.0, 5.7), text=word.text.replace("Facilities", "Zorp")) for word in row.words]
    squeezed = [shifted(word, 0.0, 12.0) if word.middle > row.top + 12 else word for word in page.words]
    changed = replace(text, pages=tuple(_page(one, squeezed + extra) if one is page else one for one in text.pages))
    (one,) = read(changed)
    assert not one.accepted


# -- digits -----------------------------------------------------------------------------------------------------------


@EACH
@given(data=st.data())
@pytest.mark.parametrize("name", ALL)
def test_a_changed_digit_is_never_accepted_in_a_value_that_a_sum_covers(name: str, data: st.DataObject) -> None:
    text = document(name)
    page = data.draw(st.sampled_from([page for page in text.pages if any(c.isdigit() for c in page.text)]))
    word = data.draw(st.sampled_from([word for word in page.words if any(char.isdigit() for char in word.text)]))
    at = data.draw(st.sampled_from([place for place, char in enumerate(word.text) if char.isdigit()]))
    digit = data.draw(st.sampled_from([other for other in "0123456789" if other != word.text[at]]))
    other = replace(word, text=word.text[:at] + digit + word.text[at + 1 :])
    words = [other if one is word else one for one in page.words]
    changed = replace(text, pages=tuple(_page(one, words) if one is page else one for one in text.pages))
    for one in read(changed):
        assert agrees(one, name), f"{word.text} became {other.text}"


# -- several bills in a file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("other", ALL)
def test_of_two_bills_in_a_file_none_is_lost(name: str, other: str) -> None:
    """Two of one layout are both read; one beside another utility's is refused, whichever comes first."""
    both = DocumentText(pages=(*document(name).pages, *document(other).pages))
    accepted = [one for one in read(both) if one.accepted]
    if name == other:
        assert [said(one) for one in accepted] in ([said(right(name))] * 2, [])
    else:
        assert accepted == []
