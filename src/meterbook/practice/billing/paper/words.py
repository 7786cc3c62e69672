"""Numbers and dates as they are printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def dollars(amount: Decimal) -> str:
    """Money with its sign.

    >>> dollars(Decimal("-1234.5"))
    '-$1,234.50'
    """
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def amount(value: Decimal) -> str:
    """Money in a column of amounts.

    >>> amount(Decimal("-1234.5"))
    '-1,234.50'
    """
    return f"{value:,.2f}"


def number(value: Decimal | None) -> str:
    """A quantity or reading with all its digits.

    >>> number(Decimal("48120.4120"))
    '48,120.4120'
    """
    return "" if value is None else f"{value:,f}"


def day(value: date | None) -> str:
    """A date as the co-op prints it: month, day, year.

    >>> day(date(2026, 3, 9))
    '03/09/2026'
    """
    return "" if value is None else f"{value:%m/%d/%Y}"


def scan_line(account: str, due: Decimal, after: Decimal) -> str:
    """The stub's line for a machine: account, the two amounts in cents, a check digit.

    The check digit makes the sum of all digits a multiple of ten.

    >>> scan_line("4400000001", Decimal("131.07"), Decimal("136.07"))
    '4400000001 0000013107 0000013607 2'
    """
    digits = f"{account}{_cents(due)}{_cents(after)}"
    return f"{account} {_cents(due)} {_cents(after)} {-sum(map(int, digits)) % 10}"


def _cents(amount: Decimal) -> str:
    return f"{int(max(amount, Decimal(0)) * 100):010d}"
