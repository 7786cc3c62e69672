"""Schedules beside each other on one load: totals by month and year, ranges where numbers are assumed, the cheapest.

Values in, values out. Where two schedules have the same rider, its value is the same in both, so that what is not known
of it may cancel out in their difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import local_date
from meterbook.model.errors import InputError
from meterbook.model.tariff import Demand, Energy, Tariff
from meterbook.tariffs.assumed import Assumed, Path, Value, assumed, structural, substituted
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.break_even import BreakEven, break_even
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.moving import moved
from meterbook.tariffs.peak_hours import peak_hours
from meterbook.tariffs.plan import Plan, plan
from meterbook.tariffs.pricing import price
from meterbook.tariffs.ranging import FULL, Choice, Range, ranged
from meterbook.tariffs.whatif.setting import Shift, setting_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A schedule to compare.

    Attributes:
        tariff: the schedule.
        account: what it asks of the account.
        yours: whether the account is on it.
        conditions: what else it takes to be on it, in words.
    """

    tariff: Tariff
    account: Account
    yours: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``utility/CODE``."""
        return f"{self.tariff.utility}/{self.tariff.code}"


@dataclass(kw_only=True, eq=False)
class Priced:
    """A schedule on some months of a load, priced again for any choice of what it assumes."""

    candidate: Candidate
    usage: Usage
    plan: Plan
    shift: Shift | None = None
    """What is changed in the load, each time by the prices and hours that are taken."""

    def __post_init__(self) -> None:
        self._loads: dict[frozenset[tuple[Path, Value]], Usage] = {}
        self._held: dict[tuple[Value, ...], tuple[Decimal, ...]] = {}
        self._plans: dict[frozenset[tuple[Path, Value]], Plan] = {frozenset(): self.plan}
        self.statements = price(self.plan, self.load({}), self.candidate.account)

    @cached_property
    def months(self) -> list[date]:
        """First days of the months."""
        return [statement.first for statement in self.statements]

    def numbers(self, months: Sequence[date]) -> list[Assumed]:
        """What the prices of some months rest on that may be another."""
        wanted = set(months)
        versions = sorted(
            {
                part.number
                for parts, month in zip(self.plan.parts, self.months, strict=True)
                if month in wanted
                for part in parts
            }
        )
        return assumed(self.plan.tariff, versions, [f"{one:%Y-%m}" for one in months], self.candidate.account)

    @cached_property
    def _all(self) -> list[Assumed]:
        return self.numbers(self.months)

    def totals(self, choice: Choice) -> tuple[Decimal, ...]:
        """Totals of all months; numbers that a choice does not name are as the schedule has them."""
        key = tuple(choice.get(one.key, one.value) for one in self._all)
        if key not in self._held:
            changed = {one.path: value for one, value in zip(self._all, key, strict=True) if value != one.value}
            plan_ = self._plan(changed)
            found = price(plan_, self.load(changed), self.candidate.account) if changed else self.statements
            self._held[key] = tuple(statement.total for statement in found)
        return self._held[key]

    def load(self, changed: Mapping[Path, Value]) -> Usage:
        """The load with some numbers changed: as it is, or shifted by those prices and hours."""
        if self.shift is None:
            return self.usage
        deciding = frozenset((path, value) for path, value in changed.items() if self._decides(path))
        if deciding not in self._loads:
            setting = setting_of(self._plan(dict(deciding)), self.candidate.account)
            self._loads[deciding] = self.shift(self.usage, setting)
        return self._loads[deciding]

    def _decides(self, path: Path) -> bool:
        """Whether a number decides when to use energy: hours, and prices of energy and demand."""
        if structural(path):
            return True
        charge = self.plan.tariff.versions[int(path[1])].charges[int(path[3])]
        return isinstance(charge, Energy | Demand)

    def sum(self, choice: Choice, months: Sequence[date]) -> Decimal:
        """What some months come to."""
        wanted = set(months)
        totals = self.totals(choice)
        return sum((one for one, month in zip(totals, self.months, strict=True) if month in wanted), start=Decimal(0))

    def sum_of(self, usage: Usage, choice: Choice, months: Sequence[date]) -> Decimal:
        """What some months of another load on the same grid come to."""
        changed = {one.path: choice[one.key] for one in self._all if choice.get(one.key, one.value) != one.value}
        found = price(self._plan(changed), usage, self.candidate.account)
        wanted = set(months)
        return sum((bill.total for bill in found if bill.first in wanted), start=Decimal(0))

    def dear(self, choice: Choice) -> NDArray[np.bool_]:
        """Marks of the intervals that it makes dear."""
        changed = {one.path: choice[one.key] for one in self._all if choice.get(one.key, one.value) != one.value}
        return peak_hours(self._plan(changed), self.candidate.account)

    def _plan(self, changed: Mapping[Path, Value]) -> Plan:
        tariff = substituted(self.plan.tariff, changed)
        hours = frozenset((path, value) for path, value in changed.items() if structural(path))
        if hours not in self._plans:
            axis = self.plan.axis
            self._plans[hours] = plan(tariff, self.plan.spans, first=axis.first, end=axis.end, step_s=axis.step_s)
        parts = tuple(
            tuple(replace(part, version=tariff.versions[part.number]) for part in some) for some in self.plan.parts
        )
        # What the hours alone decide is worked out once for all prices.
        return replace(self._plans[hours], tariff=tariff, parts=parts, forms={})


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionYear:
    """A schedule in a year.

    Attributes:
        year: calendar year.
        months: first days of the months that are priced.
        by_month: what each may cost.
        total: what they may cost together.
        difference: that less what the schedule compared with costs; negative is cheaper. None for that one itself.
        by_month_difference: the same by month.
        statements: bills with the numbers as they are.
    """

    year: int
    months: tuple[date, ...]
    by_month: tuple[Range, ...]
    total: Range
    difference: Range | None
    by_month_difference: tuple[Range, ...]
    statements: tuple[PricedStatement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A schedule over the years.

    Attributes:
        candidate: the schedule.
        years: by year, where it can be priced.
        unpriced: why not, by year.
        priced: to price it again; by year.
    """

    candidate: Candidate
    years: dict[int, OptionYear]
    unpriced: dict[int, str]
    priced: dict[int, Priced]


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The cheapest schedule of a year.

    Attributes:
        name: ``utility/CODE``; None where what is assumed decides.
        lead: what it costs less than the next, which is negative.
        among: names of those that may be cheapest, that with the numbers as they are first.
        settles: what decides, that with the largest part first.
    """

    name: str | None
    lead: Range | None
    among: tuple[str, ...]
    settles: tuple[Assumed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Schedules beside each other.

    Attributes:
        against: name of the schedule that differences are from.
        options: in the order of candidates.
        best: by year.
    """

    against: str
    options: tuple[Option, ...]
    best: dict[int, Best]


def compare(
    candidates: Sequence[Candidate],
    usage: Usage,
    spans: Sequence[Span],
    *,
    shift: Shift | None = None,
    full: int = FULL,
) -> Comparison:
    """Price schedules on the same months and set them beside each other.

    Args:
        candidates: schedules of one zone; differences are from the account's own, or else from the first.
        usage: the load; no interval of the months may be missing.
        spans: whole local months.
        shift: what is changed in the load, by each schedule's own prices and hours.
        full: combinations of assumed numbers up to which all are worked out.

    Raises:
        InputError: there is nothing to compare.
    """
    if not candidates or not spans:
        raise InputError("there is nothing to compare", expected="at least one schedule and one whole month")
    zone = ZoneInfo(candidates[0].tariff.zone)
    years = sorted({local_date(span.start, zone).year for span in spans})
    against = next((one for one in candidates if one.yours), candidates[0])
    priced = {one.name: _priced(one, usage, spans, years, shift) for one in candidates}
    base = priced[against.name][0]
    options = tuple(
        Option(
            candidate=one,
            years={
                year: _year(year, found, None if one is against else base.get(year), full)
                for year, found in priced[one.name][0].items()
            },
            unpriced=priced[one.name][1],
            priced=priced[one.name][0],
        )
        for one in candidates
    )
    best = {year: found for year in years if (found := _best(options, year, full)) is not None}
    return Comparison(against=against.name, options=options, best=best)


def difference(one: Priced, other: Priced, months: Sequence[date], *, full: int = FULL) -> Range:
    """What a schedule costs more than another in some months."""
    numbers = {number.key: number for number in (*other.numbers(months), *one.numbers(months))}
    return ranged(list(numbers.values()), lambda choice: one.sum(choice, months) - other.sum(choice, months), full=full)


def flows(priced: Priced, months: Sequence[date]) -> tuple[Decimal, Decimal]:
    """Energy drawn and sent back in some months, kWh, with what is changed in the load."""
    usage, axis, wanted = priced.load({}), priced.plan.axis, set(months)
    parts = [(axis.place(one.start), axis.place(one.end)) for one in priced.statements if one.first in wanted]
    drawn, back = (
        sum(int(column[low:high].sum()) for low, high in parts) if column is not None else 0
        for column in (usage.delivered, usage.received)
    )
    return Decimal(drawn).scaleb(-usage.scale), Decimal(back).scaleb(-usage.scale)


def off_peak_to_win(one: Priced, other: Priced, months: Sequence[date], choice: Choice) -> BreakEven:
    """The share of on-peak use to move off-peak, within the day, for a schedule to cost no more than another.

    Args:
        one: the schedule, whose on-peak hours count.
        other: the one to beat, on the same moved load.
        months: what is added up.
        choice: values of what is assumed.
    """
    dear, axis = one.dear(choice), one.plan.axis

    def difference_at(share: int) -> Decimal:
        usage = moved(one.usage, axis, dear, share)
        return one.sum_of(usage, choice, months) - other.sum_of(usage, choice, months)

    return break_even(difference_at)


def _priced(
    candidate: Candidate, usage: Usage, spans: Sequence[Span], years: Sequence[int], shift: Shift | None
) -> tuple[dict[int, Priced], dict[int, str]]:
    """All years together where that goes, so that banks and ratchets carry over; else those that can be priced."""
    zone = ZoneInfo(candidate.tariff.zone)
    try:
        whole = _made(candidate, usage, spans, shift)
    except InputError as err:
        if len(years) == 1:
            return {}, {years[0]: err.what}
    else:
        return dict.fromkeys(years, whole), {}
    found: dict[int, Priced] = {}
    refused: dict[int, str] = {}
    for year in years:
        try:
            found[year] = _made(
                candidate, usage, [one for one in spans if local_date(one.start, zone).year == year], shift
            )
        except InputError as err:
            refused[year] = err.what
    return found, refused


def _made(candidate: Candidate, usage: Usage, spans: Sequence[Span], shift: Shift | None) -> Priced:
    made = plan(candidate.tariff, spans, first=usage.first, end=usage.end, step_s=usage.step_s)
    return Priced(candidate=candidate, usage=usage, plan=made, shift=shift)


def _year(year: int, priced: Priced, base: Priced | None, full: int) -> OptionYear:
    months = [month for month in priced.months if month.year == year]

    def total(some: Sequence[date]) -> Range:
        return ranged(priced.numbers(some), lambda choice: priced.sum(choice, some), full=full)

    return OptionYear(
        year=year,
        months=tuple(months),
        by_month=tuple(total([month]) for month in months),
        total=total(months),
        difference=None if base is None else difference(priced, base, months, full=full),
        by_month_difference=()
        if base is None
        else tuple(difference(priced, base, [month], full=full) for month in months),
        statements=tuple(one for one in priced.statements if one.first.year == year),
    )


def _best(options: Sequence[Option], year: int, full: int) -> Best | None:
    there = [one for one in options if year in one.years]
    if len(there) < 2:
        return None
    there.sort(key=lambda one: one.years[year].total.held)
    first = there[0]
    months = first.years[year].months
    leads = [(other, difference(first.priced[year], other.priced[year], months, full=full)) for other in there[1:]]
    rivals = [(other, lead) for other, lead in leads if lead.high > 0 or lead.open]
    if not rivals:
        nearest = max((lead for _, lead in leads), key=lambda lead: lead.high)
        return Best(name=first.candidate.name, lead=nearest, among=(first.candidate.name,), settles=())
    swings: dict[tuple[str, ...], tuple[Decimal, Assumed]] = {}
    for _, lead in rivals:
        for number, swing in (*lead.swings, *((one, Decimal(0)) for one in lead.open)):
            if swing >= swings.get(number.key, (Decimal(-1), number))[0]:
                swings[number.key] = (swing, number)
    ordered = sorted(swings.values(), key=lambda pair: -pair[0])
    return Best(
        name=None,
        lead=None,
        among=(first.candidate.name, *(other.candidate.name for other, _ in rivals)),
        settles=tuple(number for _, number in ordered),
    )
