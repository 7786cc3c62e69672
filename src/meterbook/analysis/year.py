"""A year of an account: its bills and its readings beside each other, and what of either is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from meterbook.analysis.bills.comparing import YearTotal, change, like_for_like, year_total
from meterbook.analysis.bills.history import BillMonth
from meterbook.analysis.bills.kinds import GroupSum, by_group
from meterbook.analysis.metered_year import MeteredYear
from meterbook.model.bill_kinds import BillType
from meterbook.model.calendar import next_month
from meterbook.model.sums import discrepancies

LATE_DAYS = 45
"""Days after the end of a month by which its bill has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepaid:
    """A year of an account that is paid ahead.

    Attributes:
        days: days the ledger has.
        charged: dollars taken in them.
    """

    days: int
    charged: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFacts:
    """What is known of an account's year.

    Attributes:
        year: calendar year.
        today: the day it was asked for; what lies after it is not missing.
        account: account number.
        utility: the supplier's name.
        place: what the service location is called, or its address; empty if not known.
        zone: IANA name of the local calendar.
        months: twelve months of bills, those without one empty.
        total: the sums of the months that have a bill.
        like: the year and the one before over the months that both have a bill for; None without such a month.
        pairs: those months, each with the one before.
        groups: the charges of the year's bills by what they are for.
        unbilled: months whose bill should be there and is not.
        estimated: months with a bill by an estimated reading.
        wrong: bills that do not add up.
        metered: the readings of the year; None without any.
        metered_before: those of the year before.
        sent_back: energy that went to the supplier; None without such a register.
        saved: what the time-of-use schedule saved by the supplier's ledger, dollars; negative is a loss; None without.
        prepaid: what was taken day by day from an account that is paid ahead; None for others.
        sources: where all this comes from, a sentence each.
    """

    year: int
    today: date
    account: str
    utility: str
    place: str
    zone: str
    months: tuple[BillMonth, ...]
    total: YearTotal
    like: tuple[YearTotal, YearTotal] | None
    pairs: tuple[tuple[BillMonth, BillMonth], ...]
    groups: tuple[GroupSum, ...]
    unbilled: tuple[date, ...]
    estimated: tuple[date, ...]
    wrong: int
    metered: MeteredYear | None
    metered_before: MeteredYear | None
    sent_back: Decimal | None = None
    saved: Decimal | None = None
    prepaid: Prepaid | None = None
    sources: tuple[str, ...] = ()

    @property
    def billed(self) -> bool:
        """Whether there is a bill for any month of the year."""
        return bool(self.total.months)

    @property
    def cost(self) -> Decimal | None:
        """All charges of the year's bills, dollars, whatever service they are for; None without a bill."""
        return sum((one.amount for one in self.groups), start=Decimal(0)) if self.groups else None

    @property
    def like_whole(self) -> bool:
        """Whether every billed month of the year has one in the year before."""
        return bool(self.pairs) and len(self.pairs) == len(self.total.months)

    @property
    def daily_change(self) -> Decimal | None:
        """By how much use a day rose against the same months of the year before, as a ratio; None if it can't be said.

        By the bills, and without bills by the months that both years have whole readings of.
        """
        if self.like is not None:
            return change(self.like[0].per_day, self.like[1].per_day)
        if self.metered is None or self.metered_before is None:
            return None
        return change(*_whole_months(self.metered, self.metered_before))


def year_facts(
    year: int,
    today: date,
    months: Sequence[BillMonth],
    *,
    account: str,
    utility: str,
    place: str = "",
    zone: str = "UTC",
    metered: MeteredYear | None = None,
    metered_before: MeteredYear | None = None,
    sent_back: Decimal | None = None,
    saved: Decimal | None = None,
    prepaid: Prepaid | None = None,
    sources: Iterable[str] = (),
) -> YearFacts:
    """Put a year together.

    Args:
        year: calendar year.
        today: the day it is asked for.
        months: all months of the account's bills, oldest first; none without bills.
        account: as in :class:`YearFacts`, like all that follows.
    """
    known = {one.month: one for one in months}
    own = tuple(
        known.get(first, BillMonth(month=first)) for first in (date(year, number, 1) for number in range(1, 13))
    )
    billed = {one.month for one in months if one.bills}
    bills = [bill for one in own for bill in one.bills]
    return YearFacts(
        year=year,
        today=today,
        account=account,
        utility=utility,
        place=place,
        zone=zone,
        months=own,
        total=year_total(year, own),
        like=like_for_like(months, year),
        pairs=tuple((one, known[before]) for one in own if one.bills and (before := _year_before(one.month)) in billed),
        groups=by_group(bills),
        unbilled=unbilled(own, months, today),
        estimated=tuple(one.month for one in own if one.estimated),
        wrong=sum(1 for one in bills if any(discrepancies(one))),
        metered=metered,
        metered_before=metered_before,
        sent_back=sent_back,
        saved=saved,
        prepaid=prepaid,
        sources=tuple(sources),
    )


def unbilled(own: Sequence[BillMonth], months: Sequence[BillMonth], today: date) -> tuple[date, ...]:
    """Months that should have a bill: from the first known one until the last, or until now where the account goes on.

    Args:
        own: the months asked about.
        months: all months of the account's bills.
        today: a month whose bill may still come is not missing.
    """
    billed = [one for one in months if one.bills]
    if not billed:
        return ()
    ended = any(bill.bill_type is BillType.FINAL for bill in billed[-1].bills)
    last = billed[-1].month
    return tuple(
        one.month
        for one in own
        if not one.bills
        and billed[0].month <= one.month
        and (one.month < last or (not ended and next_month(one.month) + timedelta(days=LATE_DAYS) <= today))
    )


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _whole_months(now: MeteredYear, before: MeteredYear) -> tuple[Decimal | None, Decimal | None]:
    """Use a day over the months that have every reading in both years."""
    pairs = [
        (this, other)
        for this, other in zip(now.months, before.months, strict=True)
        if this.readings and other.readings and not this.missing and not other.missing
    ]
    days = [(one.per_day, one.total) for pair in pairs for one in pair if one.per_day]
    if not pairs or len(days) < 2 * len(pairs):
        return None, None
    return _per_day([this.total for this, _ in pairs], [this.per_day for this, _ in pairs]), _per_day(
        [other.total for _, other in pairs], [other.per_day for _, other in pairs]
    )


def _per_day(totals: Sequence[Decimal], per_day: Sequence[Decimal | None]) -> Decimal | None:
    days = sum((total / rate for total, rate in zip(totals, per_day, strict=True) if rate), start=Decimal(0))
    return sum(totals, start=Decimal(0)) / days if days else None
