"""Small charts of the annual report: what each month cost, and use by temperature."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from meterbook.analysis.bills.history import BillMonth
from meterbook.analysis.metered_year import Band
from meterbook.report.axes import top_of
from meterbook.report.svg import COST, GREY, INK, PALE, SCREEN_FONTS, USE, Drawing
from meterbook.report.words import amount, rounded

LEFT, FOOT, UPPER = 64, 22, 26


def cost_chart(
    months: Sequence[BillMonth], *, width: int = 820, height: int = 150, right: int = 76, fonts: str = SCREEN_FONTS
) -> str:
    """An SVG of what each month cost, its columns under those of the chart of use.

    Args:
        months: months, oldest first.
        width: pixels.
        height: pixels.
        right: margin at the right, that of the chart above.
        fonts: font families.
    """
    known = [one for one in months if one.cost is not None]
    drawing = Drawing(width, height, title="Cost by bill", description=cost_words(known), fonts=fonts)
    most = max((one.cost for one in known if one.cost is not None), default=Decimal(0))
    least = min((one.cost for one in known if one.cost is not None), default=Decimal(0))
    top, bottom = top_of(max(most, -least, Decimal(1))), Decimal(0)
    bottom = -top if least < 0 else bottom
    lower, step = height - FOOT, (width - LEFT - right) / max(1, len(months))

    def at(value: Decimal) -> float:
        return lower - (lower - UPPER) * float((value - bottom) / (top - bottom))

    for value in {bottom, Decimal(0), top}:
        drawing.line(LEFT, at(value), width - right, at(value), stroke=INK if value == 0 else PALE)
        drawing.text(LEFT - 8, at(value) + 4, amount(value), size=12, fill=GREY, anchor="end")
    drawing.text(LEFT - 8, UPPER - 12, "$", size=12, fill=GREY, anchor="end")
    for index, one in enumerate(months):
        middle = LEFT + step * (index + 0.5)
        if one.cost is None:
            continue
        high, low = sorted((at(one.cost), at(Decimal(0))))
        drawing.rect(
            middle - step * 0.36, high, step * 0.72, low - high, fill=COST, said=f"{one.month:%B %Y}: ${one.cost}"
        )
        if step >= 40:
            drawing.text(
                middle, lower + 16, rounded(one.cost, 2 if abs(one.cost) < 1000 else 0), size=11, anchor="middle"
            )
    return drawing.render()


def band_chart(bands: Sequence[Band], unit: str, *, width: int = 400, fonts: str = SCREEN_FONTS) -> str:
    """An SVG of use a day by the day's mean temperature, a bar a band, coldest on top.

    Args:
        bands: bands, coldest first.
        unit: of the use.
        width: pixels.
        fonts: font families.
    """
    height = 26 + 22 * len(bands)
    drawing = Drawing(width, height, title="Use a day by temperature", description=band_words(bands, unit), fonts=fonts)
    top = max((one.per_day for one in bands), default=1.0) or 1.0
    drawing.text(0, 13, "mean °F of the day", size=11, fill=GREY)
    drawing.text(132, 13, f"{unit} a day", size=11, fill=GREY)
    for index, one in enumerate(bands):
        y = 22 + index * 22
        drawing.text(0, y + 13, f"{one.low_f} to {one.high_f}", size=12)
        drawing.text(122, y + 13, f"{one.days} d", size=11, fill=GREY, anchor="end")
        long = (width - 132 - 46) * max(0.0, one.per_day) / top
        drawing.rect(132, y, long, 17, fill=USE, said=f"{one.low_f} to {one.high_f} °F: {one.per_day:.1f} {unit} a day")
        drawing.text(132 + long + 6, y + 13, f"{one.per_day:.1f}", size=12)
    return drawing.render()


def band_words(bands: Sequence[Band], unit: str) -> str:
    """What the bars show, in words."""
    if not bands:
        return "There are no temperatures to hold the days against."
    least = min(bands, key=lambda one: one.per_day)
    words = f"Least is used on days of {least.low_f} to {least.high_f} °F, {least.per_day:.1f} {unit} a day"
    coldest, hottest = bands[0], bands[-1]
    if coldest is not least:
        words += f"; days of {coldest.low_f} to {coldest.high_f} °F take {coldest.per_day:.1f}"
    if hottest is not least and hottest is not coldest:
        words += f"; days of {hottest.low_f} to {hottest.high_f} °F take {hottest.per_day:.1f}"
    return words + "."


def cost_words(known: Sequence[BillMonth]) -> str:
    """What the columns show, in words."""
    if not known:
        return "No bill tells what was charged."
    most = max(known, key=lambda one: one.cost or Decimal(0))
    least = min(known, key=lambda one: one.cost or Decimal(0))
    return f"The dearest month is {most.month:%B %Y}, ${most.cost}; the cheapest {least.month:%B %Y}, ${least.cost}."
