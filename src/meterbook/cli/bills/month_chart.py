"""Months of bills as columns: use as bars, and a line beside each from the mean low temperature to the mean high."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from meterbook.analysis.bills.history import BillMonth
from meterbook.cli.bills.figures import rounded
from meterbook.cli.chart import LEVELS, tinted
from meterbook.report.axes import degrees_of, top_of

ROWS = 12
AXIS = 8


def columns(months: Sequence[BillMonth], width: int = 80) -> Iterator[str]:
    """A chart of bars with the temperatures beside them, and the figures below each; what does not fit is left out.

    Args:
        months: months, oldest first; one without a bill is a gap with a word.
        width: columns of the terminal.
    """
    unit = next((one.unit for one in months if one.unit), None)
    shown = months[-max(1, (width - AXIS - 6) // 5) :]
    used = [one.usage for one in shown if one.usage is not None]
    weather = [one for one in shown if one.low_f is not None and one.high_f is not None]
    top = top_of(max(used, default=Decimal(0)))
    low, high = degrees_of(
        [one.low_f for one in weather if one.low_f is not None],
        [one.high_f for one in weather if one.high_f is not None],
    )
    yield f"{unit or 'use':>{AXIS - 2}}" + (f"{'°F':>{len(shown) * 5 + 5}}" if weather else "")
    for row in reversed(range(ROWS)):
        tick = _tick(top * (row + 1) / ROWS) if row % 3 == 2 and top else ""
        line = f"{tick:>{AXIS - 2}} "
        for month in shown:
            line += " " + _cell(month, top, (low, high), row)
        degrees = f"{low + (high - low) * (row + 1) / ROWS:.0f}" if weather and row % 3 == 2 else ""
        yield (line + f" {degrees:>3}").rstrip()
    yield from _foot(shown, unit or "use")


def _cell(month: BillMonth, top: Decimal, degrees: tuple[int, int], row: int) -> str:
    """Four columns of a row: a part of the bar, and a part of the line of temperatures."""
    if not month.bills:
        return {1: "no  ", 0: "bill"}.get(row, "    ")
    return tinted(_bar(month, top, row), "use") + tinted(_thermometer(month, *degrees, row), "weather")


def _bar(month: BillMonth, top: Decimal, row: int) -> str:
    if month.usage is None or top <= 0:
        return " ? " if row == 0 else "   "
    eighths = round(month.usage / top * ROWS * 8) - row * 8
    if row == 0 and month.usage > 0:
        eighths = max(1, eighths)
    block = "░" if month.estimated else "█"
    return block * 3 if eighths >= 8 else LEVELS[eighths - 1] * 3 if eighths > 0 else "   "


def _thermometer(month: BillMonth, low: int, high: int, row: int) -> str:
    """The part of the line from mean low to mean high that lies in a row."""
    if month.low_f is None or month.high_f is None or high <= low:
        return " "
    step = Decimal(high - low) / ROWS
    bottom, top = low + step * row, low + step * (row + 1)
    if month.high_f < bottom or month.low_f >= top:
        return " "
    return "╷" if bottom <= month.high_f < top else "╵" if bottom <= month.low_f < top else "│"


def _foot(months: Sequence[BillMonth], unit: str) -> Iterator[str]:
    yield " " * (AXIS - 1) + "".join(f" {one.month:%b} " for one in months).rstrip()
    years = ""
    for index, one in enumerate(months):
        years += f" {one.month.year if index == 0 or one.month.month == 1 else '':<4}"
    yield " " * (AXIS - 1) + years.rstrip()
    yield f"{unit:<{AXIS - 1}}" + "".join(f"{_short(one.usage):>5}" for one in months)
    if any(one.high_f is not None for one in months):
        yield f"{'high °F':<{AXIS - 1}}" + "".join(f"{rounded(one.high_f, 0):>5}" for one in months)
        yield f"{'low °F':<{AXIS - 1}}" + "".join(f"{rounded(one.low_f, 0):>5}" for one in months)
    if any(one.cost is not None for one in months):
        yield f"{'cost $':<{AXIS - 1}}" + "".join(f"{_short(one.cost):>5}" for one in months)
    if any(one.estimated for one in months):
        yield "░ an estimated reading"


def _tick(value: Decimal) -> str:
    """A number beside an axis, in six columns."""
    plain = f"{value.normalize():,f}"
    return plain if len(plain) <= AXIS - 2 else _short(value)


def _short(number: Decimal | None) -> str:
    """A number in four columns: whole, or in thousands or millions.

    >>> _short(Decimal("1391.4")), _short(Decimal("12345")), _short(Decimal("1234567")), _short(Decimal("0.75"))
    ('1391', '12k', '1.2M', '0.75')
    """
    if number is None:
        return ""
    size = abs(number)
    if size < 1:
        return rounded(number, 2) if number else "0"
    if size < 9_999:
        return f"{number:.0f}"
    return f"{number / 1000:.0f}k" if size < 999_500 else f"{number / 1_000_000:.1f}M"
