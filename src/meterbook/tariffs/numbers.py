"""Numbers of a tariff at work: values with their status, and amounts rounded as the schedule says."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import msgspec

from meterbook.model.errors import InputError
from meterbook.model.tariff import Figure, Number, Rounding
from meterbook.tariffs.exact import rounded_quotient

_PLACES = [Decimal(1).scaleb(-places) for places in range(9)]
_MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN, "up": ROUND_UP, "down": ROUND_DOWN}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is known, with what is said of it."""

    value: Decimal
    status: str
    source: str | None = None
    how: str | None = None


def known(number: Number, what: str, tariff: str) -> Known:
    """A number's value and status.

    Args:
        number: as the tariff has it.
        what: which one, for the error.
        tariff: whose.

    Raises:
        InputError: its value is not known.
    """
    if not isinstance(number, Figure):
        return Known(value=number, status="published")
    if number.value is None:
        raise InputError(
            f"{tariff} can't be priced: {what} is not known{f' ({number.how})' if number.how else ''}",
            expected="a number in the schedule's file",
            hint="Find it on a bill or the utility's rate sheet, or let `meterbook rates fit` work it out of bills.",
        )
    return Known(value=number.value, status=number.status, source=number.source, how=number.how)


def rounded(amount: Decimal, rounding: Rounding) -> Decimal:
    """An amount as it stands on a bill.

    >>> rounded(Decimal("8.645"), Rounding()), rounded(Decimal("-8.645"), Rounding())
    (Decimal('8.65'), Decimal('-8.65'))
    """
    return amount.quantize(_PLACES[rounding.places], _MODES[rounding.mode])


def rounded_fraction(number: Fraction, rounding: Rounding) -> Decimal:
    """A fraction with so many places, rounded once and exactly.

    >>> rounded_fraction(Fraction(1, 8), Rounding(places=2, mode="half-even"))
    Decimal('0.12')
    """
    whole = rounded_quotient(number.numerator * 10**rounding.places, number.denominator, rounding.mode)
    return Decimal(whole).scaleb(-rounding.places)


def stepped(amount: Decimal, step: Decimal, mode: str) -> Decimal:
    """A number rounded to a multiple of a step.

    >>> stepped(Decimal("7.35"), Decimal("0.1"), "half-up")
    Decimal('7.4')
    """
    return (amount / step).quantize(Decimal(1), _MODES[mode]) * step
