"""Comparison, 13-month graph and time-of-use table: what a bill says of the bills before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from meterbook.model.bill_kinds import ReadType
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.paper.words import MONTHS, amount, number
from meterbook.practice.periods import NAMES

MONTHS_SHOWN = 13
TIME_OF_USE_SHOWN = 6
_STEPS = (1, 2, 2.5, 5, 10)
_COLDEST, _WARMEST = 20, 100


def comparison(bill: Bill, earlier: Sequence[Bill]) -> list[list[str]]:
    """This bill beside the last one and the one of a year ago."""
    if bill.statement.usage is None:
        return []
    shown = [bill, earlier[-1] if earlier else None, _year_ago(bill, earlier)]
    rows = [
        ("Days of service", [str(each.period.days) if each else "-" for each in shown]),
        ("kWh used", [number(each.statement.usage) if each else "-" for each in shown]),
        ("kWh per day", [f"{_usage(each) / each.period.days:,.1f}" if each else "-" for each in shown]),
        ("Cost per day", [f"${each.current / each.period.days:,.2f}" if each else "-" for each in shown]),
        ("Average high °F", [f"{each.statement.temperature_high:.1f}" if each else "-" for each in shown]),
        ("Average low °F", [f"{each.statement.temperature_low:.1f}" if each else "-" for each in shown]),
    ]
    return [[label, *values] for label, values in rows]


def chart(bill: Bill, earlier: Sequence[Bill]) -> dict[str, Any]:
    """The bars and the temperatures of the last 13 bills, as shares of the drawing's height."""
    shown = [each for each in (*earlier, bill) if each.statement.usage is not None][-MONTHS_SHOWN:]
    if bill.statement.usage is None:
        shown = []
    top = _top(max((float(_usage(each)) for each in shown), default=0.0))
    return {
        "chart_title": f"Electric Use, {len(shown)} bills",
        "chart": {
            "unit": "kWh",
            "ticks": [{"share": part / 4, "text": f"{top * part / 4:,.0f}"} for part in range(5)],
            "degrees": [{"share": _degrees(at), "text": f"{at}°"} for at in range(_COLDEST, _WARMEST + 1, 20)],
        },
        "history": [
            {
                "month": MONTHS[each.period.end.month - 1],
                "year": f"{each.period.end.year}",
                "share": max(0.0, float(_usage(each)) / top),
                "high": _degrees(float(each.statement.temperature_high or 0)),
                "low": _degrees(float(each.statement.temperature_low or 0)),
                "estimated": any(row.read_type is ReadType.ESTIMATED for row in each.statement.meters),
            }
            for each in shown
        ],
    }


def time_of_use(bill: Bill, earlier: Sequence[Bill]) -> dict[str, Any] | None:
    """What a time-of-use member saved with each of the last bills, and in the calendar year."""
    if bill.savings is None:
        return None
    known = [each for each in (*earlier, bill) if each.savings is not None]
    this_year = [each for each in known if each.period.end.year == bill.period.end.year]
    rows = []
    for each in reversed(known[-TIME_OF_USE_SHOWN:]):
        assert each.savings is not None
        kwh = [number(each.savings.by_period.get(NAMES[place])) for place in (1, 0, 2)]
        money = [amount(value) for value in (each.savings.time_of_use, each.savings.standard, each.savings.saved)]
        rows.append([_month(each.period.end), *kwh, *money])
    saved = sum((each.savings.saved for each in this_year if each.savings), start=Decimal("0.00"))
    word = "saved" if saved >= 0 else "lost"
    return {
        "rows": rows,
        "notes": [
            f"You have {word} ${abs(saved):,.2f} with {len(this_year)} bills of {bill.period.end.year}.",
            "Facilities and energy charges, before riders and tax; a minus sign: the standard rate was cheaper.",
        ],
    }


def _month(read: date) -> str:
    return f"{MONTHS[read.month - 1]} {read.year}"


def _usage(bill: Bill) -> Decimal:
    return bill.statement.usage or Decimal(0)


def _year_ago(bill: Bill, earlier: Sequence[Bill]) -> Bill | None:
    wanted = (bill.period.end.year - 1, bill.period.end.month)
    return next((each for each in earlier if (each.period.end.year, each.period.end.month) == wanted), None)


def _degrees(at: float) -> float:
    return min(1.0, max(0.0, (at - _COLDEST) / (_WARMEST - _COLDEST)))


def _top(highest: float) -> float:
    """A round number not below the highest bar, that quarters well."""
    if highest <= 4:
        return 4.0
    power = float(10 ** (len(str(int(highest / 4))) - 1))
    return 4.0 * next(step * power for step in _STEPS if step * power * 4 >= highest)
