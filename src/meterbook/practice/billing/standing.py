"""What an account owes, or has left, as of today."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from meterbook.practice.billing import prepaid
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.ledger import bills, payment
from meterbook.practice.clock import following
from meterbook.practice.people import Contract, Member
from meterbook.practice.settings import midnight, months_before
from meterbook.practice.world import World

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account owes, or has left.

    Attributes:
        balance: dollars; negative is the member's money.
        due: dollars to be paid.
        due_on: local midnight, UTC epoch seconds.
        paid: the last payment, dollars.
        paid_on: local midnight of it, UTC epoch seconds.
        daily: a prepaid account's average charge a day; else zero.
    """

    balance: Decimal
    due: Decimal
    due_on: int
    paid: Decimal
    paid_on: int
    daily: Decimal


def balance(world: World, member: Member, contract: Contract) -> Standing:
    """What an account owes as of today."""
    settings = world.settings
    account = Account(settings=settings, member=member, contract=contract)
    if contract.prepaid:
        return _prepaid(account)
    made = [bill for bill in bills(account) if not bill.statement.cancelled]
    if not made:
        quiet = midnight(months_before(settings.today, 1), settings.tz)
        return Standing(balance=ZERO, due=ZERO, due_on=quiet, paid=ZERO, paid_on=quiet, daily=ZERO)
    latest = made[-1]
    if latest.due_on <= settings.data_end:
        paid = payment(account, latest.due, latest.period.end)
        paid_on = latest.due_on
    else:
        paid, paid_on = ZERO, latest.due_on
    owed = latest.due - paid
    if not paid:
        paid = -(latest.statement.payments or ZERO)
        paid_on = made[-2].due_on if len(made) > 1 else midnight(latest.period.start, settings.tz)
    return Standing(balance=owed, due=max(owed, ZERO), due_on=latest.due_on, paid=paid, paid_on=paid_on, daily=ZERO)


def _prepaid(account: Account) -> Standing:
    settings, days = account.settings, prepaid.ledger(account)
    paid = next((day for day in reversed(days) if day.payment), None)
    return Standing(
        balance=-(days[-1].balance or ZERO) if days else ZERO,
        due=ZERO,
        due_on=midnight(following(settings.today), settings.tz),
        paid=(paid.payment or ZERO) if paid else ZERO,
        paid_on=midnight(paid.day if paid else settings.today, settings.tz),
        daily=prepaid.average(days),
    )
