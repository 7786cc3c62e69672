"""Billing periods divided at changes of the schedule: which version prices which part, and for how many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from meterbook.model.calendar import day_start, local_date
from meterbook.model.errors import InputError
from meterbook.model.tariff import Tariff, Version
from meterbook.tariffs.inputs import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPart:
    """A part of a billing period with one version.

    Attributes:
        span: the billing period.
        version: what prices it.
        number: place of the version in the schedule.
        start, end: instants, UTC epoch seconds.
        first: local day of its start.
        days: days of it.
        days_of_span: days of the billing period.
    """

    span: Span
    version: Version
    number: int
    start: int
    end: int
    first: date
    days: int
    days_of_span: int

    @property
    def share(self) -> Fraction:
        """Its share of the billing period, by days."""
        return Fraction(self.days, self.days_of_span)

    def months(self, prorate: str) -> Fraction:
        """How many monthly amounts it pays.

        Args:
            prorate: ``never``: one in all for the billing period; ``days-of-30``; ``days-of-month``.
        """
        if prorate == "days-of-30":
            return Fraction(self.days, 30)
        if prorate == "days-of-month":
            return sum(
                (Fraction(1, _length(self.first + timedelta(days=number))) for number in range(self.days)), Fraction(0)
            )
        return self.share


def parts_of(tariff: Tariff, span: Span, zone: ZoneInfo) -> list[PricedPart]:
    """The parts of a billing period, in order.

    Raises:
        InputError: no version holds on one of its days, or it has no day.
    """
    first, last = local_date(span.start, zone), local_date(span.end, zone)
    days = (last - first).days
    if days < 1:
        raise InputError(f"the period from {first} to {last} has no day", expected="a later read on a later day")
    by_bill = any(version.by == "bill" for version in tariff.versions)
    whole = {"span": span, "start": span.start, "end": span.end, "first": first, "days": days, "days_of_span": days}
    if by_bill:
        number = in_force(tariff, span.billed or last)
        return [PricedPart(version=tariff.versions[number], number=number, **whole)]  # type: ignore[arg-type]
    numbers = [in_force(tariff, first + timedelta(days=day)) for day in range(days)]
    rule = tariff.versions[numbers[-1]].across
    if rule != "divide" or len(set(numbers)) == 1:
        number = numbers[0] if rule == "start" else numbers[-1]
        return [PricedPart(version=tariff.versions[number], number=number, **whole)]  # type: ignore[arg-type]
    cuts = [0, *(day for day in range(1, days) if numbers[day] != numbers[day - 1]), days]
    return [
        PricedPart(
            span=span,
            version=tariff.versions[numbers[low]],
            number=numbers[low],
            start=span.start if low == 0 else day_start(first + timedelta(days=low), zone),
            end=span.end if high == days else day_start(first + timedelta(days=high), zone),
            first=first + timedelta(days=low),
            days=high - low,
            days_of_span=days,
        )
        for low, high in pairwise(cuts)
    ]


def in_force(tariff: Tariff, day: date) -> int:
    """Place of the version that holds on a day.

    Raises:
        InputError: none does.
    """
    found = None
    for number, version in enumerate(tariff.versions):
        if version.start <= day:
            found = number
    if found is None or ((end := tariff.versions[found].end) is not None and day > end):
        spans = ", ".join(f"{one.start} to {one.end or 'now'}" for one in tariff.versions) or "never"
        raise InputError(
            f"{tariff.utility}/{tariff.code} is not in force on {day}",
            expected=f"a day within {spans}",
            hint="Add the version to the schedule's file, or price other periods.",
        )
    return found


def shared(amount: Decimal, share: Fraction) -> Decimal:
    """A share of an amount; the amount itself where the share is all of it."""
    return amount if share == 1 else decimal(Fraction(amount) * share)


def decimal(fraction: Fraction) -> Decimal:
    """A fraction with 28 digits."""
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def last_day(span: Span, zone: ZoneInfo) -> date:
    """The last local day of a period, on which its last interval lies."""
    return local_date(span.end - 1, zone)


def spans_in_order(spans: Sequence[Span]) -> None:
    """Check that periods follow each other without overlap.

    Raises:
        InputError: they do not.
    """
    for one, other in pairwise(spans):
        if other.start < one.end:
            raise InputError("billing periods overlap", expected="periods in the order of time")


def _length(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - day.replace(day=1)).days
