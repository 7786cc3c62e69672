"""The annual report: two pages, tagged, each picture with a text, the same bytes each time, right in every state."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pypdfium2 as pdfium
import pytest
from bill_samples import thirteen
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import raw
from year_samples import METER, NEW_YORK, facts, quarter_hours

from meterbook.analysis.bills.history import history
from meterbook.analysis.metered_year import metered_year
from meterbook.analysis.year import Prepaid, YearFacts
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.statement import LineItem, Statement
from meterbook.report.annual import annual_report, content
from meterbook.report.letters import LACKING, RANGES, SIGNS, printable
from meterbook.report.typeset import pdf


def text_of(body: bytes) -> list[str]:
    document = pdfium.PdfDocument(body)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def elements(body: bytes) -> Iterator[tuple[str, str]]:
    """Type and alternative text of every element of the pages' structure trees."""
    document = pdfium.PdfDocument(body)
    for page in document:
        tree = raw.FPDF_StructTree_GetForPage(page)
        for index in range(raw.FPDF_StructTree_CountChildren(tree)):
            yield from _below(raw.FPDF_StructTree_GetChildAtIndex(tree, index))
        raw.FPDF_StructTree_Close(tree)


def _below(element: object) -> Iterator[tuple[str, str]]:
    yield _text(raw.FPDF_StructElement_GetType, element), _text(raw.FPDF_StructElement_GetAltText, element)
    for index in range(raw.FPDF_StructElement_CountChildren(element)):
        child = raw.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            yield from _below(child)


def _text(read: object, element: object) -> str:
    assert callable(read)
    size = read(element, None, 0)
    buffer = ctypes.create_string_buffer(max(2, size))
    read(element, buffer, size)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le")


@cache
def states() -> dict[str, YearFacts]:
    """Every state a year can be in."""
    bills = thirteen()
    odd = replace(
        bills[0],
        amount_due=Decimal(-412),
        current_charges=Decimal("-412.00"),
        lines=tuple(
            LineItem(kind=kind, label=kind.value, amount=Decimal("-12345.67")) for kind in LineKind for _ in range(2)
        ),
    )
    spotty = [replace(one, meters=(replace(one.meters[0], read_type=ReadType.ESTIMATED),)) for one in bills[::2]]
    part = metered_year([quarter_hours().clip(1_740_805_200, 1_746_072_000)], 2025, NEW_YORK)
    meters = [replace(quarter_hours(), channel=replace(METER, meter=f"meter {number}")) for number in range(3)]
    return {
        "whole": facts(),
        "no readings": facts(metered=None),
        "no bills": facts(months=(), sources=[]),
        "nothing": facts(months=(), metered=None, sources=[]),
        "paid ahead": facts(months=(), prepaid=Prepaid(days=90, charged=Decimal("371.12"))),
        "water too": facts(
            months=history([_with_water(one) for one in bills], months=None),
        ),
        "part of a year": facts(months=history(bills[:4], months=None), metered=part, today=date(2025, 5, 20)),
        "every kind, negative, wrong": facts(months=history([odd, *bills[1:]], months=None), saved=Decimal("-3.20")),
        "every other bill, estimated": facts(months=history(spotty, months=None), sent_back=Decimal("3120.5")),
        "three meters, many sources": facts(
            metered=metered_year(meters, 2025, NEW_YORK), sources=[f"source {number}" * 8 for number in range(20)]
        ),
        "long and foreign names": facts(place="漢字 & <Søn> #strong[x] $ \\ " * 12, utility="Überlandwerk " * 12),
        "a few months before": facts(
            months=history([*_more(thirteen(date(2024, 1, 2))[:3]), *bills[:4]], months=None), today=date(2025, 5, 20)
        ),
        "one bill": facts(months=history(bills[5:6], months=None), metered=None, today=date(2025, 7, 9)),
        "bills that tell no use": facts(
            months=history([replace(one, usage=None, meters=()) for one in bills], months=None), metered=None
        ),
    }


def _with_water(bill: Statement) -> Statement:
    """The same bill with 20.00 for water beside the electric lines."""
    lines = tuple(replace(one, service="electric") for one in bill.lines)
    water = LineItem(kind=LineKind.WATER_USAGE, label="Water", amount=Decimal("20.00"), service="water")
    total = (bill.current_charges or 0) + 20
    return replace(bill, services=("electric", "water"), lines=(*lines, water), current_charges=total, amount_due=total)


def _more(bills: list[Statement]) -> list[Statement]:
    """The same bills with a little less used."""
    return [replace(one, usage=(one.usage or 0) * Decimal("0.97")) for one in bills]


@cache
def report(state: str) -> bytes:
    return annual_report(states()[state])


@pytest.mark.parametrize("state", sorted(states()))
def test_every_state_of_a_year_is_two_tagged_pages_with_alternative_texts(state: str) -> None:
    body = report(state)
    document = pdfium.PdfDocument(body)
    assert len(document) == 2
    running = states()[state].today.year == 2025
    assert document.get_metadata_value("Title") == f"2025{', so far' if running else ''}: a year of electricity"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in body
    assert b"/Lang(en-US)" in body
    assert b"/MarkInfo<</Marked true" in body
    found = list(elements(body))
    figures = [alt for kind, alt in found if kind == "Figure"]
    assert figures
    assert all(len(alt) > 20 for alt in figures)
    kinds = {kind for kind, _ in found}
    assert {"Title", "H1", "Table", "TH", "TD", "L", "LI"} <= kinds | {"Title"}


def test_only_typst_s_own_fonts_are_in_it_and_they_are_embedded() -> None:
    body = report("whole")
    names = set()
    for page in pdfium.PdfDocument(body):
        for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            font = raw.FPDFTextObj_GetFont(item)
            assert raw.FPDFFont_GetIsEmbedded(font) == 1
            size = raw.FPDFFont_GetFamilyName(font, None, 0)
            buffer = ctypes.create_string_buffer(size)
            raw.FPDFFont_GetFamilyName(font, buffer, size)
            names.add(buffer.value.decode())
    assert {name.replace(" ", "").split("-")[0] for name in names} <= {"LibertinusSerif", "DejaVuSansMono"}


def test_the_same_facts_give_the_same_bytes() -> None:
    assert annual_report(states()["whole"]) == report("whole")


def test_the_figures_on_the_pages_are_those_worked_out_by_hand() -> None:
    first, second = text_of(report("whole"))
    assert (
        "11,686 kWh were used and $1,563.74 were billed in 2025: 32.0 kWh a day, as much as in 2024; 13.4 cents a kWh, "
        "all charges counted."
    ) in first
    for told in (
        "Energy 1,052.92 67 %",  # 11,686 × 0.0901, rounded bill by bill
        "Fixed charges 387.96 25 %",  # 12 × 32.33
        "Highest day Tue 8 Jul, 27.3 kWh",
        "Highest hour Tue 8 Jul from 17:00, 3.25 kWh",
        "Highest demand Tue 8 Jul 17:15 to 17:30, 10.00 kW",
        "Dearest bill January, $177.99",
    ):
        assert told in first, told
    assert "January 31 1,463 775 47.2 177.99 12.2 29 / 49 0 % none" in second
    assert "2025 365 11,686 9,127 32.0 1,563.74 13.4 0 % 0" in second
    assert "Nothing: every bill and every reading of the year is there, and every bill adds up." in second


def test_bills_that_tell_no_use_have_no_empty_chart() -> None:
    told, _ = content(states()["bills that tell no use"])
    assert told["use"] is None
    assert "are for no use that they tell" in text_of(report("bills that tell no use"))[0]
    assert content(states()["nothing"])[0]["use"] is not None


def test_what_is_missing_is_said() -> None:
    found = {state: " ".join(text_of(report(state))) for state in states()}
    assert "No reading of a meter of this year is in the book." in found["no readings"]
    assert "the book has no bills of this year" in found["no bills"]
    assert "what was charged is not known" in found["no bills"]
    assert "Readings run from 1 March to 30 April only." in found["part of a year"]
    assert "Not billed yet: May to December." in found["part of a year"]
    assert (
        "There are no daily temperatures to hold the days against. By the bills, a day took most in January, 47.2 kWh "
        "at 29 to 49 °F, and least in October, 20.6 kWh at 55 to 73 °F."
    ) in found["no readings"]
    assert "36.0 kWh a day, in January to March 4 % more than in 2024;" in found["a few months before"]
    assert "$371.12 were taken in 90 days that the portal told." in found["paid ahead"]
    assert (
        "$1,803.74 were billed in 2025: 32.0 kWh a day; 13.4 cents a kWh, electric charges counted."
        in found["water too"]
    )
    assert "Water and sewer 240.00 13 %" in found["water too"]
    assert "The book has neither bills nor readings of 2025." in found["nothing"]
    assert "in 4 months of 2025" in found["part of a year"]
    assert "Bills missing: February, April" in found["every other bill, estimated"]
    assert "Billed by an estimated reading: January, March" in found["every other bill, estimated"]
    assert "3,121 kWh to the supplier" in found["every other bill, estimated"]
    assert "$3.20 lost against the standard rate" in found["every kind, negative, wrong"]
    assert "And 16 sources more." in found["three meters, many sources"]
    assert "¿¿ & <Søn> #strong[x] $" in found["long and foreign names"]


def test_nothing_leaves_its_page() -> None:
    for state in states():
        for page in pdfium.PdfDocument(report(state)):
            width, height = page.get_size()
            for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                left, bottom, right, top = item.get_bounds()
                assert left >= 36, state
                assert right <= width - 36, state
                assert bottom >= 18, state
                assert top <= height - 30, state


def test_pictures_have_the_texts_that_they_are_given_on_the_page() -> None:
    told, pictures = content(states()["whole"])
    assert set(pictures) == {"use", "cost", "heat", "bands"}
    for name in ("use", "heat", "bands"):
        assert told[name]["alt"] in pictures[name].replace("&amp;", "&")


def test_every_letter_that_is_let_through_can_be_printed() -> None:
    letters = [chr(code) for low, high in RANGES for code in range(low, high + 1) if code not in LACKING]
    source = (
        '#set document(title: "x")\n#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))\n'
        "#json(bytes(sys.inputs.told))"
    )
    pdf(source, {"told": json.dumps(" ".join([*letters, *sorted(SIGNS)]))}, day=date(2026, 1, 1))


@given(st.text(max_size=80))
@settings(max_examples=10)
def test_any_name_at_all_can_be_printed(name: str) -> None:
    assert printable(printable(name)) == printable(name)
    annual_report(replace(states()["one bill"], place=name))
