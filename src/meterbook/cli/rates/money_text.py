"""Amounts and ranges in words and columns: whole dollars where ten or more, cents below."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterbook.tariffs.ranging import Range

WHOLE = 10


def dollars(amount: Decimal) -> str:
    """An amount as people say it.

    >>> dollars(Decimal("112.12")), dollars(Decimal("3.4")), dollars(Decimal("1290.05"))
    ('$112', '$3.40', '$1,290')
    """
    size = abs(amount)
    return f"${size:,.0f}" if size >= WHOLE else f"${size:,.2f}"


def column(found: Range, *, signed: bool = False) -> str:
    """An amount to the cent, or a range, in whole dollars where wide; ``*`` where it holds on a condition.

    What rests on something assumed of which no other value is stated has no amount: one figure would say too much.
    """
    sign = "+" if signed else ""
    if found.untold:
        return "not known*"
    if not found.wide:
        return f"{found.held:{sign},.2f}"
    places = 0 if found.high - found.low >= WHOLE else 2
    text = f"{found.low:{sign},.{places}f} to {found.high:{sign},.{places}f}"
    return f"{text}*" if found.open else text


def less_or_more(found: Range) -> str:
    """A difference in words.

    >>> from meterbook.tariffs.ranging import Range
    >>> def of(low: int, high: int) -> Range:
    ...     return Range(held=Decimal(low), low=Decimal(low), high=Decimal(high))
    >>> less_or_more(of(-112, -112)), less_or_more(of(-114, -12)), less_or_more(of(-114, 53)), less_or_more(of(5, 53))
    ('$112 less', '$12 to $114 less', 'between $114 less and $53 more', '$5.00 to $53 more')
    """
    low, high = found.low, found.high
    if low == high:
        return "the same" if low == 0 else f"{dollars(low)} {'less' if low < 0 else 'more'}"
    if high <= 0:
        return f"{dollars(high)} to {dollars(low)} less"
    if low >= 0:
        return f"{dollars(low)} to {dollars(high)} more"
    return f"between {dollars(low)} less and {dollars(high)} more"
