"""The hours of a rate schedule as a picture: a week of half hours in each season, a colour for each period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from meterbook.report.svg import GREY, PAPER, SCREEN_FONTS, Drawing

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TINTS = ("#123f74", "#a9c6e8", "#c77700", "#2a7f4f", "#7a4fa0", "#5b6470")
"""As far apart in lightness as in hue, so that they differ to every eye and in grey."""
LEFT, CELL, ROW, HEAD = 70, 13, 20, 64


class Shown(Protocol):
    """A week of a season: rows of 48 names of periods from Monday on, and of a holiday."""

    @property
    def season(self) -> str: ...
    @property
    def days(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def holiday(self) -> tuple[str, ...] | None: ...


def week_map(title: str, periods: Sequence[str], weeks: Sequence[Shown], *, fonts: str = SCREEN_FONTS) -> str:
    """An SVG with a week a season.

    Args:
        title: name of the schedule.
        periods: names of its periods, in the order of the key.
        weeks: what is drawn.
        fonts: font families.
    """
    tint = {name: TINTS[at % len(TINTS)] for at, name in enumerate(periods)}
    rows = [sum((len(week.days), week.holiday is not None)) for week in weeks]
    height = HEAD + sum(count * ROW + 52 for count in rows)
    said = "; ".join(_described(week, periods) for week in weeks)
    drawing = Drawing(LEFT + 48 * CELL + 20, height, title=f"Hours of {title}", description=said, fonts=fonts)
    drawing.text(16, 24, title, size=15, bold=True)
    x = 16.0
    for name in periods:
        drawing.rect(x, 36, 14, 14, fill=tint[name])
        drawing.text(x + 20, 48, name, size=12)
        x += 34 + 8 * len(name)
    y = HEAD
    for week in weeks:
        y = _week(drawing, week, tint, y)
    return drawing.render()


def _week(drawing: Drawing, week: Shown, tint: dict[str, str], y: int) -> int:
    drawing.text(LEFT, y + 14, week.season, size=13, bold=True)
    for hour in range(0, 25, 3):
        drawing.text(LEFT + hour * 2 * CELL, y + 32, f"{hour:02d}", size=11, fill=GREY, anchor="middle")
    y += 38
    rows = [*zip(DAYS, week.days, strict=True), *([("Holiday", week.holiday)] if week.holiday else [])]
    for name, row in rows:
        drawing.text(LEFT - 10, y + 14, name, size=12, anchor="end")
        for low, high, period in _runs(row):
            if period:
                words = f"{name} {low // 2:02d}:{low % 2 * 30:02d} to {high // 2:02d}:{high % 2 * 30:02d}: {period}"
                drawing.rect(LEFT + low * CELL, y, (high - low) * CELL, ROW - 2, fill=tint[period], said=words)
        y += ROW
    for hour in range(3, 24, 3):
        x = LEFT + hour * 2 * CELL
        drawing.line(x, y - ROW * len(rows), x, y - 2, stroke=PAPER, width=0.6)
    return y + 14


def _runs(row: Sequence[str]) -> list[tuple[int, int, str]]:
    """Neighbouring half hours of one period: first, the one after the last, and its name."""
    found: list[tuple[int, int, str]] = []
    for at, name in enumerate(row):
        if found and found[-1][2] == name:
            found[-1] = (found[-1][0], at + 1, name)
        else:
            found.append((at, at + 1, name))
    return found


def _described(week: Shown, periods: Sequence[str]) -> str:
    """What a week shows, in words: hours a week of each period."""
    slots = [slot for day in week.days for slot in day]
    parts = [f"{slots.count(name) / 2:g} hours {name}" for name in periods if name in slots]
    return f"{week.season}: {', '.join(parts)} a week"
