"""Whether the amounts of a bill hold together: what was owed, paid, charged and is due. Sums confirm, none corrects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from meterbook.formats.bills.entries import Entry
from meterbook.formats.bills.found_fields import Found

ZERO = Decimal(0)


@dataclass(slots=True)
class Balance:
    """The amounts that the bill's own arithmetic proves.

    ``forward`` is what was left of the earlier bill, printed or worked out; ``reasons`` tell what does not hold.
    """

    amount_due: Decimal | None = None
    current_charges: Decimal | None = None
    previous_balance: Decimal | None = None
    payments: Decimal | None = None
    adjustments: Decimal | None = None
    balance_forward: Decimal | None = None
    budget_amount: Decimal | None = None
    forward: Decimal = ZERO
    confirmations: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def target(self) -> Decimal | None:
        """What the charges must add up to."""
        if self.current_charges is not None:
            return self.current_charges
        return None if self.amount_due is None else self.amount_due - self.forward


def balance_of(found: Found, entries: Sequence[Entry]) -> Balance:
    """What is owed and why, proven by the sums between the printed amounts.

    Args:
        found: labelled values.
        entries: all amounts in columns; payments and adjustments of one balance stand in one column.
    """
    balance = Balance()
    balance.amount_due = _single(found, "amount_due", "amount due", balance)
    balance.current_charges = _single(found, "current_charges", "current charges", balance)
    previous = _single(found, "previous_balance", "previous balance", balance)
    if balance.amount_due is None:
        if not balance.reasons:
            balance.reasons.append("no amount due was found")
        return balance
    if previous is not None:
        _settle(balance, previous, found, entries)
    else:
        _carry(balance, found, entries)
    _due(balance, found)
    return balance


def _single(found: Found, name: str, words: str, balance: Balance) -> Decimal | None:
    values = found.amounts(name)
    if len(values) > 1:
        balance.reasons.append(f"the {words} is printed as {' and as '.join(map(str, values[:4]))}")
        return None
    return values[0] if values else None


def _settle(balance: Balance, previous: Decimal, found: Found, entries: Sequence[Entry]) -> None:
    """Previous balance, payments and adjustments give what is carried forward."""
    wanted = {value for name in ("balance_forward", "past_due") for value in found.amounts(name)}
    due = balance.amount_due
    if balance.current_charges is not None and due is not None:
        implied = due - balance.current_charges
        budget = found.amounts("budget_amount")
        if len(budget) == 1 and implied not in wanted and due - budget[0] in wanted:
            implied = due - budget[0]  # the budget amount is paid in place of the charges
        if wanted and implied not in wanted:
            balance.reasons.append(
                f"the amount due {due} less the current charges {balance.current_charges} is {implied}, "
                f"but {' and '.join(map(str, sorted(wanted)))} is carried forward"
            )
            return
        wanted = {implied}
    elif len(wanted) > 1:
        balance.reasons.append("several balances are carried forward")
        return
    ways = {
        (payments, adjustments, previous + (payments or ZERO) + (adjustments or ZERO))
        for payments in _paid(found, entries)
        for adjustments in _adjusted(entries)
    }
    fitting = {way for way in ways if way[2] in wanted}
    plain = {way for way in fitting if way[1] is None}
    fitting = plain or fitting
    if len({way[:2] for way in fitting}) != 1:
        balance.reasons.append(
            "previous balance and payments do not add up to what is carried forward" if not fitting
            else "payments and adjustments can be read in several ways"
        )  # fmt: skip
        return
    balance.payments, balance.adjustments, balance.forward = fitting.pop()
    balance.previous_balance = previous
    printed = found.amounts("balance_forward")
    if balance.forward in printed and len(printed) == 1:
        balance.balance_forward = balance.forward
    balance.confirmations += 1


def _paid(found: Found, entries: Sequence[Entry]) -> Iterator[Decimal | None]:
    """Payments taken together, negative: the different ones, or those of one column where a day had two alike."""
    rows = [entry for entry in entries if entry.role == "payments"]
    labelled = {-abs(value) for value in found.money.get("payments", ())}
    if not labelled and not rows:
        yield None
        return
    if len(labelled) == 1:
        yield from labelled
    if rows:
        first = rows[0].token
        yield sum(
            (-abs(e.value) for e in rows if e.token.page == first.page and abs(e.token.x1 - first.x1) < 15), start=ZERO
        )


def _adjusted(entries: Sequence[Entry]) -> Iterator[Decimal | None]:
    """Corrections between the previous balance and what is carried forward: none, or all of that stretch."""
    yield None
    stretch: list[Decimal] = []
    inside = False
    for entry in entries:
        if entry.role == "previous_balance":
            inside, stretch = True, []
        elif entry.role in {"balance_forward", "past_due", "current_charges", "amount_due", "total"}:
            if inside and stretch:
                yield sum(stretch, start=ZERO)
            inside = False
        elif inside and entry.role is None:
            stretch.append(entry.value)


def _carry(balance: Balance, found: Found, entries: Sequence[Entry]) -> None:
    """Without a previous balance: only what is said to be carried forward."""
    values = {value for name in ("balance_forward", "past_due") for value in found.amounts(name)}
    if len(values - {ZERO}) > 1:
        balance.reasons.append("several balances are carried forward")
        return
    if values:
        balance.forward = next(iter(values - {ZERO}), next(iter(values)))
        printed = found.amounts("balance_forward")
        if printed == (balance.forward,):
            balance.balance_forward = balance.forward
    if any(entry.role == "payments" and entry.value != ZERO for entry in entries) and not values:
        balance.reasons.append("payments are printed, but no previous balance was found")


def _due(balance: Balance, found: Found) -> None:
    """Balance forward and current charges give the amount due; a budget amount may stand in their place."""
    if balance.reasons or balance.amount_due is None or balance.current_charges is None:
        return
    if balance.forward + balance.current_charges == balance.amount_due:
        balance.confirmations += 1
        return
    budget = found.amounts("budget_amount")
    if len(budget) == 1 and balance.forward + budget[0] == balance.amount_due:
        balance.budget_amount = budget[0]
        balance.confirmations += 1
        return
    balance.reasons.append(
        f"carried forward {balance.forward} and current charges {balance.current_charges} "
        f"do not give the amount due {balance.amount_due}"
    )
