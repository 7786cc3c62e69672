"""Dividing a period: by the day a price changes on, and monthly amounts of a first or final bill by its days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from meterbook.practice.billing.prices import MONTH_DAYS, Prices, in_force
from meterbook.practice.billing.reads import Period

CENT = Decimal("0.01")
MILLI = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Days of a period with one revision of the prices.

    Attributes:
        prices: in force throughout.
        start: first day of service.
        end: last day of service.
        days: of the part.
        of: days that a monthly amount is for: those of the period, or 30 on a first or final bill.
        span: days of the whole period.
    """

    prices: Prices
    start: date
    end: date
    days: int
    of: int
    span: int

    @property
    def whole(self) -> bool:
        """Whether monthly amounts are charged as they stand."""
        return self.days == self.of

    def monthly(self, amount: Decimal, quantum: Decimal = CENT) -> Decimal:
        """The part's share of a monthly amount, rounded half up."""
        return amount if self.whole else (amount * self.days / self.of).quantize(quantum, ROUND_HALF_UP)

    def label(self, label: str) -> str:
        """A line's label, with the share it stands for."""
        return label if self.whole else f"{label}, {self.days} of {self.of} days"


def parts(revisions: tuple[Prices, ...], period: Period) -> tuple[Part, ...]:
    """A period cut at the days on which a revision comes in force."""
    cuts = [each.start for each in revisions if period.start < each.start < period.end]
    starts = [period.start, *cuts]
    ends = [*cuts, period.end]
    of = month_days(period)
    return tuple(
        Part(
            prices=in_force(revisions, start),
            start=start,
            end=end - timedelta(days=1),
            days=(end - start).days,
            of=of,
            span=period.days,
        )
        for start, end in zip(starts, ends, strict=True)
    )


def month_days(period: Period) -> int:
    """Days that a monthly amount is for."""
    return MONTH_DAYS if period.first or period.final else period.days


def share(period: Period, amount: Decimal, quantum: Decimal = CENT) -> Decimal:
    """A monthly amount of a whole period: as it stands, or by days on a first or final bill."""
    of = month_days(period)
    return amount if period.days == of else (amount * period.days / of).quantize(quantum, ROUND_HALF_UP)


def shared_label(period: Period, label: str) -> str:
    """The label of such an amount."""
    of = month_days(period)
    return label if period.days == of else f"{label}, {period.days} of {of} days"


def divided(quantity: Decimal, among: tuple[Part, ...]) -> tuple[Decimal, ...]:
    """A metered quantity by days, to three places half up; the last part has what is left."""
    days = sum(part.days for part in among)
    found = [(quantity * part.days / days).quantize(MILLI, ROUND_HALF_UP) for part in among[:-1]]
    return (*found, quantity - sum(found, start=Decimal(0)))


def cents(amount: Decimal) -> Decimal:
    """Dollars to the cent, half up and away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)
