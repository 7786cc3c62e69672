"""The portal's answers about bills: history, prepaid days, time-of-use savings.

Source: SmartHub portal reference, section 11. No recording shows a prepaid account's days, a time-of-use member's
savings or a cancelled bill's row: those shapes are this portal's own.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from meterbook.practice.billing import prepaid
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.ledger import bills, last
from meterbook.practice.billing.standing import balance
from meterbook.practice.people import Contract, Member, Place
from meterbook.practice.settings import Settings
from meterbook.practice.world import World

PREPAID_DAYS = 90


def history(settings: Settings, member: Member, contract: Contract) -> tuple[Bill, ...]:
    """The bills that the portal keeps, newest first: so many periods, each with what was cancelled of it."""
    return last(bills(Account(settings=settings, member=member, contract=contract)), settings.bill_history)[::-1]


def history_rows(world: World, member: Member, contract: Contract) -> list[dict[str, Any]]:
    """``billing/history/overview``."""
    return [_history_row(bill) for bill in history(world.settings, member, contract)]


def prepaid_days(
    world: World, member: Member, contract: Contract, *, since: date | None, until: date | None
) -> dict[str, Any] | None:
    """``prepaid/daily``: each day's use, charge and credit; None for an account that is billed."""
    if not contract.prepaid:
        return None
    days = prepaid.ledger(Account(settings=world.settings, member=member, contract=contract))
    shown = [day for day in days if (since is None or day.day >= since) and (until is None or day.day < until)]
    if since is None:
        shown = shown[-PREPAID_DAYS:]
    standing = balance(world, member, contract)
    return {
        "acctNbr": contract.number,
        "custNbr": contract.customer,
        "asOf": world.settings.data_end * 1000,
        "balance": float(standing.balance),
        "averageDaily": float(standing.daily),
        "days": [
            {
                "date": day.day.isoformat(),
                "usage": _number(day.usage),
                "charge": _number(day.charge),
                "payment": _number(day.payment),
                "balance": _number(day.balance),
            }
            for day in shown
        ],
    }


def savings(world: World, member: Member, contract: Contract) -> dict[str, Any] | None:
    """``time-of-use/savings``: by bill and by year, newest first; None for an account without time of use."""
    kept = [bill for bill in history(world.settings, member, contract) if not bill.statement.cancelled]
    told = [(bill, bill.savings) for bill in kept if bill.savings is not None]
    if not any(place.rate == "R-TOU" for place in contract.places):
        return None
    years: dict[int, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for bill, saved in told:
        years[bill.period.end.year] += saved.saved
    return {
        "acctNbr": contract.number,
        "standardRate": "R",
        "timeOfUseRate": "R-TOU",
        "months": [
            {
                "year": bill.period.end.year,
                "month": bill.period.end.month,
                "billProcessUuid": bill.uuid,
                "timeOfUseCost": float(saved.time_of_use),
                "standardCost": float(saved.standard),
                "saved": float(saved.saved),
                "usage": {name: float(kwh) for name, kwh in saved.by_period.items()},
            }
            for bill, saved in told
        ],
        "years": [{"year": year, "saved": float(saved)} for year, saved in years.items()],
    }


def _history_row(bill: Bill) -> dict[str, Any]:
    contract, said = bill.contract, bill.statement
    adjustments, due = said.adjustments or Decimal(0), bill.due
    if said.cancelled:
        adjustments, due = adjustments - (bill.due - bill.forward), bill.forward
    return {
        "acctNbr": contract.number,
        "custNbr": contract.customer,
        "custName": contract.name,
        "billingDateTimestamp": bill.billed_at * 1000,
        "billPeriod": {"year": bill.period.end.year, "month": bill.period.end.month},
        "adjustedBillAmount": float(due),
        "totalAdjustments": float(adjustments),
        "totalUsageCharge": float(bill.usage_charge),
        **({} if said.usage is None else {"totalUsage": float(said.usage)}),
        "billProcessUuid": bill.uuid,
        "systemOfRecord": "UTILITY",
        "showViewBillLink": True,
        "servLocs": [_served(place, bill) for place in contract.places],
    }


def _served(place: Place, bill: Bill) -> dict[str, Any]:
    return {
        "id": {"srvLocNbr": int(place.number), "serviceLocation": place.number},
        "location": place.map_number,
        "address": {"addr1": place.street, "city": place.city, "state": "NC", "zip": place.zip_code},
        "serviceStatus": "ACTIVE",
        "lastBillPrevReadDtTm": bill.period.begin * 1000,
        "lastBillPresReadDtTm": bill.period.finish * 1000,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
