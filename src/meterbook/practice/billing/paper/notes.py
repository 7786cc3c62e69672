"""The words of a bill: its banner, its messages full of numbers that are not the bill, and the small print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from meterbook.model.bill_kinds import BillType, ReadType
from meterbook.practice import dice
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.paper.words import day, dollars

_NOTICES = (
    "Office hours are 8:00 to 5:00. After hours call 252-555-0199; report outages by texting OUT to 55501.",
    "LED bulbs use 9 watts where old ones used 60. Members saved 1,240,000 kWh with 3 rebates of $25.00 last year.",
    "Set your thermostat to 78 in summer and 68 in winter: 3 % off your bill for each degree.",
    "The annual meeting is on the first Saturday of May at 10:00. 412 members make a quorum of 1 %.",
    "Operation Round Up gave $18,450.00 to 37 neighbors this year. It costs you 49 cents a month on average.",
    "Call 811 before you dig: it is free, and a cut line costs $2,500 and more.",
)


def banner(bill: Bill) -> str:
    """One sentence above all others, on a bill that is not an ordinary one."""
    said = bill.statement
    if said.bill_type is BillType.CORRECTED:
        return f"CORRECTED BILL. It replaces bill {said.corrects}, which is cancelled."
    if said.bill_type is BillType.FINAL:
        return f"FINAL BILL. Service ended on {day(said.period_end)}."
    if said.budget_amount is not None:
        return f"BUDGET BILLING. Please pay {dollars(bill.due)}; your actual charges are {dollars(bill.current)}."
    if any(row.read_type is ReadType.ESTIMATED for row in said.meters):
        return "ESTIMATED READING. Your meter could not be read; the next reading settles the difference."
    return ""


def messages(bill: Bill, earlier: Sequence[Bill]) -> list[str]:
    """Messages of the month."""
    found = []
    said = bill.statement
    if bill.late and bill.forward > 0:
        found.append(
            f"PAST DUE: {dollars(bill.forward)} of your last bill is not paid. Service may be disconnected after "
            f"{day(said.bill_date + timedelta(days=10))}; a reconnection costs $30.00."
        )
    if earlier and earlier[-1].due > 0:
        before = earlier[-1]
        found.append(f"Thank you for your payment. Your last bill of {day(before.made_on)} was {dollars(before.due)}.")
    if bill.savings is None and said.budget_amount is None and bill.due > 0:
        offer = (bill.current / 10).to_integral_value("ROUND_UP") * 10
        found.append(f"Budget billing would make your payment {dollars(offer)} a month. Call 252-555-0142 by the 15th.")
    start = dice.number(len(_NOTICES), "notice", said.bill_date.year * 12 + said.bill_date.month)
    found += [_NOTICES[(start + place) % len(_NOTICES)] for place in range(4 - len(found))]
    return found


def meter_notes(bill: Bill, tz: ZoneInfo) -> list[str]:
    """What the table of readings can't say: when the meter was read, when demand was highest."""
    said = bill.statement
    found = []
    if said.meters and said.read_start is not None and said.read_end is not None:
        first, last = (at.astimezone(tz) for at in (said.read_start, said.read_end))
        found.append(f"Electric meters read {first:%m/%d/%Y %H:%M} and {last:%m/%d/%Y %H:%M} by the clock.")
    for row in said.meters:
        if row.demand_at is not None:
            ended = row.demand_at.astimezone(tz)
            found.append(f"Highest demand of {row.usage} kW in the 15 minutes that ended {ended:%m/%d/%Y %H:%M}.")
    if len({row.meter for row in said.meters if row.service == "electric"}) > 1 and len(bill.contract.places) == 1:
        found.append("Your meter was exchanged within this period; both are listed.")
    return found


def about(bill: Bill) -> list[str]:
    """The back's small print."""
    return [
        "Payment is due 21 days after the bill date. A late payment charge of $5.00 is added to the next bill.",
        "Renewable & EE Mandate: monthly amount set by state law for your class of service.",
        "Wholesale Power Cost Adj.: what our supplier's cost was above or below its base; either sign.",
        "Where prices change within a period it is divided by days. First and final bills: days of 30.",
        "Operation Round Up rounds your charges up to the next dollar and gives the cents to neighbors.",
        "Readings are in the meter's own units; usage is present less previous, times the multiplier.",
    ]
