"""The shape of the load: mean power by hour of the day and month, as a map of cells."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from math import isnan

from meterbook.report.svg import GREY, INK, PAPER, SCREEN_FONTS, Drawing

TINTS = ("#eef4fb", "#d3e3f4", "#a9c6e8", "#7aa6d8", "#4c84c3", "#1f5fa8", "#123f74", "#08264a")
"""One hue from light to dark: read in grey it says the same."""
LEFT, TOP, CELL_HEIGHT = 58, 22, 14


def heat_map(shape: Sequence[Sequence[float]], *, width: int = 700, fonts: str = SCREEN_FONTS) -> str:
    """An SVG of 24 rows by 12 columns.

    Args:
        shape: mean kW by local hour and month; NaN where there is none, which is hatched.
        width: pixels.
        fonts: font families.
    """
    known = [one for row in shape for one in row if not isnan(one)]
    top = max(known, default=0.0)
    height = TOP + 24 * CELL_HEIGHT + 40
    drawing = Drawing(width, height, title="Mean power by hour and month", description=described(shape), fonts=fonts)
    wide = (width - LEFT - 10) / 12
    for month in range(12):
        drawing.text(LEFT + wide * (month + 0.5), TOP - 7, calendar.month_abbr[month + 1], size=12, anchor="middle")
    for hour, row in enumerate(shape):
        y = TOP + hour * CELL_HEIGHT
        if hour % 3 == 0:
            drawing.text(LEFT - 8, y + 8, f"{hour:02d}:00", size=11, fill=GREY, anchor="end")
        for month, value in enumerate(row):
            said = f"{calendar.month_name[month + 1]} {hour:02d}:00 to {hour + 1:02d}:00: "
            said += "no reading" if isnan(value) else f"{value:.2f} kW"
            drawing.rect(LEFT + wide * month, y, wide, CELL_HEIGHT, fill=_tint(value, top), said=said)
    for month in range(1, 12):
        drawing.line(LEFT + wide * month, TOP, LEFT + wide * month, TOP + 24 * CELL_HEIGHT, stroke=PAPER, width=0.5)
    _key(drawing, top, TOP + 24 * CELL_HEIGHT + 14)
    return drawing.render()


def described(shape: Sequence[Sequence[float]]) -> str:
    """What the map shows, in words."""
    cells = [
        (value, hour, month) for hour, row in enumerate(shape) for month, value in enumerate(row) if not isnan(value)
    ]
    if not cells:
        return "There are no readings by the hour."
    most, least = max(cells), min(cells)
    words = (
        f"Mean power is highest in {calendar.month_name[most[2] + 1]} from {most[1]:02d}:00, {most[0]:.2f} kW, "
        f"and lowest in {calendar.month_name[least[2] + 1]} from {least[1]:02d}:00, {least[0]:.2f} kW."
    )
    empty = [calendar.month_name[month + 1] for month in range(12) if all(isnan(row[month]) for row in shape)]
    return words + (f" Without readings: {', '.join(empty)}." if empty else "")


def _tint(value: float, top: float) -> str:
    if isnan(value):
        return "url(#hatch)"
    share = max(0.0, value / top) if top > 0 else 0.0
    return TINTS[min(len(TINTS) - 1, int(share * len(TINTS)))]


def _key(drawing: Drawing, top: float, y: float) -> None:
    """What the tints stand for, from nothing to the highest."""
    drawing.text(LEFT, y + 11, "0", size=11, fill=GREY)
    for index, tint in enumerate(TINTS):
        drawing.rect(LEFT + 14 + index * 26, y, 26, 14, fill=tint)
    end = LEFT + 14 + len(TINTS) * 26
    drawing.text(end + 6, y + 11, f"{top:.2f} kW", size=11, fill=INK)
    drawing.rect(end + 90, y, 25, 14, fill="url(#hatch)", line=PAPER)
    drawing.text(end + 121, y + 11, "no reading", size=11, fill=GREY)
