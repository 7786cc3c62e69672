"""An account's bills one after the other: what was owed, paid, put right, carried on.

A bill depends on the ones before it only, and the books begin at a fixed day, so that a later ``today`` changes none.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal

from meterbook.practice import dice
from meterbook.practice.billing import scenarios
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.making import Carried, made
from meterbook.practice.billing.reads import Period, periods
from meterbook.practice.billing.usage import Misread, measured_peak

ZERO = Decimal("0.00")
FIRST_BUDGET = Decimal(140)
BUDGET_SETTLED = 9
"""Month of the later read whose bill settles the budget."""
RATCHET_PERIODS = 11
_KEPT = 256


@dataclass(slots=True)
class _State:
    """What the next bill has to know of those before."""

    due: Decimal = ZERO
    paid: Decimal = ZERO
    budget: Decimal = FIRST_BUDGET
    budget_balance: Decimal = ZERO
    charges: list[Decimal] = field(default_factory=list)
    peaks: dict[str, list[Decimal]] = field(default_factory=dict)


def bills(account: Account) -> tuple[Bill, ...]:
    """Every bill of an account from the beginning of the books to today, oldest first, cancelled ones among them.

    A prepaid account has none.
    """
    if account.contract.prepaid:
        return ()
    settings = account.settings
    usage = settings.usage if account.member.index == 0 else None
    key = (settings.seed, settings.zone, settings.today, settings.step, settings.old_step, account.contract, usage)
    if key not in _BILLS:
        _BILLS[key] = tuple(_all(account))
    _BILLS.move_to_end(key)
    while len(_BILLS) > _KEPT:
        _BILLS.popitem(last=False)
    return _BILLS[key]


def payment(account: Account, due: Decimal, read: date, *, ends: bool = False) -> Decimal:
    """What a member pays on a bill before the next one is made.

    Args:
        account: whose.
        due: what the bill asked for.
        read: day of its later read, by which chance is drawn.
        ends: whether service ends with the next bill, before which everybody pays.
    """
    member, contract = account.member, account.contract
    chance = dice.number(100, account.settings.seed, "pays", contract.number, read.toordinal())
    if scenarios.takes_part(member, contract, scenarios.LATE_PAYER) and chance < 25 and not ends:
        return ZERO
    paid = max(due, ZERO)
    if scenarios.takes_part(member, contract, scenarios.OVERPAYER) and chance < 40:
        paid = (paid / 10).to_integral_value(ROUND_CEILING) * 10
    return paid.quantize(ZERO)


def last(made: tuple[Bill, ...], periods: int) -> tuple[Bill, ...]:
    """The bills of the last so many periods, cancelled ones among them, oldest first."""
    if not made:
        return ()
    first = made[-1].period.number - periods
    return tuple(bill for bill in made if bill.period.number > first)


_BILLS: OrderedDict[object, tuple[Bill, ...]] = OrderedDict()


def _all(account: Account) -> list[Bill]:
    state, found = _State(), list[Bill]()
    before: Period | None = None
    for period in periods(account.settings, account.contract):
        state.paid = payment(account, state.due, period.start, ends=period.final)
        versions = _versions(account, state, period, before)
        found += _with_cancelled([bill for bill in versions if bill.made_on <= account.settings.today])
        _carry(account, state, period, versions[-1])
        before = period
    return found


def _versions(account: Account, state: _State, period: Period, before: Period | None) -> list[Bill]:
    """The bill of a period as first made and as made again, each with what was wrong with it."""
    budget = scenarios.takes_part(account.member, account.contract, scenarios.BUDGET)
    wrong = scenarios.corrections(account.member, period)
    found: list[Bill] = []
    for version in range(wrong + 1):
        excess = Decimal((wrong - version) * (300 + 10 * (account.member.index % 40)))
        carried = Carried(
            previous=state.due if not found else found[-1].due,
            payments=-state.paid if not found else ZERO,
            adjustments=ZERO if not found else found[-1].forward - found[-1].due,
            budget=state.budget if budget else None,
            budget_balance=state.budget_balance,
            settles=period.end.month == BUDGET_SETTLED or period.final,
            peaks=state.peaks,
            late=state.due - state.paid > 0,
            corrects=found[-1] if found else None,
            before=before,
            version=version,
            misread=Misread(excess=excess),
        )
        found.append(made(account, period, carried))
    return found


def _with_cancelled(versions: list[Bill]) -> list[Bill]:
    return [
        replace(bill, statement=replace(bill.statement, cancelled=True)) if bill is not versions[-1] else bill
        for bill in versions
    ]


def _carry(account: Account, state: _State, period: Period, last: Bill) -> None:
    state.due = last.due
    state.charges = [*state.charges[-11:], last.current]
    if last.statement.budget_amount is not None:
        assert last.statement.budget_balance is not None
        state.budget_balance = last.statement.budget_balance
        if period.end.month == BUDGET_SETTLED and len(state.charges) == 12:
            mean = sum(state.charges, start=ZERO) / 12
            state.budget = max(mean.to_integral_value(ROUND_CEILING), Decimal(1))
    for place in account.contract.places:
        if place.rate == "LGS-D":
            point = account.point(place)
            known = state.peaks.setdefault(place.number, [])
            known.append(measured_peak(point, period))
            del known[:-RATCHET_PERIODS]
