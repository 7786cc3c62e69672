"""Utility bills drawn from their descriptions, and varied: columns moved, labels renamed, other dates, more pages."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from drawn_pdf import Drawing
from layout_pen import BUDGET, Pen, amount_due
from layout_traps import HOSTILE_EXTRAS, MESSAGES, TRAPS, notice
from layout_words import Layout, Line, MeterSpec, Truth

VARIATIONS = ("as it is", "moved", "renamed", "dates", "longer")
"""What a utility changes when it has its bill drawn anew."""
HOSTILE = ("crowded", "wrapped", "last month", "notice", "split", "price table", "stale", "day first")
"""What makes a print hard to read, or easy to read wrongly."""


def drawn(layout: Layout, truth: Truth, variation: str, random: Random) -> bytes:
    """The bill as a PDF."""
    pen = Pen(layout, truth, Drawing(), random, variation)
    if variation == "notice":
        notice(pen)
    if variation == "moved":
        pen.dx, pen.size, pen.pitch = random.choice((-12.0, 8.0, 20.0)), random.choice((8.0, 8.5)), 11.0
    pen.text(36, 36, layout.name.upper(), 13)
    pen.text(480, 30, "Page 1 of 2" if layout.place == "page 2" or variation == "longer" else "Page 1 of 1", 7)
    _keys(pen)
    y = 150.0
    if layout.rate[0]:
        pen.text(300, 100, layout.rate[0] + " " + layout.rate[1])
    y = _meters(pen, y)
    y = _activity(pen, y + 14)
    page_2 = layout.place == "page 2" or variation == "longer"
    if page_2:
        pen.text(36, y + 14, "Charge detail is found on the back of this page", 7)
        _summary(pen, y + 34)
        _traps(pen)
        pen.sheet.page()
        if variation == "longer":
            pen.text(36, 30, layout.name.upper(), 10)
            pen.text(480, 30, "Page 2 of 2", 7)
            for row in range(4):
                pen.text(36, 50 + row * 10, MESSAGES[row], 7)
        _charges(pen, 36, 110 if variation == "longer" else 60, 420)
    elif layout.place == "right":
        _charges(pen, 320, 150, 580)
        _traps(pen)
    else:
        _charges(pen, 36, y + 20, 440)
        _traps(pen)
    if variation in HOSTILE_EXTRAS:
        HOSTILE_EXTRAS[variation](pen)
    return pen.sheet.pdf()


def _keys(pen: Pen) -> None:
    truth, layout = pen.truth, pen.layout
    period = f"{pen.day(truth.start)} - {pen.day(truth.end)}"
    values = (truth.account, pen.day(truth.issued), pen.day(truth.due), period)
    pairs = [(pen.name(label), value) for label, value in zip(layout.keys, values, strict=True) if label]
    for number, (label, value) in enumerate(pairs):
        if layout.keys_style == "over":
            pen.text(36 + number * 125, 60, label)
            pen.text(36 + number * 125, 72, value)
        elif layout.keys_style == "inline":
            pen.text(36, 60 + number * pen.pitch, f"{label}: {value}")
        elif layout.keys_style == "first":
            pen.text(36, 60 + number * pen.pitch, label)
            pen.sheet.pages[-1].append("")  # values are drawn after all labels
        else:
            pen.text(36, 60 + number * pen.pitch, label)
            pen.text(150, 60 + number * pen.pitch, value)
    if layout.keys_style == "first":
        for number, (_, value) in enumerate(pairs):
            pen.text(170, 60 + number * pen.pitch, value)


def readings(truth: Truth, spec: MeterSpec) -> tuple[Decimal, Decimal, Decimal]:
    """Previous and present reading and the usage of a register; the multiplier divides it without rest."""
    usage = truth.quantities[spec.of]
    previous = truth.readings[spec.number]
    return previous, previous + usage / spec.multiplier, usage


def _meters(pen: Pen, y: float) -> float:
    layout = pen.layout
    if not layout.meters or layout.meter_style == "none":
        return y
    return {"list": _meter_list, "dated": _dated_readings, "table": _meter_table}[layout.meter_style](pen, y)


def _meter_list(pen: Pen, y: float) -> float:
    for spec in pen.layout.meters:
        for head, value in zip(map(pen.name, pen.layout.meter_heads), _meter_values(pen, spec), strict=True):
            if head:
                pen.text(36, y, head)
                pen.text(150, y, value)
                y += pen.pitch
    return y


def _dated_readings(pen: Pen, y: float) -> float:
    for spec in pen.layout.meters:
        previous, present, usage = readings(pen.truth, spec)
        for text, value in (
            (f"{pen.truth.end:%b %d %Y} reading ACTUAL", present),
            (f"{pen.truth.start:%b %d %Y} reading ACTUAL", previous),
            (f"{spec.unit} used for METER# {spec.number}", usage),
        ):
            pen.text(36, y, text)
            pen.right(270, y, f"{value:f}")
            y += pen.pitch
    return y


def _meter_table(pen: Pen, y: float) -> float:
    narrow = pen.layout.place == "right"
    edges = (85.0, 140.0, 195.0, 240.0, 300.0) if narrow else (110.0, 190.0, 260.0, 320.0, 390.0)
    heads = [pen.name(head) for head in pen.layout.meter_heads]
    if narrow:
        short = {"Meter Number": "Meter", "Multiplier": "Mult", "Constant": "Mult", "kWh Used": "kWh"}
        heads = [short.get(head, head).replace(" Reading", "") for head in heads]
        pen.text(36, y - pen.pitch, "METER READINGS")
    registers = any(spec.register for spec in pen.layout.meters)
    for edge, head in zip(edges, heads, strict=True):
        pen.right(edge, y, head, 7 if narrow else 8)
    if registers:
        pen.text(430, y, "Register")
    for spec in pen.layout.meters:
        y += pen.pitch
        for edge, head, value in zip(edges, heads, _meter_values(pen, spec), strict=True):
            if head:
                pen.right(edge, y, value, 7 if narrow else 0)
        pen.text(430, y, spec.register)
    return y + pen.pitch


def _meter_values(pen: Pen, spec: MeterSpec) -> tuple[str, ...]:
    previous, present, usage = readings(pen.truth, spec)
    return spec.number, f"{previous:,f}", f"{present:,f}", str(spec.multiplier), f"{usage:,f}"


def _activity(pen: Pen, y: float) -> float:
    truth, layout = pen.truth, pen.layout
    edge = 290.0 if layout.place == "right" else 440.0
    values = (truth.previous, -truth.paid, truth.forward)
    for label, value in zip(layout.activity, values, strict=True):
        if label:
            pen.text(36, y, pen.name(label))
            pen.right(edge, y, pen.money(value))
            y += pen.pitch
    return y


def _summary(pen: Pen, y: float) -> None:
    pen.text(36, y, pen.name(pen.layout.current))
    pen.right(440, y, pen.money(pen.truth.current, "$"))
    pen.text(36, y + pen.pitch, pen.name(pen.layout.due))
    pen.right(440, y + pen.pitch, pen.money(amount_due(pen), "$"))


def _charges(pen: Pen, x: float, y: float, edge: float) -> None:
    truth, layout = pen.truth, pen.layout
    for section in layout.sections:
        if section.title:
            pen.text(x, y, section.title, pen.size + 1)
            y += pen.pitch
        lines = [line for line in truth.lines if line.item in section.items and line.section == section.title]
        for line in lines:
            y = _charge(pen, line, x + (6 if section.title else 0), y, edge)
        if section.total:
            pen.text(x, y, section.total)
            pen.right(edge, y, pen.money(sum((line.amount for line in lines), start=Decimal(0))))
            y += pen.pitch
        y += 6
    if layout.place != "page 2" and pen.variation != "longer":
        pen.text(x, y, pen.name(layout.current))
        pen.right(edge, y, pen.money(truth.current))
        y += pen.pitch
        if layout.budget:
            pen.text(x, y, "Budget Amount")
            pen.right(edge, y, pen.money(BUDGET))
            y += pen.pitch
        pen.text(x, y, pen.name(layout.due))
        pen.right(edge, y, pen.money(amount_due(pen)))
    else:
        pen.text(x, y, pen.name(layout.current))
        pen.right(edge, y, pen.money(truth.current))
        if layout.budget:
            pen.text(x, y + pen.pitch, "Budget Amount")
            pen.right(edge, y + pen.pitch, pen.money(BUDGET))


def _charge(pen: Pen, line: Line, x: float, y: float, edge: float) -> float:
    item = line.item
    label = pen.name(item.label)
    words = label.split()
    if pen.variation == "wrapped" and len(words) > 2:
        pen.text(x, y, " ".join(words[:-1]))
        y += pen.pitch - 2
        label = words[-1]
    if pen.variation == "last month":
        pen.right(edge + 80, y, pen.money((line.amount * Decimal("1.07")).quantize(Decimal("0.01"))))
    shown = line.quantity is not None and pen.layout.product != "none"
    quantity = f"{line.quantity:,f}" if line.quantity is not None else ""
    middle = x + 0.5 * (edge - x)
    if shown and pen.layout.product == "under":
        pen.text(x, y, label)
        y += pen.pitch
        pen.text(x + 8, y, f"{quantity} {line.unit} @ ${item.rate}")
    elif shown and pen.layout.product == "columns":
        pen.text(x, y, label)
        pen.right(middle + 30, y, f"{quantity} {line.unit}")
        pen.right(middle + 100, y, f"${item.rate}")
    elif shown:
        pen.text(x, y, label)
        sign = "x" if pen.layout.product == "x" else "@"
        pen.text(
            middle,
            y,
            f"{quantity} {line.unit} {sign} {item.rate}" if sign == "x" else f"{quantity} {line.unit} @ ${item.rate}",
            8,
        )
    else:
        pen.text(x, y, label)
    pen.right(edge, y, pen.money(line.amount))
    return y + pen.pitch


def _traps(pen: Pen) -> None:
    for name in pen.layout.traps:
        TRAPS[name](pen)
