"""What a month's use has cost over the years, as a picture: a bar a month, gaps as gaps, assumed months lighter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import groupby
from typing import Protocol

from meterbook.report.svg import COST, GREY, INK, PALE, PAPER, SCREEN_FONTS, Drawing

WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, UPPER, LOWER = 62, 24, 76, 52
ASSUMED = "#f0cf9c"
STEPS = (Decimal(5), Decimal(10), Decimal(20), Decimal(25), Decimal(50), Decimal(100), Decimal(200), Decimal(500))
MOST_LINES = 6


class Shown(Protocol):
    """A month: its first day, its price if there is one, and how sure that is."""

    @property
    def month(self) -> date: ...
    @property
    def price(self) -> Decimal | None: ...
    @property
    def status(self) -> str: ...
    @property
    def gap(self) -> str | None: ...


def trend_chart(title: str, months: Sequence[Shown], *, fonts: str = SCREEN_FONTS) -> str:
    """An SVG with a bar a month.

    Args:
        title: what is shown.
        months: without a hole, oldest first.
        fonts: font families.
    """
    known = [Decimal(0), *(one.price for one in months if one.price is not None)]
    top, step = _scale(max(known))
    drawing = Drawing(WIDTH, HEIGHT, title=title, description=_said(months), fonts=fonts)
    drawing.text(16, 26, title, size=15, bold=True)
    note = "dollars a month, taxes and riders in it; lighter where a number is assumed"
    drawing.text(16, 48, note, size=12, fill=GREY)
    wide = (WIDTH - LEFT - RIGHT) / max(len(months), 1)

    def height(value: Decimal) -> float:
        return HEIGHT - LOWER - (HEIGHT - LOWER - UPPER) * float(value / top)

    value = Decimal(0)
    while value <= top:
        drawing.line(LEFT, height(value), WIDTH - RIGHT, height(value), stroke=INK if value == 0 else PALE)
        drawing.text(LEFT - 8, height(value) + 4, f"{value:,.0f}", size=12, fill=GREY, anchor="end")
        value += step
    for at, one in enumerate(months):
        x = LEFT + at * wide
        if one.price is not None:
            tint, mark = (ASSUMED, " (assumed)") if one.status == "assumed" else (COST, "")
            y = height(one.price)
            said = f"{one.month:%B %Y}: {one.price:,.2f}{mark}"
            drawing.rect(x, y, wide, HEIGHT - LOWER - y, fill=tint, said=said)
        if one.month.month == 1 and _labelled(one.month.year, months):
            drawing.text(x, HEIGHT - LOWER + 18, f"{one.month.year}", size=12, fill=GREY)
    _gaps(drawing, months, wide)
    return drawing.render()


def _gaps(drawing: Drawing, months: Sequence[Shown], wide: float) -> None:
    at = 0
    for known, run in groupby(months, key=lambda one: one.price is not None):
        some = list(run)
        if not known:
            x, width = LEFT + at * wide, len(some) * wide
            said = f"{some[0].month:%B %Y} to {some[-1].month:%B %Y}: {some[0].gap}"
            drawing.rect(x, UPPER, width, HEIGHT - LOWER - UPPER, fill="url(#hatch)", said=said)
            if width > 60:
                drawing.rect(x + width / 2 - 31, HEIGHT - LOWER - 24, 62, 18, fill=PAPER)
                drawing.text(x + width / 2, HEIGHT - LOWER - 11, "not known", size=11, fill=GREY, anchor="middle")
        at += len(some)


def _labelled(year: int, months: Sequence[Shown]) -> bool:
    years = months[-1].month.year - months[0].month.year + 1
    return years <= 16 or year % 5 == 0


def _scale(highest: Decimal) -> tuple[Decimal, Decimal]:
    """Top of the axis and the step of its lines."""
    step = next((one for one in STEPS if highest <= one * MOST_LINES), STEPS[-1])
    while highest > step * MOST_LINES:
        step *= 2
    lines = max(int((highest / step).to_integral_value(ROUND_CEILING)), 1)
    return step * lines, step


def _said(months: Sequence[Shown]) -> str:
    known = [(one.price, one.month) for one in months if one.price is not None]
    if not known:
        return "No month can be priced."
    low, high = min(known), max(known)
    return (
        f"From {known[0][1]:%B %Y} to {known[-1][1]:%B %Y}: lowest {low[0]:,.2f} in {low[1]:%B %Y}, "
        f"highest {high[0]:,.2f} in {high[1]:%B %Y}; {len(months) - len(known)} months are not known."
    )
