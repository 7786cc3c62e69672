"""The columns of bill exports: what each holds, its unit, and how it is written in files that know types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    DAY = "day"
    INSTANT = "instant"
    WHOLE = "whole number"
    FLAG = "yes or no"
    MONEY = "money"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of an export.

    Attributes:
        name: its heading.
        kind: what its values are.
        about: what it holds, for the data dictionary.
        unit: unit of its values; ``unit`` or another column's name where that column tells it.
    """

    name: str
    kind: Kind
    about: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTable:
    """Rows to be written.

    Attributes:
        name: of the sheet.
        columns: its columns.
        rows: a tuple a row, a value or None for each column: str, date, aware datetime, int, bool or Decimal.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]


def _text(name: str, about: str) -> Column:
    return Column(name=name, kind=Kind.TEXT, about=about)


def _day(name: str, about: str) -> Column:
    return Column(name=name, kind=Kind.DAY, about=about)


def _money(name: str, about: str) -> Column:
    return Column(name=name, kind=Kind.MONEY, about=about, unit="USD")


def _number(name: str, about: str, unit: str = "") -> Column:
    return Column(name=name, kind=Kind.NUMBER, about=about, unit=unit)


BILL_KEY = (
    _text("utility", "the utility's short name in the catalogue"),
    _text("account", "account number, leading zeros kept"),
    _day("bill_date", "day of issue; of a bill whose source tells none the end of its period"),
    _text("number", "the issuer's number of the bill"),
)
"""What a bill is known by, in every table."""

BILL_COLUMNS = (
    *BILL_KEY,
    _text("source_id", "the portal's or report's own identifier"),
    _text("bill_type", "regular, first, final, corrected or cancelled"),
    Column(name="cancelled", kind=Kind.FLAG, about="withdrawn by the issuer"),
    _text("corrects", "number or identifier of the bill that this one replaces"),
    _text("group", "number of the consolidated statement it is a part of"),
    _day("period_start", "day of the earlier read, or first day of service"),
    _day("period_end", "day of the later read, or last day of service"),
    Column(name="days", kind=Kind.WHOLE, about="days of the period", unit="days"),
    Column(name="read_start", kind=Kind.INSTANT, about="instant of the earlier read", unit="UTC"),
    Column(name="read_end", kind=Kind.INSTANT, about="instant of the later read", unit="UTC"),
    _day("due_date", "day by which it is to be paid"),
    _text("services", "what it bills, separated by semicolons"),
    _text("rate", "rate schedule"),
    _number("usage", "what was used in all, if it is one service", "usage_unit"),
    _text("usage_unit", "unit of usage"),
    Column(name="estimated", kind=Kind.FLAG, about="a reading of it was estimated"),
    _money("previous_balance", "what was owed before"),
    _money("payments", "what was paid since; negative"),
    _money("adjustments", "corrections to what was owed"),
    _money("balance_forward", "what was left of that"),
    _money("current_charges", "charges of the period"),
    _money("amount_due", "what is to be paid in all; negative is a credit"),
    _money("amount_after_due", "what is to be paid after the due date"),
    _money("budget_amount", "what a budget account pays instead of its charges"),
    _money("budget_balance", "used and not yet paid under the budget"),
    _number("temperature_high", "mean of the daily highs of the period", "°F"),
    _number("temperature_low", "mean of the daily lows of the period", "°F"),
    Column(name="lines", kind=Kind.WHOLE, about="how many line items it has"),
    _money("difference", "by how much its sums do not come out; 0 if they do"),
    _text("document", "SHA-256 of the PDF"),
    _text("sources", "where it was read, separated by semicolons"),
)
LINE_COLUMNS = (
    *BILL_KEY,
    Column(name="line", kind=Kind.WHOLE, about="its place on the bill, from 1"),
    _text("section", "heading it stands under"),
    _text("service", "electric, water …"),
    _text("kind", "what it charges or credits for, of a short list"),
    _text("label", "as printed"),
    _number("quantity", "what was charged for", "unit"),
    _text("unit", "unit of quantity"),
    _number("rate", "price of a unit, all printed digits", "USD a unit"),
    _money("amount", "a credit is negative"),
    _day("start", "first day it covers, if a part of the period"),
    _day("end", "last day of that part"),
    _text("meter", "meter number, if it is one meter's"),
    _text("location", "service location"),
)
METER_COLUMNS = (
    *BILL_KEY,
    _text("meter", "meter number, leading zeros kept"),
    _text("register", "which register of it"),
    _text("service", "electric, water …"),
    _text("location", "service location"),
    _text("rate", "rate schedule"),
    _day("read_start", "day of the earlier reading"),
    _day("read_end", "day of the later reading"),
    _number("previous", "the earlier reading"),
    _number("present", "the later reading"),
    _number("multiplier", "usage = (present − previous) × multiplier"),
    _number("usage", "what was used, after the multiplier", "unit"),
    _text("unit", "unit of usage"),
    _number("factor", "what turns usage into billed"),
    _number("billed", "quantity billed, where it differs", "billed_unit"),
    _text("billed_unit", "unit of billed"),
    _text("read_type", "actual, estimated or customer"),
    Column(name="demand_at", kind=Kind.INSTANT, about="when a demand was reached", unit="UTC"),
)
SHARE_COLUMNS = (
    _text("utility", "the utility's short name in the catalogue"),
    _text("account", "account number"),
    _text("service", "electric, water …"),
    _day("month", "first day of the calendar month"),
    Column(name="days", kind=Kind.WHOLE, about="days of the bill's period in the month", unit="days"),
    _number("usage", "share of the bill's use", "unit"),
    _text("unit", "unit of usage"),
    _money("cost", "share of the bill's charges"),
    _text("method", "whole, intervals or days: by what the bill was shared"),
    _day("bill_date", "the bill itself: day of issue"),
    _text("number", "the bill itself: number"),
    _day("period_start", "the bill itself: start"),
    _day("period_end", "the bill itself: end"),
    Column(name="bill_days", kind=Kind.WHOLE, about="the bill itself: days", unit="days"),
    _number("bill_usage", "the bill itself: use", "unit"),
    _money("bill_cost", "the bill itself: charges for the service"),
)
MONTH_COLUMNS = (
    _text("utility", "the utility's short name in the catalogue; several separated by semicolons"),
    _text("by", "account number, service location or service"),
    _text("service", "electric, water …"),
    _day("month", "first day of the month: that of the bill, or with --calendar the calendar's"),
    Column(name="bills", kind=Kind.WHOLE, about="bills that it has a part of"),
    Column(name="days", kind=Kind.WHOLE, about="days billed; of several accounts together the sum", unit="days"),
    _number("usage", "what was used", "unit"),
    _text("unit", "unit of usage"),
    _money("cost", "charges"),
    _text("method", "billed, or by what bills were shared: whole, intervals, days"),
    _text("standing", "missing or late where a bill is not there that should be"),
)
