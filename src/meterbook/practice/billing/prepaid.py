"""The ledger of a prepaid account: each day's use is charged on the day, payments come before the credit is gone."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, timedelta
from decimal import Decimal

from meterbook.model.statement import PrepaidDay
from meterbook.practice import dice
from meterbook.practice.billing import prices
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.counters import counted
from meterbook.practice.billing.dividing import cents
from meterbook.practice.billing.prices import MONTH_DAYS, SCHEDULES, TAX, in_force
from meterbook.practice.billing.reads import books_from
from meterbook.practice.clock import local_day
from meterbook.practice.settings import midnight

FIRST_PAYMENT = Decimal("60.00")
LOW_CREDIT = Decimal("15.00")
AVERAGED_DAYS = 30
_KEPT = 64
_LEDGERS: OrderedDict[object, tuple[PrepaidDay, ...]] = OrderedDict()


def ledger(account: Account) -> tuple[PrepaidDay, ...]:
    """Every day of a prepaid account from the beginning of the books to yesterday, oldest first."""
    settings, contract = account.settings, account.contract
    key = (settings.seed, settings.zone, settings.today, settings.step, contract)
    if key not in _LEDGERS:
        _LEDGERS[key] = tuple(_days(account))
    _LEDGERS.move_to_end(key)
    while len(_LEDGERS) > _KEPT:
        _LEDGERS.popitem(last=False)
    return _LEDGERS[key]


def average(days: tuple[PrepaidDay, ...]) -> Decimal:
    """Dollars a day over the last thirty days."""
    recent = [day.charge or Decimal(0) for day in days[-AVERAGED_DAYS:]]
    return cents(sum(recent, start=Decimal(0)) / len(recent)) if recent else Decimal("0.00")


def daily_charge(day: date, kwh: Decimal) -> Decimal:
    """What a day costs: basic charge, energy, power cost, mandate, and tax on all of it.

    Args:
        day: local day of use; its month tells season and power cost.
        kwh: used from midnight to midnight.
    """
    sheet = in_force(SCHEDULES["R-PRE"].revisions, day)
    before_tax = (
        sheet.facilities
        + cents(kwh * sheet.energy[0].rate(day.month))
        + cents(kwh * prices.wpca(day.year, day.month))
        + cents(prices.reps(day.year, "residential") / MONTH_DAYS)
    )
    return before_tax + cents(before_tax * TAX)


def _days(account: Account) -> list[PrepaidDay]:
    settings, contract = account.settings, account.contract
    points = [account.point(place) for place in contract.places]
    registers = [(point, register) for point in points for register in point.registers("ELECTRIC")]
    day, balance = max(contract.opened, books_from(settings)), Decimal("0.00")
    last = local_day(settings.data_end, settings.tz)
    found: list[PrepaidDay] = []
    while day < last:
        following = day + timedelta(days=1)
        bounds = midnight(day, settings.tz), midnight(following, settings.tz)
        kwh = sum((counted(*each, *bounds) for each in registers), start=Decimal(0))
        payment = Decimal("0.00")
        if not found:
            payment = FIRST_PAYMENT
        elif balance < LOW_CREDIT:
            notes = 1 + dice.number(4, settings.seed, "prepays", contract.number, day.toordinal())
            payment = (25 * Decimal(notes)).quantize(payment)
        charge = daily_charge(day, kwh)
        balance += payment - charge
        found.append(PrepaidDay(day=day, usage=kwh, charge=charge, payment=payment, balance=balance))
        day = following
    return found
