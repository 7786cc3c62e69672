"""Bills beside each other: one against the month before and the year before, and years month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from meterbook.analysis.bills.history import BillMonth
from meterbook.model.statement import Statement

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A bill's month with the two that people hold it against.

    Attributes:
        this: the month of the bill.
        month_before: the one before; None if the book has no bill for it.
        year_before: the same month of the year before; likewise.
    """

    this: BillMonth
    month_before: BillMonth | None
    year_before: BillMonth | None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTotal:
    """A year of bills.

    Attributes:
        year: calendar year of the months.
        months: those of its months that have a bill.
        usage: what was used in them, None if a bill does not tell.
        unit: its unit.
        cost: charges, dollars; None if a bill does not tell.
        days: days covered; None if a bill does not tell.
    """

    year: int
    months: tuple[BillMonth, ...]
    usage: Decimal | None
    unit: str | None
    cost: Decimal | None
    days: int | None

    @property
    def per_day(self) -> Decimal | None:
        """Use a day."""
        return self.usage / self.days if self.usage is not None and self.days else None

    @property
    def cost_per_unit(self) -> Decimal | None:
        """Dollars a unit, all charges counted."""
        return self.cost / self.usage if self.cost is not None and self.usage is not None and self.usage > 0 else None


def beside(statement: Statement, months: Sequence[BillMonth]) -> Beside | None:
    """The month of a bill with the month before and the same month of the year before; None if it has none itself.

    Args:
        statement: a bill that stands.
        months: all months of its account, as :func:`~meterbook.analysis.bills.history.history` gives them.
    """
    this = next((one for one in months if statement in one.bills), None)
    if this is None:
        return None
    by_month = {one.month: one for one in months if one.bills}
    before = (this.month - timedelta(days=1)).replace(day=1)
    return Beside(this=this, month_before=by_month.get(before), year_before=by_month.get(_year_before(this.month)))


def years(months: Sequence[BillMonth]) -> tuple[YearTotal, ...]:
    """Each calendar year that has a bill, in order."""
    return tuple(
        year_total(year, [one for one in months if one.month.year == year])
        for year in sorted({one.month.year for one in months if one.bills})
    )


def year_total(year: int, months: Sequence[BillMonth]) -> YearTotal:
    """The sums of a year's months; those without a bill are passed over."""
    billed = tuple(one for one in months if one.bills)
    units = {one.unit for one in billed}
    usage, cost = [one.usage for one in billed], [one.cost for one in billed]
    days = [one.days for one in billed]
    return YearTotal(
        year=year,
        months=billed,
        usage=_sum(usage) if len(units) == 1 else None,
        unit=units.pop() if len(units) == 1 else None,
        cost=_sum(cost),
        days=sum(one or 0 for one in days) if billed and None not in days else None,
    )


def like_for_like(months: Sequence[BillMonth], year: int) -> tuple[YearTotal, YearTotal] | None:
    """A year and the one before it over the months that both have a bill for; None if there is no such month."""
    by_month = {one.month: one for one in months if one.bills}
    pairs = [
        (one, by_month[_year_before(one.month)])
        for one in by_month.values()
        if one.month.year == year and _year_before(one.month) in by_month
    ]
    if not pairs:
        return None
    return year_total(year, [this for this, _ in pairs]), year_total(year - 1, [before for _, before in pairs])


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """By how much something rose, as a ratio of what it was: 0.05 for 5 %; None where it can't be said.

    >>> change(Decimal(105), Decimal(100))
    Decimal('0.05')
    """
    return (now - before) / before if now is not None and before is not None and before > 0 else None


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [one for one in values if one is not None]
    return sum(known, start=ZERO) if known and len(known) == len(values) else None
