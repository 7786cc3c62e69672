"""The PDF of a bill: its own statement, or for the master of an invoice group the consolidated one."""

from __future__ import annotations

from collections.abc import Sequence

from meterbook.practice.billing import scenarios
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.ledger import bills
from meterbook.practice.billing.paper import content
from meterbook.practice.billing.paper.printing import pdf
from meterbook.practice.settings import Settings


def document(settings: Settings, bill: Bill) -> bytes:
    """A bill as the portal hands it out."""
    parts = statements(settings, bill)
    if len(parts) > 1:
        return pdf(
            content.consolidated([(each, _earlier(settings, each)) for each in parts], settings.tz), bill.made_on
        )
    return pdf(content.single(bill, _earlier(settings, bill), settings.tz), bill.made_on)


def statements(settings: Settings, bill: Bill) -> Sequence[Bill]:
    """The statements in a bill's document: itself, and those of its group where it is the master's."""
    if not scenarios.is_master(bill.member, bill.contract):
        return (bill,)
    others = [
        each
        for contract in bill.member.contracts[1:]
        for each in bills(Account(settings=settings, member=bill.member, contract=contract))
        if each.made_on == bill.made_on
    ]
    return (bill, *others)


def _earlier(settings: Settings, bill: Bill) -> list[Bill]:
    return [
        each
        for each in bills(Account(settings=settings, member=bill.member, contract=bill.contract))
        if each.period.number < bill.period.number and not each.statement.cancelled
    ]
