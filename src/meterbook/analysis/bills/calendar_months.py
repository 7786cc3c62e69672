"""Bills shared out to calendar months. Shares of a bill always add up to the bill, to the last cent and digit.

A billing period from the 12th to the 11th belongs to two months. Its use and cost are shared by the use that the
meter's intervals show in each, where every day of the period is held, else by days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from meterbook.model.calendar import next_month

LEAST_PLACES = 2
"""Digits after the point that shares have at least: cents, hundredths of a kWh."""


class Method(StrEnum):
    """By what a bill was shared out."""

    WHOLE = "whole"
    INTERVALS = "intervals"
    DAYS = "days"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthShare:
    """What one calendar month has of one bill.

    Attributes:
        month: its first day.
        days: days of the bill's period that lie in it.
        usage: its share of what was used; None if the bill does not tell.
        cost: its share of the charges, dollars; None if the bill does not tell.
        method: by what it was shared: ``whole`` for a bill that lies in one month.
    """

    month: date
    days: int
    usage: Decimal | None
    cost: Decimal | None
    method: Method


def prorate(
    start: date,
    days: int,
    *,
    usage: Decimal | None,
    cost: Decimal | None,
    by_day: Mapping[date, int] | None = None,
) -> tuple[MonthShare, ...]:
    """A bill's use and cost by calendar month.

    Args:
        start: first day of the period.
        days: how many days it has, at least one.
        usage: what was used, in any unit.
        cost: charges, dollars.
        by_day: use of each local day by the meter's intervals, in any one unit, none below zero; used if it has every
            day of the period and they are not all zero.

    Returns:
        A share for each month that the period touches, in order. Their sums are ``usage`` and ``cost`` exactly.

    >>> found = prorate(date(2025, 1, 22), 30, usage=None, cost=Decimal("100.01"))
    >>> [(str(one.month), one.days, str(one.cost)) for one in found]
    [('2025-01-01', 10, '33.34'), ('2025-02-01', 20, '66.67')]
    """
    months = _months(start, days)
    weights, method = [count for _, count in months], Method.DAYS
    held = _held(start, days, by_day)
    if held is not None:
        weights, method = [held[month] for month, _ in months], Method.INTERVALS
    if len(months) == 1:
        method = Method.WHOLE
    uses, costs = _shared(usage, weights), _shared(cost, weights)
    return tuple(
        MonthShare(month=month, days=count, usage=use, cost=amount, method=method)
        for (month, count), use, amount in zip(months, uses, costs, strict=True)
    )


def shared(amount: Decimal, weights: Sequence[int]) -> tuple[Decimal, ...]:
    """An amount in parts by weight, each rounded, that add up to it exactly.

    The sums of the first parts are what is rounded, not the parts: so no part is off by more than one of the last
    digit, and the last cent falls where it arises.

    Args:
        amount: any sign; parts have its digits after the point, at least :data:`LEAST_PLACES`.
        weights: none below zero, not all zero.

    >>> [str(one) for one in shared(Decimal("100"), [1, 1, 1])]
    ['33.33', '33.34', '33.33']
    """
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)  # money and energy are finite
    places = max(LEAST_PLACES, -exponent)
    units = int(amount.scaleb(places))
    whole = sum(weights)
    parts, before, weight = [], 0, 0
    for one in weights:
        weight += one
        upto = (2 * units * weight + whole) // (2 * whole)  # rounded half up
        parts.append(Decimal(upto - before).scaleb(-places))
        before = upto
    return tuple(parts)


def _shared(amount: Decimal | None, weights: Sequence[int]) -> Sequence[Decimal | None]:
    return [None] * len(weights) if amount is None else shared(amount, weights)


def _months(start: date, days: int) -> list[tuple[date, int]]:
    end, found = start + timedelta(days=days), []
    while start < end:
        following = min(next_month(start), end)
        found.append((start.replace(day=1), (following - start).days))
        start = following
    return found


def _held(start: date, days: int, by_day: Mapping[date, int] | None) -> dict[date, int] | None:
    """Use by month, if every day of the period is held and any of them has some."""
    if by_day is None:
        return None
    found: dict[date, int] = {}
    for offset in range(days):
        day = start + timedelta(days=offset)
        if day not in by_day:
            return None
        month = day.replace(day=1)
        found[month] = found.get(month, 0) + by_day[day]
    return found if sum(found.values()) > 0 and min(found.values()) >= 0 else None
