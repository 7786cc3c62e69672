"""Months of bills as a picture: bars of use, and the days' mean high and low temperatures on an axis of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from meterbook.analysis.bills.history import BillMonth
from meterbook.report.axes import DEGREE_STEP, degrees_of, top_of
from meterbook.report.svg import GREY, INK, PALE, PAPER, SCREEN_FONTS, USE, Drawing
from meterbook.report.words import amount, fullest

LEFT, RIGHT, TOP, BOTTOM = 64, 76, 58, 62


def bill_chart(
    months: Sequence[BillMonth],
    *,
    title: str,
    width: int = 820,
    height: int = 400,
    fonts: str = SCREEN_FONTS,
    headed: bool = True,
    of: str = "bill",
    blank: Collection[date] = (),
) -> str:
    """An SVG of months of bills.

    Args:
        months: months, oldest first; one without a bill is hatched and says so, an estimated one is hatched blue.
        title: whose bills.
        width: pixels.
        height: pixels.
        fonts: font families.
        headed: write the title above the chart; without it whoever shows the picture does.
        of: what a month is by, ``bill`` or ``month``; a month without says so.
        blank: months that are not missing, only not there yet.
    """
    unit = next((one.unit for one in months if one.unit), "use")
    heading = f"{title}: {unit} by {of}"
    drawing = Drawing(width, height, title=heading, description=described(months, of), fonts=fonts)
    area = _Area(months=months, width=width, height=height, top_edge=TOP if headed else TOP - 26)
    if headed:
        span = f"{months[0].month:%b %Y} to {months[-1].month:%b %Y}" if months else ""
        drawing.text(LEFT - 44, 26, heading, size=16, bold=True)
        drawing.text(width - 20, 26, span, size=13, fill=GREY, anchor="end")
    _axes(drawing, area, unit)
    for index, month in enumerate(months):
        if month.month not in blank:
            _bar(drawing, area, index, month, gap=f"no {of if of == 'bill' else 'reading'}")
    _temperatures(drawing, area)
    return drawing.render()


def described(months: Sequence[BillMonth], of: str = "bill") -> str:
    """What the chart shows, in words."""
    used = [one for one in months if one.usage is not None]
    if not used:
        return "Nothing tells what was used."
    unit = used[0].unit or ""
    most = max(used, key=lambda one: one.usage or Decimal(0))
    least = min(used, key=lambda one: one.usage or Decimal(0))
    words = (
        f"{len(used)} months by {of} from {used[0].month:%B %Y} to {used[-1].month:%B %Y}. "
        f"Most was used in {most.month:%B %Y}, {amount(most.usage)} {unit}; least in {least.month:%B %Y}, "
        f"{amount(least.usage)} {unit}."
    )
    warm = [one for one in months if one.high_f is not None and one.low_f is not None]
    if warm:
        hot = max(warm, key=lambda one: one.high_f or Decimal(0))
        cold = min(warm, key=lambda one: one.low_f or Decimal(0))
        words += (
            f" Mean daily highs reached {hot.high_f:.0f} °F in {hot.month:%B %Y}, "
            f"mean daily lows {cold.low_f:.0f} °F in {cold.month:%B %Y}."
        )
    missing = [one for one in months if not one.bills and one.usage is None]
    if missing:
        words += (
            f" Without a {of if of == 'bill' else 'reading'}: {', '.join(f'{one.month:%B %Y}' for one in missing)}."
        )
    return words


class _Area:
    """Where things lie in the picture."""

    def __init__(self, *, months: Sequence[BillMonth], width: int, height: int, top_edge: int) -> None:
        self.months, self.width, self.height, self.upper = months, width, height, top_edge
        self.lower = height - BOTTOM
        self.warm = [one for one in months if one.low_f is not None and one.high_f is not None]
        self.right = width - (RIGHT if self.warm else 24)
        self.step = (self.right - LEFT) / max(1, len(months))
        self.top = top_of(max((one.usage for one in months if one.usage is not None), default=Decimal(0)))
        self.degrees = degrees_of(
            [one.low_f for one in self.warm if one.low_f is not None],
            [one.high_f for one in self.warm if one.high_f is not None],
        )

    def middle(self, index: int) -> float:
        """The x of a month."""
        return LEFT + self.step * (index + 0.5)

    def of_use(self, value: Decimal) -> float:
        """The y of a use."""
        share = float(max(Decimal(0), value) / self.top) if self.top else 0.0
        return self.lower - (self.lower - self.upper) * share

    def of_degrees(self, value: Decimal | int) -> float:
        """The y of a temperature."""
        low, high = self.degrees
        return self.lower - (self.lower - self.upper) * float((Decimal(value) - low) / (high - low))


def _axes(drawing: Drawing, area: _Area, unit: str) -> None:
    for quarter in range(5):
        value = area.top * quarter / 4
        y = area.of_use(value)
        drawing.line(LEFT, y, area.right, y, stroke=INK if quarter == 0 else PALE)
        if area.top:
            drawing.text(LEFT - 8, y + 4, amount(value), size=12, fill=GREY, anchor="end")
    drawing.text(LEFT - 8, area.upper - 14, unit, size=12, fill=GREY, anchor="end")
    if area.warm:
        low, high = area.degrees
        for tick in range(low, high + 1, DEGREE_STEP):
            drawing.text(area.right + 8, area.of_degrees(tick) + 4, f"{tick}", size=12, fill=GREY)
        drawing.text(area.right + 8, area.upper - 14, "°F", size=12, fill=GREY)
    year = 0
    every = max(1, round(34 / area.step))
    for index, one in enumerate(area.months):
        if index % every == 0:
            drawing.text(area.middle(index), area.lower + 17, f"{one.month:%b}", size=12, anchor="middle")
            if one.usage is not None:
                drawing.text(area.middle(index), area.lower + 33, amount(one.usage), size=11, anchor="middle")
        if one.month.year != year:
            year = one.month.year
            drawing.text(area.middle(index), area.lower + 51, f"{year}", size=12, fill=GREY, anchor="middle")


def _bar(drawing: Drawing, area: _Area, index: int, one: BillMonth, *, gap: str) -> None:
    x, wide = area.middle(index) - area.step * 0.36, area.step * 0.72
    if one.usage is None:
        word = "not told" if one.bills else gap
        drawing.rect(
            x, area.upper, wide, area.lower - area.upper, fill="url(#hatch)", said=f"{one.month:%B %Y}: {word}"
        )
        drawing.rect(area.middle(index) - 23, area.lower - 20, 46, 18, fill=PAPER)
        drawing.text(area.middle(index), area.lower - 8, word, size=11, fill=GREY, anchor="middle")
        return
    y = area.of_use(one.usage)
    fill = "url(#estimated)" if one.estimated else USE
    drawing.rect(x, y, wide, area.lower - y, fill=fill, said=fullest(one))


def _temperatures(drawing: Drawing, area: _Area) -> None:
    """Two thin lines, broken where a month tells nothing, named at their ends."""
    for name, dashes in (("high", None), ("low", "5 3")):
        points = [(index, one.high_f if name == "high" else one.low_f) for index, one in enumerate(area.months)]
        last: tuple[float, float] | None = None
        for known, run in groupby(points, key=lambda point: point[1] is not None):
            if not known:
                continue
            way = [(area.middle(index), area.of_degrees(value)) for index, value in run if value is not None]
            if len(way) > 1:
                drawing.path(way, stroke=INK, dashes=dashes)
            for x, y in way:
                drawing.dot(x, y, 2.5, fill=INK)
            last = way[-1]
        if last is not None:
            drawing.text(area.right + 34, last[1] + 4, name, size=12)
