"""Bills of utilities never seen, drawn in many layouts: read right or refused with reasons, never accepted and wrong.

Every bill is known to the last figure, so each told value can be held against it. The second half spoils the print: a
figure misprinted, a row missing, a sum that is off, days out of order. Nothing of that may be accepted as it stands.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from drawn_bills import Bill, Print, draw, invented
from full_counts import Count

from meterbook.formats.bills import BillReading, read_pdf

MUTATIONS = (
    "line", "line lost", "sign lost", "digits swapped", "current charges", "one amount due", "every amount due",
    "previous balance", "payment", "payment lost", "balance forward", "due before bill", "period after bill",
    "placeholders",
)  # fmt: skip


def test_layouts_are_read_right_or_refused_and_most_are_read(count: Count) -> None:
    trials = list(count("bill layouts", quick=60, full=3000))
    accepted, wrong = 0, {}
    for trial in trials:
        random = Random(trial)
        bill = invented(random)
        reading = read_pdf(draw(bill, random), name=f"layout {trial}")
        accepted += reading.accepted
        if reading.accepted and (found := mistakes(reading, bill)):
            wrong[trial] = found
        assert reading.accepted or reading.reasons
    assert wrong == {}
    assert accepted >= 0.9 * len(trials)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_spoiled_print_is_never_accepted(mutation: str, count: Count) -> None:
    accepted = []
    for trial in count(f"bill spoiled by {mutation}", quick=8, full=200):
        random = Random(trial)
        bill = invented(random)
        told = spoiled(mutation, bill, Random(trial + 1))
        if told is None:
            continue
        reading = read_pdf(draw(bill, random, told), name=f"{mutation} {trial}")
        if reading.accepted:
            accepted.append(trial)
    assert accepted == []


def test_a_label_nobody_knows_is_kept_as_printed() -> None:
    random = Random(4)
    bill = invented(random)
    reading = read_pdf(draw(bill, random, Print(changed={"label line 0 0": "Zorbal Stipend"})))
    assert not reading.accepted or reading.statements[0].lines[0].label == "Zorbal Stipend"


def mistakes(reading: BillReading, bill: Bill) -> list[str]:
    """What an accepted reading tells that is not what the bill says."""
    (one,) = reading.statements
    days = (bill.end - bill.start).days
    truth = {
        "account": {bill.account}, "bill_date": {bill.bill_date}, "due_date": {bill.due_date},
        "period_start": {bill.start}, "period_end": {bill.end}, "days": {days, days + 1},
        "previous_balance": {bill.previous}, "payments": {bill.payments}, "balance_forward": {bill.forward},
        "current_charges": {bill.current}, "amount_due": {bill.due}, "amount_after_due": {bill.due + Decimal("7.50")},
        "usage": {Decimal(bill.kwh)}, "usage_unit": {"kWh"},
    }  # fmt: skip
    found = [f"{name}: {value}" for name, value in one.fields.items() if value not in truth.get(name, set())]
    lines = [(line.label, line.amount) for line in one.lines]
    if lines != [(charge.label, charge.amount) for charge in bill.charges]:
        found.append(f"lines: {lines}")
    for line, charge in zip(one.lines, bill.charges, strict=False):
        told = (line.quantity, line.unit, line.rate)
        if any(value is not None for value in told) and told != (charge.quantity, charge.unit, charge.rate):
            found.append(f"{line.label}: {told}")
    sections = [title for title, charges in bill.sections for _ in charges]
    found += [
        f"{line.label}: under {line.section}"
        for line, title in zip(one.lines, sections, strict=False)
        if line.section not in {title, None}
    ]
    waters = {"water", "sewer"} if len(bill.sections) > 2 else set()
    if set(one.services) not in (set(), {"electric"} | waters):
        found.append(f"services: {one.services}")
    found += [f"{line.label}: {line.service}" for line in one.lines if line.service not in {None, *one.services}]
    for meter in one.meters:
        readings = (meter.previous, meter.present, meter.usage)
        if readings != (bill.reading, bill.reading + bill.kwh, bill.kwh) or meter.meter not in {None, "00421973"}:
            found.append(f"meter: {meter}")
    return found


def spoiled(mutation: str, bill: Bill, random: Random) -> Print | None:
    """What to print otherwise; None where the bill has nothing to spoil in this way."""
    section = random.randrange(len(bill.sections))
    place = random.randrange(len(bill.sections[section][1]))
    key, charge = f"line {section} {place}", bill.sections[section][1][place]
    off = Decimal(random.choice(("0.01", "1.00", "10.00", "-0.10", "90.00")))
    unsigned = {
        f"line {number} {row}": money(-one.amount)
        for number, (_, charges) in enumerate(bill.sections)
        for row, one in enumerate(charges)
        if one.amount < 0
    }
    printed = money(charge.amount)
    turned = printed[:-2] + printed[-1] + printed[-2]
    wrong_due = money(bill.due + off)
    late = bill.bill_date + timedelta(days=9)
    ways = {
        "line": Print(changed={key: money(charge.amount + off)}),
        "line lost": Print(left_out={key}) if charge.amount else None,
        "sign lost": Print(changed=unsigned) if unsigned else None,
        "digits swapped": Print(changed={key: turned}) if turned != printed else None,
        "current charges": Print(changed={"current_charges": money(bill.current + off)}),
        "one amount due": Print(changed={"total": wrong_due}),
        "every amount due": Print(changed={"total": wrong_due, "amount_due": wrong_due}),
        "previous balance": Print(changed={"previous_balance": money(bill.previous + off)}),
        "payment": Print(changed={"payments": money(bill.payments + off)}),
        "payment lost": Print(left_out={"payments"}),
        "balance forward": Print(changed={"balance_forward": money(bill.forward + off)}),
        "due before bill": Print(changed={"due_date": f"{bill.bill_date - timedelta(days=3):%m/%d/%Y}"}),
        "period after bill": Print(changed={"end": f"{late:%m/%d/%Y}"}),
        "placeholders": Print(changed=dict.fromkeys(("current_charges", "amount_due", "total", key), "$XXX.XX")),
    }
    return ways[mutation]


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
