"""Which bills count: those that were not withdrawn or replaced, the chain of corrections, and the month each is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import Statement

SHIFTS = sorted(range(-14, 15), key=lambda days: (abs(days), days))
"""Days by which the middles of an account's bills may be moved, least first."""
USUAL_DAYS = 30
MONTH_DAYS = 30.44


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

    An account that is read in the middle of the month has its middles at the edge, and periods of 28 to 33 days put two
    of them into one month and none into the next. Then all its middles are moved by the same few days: by as few as
    make the months follow each other as the periods do. A month that has no bill stays without one.

    Args:
        statements: bills of one account that stand, oldest first.
    """
    if not statements:
        return ()
    middles = [middle(one) for one in statements]
    steps = [round((after - before).days / MONTH_DAYS) for before, after in pairwise(middles)]
    best: tuple[date, ...] = ()
    least = None
    for shift in SHIFTS:
        months = _months(middles, shift)
        uneven = _uneven(months, steps)
        if least is None or uneven < least:
            best, least = months, uneven
        if least == 0:
            break
    return best


def _months(middles: Sequence[date], shift: int) -> tuple[date, ...]:
    return tuple((one + timedelta(days=shift)).replace(day=1) for one in middles)


def _uneven(months: Sequence[date], steps: Sequence[int]) -> int:
    """By how much the steps from month to month differ from those that the periods make."""
    found = (12 * (after.year - before.year) + after.month - before.month for before, after in pairwise(months))
    return sum(abs(step - wanted) for step, wanted in zip(found, steps, strict=True))


def _names(statement: Statement) -> frozenset[tuple[str, str]]:
    return frozenset((statement.account, name) for name in (statement.source_id, statement.number) if name is not None)
