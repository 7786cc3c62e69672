"""Faults put into clean histories of bills, each of which a check has to find and to name.

Every fault leaves the rest of the history consistent, as a billing system would: lines add up, balances are carried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from meterbook.analysis.bills.checks import BillRun
from meterbook.analysis.bills.standing import standing
from meterbook.model.bill_kinds import BillType, LineKind, ReadType
from meterbook.model.statement import LineItem, MeterUsage, Statement

ZERO = Decimal(0)
Fault = tuple[BillRun, str]
"""The account with the fault in it, and the number of the bill that has to be named."""


def wrong_usage(run: BillRun, dice: Random) -> Fault:
    """A misread register: more kWh on one bill, with the money that goes with them, and nothing taken back."""
    bills, at = _chosen(run, dice)
    extra = Decimal(dice.randint(1, 400))
    bills[at] = changed_use(bills[at], lambda kwh: kwh + extra)
    for place in range(at + 1, len(bills)):  # the register is told so much higher from there on
        bills[place] = shifted(bills[place], extra)
    return rebilled(run, bills), _name(bills[at])


def wrong_multiplier(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    factor = dice.choice([Decimal(10), Decimal(20), Decimal(40)])
    rows = _rows(bills[at], lambda row: replace(row, multiplier=factor, usage=(row.usage or ZERO) * factor))
    bills[at] = _billed(replace(bills[at], meters=rows, usage=(bills[at].usage or ZERO) * factor), factor)
    return rebilled(run, bills), _name(bills[at])


def wrong_subtraction(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    extra = Decimal(dice.randint(2, 90)) / 10
    bills[at] = replace(bills[at], meters=_rows(bills[at], lambda row: replace(row, usage=(row.usage or ZERO) + extra)))
    return rebilled(run, bills), _name(bills[at])


def wrong_line(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    off = Decimal(dice.randint(20, 900)) / 100 + 4
    place = _first(bills[at], LineKind.ENERGY)
    bills[at] = _line(bills[at], place, amount=bills[at].lines[place].amount + off)
    return rebilled(run, bills), _name(bills[at])


def wrong_total(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    off = Decimal(dice.randint(1, 5000)) / 100
    bills[at] = replace(bills[at], current_charges=(bills[at].current_charges or ZERO) + off)
    return rebilled(run, bills, lines=False), _name(bills[at])


def wrong_amount_due(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    off = Decimal(dice.choice([-1, 1]) * dice.randint(1, 5000)) / 100
    bills[at] = replace(bills[at], amount_due=(bills[at].amount_due or ZERO) + off)
    return replace(run, bills=tuple(bills)), _name(bills[at])


def balance_not_carried(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    off = Decimal(dice.randint(100, 9000)) / 100
    was = bills[at]
    bills[at] = replace(
        was, previous_balance=(was.previous_balance or ZERO) + off, payments=(was.payments or ZERO) - off
    )
    return replace(run, bills=tuple(bills)), _name(bills[at])


def wrong_days(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    bills[at] = replace(bills[at], days=(bills[at].days or 0) + dice.choice([-3, -2, -1, 2, 3]))
    return replace(run, bills=tuple(bills)), _name(bills[at])


def gap(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    bills[at] = _moved(bills[at], dice.randint(1, 9))
    return replace(run, bills=tuple(bills)), _name(bills[at])


def overlap(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    bills[at] = _moved(bills[at], -dice.randint(1, 5))
    return replace(run, bills=tuple(bills)), _name(bills[at])


def duplicate(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    later = bills[at].bill_date + timedelta(days=dice.randint(1, 9))
    again = replace(bills[at], bill_date=later, number="99" + (bills[at].number or ""), source_id="again")
    bills.insert(at + 1, again)
    return rebilled(run, bills, lines=False), _name(again)


def missing_month(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    after = bills[at + 1]
    del bills[at]
    return replace(run, bills=tuple(bills)), _name(after)


def late_bill(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    bills[at] = replace(bills[at], bill_date=bills[at].bill_date + timedelta(days=dice.randint(12, 24)))
    return replace(run, bills=tuple(bills)), _name(bills[at])


def bill_awaited(run: BillRun, dice: Random) -> Fault:
    bills, _ = _chosen(run, dice)
    del bills[-dice.randint(2, 4) :]
    return replace(run, bills=tuple(bills)), _name(bills[-1])


def swapped_meter(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    other = f"77-{dice.randint(100_000, 999_999)}"
    previous = Decimal(dice.randint(1_000, 50_000))
    used = Decimal(dice.randint(200_000, 2_000_000)) / 1000

    def theirs(row: MeterUsage) -> MeterUsage:
        return replace(row, meter=other, previous=previous, present=previous + used, usage=used)

    bills[at] = replace(bills[at], meters=_rows(bills[at], theirs), usage=used)
    bills[at] = _quantity(bills[at], used)
    return rebilled(run, bills), _name(bills[at])


def reading_jump(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    jump = Decimal(dice.randint(2, 300))
    for place in range(at, len(bills)):
        bills[place] = shifted(bills[place], jump)
    return rebilled(run, bills), _name(bills[at])


def estimate_unsettled(run: BillRun, dice: Random) -> Fault:
    """A reading estimated too low; the next bill begins at the true one, and what lies between is never billed."""
    bills, at = _chosen(run, dice)
    short = Decimal(dice.randint(20, 120))

    def guessed(row: MeterUsage) -> MeterUsage:
        return replace(
            row, present=(row.present or ZERO) - short, usage=(row.usage or ZERO) - short, read_type=ReadType.ESTIMATED
        )

    bills[at] = changed_use(replace(bills[at], meters=_rows(bills[at], guessed)), lambda kwh: kwh - short, rows=False)
    return rebilled(run, bills), _name(bills[at + 1])


def tax_missing(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    kept = tuple(one for one in bills[at].lines if one.kind not in (LineKind.TAX_SALES, LineKind.TAX_STATE))
    bills[at] = replace(bills[at], lines=kept)
    return rebilled(run, bills), _name(bills[at])


def tax_doubled(run: BillRun, dice: Random) -> Fault:
    """The tax line is printed twice, or once with twice the amount."""
    bills, at = _chosen(run, dice)
    taxes = tuple(one for one in bills[at].lines if one.kind in (LineKind.TAX_SALES, LineKind.TAX_STATE))
    if dice.random() < 0.5:
        bills[at] = replace(bills[at], lines=(*bills[at].lines, *taxes))
    else:
        lines = (
            replace(one, amount=2 * one.amount, rate=one.rate * 2 if one.rate is not None else None)
            if one in taxes
            else one
            for one in bills[at].lines
        )
        bills[at] = replace(bills[at], lines=tuple(lines))
    return rebilled(run, bills), _name(bills[at])


def price_of_one_bill(run: BillRun, dice: Random) -> Fault:
    """An energy price on one bill alone, where the bills on both sides have one price."""
    bills, _ = _chosen(run, dice)
    at = dice.choice([place for place in range(2, len(bills) - 2) if _same_price(bills[place - 2 : place + 3])])
    factor = Decimal(dice.choice(["1.05", "0.93", "1.25"]))
    bills[at] = _priced(bills[at], factor)
    return rebilled(run, bills), _name(bills[at])


def price_changed(run: BillRun, dice: Random) -> Fault:
    """A price of the bill that is told with quantity and rate, another one from a bill on."""
    bills, _ = _chosen(run, dice)
    places = [(label, run_of[k]) for label, run_of in _labels(bills).items() for k in range(3, len(run_of) - 2)]
    label, at = dice.choice([(label, at) for label, at in places if _stands(bills, label, at)])
    factor = Decimal(dice.choice(["1.083", "1.131"]))
    for place in range(at, len(bills)):
        bills[place] = _priced(bills[place], factor, label)
    return rebilled(run, bills), _name(bills[at])


def schedule_changed(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    for place in range(at, len(bills)):
        bills[place] = replace(bills[place], rate="OTHER")
    return replace(run, bills=tuple(bills)), _name(bills[at])


def payment_missing(run: BillRun, dice: Random) -> Fault:
    """A payment that went astray, and is missing from then on."""
    bills, _ = _chosen(run, dice)
    owed = [p for p in range(3, len(bills) - 1) if (bills[p].previous_balance or ZERO) > 5 and bills[p].payments]
    at = dice.choice(owed)
    lost = -(bills[at].payments or ZERO)
    for place in range(at, len(bills)):
        one = bills[place]
        bills[place] = replace(
            one,
            payments=ZERO if place == at else one.payments,
            previous_balance=(one.previous_balance or ZERO) + (lost if place > at else ZERO),
            balance_forward=(one.balance_forward or ZERO) + lost,
            amount_due=(one.amount_due or ZERO) + lost,
        )
    return replace(run, bills=tuple(bills)), _name(bills[at])


def unusually_high(run: BillRun, dice: Random) -> Fault:
    return _unusual(run, dice, Decimal(dice.choice(["2.6", "3.2", "4"])))


def unusually_low(run: BillRun, dice: Random) -> Fault:
    return _unusual(run, dice, Decimal(dice.choice(["0.05", "0.12"])))


def wrong_demand(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    off = Decimal(dice.choice([-1, 1]) * dice.randint(60, 400)) / 100

    def shifted(row: MeterUsage) -> MeterUsage:
        return replace(row, usage=(row.usage or ZERO) + off) if row.unit == "kW" else row

    bills[at] = replace(bills[at], meters=tuple(shifted(row) for row in bills[at].meters))
    return replace(run, bills=tuple(bills)), _name(bills[at])


def outside_service(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    bills[at - 1] = replace(bills[at - 1], bill_type=BillType.FINAL)
    return replace(run, bills=tuple(bills)), _name(bills[at])


def roll_over(run: BillRun, dice: Random) -> Fault:
    """A dial that passed its highest figure, billed as though it had one figure more."""
    bills, at = _chosen(run, dice)
    digits = 5
    used = sum((row.usage or ZERO for row in bills[at].meters if row.unit == "kWh"), start=ZERO)
    previous = 10**digits - Decimal(dice.randint(1, 90))

    def passed(row: MeterUsage) -> MeterUsage:
        present = (previous + used) % 10**digits
        return replace(row, previous=previous, present=present, usage=present - previous + 10 ** (digits + 1))

    bills[at] = replace(bills[at], meters=_rows(bills[at], passed))
    return rebilled(run, bills), _name(bills[at])


def wrong_quantity(run: BillRun, dice: Random) -> Fault:
    bills, at = _chosen(run, dice)
    place = _first(bills[at], LineKind.ENERGY)
    line = bills[at].lines[place]
    quantity = (line.quantity or ZERO) + dice.randint(3, 200)
    bills[at] = _line(bills[at], place, quantity=quantity, amount=_cents(quantity * (line.rate or ZERO)))
    return rebilled(run, bills), _name(bills[at])


FAULTS: dict[str, tuple[str, Callable[[BillRun, Random], Fault]]] = {
    "wrong usage": ("bill.usage", wrong_usage),
    "wrong multiplier": ("bill.multiplier", wrong_multiplier),
    "wrong subtraction": ("bill.readings", wrong_subtraction),
    "roll-over": ("bill.roll-over", roll_over),
    "reading jump": ("bill.reading-jump", reading_jump),
    "wrong quantity": ("bill.quantity", wrong_quantity),
    "wrong line": ("bill.line", wrong_line),
    "wrong total": ("bill.sum", wrong_total),
    "wrong amount due": ("bill.sum", wrong_amount_due),
    "balance not carried": ("bill.balance", balance_not_carried),
    "payment missing": ("bill.payment", payment_missing),
    "wrong days": ("bill.days", wrong_days),
    "gap": ("bill.gap", gap),
    "overlap": ("bill.overlap", overlap),
    "duplicate": ("bill.duplicate", duplicate),
    "missing month": ("bill.missing", missing_month),
    "late bill": ("bill.late", late_bill),
    "bill awaited": ("bill.awaited", bill_awaited),
    "swapped meter": ("bill.meter-swapped", swapped_meter),
    "outside of service": ("bill.no-service", outside_service),
    "estimate unsettled": ("bill.estimate-unsettled", estimate_unsettled),
    "tax missing": ("bill.tax-missing", tax_missing),
    "tax doubled": ("bill.tax-doubled", tax_doubled),
    "price of one bill": ("bill.price", price_of_one_bill),
    "price changed": ("bill.price-changed", price_changed),
    "schedule changed": ("bill.schedule-changed", schedule_changed),
    "unusually high": ("bill.high", unusually_high),
    "unusually low": ("bill.low", unusually_low),
}


# -- bills changed as a billing system would --------------------------------------------------------------------------


def _chosen(run: BillRun, dice: Random) -> tuple[list[Statement], int]:
    """The bills that count, and the place of one among them with others enough on either side."""
    bills = list(standing(run.bills))
    return bills, dice.choice(range(4, len(bills) - 4))


def _name(bill: Statement) -> str:
    assert bill.number is not None
    return bill.number


def _rows(bill: Statement, change: Callable[[MeterUsage], MeterUsage]) -> tuple[MeterUsage, ...]:
    return tuple(change(row) if row.unit == "kWh" else row for row in bill.meters)


def changed_use(bill: Statement, change: Callable[[Decimal], Decimal], *, rows: bool = True) -> Statement:
    """Another usage: present reading, usage, quantities of the lines and amounts."""
    old = bill.usage or ZERO
    new = change(old)

    def moved(row: MeterUsage) -> MeterUsage:
        return replace(row, present=(row.present or ZERO) + new - old, usage=(row.usage or ZERO) + new - old)

    meters = _rows(bill, moved) if rows else bill.meters
    return _quantity(replace(bill, usage=new, meters=meters), new)


def _quantity(bill: Statement, total: Decimal) -> Statement:
    """Energy lines that come to so many kWh, what is more or less on the last of them, and riders on all of it."""
    energy = [one for one in bill.lines if one.kind is LineKind.ENERGY and one.quantity is not None]
    before = sum((one.quantity or ZERO for one in energy), start=ZERO)
    lines = []
    for one in bill.lines:
        quantity = one.quantity
        if energy and one is energy[-1]:
            quantity = (one.quantity or ZERO) + total - before
        elif one.kind is LineKind.POWER_COST_ADJUSTMENT and one.quantity == before:
            quantity = total
        lines.append(_times(one, quantity))
    return replace(bill, lines=tuple(lines))


def _billed(bill: Statement, factor: Decimal) -> Statement:
    lines = []
    for one in bill.lines:
        metered = one.unit == "kWh" and one.quantity is not None
        lines.append(_times(one, (one.quantity or ZERO) * factor) if metered else one)
    return replace(bill, lines=tuple(lines))


def _times(line: LineItem, quantity: Decimal | None) -> LineItem:
    if quantity is None or line.rate is None or quantity == line.quantity:
        return line
    return replace(line, quantity=quantity, amount=_cents(quantity * line.rate))


def shifted(bill: Statement, by: Decimal) -> Statement:
    """Both readings higher."""

    def moved(row: MeterUsage) -> MeterUsage:
        return replace(row, previous=(row.previous or ZERO) + by, present=(row.present or ZERO) + by)

    return replace(bill, meters=_rows(bill, moved))


def _moved(bill: Statement, days: int) -> Statement:
    """The earlier read told so many days later, with all that is reckoned by the days."""
    assert bill.period_start is not None
    start = bill.period_start + timedelta(days=days)
    at = bill.read_start + timedelta(days=days) if bill.read_start is not None else None
    meters = tuple(replace(row, read_start=start) for row in bill.meters)
    return replace(bill, period_start=start, read_start=at, days=(bill.days or 0) - days, meters=meters)


def _line(bill: Statement, place: int, *, amount: Decimal, quantity: Decimal | None = None) -> Statement:
    lines = list(bill.lines)
    lines[place] = replace(lines[place], amount=amount, quantity=quantity or lines[place].quantity)
    return replace(bill, lines=tuple(lines))


def _first(bill: Statement, kind: LineKind) -> int:
    return next(place for place, one in enumerate(bill.lines) if one.kind is kind and one.rate is not None)


def _labels(bills: Sequence[Statement]) -> dict[str, list[int]]:
    """Places of the bills that have an energy line of a label."""
    found: dict[str, list[int]] = {}
    for place, bill in enumerate(bills):
        for line in bill.lines:
            if line.kind is LineKind.ENERGY and line.rate is not None:
                found.setdefault(line.label, []).append(place)
    return found


def _stands(bills: Sequence[Statement], label: str, at: int) -> bool:
    """Whether a label has one price on three bills before and three from a bill on."""
    run_of = _labels(bills)[label]
    place = run_of.index(at)
    near = run_of[place - 3 : place + 3]
    prices = {line.rate for each in near for line in bills[each].lines if line.label == label}
    return len(near) == 6 and len(prices) == 1


def _priced(bill: Statement, factor: Decimal, label: str | None = None) -> Statement:
    def dearer(line: LineItem) -> LineItem:
        if label is not None and line.label != label:
            return line
        if line.kind is not LineKind.ENERGY or line.rate is None or line.quantity is None:
            return line
        rate = (line.rate * factor).quantize(Decimal("0.00001"))
        return replace(line, rate=rate, amount=_cents(rate * line.quantity))

    return replace(bill, lines=tuple(dearer(one) for one in bill.lines))


def _same_price(bills: Sequence[Statement]) -> bool:
    """Whether all have the same energy lines at the same prices."""
    prices = {
        tuple((one.label, one.rate) for one in bill.lines if one.kind is LineKind.ENERGY and one.rate is not None)
        for bill in bills
    }
    return len(prices) == 1 and bool(next(iter(prices)))


def _unusual(run: BillRun, dice: Random, factor: Decimal) -> Fault:
    """A bill for another use than usual, of an account without intervals: its meter shows what is billed."""
    bills = list(standing(run.bills))
    at = dice.choice([place for place in range(12, len(bills) - 1) if (bills[place].usage or ZERO) > 300])
    old = bills[at].usage or ZERO
    new = (old * factor).quantize(Decimal("0.001"))
    bills[at] = changed_use(bills[at], lambda _: new)
    for place in range(at + 1, len(bills)):
        bills[place] = shifted(bills[place], new - old)
    return replace(rebilled(run, bills), series=(), readings_until=None), _name(bills[at])


def rebilled(run: BillRun, bills: Sequence[Statement], *, lines: bool = True) -> BillRun:
    """The account with these bills: charges are the sum of their lines, and what is asked is paid with the next."""
    found: list[Statement] = []
    owed: Decimal | None = None
    for one in bills:
        current = sum((line.amount for line in one.lines), start=ZERO) if lines else one.current_charges
        forward = one.balance_forward or ZERO
        payments, previous = one.payments, one.previous_balance
        if owed is not None:
            previous = owed
            payments = forward - previous - (one.adjustments or ZERO)
        due = forward + (current or ZERO)
        found.append(
            replace(one, current_charges=current, previous_balance=previous, payments=payments, amount_due=due)
        )
        owed = due
    return replace(run, bills=tuple(found))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
