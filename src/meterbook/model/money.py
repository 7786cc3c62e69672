"""Money: decimal dollars, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def dollars(number: str | int | float | Decimal) -> Decimal:
    """An amount of money from a JSON number or text, as sent.

    A JSON number passes through its shortest decimal text, which is what was sent; noise past the hundredth of a cent
    is rounded half up.

    >>> dollars(131.07)
    Decimal('131.07')
    >>> dollars(-6.2)
    Decimal('-6.20')
    """
    exact = Decimal(str(number))
    cents = exact.quantize(CENT, ROUND_HALF_UP)
    return cents if abs(exact - cents) < Decimal("0.00005") else exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
