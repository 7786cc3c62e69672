"""Numbers and months in the words of a printed page."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from meterbook.analysis.bills.history import BillMonth


def amount(value: Decimal | None) -> str:
    """About four figures of a quantity.

    >>> amount(Decimal("1391.214")), amount(Decimal("46.84")), amount(Decimal("0.75")), amount(Decimal(0))
    ('1,391', '46.8', '0.75', '0')
    """
    if value is None:
        return "–"
    places = 0 if abs(value) >= 100 or value == value.to_integral_value() else 1 if abs(value) >= 10 else 2
    return rounded(value, places)


def rounded(value: Decimal | None, places: int) -> str:
    """A number to so many places, halves away from zero, with a true minus sign; a dash where it is not known.

    >>> rounded(Decimal("-6.205"), 2)
    '−6.21'
    """
    if value is None:
        return "–"
    number = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{abs(number) if number == 0 else number:,f}".replace("-", "−")


def percent(ratio: Decimal | None) -> str:
    """A change as a whole percentage with its sign; a dash where it is not known.

    >>> percent(Decimal("-0.048")), percent(Decimal(0)), percent(None)
    ('−5 %', '0 %', '–')
    """
    if ratio is None:
        return "–"
    whole = rounded(ratio * 100, 0)
    return f"{'+' if ratio > 0 and whole != '0' else ''}{whole} %"


def dollars(value: Decimal | None) -> str:
    """Money with its sign.

    >>> dollars(Decimal("1204.5")), dollars(Decimal("-3"))
    ('$1,204.50', '−$3.00')
    """
    if value is None:
        return "–"
    return f"{'−' if value < 0 else ''}${rounded(abs(value), 2)}"


def fullest(one: BillMonth) -> str:
    """All that is known of a month, as a sentence to be read when it is pointed at."""
    parts = [f"{amount(one.usage)} {one.unit or ''}".strip()]
    if one.per_day is not None:
        parts.append(f"{rounded(one.per_day, 1)} a day")
    if one.cost is not None:
        parts.append(dollars(one.cost))
    if one.low_f is not None and one.high_f is not None:
        parts.append(f"{rounded(one.low_f, 0)} to {rounded(one.high_f, 0)} °F")
    return f"{one.month:%B %Y}: {', '.join(parts)}{' (estimated)' if one.estimated else ''}"
