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
from meterbook.model.errors import InputError, TariffError
from meterbook.model.tariff import Rounding, Tariff, Version
from meterbook.tariffs.inputs import Span
from meterbook.tariffs.numbers import rounded_fraction


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
        earlier: days of the parts before it.
        by_days: whether what was metered in the billing period is shared out by days, instead of by its intervals.
    """

    span: Span
    version: Version
    number: int
    start: int
    end: int
    first: date
    days: int
    days_of_span: int
    earlier: tuple[int, ...] = ()
    by_days: bool = False

    @property
    def is_last(self) -> bool:
        """Whether no part of the billing period follows."""
        return sum(self.earlier) + self.days == self.days_of_span

    @property
    def reach(self) -> tuple[int, int]:
        """Instants between which the intervals lie that it is worked out from."""
        return (self.span.start, self.span.end) if self.by_days else (self.start, self.end)

    @property
    def is_prorated(self) -> bool:
        """Whether charges that say how to prorate do so on this bill."""
        return self.version.prorated == "all" or self.span.first or self.span.final

    def divided(self, total: Decimal) -> Decimal:
        """Its share of what was metered in the billing period, where that is shared out by days; else all of it.

        Each part but the last has its days' share, rounded as the version rounds quantities; the last has what is left.

        >>> version = Version(start=date(2026, 3, 16), quantities=Rounding(places=3))
        >>> half = PricedPart(
        ...     span=Span(start=0, end=86400 * 31), version=version,
        ...     number=0, start=0, end=0, first=date(2026, 3, 16), days=5, days_of_span=31, earlier=(26,), by_days=True)
        >>> half.divided(Decimal(1000))
        Decimal('161.290')
        """
        if not self.by_days:
            return total
        if self.is_last:
            return total - sum((self._of_days(total, days) for days in self.earlier), start=Decimal(0))
        return self._of_days(total, self.days)

    def _of_days(self, total: Decimal, days: int) -> Decimal:
        return quantity(Fraction(total) * days / self.days_of_span, self.version.quantities)

    @property
    def share(self) -> Fraction:
        """Its share of the billing period, by days."""
        return Fraction(self.days, self.days_of_span)

    def months(self, prorate: str) -> Fraction:
        """How many monthly amounts it pays.

        Args:
            prorate: ``never``: one in all for the billing period; ``days-of-30``; ``days-of-month``.
        """
        if not self.is_prorated:
            return self.share
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
    if rule == "read" or not rule.startswith("divide") or len(set(numbers)) == 1:
        number = in_force(tariff, last) if rule == "read" else numbers[0] if rule == "start" else numbers[-1]
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
            earlier=tuple(other - one for one, other in pairwise(cuts) if other <= low),
            by_days=rule == "divide-by-days",
        )
        for low, high in pairwise(cuts)
    ]


def in_force(tariff: Tariff, day: date) -> int:
    """Place of the version that holds on a day.

    Raises:
        TariffError: none does.
    """
    found = None
    for number, version in enumerate(tariff.versions):
        if version.start <= day:
            found = number
    if found is None or ((end := tariff.versions[found].end) is not None and day > end):
        spans = ", ".join(f"{one.start} to {one.end or 'now'}" for one in tariff.versions) or "never"
        raise TariffError(
            f"{tariff.utility}/{tariff.code} is not in force on {day}",
            path=("versions",) if found is None else ("versions", found, "end"),
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


def quantity(exact: Fraction, rounding: Rounding | None) -> Decimal:
    """A quantity that was worked out, as the schedule rounds it.

    >>> quantity(Fraction(1000 * 26, 31), Rounding(places=3))
    Decimal('838.710')
    """
    return decimal(exact) if rounding is None else rounded_fraction(exact, rounding)


def last_day(span: Span, zone: ZoneInfo, midnight: str = "day-before") -> date:
    """The day that the later read of a period belongs to.

    Args:
        span: the period.
        zone: whose days.
        midnight: whether a read at local midnight belongs to the day that ends then (``day-before``) or begins.
    """
    return local_date(span.end - 1 if midnight == "day-before" else span.end, zone)


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
