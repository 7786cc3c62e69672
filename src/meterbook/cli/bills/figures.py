"""Numbers of a bill as people read them: exact as printed, cents of money, a share in per cent."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from meterbook.cli.dates import written
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem

SHARES = frozenset(
    {
        LineKind.TAX_SALES,
        LineKind.TAX_STATE,
        LineKind.TAX_LOCAL,
        LineKind.GROSS_RECEIPTS_TAX,
        LineKind.FRANCHISE_FEE,
        LineKind.PROGRAM,
    }
)
"""Kinds whose rate without a unit is a share of an amount of money."""
MONEY_UNITS = frozenset({"", "$", "usd", "%"})


def money(amount: Decimal | None) -> str:
    """Dollars to the cent, or with all digits where there are more.

    >>> money(Decimal("1204.5")), money(Decimal("-0.005")), money(None)
    ('1,204.50', '-0.005', '')
    """
    if amount is None:
        return ""
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{_unsigned_zero(amount):,.{places}f}"


def exact(quantity: Decimal | None) -> str:
    """A quantity with the digits it was told with.

    >>> exact(Decimal("1E+3")), exact(Decimal("357.350"))
    ('1,000', '357.350')
    """
    return "" if quantity is None else f"{_unsigned_zero(quantity):,f}"


def rounded(number: Decimal | None, places: int) -> str:
    """A number worked out, to so many places, halves away from zero.

    >>> rounded(Decimal("0.12345"), 4), rounded(None, 2)
    ('0.1235', '')
    """
    if number is None:
        return ""
    return f"{_unsigned_zero(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)):,f}"


def percent(ratio: Decimal | None) -> str:
    """A change as a whole percentage with its sign.

    >>> percent(Decimal("0.154")), percent(Decimal("-0.2")), percent(Decimal("0.001"))
    ('+15 %', '-20 %', '0 %')
    """
    if ratio is None:
        return ""
    whole = int((ratio * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return f"{whole:+,d} %" if whole else "0 %"


def priced(line: LineItem) -> tuple[str, str]:
    """What a line's amount is the product of: quantity with its unit, and rate; empty where not told.

    >>> from decimal import Decimal as D
    >>> priced(LineItem(kind=LineKind.TAX_SALES, label="Tax", amount=D("11.19"), quantity=D("159.79"), rate=D("0.07")))
    ('159.79', '7 %')
    """
    unit = line.unit or ""
    of_money = unit.casefold() in MONEY_UNITS
    quantity = money(line.quantity) if of_money and line.kind in SHARES else exact(line.quantity)
    if line.quantity is not None and not of_money:
        quantity += f" {unit}"
    if line.rate is None:
        return quantity, ""
    if line.kind in SHARES and of_money and abs(line.rate) < 1:
        return quantity, f"{(line.rate * 100).normalize():f} %"
    return quantity, exact(line.rate)


def spanned(start: date, end: date) -> str:
    """Two days with the year once where it is the same.

    >>> spanned(date(2026, 1, 2), date(2026, 2, 2)), spanned(date(2025, 12, 2), date(2026, 1, 2))
    ('2 Jan → 2 Feb 2026', '2 Dec 2025 → 2 Jan 2026')
    """
    first = f"{start.day} {start:%b}" if start.year == end.year else written(start)
    return f"{first} → {written(end)}"


def _unsigned_zero(number: Decimal) -> Decimal:
    return abs(number) if number == 0 else number
