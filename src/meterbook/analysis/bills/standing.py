"""Which bills count: those that were not withdrawn or replaced, the chain of corrections, and the month each is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from meterbook.model.bill_kinds import BillType
from meterbook.model.calendar import next_month
from meterbook.model.statement import Statement

EDGE_DAYS = 5
"""A bill whose middle lies this near to the edge of a month may belong to the month beside it."""
USUAL_DAYS = 30


def standing(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The bills that count, oldest first: neither cancelled nor replaced by a later one that stands.

    A bill that replaces another names it by the portal's identifier or by the printed number.
    """
    every = list(statements)
    replaced = {(one.account, one.corrects) for one in every if one.corrects is not None and not withdrawn(one)}
    left = [one for one in every if not withdrawn(one) and not _names(one) & replaced]
    return tuple(sorted(left, key=lambda one: (middle(one), one.bill_date, one.account)))


def withdrawn(statement: Statement) -> bool:
    """Whether the issuer took a bill back."""
    return statement.cancelled or statement.bill_type is BillType.CANCELLED


def chain(statement: Statement, statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """A bill with all that it replaces or is replaced by, oldest first; the bill alone where there are none."""
    every = [one for one in statements if one.account == statement.account]
    found = [statement]
    grown = True
    while grown:
        names = frozenset().union(*(_names(one) for one in found))
        replaced = {(one.account, one.corrects) for one in found if one.corrects is not None}
        more = [
            one
            for one in every
            if one not in found and ((one.account, one.corrects) in names or _names(one) & replaced)
        ]
        found += more
        grown = bool(more)
    return tuple(sorted(found, key=lambda one: (one.bill_date, one.corrects is not None)))


def middle(statement: Statement) -> date:
    """The day in the middle of what a bill is for; one that tells no period is taken to be for the month before it."""
    start = statement.period_start or (statement.read_start.date() if statement.read_start is not None else None)
    end = statement.period_end or (statement.read_end.date() if statement.read_end is not None else None)
    if start is not None and end is not None and start <= end:
        return start + (end - start) / 2
    days = statement.days or USUAL_DAYS
    if end is not None:
        return end - timedelta(days=days // 2)
    if start is not None:
        return start + timedelta(days=days // 2)
    return statement.bill_date - timedelta(days=days // 2)


def months_of(statements: Sequence[Statement]) -> tuple[date, ...]:
    """The calendar month that each bill is for, as its first day: the one in which the middle of its period lies.

    Periods of 28 to 33 days drift against the calendar, so that now and then two middles lie in one month and none in
    the one before or after; of two such bills the one at the month's edge is counted for the empty month.

    Args:
        statements: bills of one account that stand, oldest first.
    """
    months = [middle(one).replace(day=1) for one in statements]
    count = Counter(months)
    for index, statement in enumerate(statements):
        month = months[index]
        if count[month] < 2:
            continue
        before, after = (month - timedelta(days=1)).replace(day=1), next_month(month)
        day = middle(statement)
        first, last = months.index(month) == index, index == len(months) - 1 or months[index + 1] != month
        if first and (day - month).days < EDGE_DAYS and not count[before]:
            months[index] = before
        elif last and (after - day).days <= EDGE_DAYS and not count[after]:
            months[index] = after
        count[month] -= months[index] != month
        count[months[index]] += months[index] != month
    return tuple(months)


def _names(statement: Statement) -> frozenset[tuple[str, str]]:
    return frozenset((statement.account, name) for name in (statement.source_id, statement.number) if name is not None)
