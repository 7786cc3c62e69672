"""Bills that replace others: one that the portal took out of its list, and the one that came for the same period.

Portals say nothing of it themselves: the old bill is gone from the list and a new one stands there. Pure.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence

from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import Statement
from meterbook.store.records.bill_matching import close
from meterbook.store.records.values import StoredStatement


def chained(bills: Sequence[StoredStatement]) -> list[StoredStatement]:
    """The same bills; those that replace another one of their account say which.

    Args:
        bills: every bill of the accounts concerned, withdrawn ones marked as cancelled.
    """
    by_account: dict[tuple[str, str], list[StoredStatement]] = defaultdict(list)
    for one in bills:
        by_account[one.utility, one.statement.account].append(one)
    replaces: dict[int, str] = {}
    for some in by_account.values():
        named = {one.statement.corrects for one in some}
        for old in some:
            name = old.statement.source_id or old.statement.number
            if name is None or name in named:
                continue
            later = [one for one in some if one.id not in replaces and _replaces(one, old)]
            if later:
                replaces[min(later, key=lambda one: (one.statement.bill_date, one.id)).id] = name
    return [
        dataclasses.replace(one, statement=dataclasses.replace(one.statement, corrects=replaces[one.id]))
        if one.id in replaces
        else one
        for one in bills
    ]


def _replaces(new: StoredStatement, old: StoredStatement) -> bool:
    """Whether a bill came in place of another: for the same period, later, and one of them says so of itself."""
    if new.id == old.id or new.statement.corrects is not None or _withdrawn(new.statement):
        return False
    told = _withdrawn(old.statement) or new.statement.bill_type is BillType.CORRECTED
    later = (new.statement.bill_date, new.id) > (old.statement.bill_date, old.id)
    return told and later and _same_period(new.statement, old.statement)


def _withdrawn(statement: Statement) -> bool:
    return statement.cancelled or statement.bill_type is BillType.CANCELLED


def _same_period(one: Statement, two: Statement) -> bool:
    if one.period_start is None or two.period_start is None or one.period_end is None or two.period_end is None:
        return False
    return close(one.period_start, two.period_start) and close(one.period_end, two.period_end)
