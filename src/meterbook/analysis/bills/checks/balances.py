"""Money carried from bill to bill: what was owed, and what was paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_words, day_words, dollars, the_bill, told
from meterbook.analysis.bills.standing import withdrawn
from meterbook.model.statement import Statement

APART_DAYS = 12
"""Periods further apart than this have a bill between them that is not in the book."""
HABIT = 2
"""Who has paid this many bills late before may well have done so again."""
ZERO = Decimal(0)


def carried(run: BillRun) -> Iterator[BillFinding]:
    """Bills that begin with another balance than the last one ended with."""
    issued = [one for one in run.issued if one.previous_balance is not None or one.amount_due is not None]
    for place, bill in enumerate(issued):
        if place == 0 or bill.previous_balance is None or _lacking(issued[place - 1], bill):
            continue
        allowed = _ends(issued[:place])
        if not allowed or bill.previous_balance in allowed:
            continue
        last = allowed[0]
        yield told(
            "balance",
            bill,
            run.zone,
            f"{the_bill(bill)} begins with a balance of {dollars(bill.previous_balance)}; the one of "
            f"{day_words(issued[place - 1].bill_date)} ended with {dollars(last)}.",
            advice="Ask the utility what happened to the account between the two bills.",
            previous_balance=bill.previous_balance,
            last_amount_due=last,
            difference=bill.previous_balance - last,
            before=issued[place - 1].bill_date.isoformat(),
        )


def payments(run: BillRun) -> Iterator[BillFinding]:
    """Bills that show no payment of what the one before asked for."""
    bills = [one for one in run.standing if one.previous_balance is not None]
    unpaid = [one for one in bills if _unpaid(one)]
    for bill in unpaid:
        assert bill.previous_balance is not None
        later = [one for one in bills if one.bill_date > bill.bill_date]
        settled = next((one for one in later if _settled(one)), None)
        habit = len([one for one in unpaid if one.bill_date < bill.bill_date]) >= HABIT
        yield told(
            "payment",
            bill,
            run.zone,
            f"{the_bill(bill)} shows no payment of the "
            f"{dollars(bill.previous_balance)} that were owed"
            + (f"; it was paid by {bill_words(settled)}." if settled is not None else "."),
            advice="Nothing, unless it was paid in time."
            if settled is not None
            else "If it was paid, send the utility the proof: the payment may be on another account.",
            severity=Severity.NOTE if settled is not None or habit else Severity.WARNING,
            previous_balance=bill.previous_balance,
            settled=settled is not None,
        )


def _ends(before: Sequence[Statement]) -> list[Decimal]:
    """What the next bill may begin with, the likeliest first: the last amount due.

    After a cancelled bill it may be that bill's amount, with its charges or without them, or that of the one before.
    """
    last = before[-1]
    if last.amount_due is None:
        return []
    found = [last.amount_due]
    if withdrawn(last):
        found += [last.amount_due + sign * (last.current_charges or ZERO) for sign in (1, -1)]
        found += _ends(before[:-1]) if len(before) > 1 else []
    return found


def _lacking(before: Statement, after: Statement) -> bool:
    """Whether a bill between two is not in the book."""
    if before.period_end is None or after.period_start is None:
        return False
    return (after.period_start - before.period_end).days > APART_DAYS


def _unpaid(bill: Statement) -> bool:
    return bool(bill.previous_balance and bill.previous_balance > 0 and not bill.payments and _told(bill))


def _told(bill: Statement) -> bool:
    """Whether the bill would show a payment: it tells of payments, or what was left of the balance."""
    if bill.corrects is not None:
        return False  # a bill made again follows at once on the one it replaces
    return bill.payments is not None or bill.balance_forward is not None


def _settled(bill: Statement) -> bool:
    """Whether a bill shows all paid that was owed."""
    assert bill.previous_balance is not None
    return bool(bill.payments) and bill.previous_balance + (bill.payments or ZERO) <= 0
