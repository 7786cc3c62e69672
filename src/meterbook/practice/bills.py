"""Bills and balances of the practice co-op, by a small biller of its own that never imports ``tariffs/``.

Prices are invented. A bill covers local read day to read day, is made two days later and is due three weeks after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from meterbook.model.channel import FlowDirection
from meterbook.practice import dice
from meterbook.practice.clock import following
from meterbook.practice.registers import Point, per_hour
from meterbook.practice.settings import Settings, midnight, months_before
from meterbook.practice.world import Contract, Member, Place, World

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_FACILITIES = {False: Decimal("31.50"), True: Decimal("48.00")}
_SUMMER, _WINTER, _BACK = Decimal("0.0995"), Decimal("0.0915"), Decimal("0.0447")
_DEMAND_KW = Decimal("9.25")
_WATER_GALLON, _GAS_CCF = Decimal("0.0071"), Decimal("1.18")
_TAX = Decimal("0.07")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One bill.

    Attributes:
        number: 0 is the newest.
        period_start: day of the earlier read.
        period_end: day of the later read.
        billed_at: UTC epoch seconds, with a time of day.
        due_on: local midnight, UTC epoch seconds.
        kwh: whole kWh billed; negative if more was sent back than drawn.
        usage_charge: for energy and demand.
        amount: with the facilities charge and tax.
        lines: label and amount of each charge.
        uuid: the billing run's name of it.
    """

    number: int
    period_start: date
    period_end: date
    billed_at: int
    due_on: int
    kwh: int
    usage_charge: Decimal
    amount: Decimal
    lines: tuple[tuple[str, Decimal], ...]
    uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account owes, or has left."""

    balance: Decimal
    due: Decimal
    due_on: int
    paid: Decimal
    paid_on: int
    daily: Decimal


def last_reads(settings: Settings, contract: Contract) -> tuple[int, int] | None:
    """The last bill's read instants, local midnights; None before the first bill."""
    days = _periods(settings, contract, 1)
    if not days:
        return None
    return midnight(days[0][0], settings.tz), midnight(days[0][1], settings.tz)


def history(world: World, member: Member, contract: Contract) -> list[Bill]:
    """An account's bills, newest first, as far back as the portal keeps them. A prepaid account has none."""
    if contract.prepaid:
        return []
    settings = world.settings
    days = _periods(settings, contract, settings.bill_history)
    return [_bill(world, member, contract, number, period) for number, period in enumerate(days)]


def newest(world: World, member: Member, contract: Contract) -> Bill | None:
    """An account's last bill."""
    days = [] if contract.prepaid else _periods(world.settings, contract, 1)
    return _bill(world, member, contract, 0, days[0]) if days else None


def count(world: World, contract: Contract) -> int:
    """How many bills an account's history holds."""
    return 0 if contract.prepaid else len(_periods(world.settings, contract, world.settings.bill_history))


def balance(world: World, member: Member, contract: Contract) -> Standing:
    """What an account owes as of today."""
    settings = world.settings
    if contract.prepaid:
        return _prepaid(settings, member, contract)
    days = _periods(settings, contract, 2)
    if not days or contract.closed:
        quiet = midnight(months_before(settings.today, 1), settings.tz)
        return Standing(balance=ZERO, due=ZERO, due_on=quiet, paid=ZERO, paid_on=quiet, daily=ZERO)
    latest = _bill(world, member, contract, 0, days[0])
    before = _bill(world, member, contract, 1, days[1]) if len(days) > 1 else latest
    paid = latest.due_on <= settings.data_end
    last = latest if paid else before
    return Standing(
        balance=ZERO if paid else latest.amount,
        due=ZERO if paid else max(latest.amount, ZERO),
        due_on=latest.due_on,
        paid=max(last.amount, ZERO),
        paid_on=last.due_on,
        daily=ZERO,
    )


def history_rows(world: World, member: Member, contract: Contract) -> list[dict[str, Any]]:
    """``billing/history/overview``."""
    return [
        {
            "acctNbr": contract.number,
            "custNbr": contract.customer,
            "custName": contract.name,
            "billingDateTimestamp": bill.billed_at * 1000,
            "billPeriod": {"year": bill.period_end.year, "month": bill.period_end.month},
            "adjustedBillAmount": float(bill.amount),
            "totalAdjustments": 0.0,
            "totalUsageCharge": float(bill.usage_charge),
            "totalUsage": bill.kwh,
            "billProcessUuid": bill.uuid,
            "systemOfRecord": "UTILITY",
            "showViewBillLink": True,
            "servLocs": [_served(world.settings, place, bill) for place in contract.places],
        }
        for bill in history(world, member, contract)
    ]


def _served(settings: Settings, place: Place, bill: Bill) -> dict[str, Any]:
    return {
        "id": {"srvLocNbr": int(place.number), "serviceLocation": place.number},
        "location": place.map_number,
        "address": {"addr1": place.street, "city": place.city, "state": "NC", "zip": place.zip_code},
        "serviceStatus": "ACTIVE",
        "lastBillPrevReadDtTm": midnight(bill.period_start, settings.tz) * 1000,
        "lastBillPresReadDtTm": midnight(bill.period_end, settings.tz) * 1000,
    }


def _periods(settings: Settings, contract: Contract, count: int) -> list[tuple[date, date]]:
    """Read days of the last bills, newest first: only complete periods whose bill has been made."""
    until = min(settings.today - timedelta(days=2), contract.closed or date.max)
    end = until.replace(day=contract.billing_day)
    if end > until:
        end = months_before(end, 1)
    found: list[tuple[date, date]] = []
    while len(found) < count:
        start = months_before(end, 1)
        if start < contract.opened:
            break
        found.append((start, end))
        end = start
    return found


def _bill(world: World, member: Member, contract: Contract, number: int, period: tuple[date, date]) -> Bill:
    settings, (start, end) = world.settings, period
    bounds = np.array([midnight(start, settings.tz), midnight(end, settings.tz)], np.int64)
    kwh, lines = ZERO, [("Facilities charge", _FACILITIES[contract.business])]
    for place in contract.places:
        point = Point(settings=settings, member=member, contract=contract, place=place)
        used, charges = _charges(point, bounds, end)
        kwh += used
        lines.extend(charges)
    usage = sum((amount for _, amount in lines[1:]), start=ZERO)
    tax = _cents(max(ZERO, usage + lines[0][1]) * _TAX)
    lines.append(("Sales tax", tax))
    made = (
        midnight(end + timedelta(days=2), settings.tz) + 8 * 3600 + dice.number(28_800, settings.seed, "bill", number)
    )
    low = dice.key(settings.seed, "uuid", contract.number, end.toordinal())
    return Bill(
        number=number,
        period_start=start,
        period_end=end,
        billed_at=made,
        due_on=midnight(end + timedelta(days=23), settings.tz),
        kwh=int(kwh.to_integral_value(ROUND_HALF_UP)),
        usage_charge=usage,
        amount=usage + lines[0][1] + tax,
        lines=tuple(lines),
        uuid=f"{low >> 32:08x}-0000-4000-8000-{low & 0xFFFFFFFFFFFF:012x}",
    )


def _charges(
    point: Point, bounds: np.ndarray[Any, np.dtype[np.int64]], end: date
) -> tuple[Decimal, list[tuple[str, Decimal]]]:
    """A place's charges of a period, and the kWh billed there."""
    price = _SUMMER if 6 <= end.month <= 10 else _WINTER
    kwh, lines = ZERO, []
    for industry in point.place.industries:
        for register in point.registers(industry):
            total, _ = point.totals(register, bounds)
            amount = Decimal(int(total[0])).scaleb(-register.scale)
            if industry == "WATER":
                lines.append(("Water", _cents(amount * _WATER_GALLON)))
            elif industry == "GAS":
                lines.append(("Gas", _cents(amount * _GAS_CCF)))
            elif register.flow is FlowDirection.RECEIVED:
                kwh -= amount
                lines.append(("Energy sent back", -_cents(amount * _BACK)))
            elif not register.exports or register.flow is FlowDirection.DELIVERED or register.device.from_file:
                kwh += amount
                lines.append(("Energy", _cents(amount * price)))
                if point.place.rate == "LGS-D":
                    peak, _ = point.peaks(register, bounds)
                    lines.append(
                        (
                            "Demand",
                            _cents(
                                Decimal(int(peak[0]) * per_hour(register.device)).scaleb(-register.scale) * _DEMAND_KW
                            ),
                        )
                    )
    return kwh, lines


def _prepaid(settings: Settings, member: Member, contract: Contract) -> Standing:
    left = Decimal(dice.number(6000, settings.seed, "credit", member.index, settings.today.toordinal()) + 500)
    daily = Decimal(dice.number(300, settings.seed, "daily", member.index) + 300)
    paid_on = settings.today - timedelta(days=dice.number(9, settings.seed, "paid", member.index) + 1)
    return Standing(
        balance=-(left * _CENT),
        due=ZERO,
        due_on=midnight(following(settings.today), settings.tz),
        paid=Decimal("50.00"),
        paid_on=midnight(paid_on, settings.tz),
        daily=daily * _CENT,
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
