"""The picture of a year of bills: well-formed, named, described, its bars as long as they should be; and its PNG."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

from bill_samples import thirteen

from meterbook.analysis.bills.history import BillMonth, history
from meterbook.model.bill_kinds import ReadType
from meterbook.report.bill_chart import bill_chart
from meterbook.report.svg import USE
from meterbook.report.typeset import png

SVG = "{http://www.w3.org/2000/svg}"


def months() -> tuple[BillMonth, ...]:
    bills = thirteen()
    bills[4] = replace(bills[4], meters=(replace(bills[4].meters[0], read_type=ReadType.ESTIMATED),))
    del bills[7]
    return history(bills)


def drawn(**more: object) -> ElementTree.Element:
    return ElementTree.fromstring(bill_chart(months(), title="Account 7001001", **more))  # type: ignore[arg-type]


def test_it_is_one_named_and_described_image() -> None:
    root = drawn()
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Account 7001001: kWh by bill"
    assert description.text == (
        "12 months by bill from January 2025 to January 2026. Most was used in January 2025, 1,463 kWh; least in "
        "October 2025, 640 kWh. Mean daily highs reached 88 °F in July 2025, mean daily lows 29 °F in January 2025. "
        "Without a bill: August 2025."
    )


def test_bars_are_as_long_as_what_was_used_from_a_zero_baseline() -> None:
    bars = {one[0].text: one for one in drawn().iter(f"{SVG}rect") if len(one)}
    january, december = (
        bars["January 2025: 1,463 kWh, 47.2 a day, $177.99, 29 to 49 °F"],
        bars["December 2025: 1,204 kWh, 38.8 a day, $152.74, 33 to 52 °F"],
    )
    ratio = float(january.get("height", 0)) / float(december.get("height", 1))
    assert abs(ratio - 1463 / 1204) < 0.001
    feet = {float(one.get("y", 0)) + float(one.get("height", 0)) for one in (january, december)}
    assert max(feet) - min(feet) < 0.11
    assert january.get("fill") == USE


def test_a_missing_month_is_hatched_and_an_estimate_looks_different() -> None:
    fills = {one[0].text: one.get("fill") for one in drawn().iter(f"{SVG}rect") if len(one)}
    assert fills["August 2025: no bill"] == "url(#hatch)"
    assert fills["May 2025: 655 kWh, 21.1 a day, $99.24, 58 to 78 °F (estimated)"] == "url(#estimated)"
    assert "no bill" in [one.text for one in drawn().iter(f"{SVG}text")]


def test_lines_of_temperature_break_where_a_month_is_missing() -> None:
    lines = [one.get("d", "") for one in drawn().iter(f"{SVG}path")]
    assert [line.count("L") + 1 for line in lines] == [7, 7, 5, 5, 7, 7, 5, 5]  # each drawn twice: a rim, and the line


def test_text_is_text_and_nothing_of_a_bill_becomes_markup() -> None:
    svg = bill_chart(months(), title='<script>alert("1")</script>\x1b[0m & Søn')
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert any("<script>" in (one.text or "") for one in root.iter(f"{SVG}text"))


def test_no_month_and_no_use_are_drawn_without_a_bar() -> None:
    for empty in ((), (replace(months()[0], usage=None),)):
        root = ElementTree.fromstring(bill_chart(empty, title="Account 1"))
        assert USE not in [one.get("fill") for one in root.iter(f"{SVG}rect") if len(one)]


def test_sixty_months_leave_out_names_rather_than_write_over_each_other() -> None:
    many = [replace(months()[0], month=months()[0].month.replace(year=1990 + number // 12, month=number % 12 + 1))
            for number in range(60)]  # fmt: skip
    root = ElementTree.fromstring(bill_chart(many, title="Account 1"))
    spots = sorted(
        float(one.get("x", 0)) for one in root.iter(f"{SVG}text") if one.text in ("Jan", "Apr", "Jul", "Oct")
    )
    assert all(after - before > 25 for before, after in pairwise(spots))


def test_the_png_is_the_drawing_at_twice_its_size_and_always_the_same() -> None:
    svg = bill_chart(months(), title="Account 7001001")
    first = png(svg)
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", first[16:24]) == (1640, 800)
    assert png(svg) == first
