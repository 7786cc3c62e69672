"""Months of bills as tables: one row a month, or one column a year. Pure; every line fits the width."""

from __future__ import annotations

import calendar
import textwrap
from collections.abc import Iterator, Sequence
from decimal import Decimal

from meterbook.analysis.bills.comparing import YearTotal, change, like_for_like, year_total, years
from meterbook.analysis.bills.history import BillMonth
from meterbook.cli.bills.figures import exact, money, percent, rounded
from meterbook.model.wording import counted

YEARS = 5
"""Columns of years that a terminal has room for."""


def month_rows(months: Sequence[BillMonth], shown: int) -> Iterator[str]:
    """One row a month: use, use a day, cost, cost a unit, weather, and use a day against the year before.

    Args:
        months: all months of an account, oldest first.
        shown: how many of the last are printed.
    """
    before = {one.month: one for one in months if one.bills}
    unit = _unit(months)
    last = months[-shown:]
    head = f"{'':<8}{unit:>10} {'a day':>8}{'cost':>11}{'a ' + unit:>9}{'°F':>9}{'HDD':>6}{'CDD':>5}{'on year':>9}"
    yield head
    for one in last:
        if not one.bills:
            yield f"{one.month:%Y-%m}{'no bill':>11}"
            continue
        other = before.get(one.month.replace(year=one.month.year - 1))
        yield _row(one, other).rstrip()
    yield from _closing(months, last, unit)


def _row(one: BillMonth, other: BillMonth | None) -> str:
    weather = f"{rounded(one.low_f, 0)}/{rounded(one.high_f, 0)}" if None not in (one.low_f, one.high_f) else ""
    degrees = one.degrees
    heating, cooling = (f"{degrees.heating:,.0f}", f"{degrees.cooling:,.0f}") if degrees is not None else ("", "")
    rise = percent(change(one.per_day, other.per_day)) if other is not None else ""
    return (
        f"{one.month:%Y-%m} {_amount(one.usage):>10}{'*' if one.estimated else ' '}{_daily(one.per_day):>8}"
        f"{money(one.cost):>11}{rounded(one.cost_per_unit, 4):>9}{weather:>9}{heating:>6}{cooling:>5}{rise:>9}"
    )


def year_columns(months: Sequence[BillMonth], measure: str = "usage") -> Iterator[str]:
    """One column a year, the last five: a row a calendar month, and the year's sums below.

    Args:
        months: all months of an account, oldest first.
        measure: ``usage`` or ``cost``.
    """
    totals = years(months)[-YEARS:]
    unit = _unit(months)
    by_month = {one.month: one for one in months if one.bills}
    yield f"{unit if measure == 'usage' else '$':<14}" + "".join(f"{one.year:>12}" for one in totals)
    for number in range(1, 13):
        row = f"{calendar.month_abbr[number]:<14}"
        for total in totals:
            found = next(
                (one for month, one in by_month.items() if (month.year, month.month) == (total.year, number)), None
            )
            row += f"{_measured(found, measure):>12}"
        yield row.rstrip()
    yield ""
    yield f"{'months':<14}" + "".join(f"{len(one.months):>12}" for one in totals)
    yield f"{unit:<14}" + "".join(f"{_amount(one.usage):>12}" for one in totals)
    yield f"{'  a day':<14}" + "".join(f"{rounded(one.per_day, 1):>12}" for one in totals)
    yield f"{'$':<14}" + "".join(f"{money(one.cost):>12}" for one in totals)
    yield f"{'  a ' + unit:<14}" + "".join(f"{rounded(one.cost_per_unit, 4):>12}" for one in totals)
    yield from _pairs(months, totals, unit)


def _measured(month: BillMonth | None, measure: str) -> str:
    if month is None:
        return ""
    return _amount(month.usage) if measure == "usage" else money(month.cost)


def _pairs(months: Sequence[BillMonth], totals: Sequence[YearTotal], unit: str) -> Iterator[str]:
    """Each year against the one before over the months that both have, for half a year says nothing of a whole one."""
    for label, ratio in (("usage", "per_day"), ("cost", "cost")):
        row, any_pair = f"{unit + ' a day' if label == 'usage' else 'cost':<14}", False
        for total in totals:
            pair = like_for_like(months, total.year)
            told = percent(change(getattr(pair[0], ratio), getattr(pair[1], ratio))) if pair else ""
            any_pair = any_pair or bool(told)
            row += f"{told:>12}"
        if any_pair and label == "usage":
            yield ""
            yield "against the same months of the year before"
        if any_pair:
            yield row.rstrip()


def _closing(months: Sequence[BillMonth], last: Sequence[BillMonth], unit: str) -> Iterator[str]:
    """The last twelve months in a sentence."""
    year = [one for one in last if one.bills][-12:]
    if not year:
        return
    total = year_total(year[-1].month.year, year)
    parts = [counted(len(year), "month")]
    if total.usage is not None:
        parts[0] += f" to {year[-1].month:%Y-%m}, {_amount(total.usage)} {unit}"
    if total.per_day is not None:
        parts.append(f"{rounded(total.per_day, 1)} a day")
    if total.cost is not None:
        parts.append(f"${money(total.cost)}")
    if total.cost_per_unit is not None:
        parts.append(f"{rounded(total.cost_per_unit, 4)} a {unit}")
    yield from textwrap.wrap(", ".join(parts), 76)
    if any(one.estimated for one in last):
        yield "* an estimated reading"
    if any(one.degrees is not None for one in last):
        yield "°F: mean low/high; HDD, CDD: degree days of heating and cooling to 65 °F"
    if any(one.degrees is not None and one.daily_degrees is None for one in last):
        yield "(by the bill's means where its days are not held: too few in mild months)"
    missing = [one for one in last if not one.bills]
    if missing:
        named = ", ".join(f"{one.month:%Y-%m}" for one in missing[:5]) + (" …" if len(missing) > 5 else "")
        yield f"{counted(len(missing), 'month')} without a bill: {named}"


def _amount(usage: Decimal | None) -> str:
    return exact(usage) if usage is None or len(exact(usage)) <= 10 else rounded(usage, 0)


def _daily(use: Decimal | None) -> str:
    return rounded(use, 1 if use is None or abs(use) < 10_000 else 0)


def _unit(months: Sequence[BillMonth]) -> str:
    return next((one.unit for one in reversed(months) if one.unit), "unit")
