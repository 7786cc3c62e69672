"""Bills of an invented account, worked by hand: thirteen months, and the odd ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.statement import LineItem, MeterUsage, Statement

KWH = (1463, 1190, 960, 702, 655, 870, 1105, 1180, 905, 640, 812, 1204, 1391)
LOW = (29, 33, 41, 49, 58, 67, 72, 71, 66, 55, 41, 33, 30)
HIGH = (49, 55, 63, 71, 78, 85, 88, 87, 82, 73, 61, 52, 50)
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def bill(number: int, start: date, end: date, kwh: int, *, low: int, high: int, **more: Any) -> Statement:
    """A residential winter bill: facilities charge, energy, adjustment, rider and 7 % of tax."""
    used = Decimal(kwh)
    energy, adjustment = cents(used * Decimal("0.0901")), cents(used * Decimal("0.0010"))
    net = Decimal("32.33") + energy + adjustment + Decimal("0.74")
    tax = cents(net * Decimal("0.07"))
    fields: dict[str, Any] = {
        "account": "7001001",
        "bill_date": end + timedelta(days=1),
        "due_date": end + timedelta(days=22),
        "number": f"B{number}",
        "source_id": f"uuid-{number}",
        "period_start": start,
        "period_end": end,
        "read_start": datetime(start.year, start.month, start.day, 11, 0, tzinfo=UTC),
        "read_end": datetime(end.year, end.month, end.day, 11, 10, tzinfo=UTC),
        "days": (end - start).days,
        "rate": "R",
        "services": ("electric",),
        "usage": used,
        "usage_unit": "kWh",
        "previous_balance": Decimal("150.00"),
        "payments": Decimal("-150.00"),
        "balance_forward": Decimal("0.00"),
        "current_charges": net + tax,
        "amount_due": net + tax,
        "temperature_low": Decimal(low),
        "temperature_high": Decimal(high),
        "document": f"{number:02d}" * 32,
        "meters": (
            MeterUsage(
                meter="21-345678",
                service="electric",
                previous=Decimal(48120),
                present=Decimal(48120) + used,
                usage=used,
                unit="kWh",
                read_type=ReadType.ACTUAL,
            ),
        ),
        "lines": (
            LineItem(
                kind=LineKind.FIXED_CHARGE, label="Facilities charge", amount=Decimal("32.33"), section="Electric"
            ),
            LineItem(
                kind=LineKind.ENERGY,
                label="Energy, winter",
                amount=energy,
                quantity=used,
                unit="kWh",
                rate=Decimal("0.0901"),
                section="Electric",
            ),
            LineItem(
                kind=LineKind.POWER_COST_ADJUSTMENT,
                label="Wholesale power cost",
                amount=adjustment,
                quantity=used,
                unit="kWh",
                rate=Decimal("0.0010"),
                section="Electric",
            ),
            LineItem(
                kind=LineKind.RENEWABLE_MANDATE, label="Renewable rider", amount=Decimal("0.74"), section="Electric"
            ),
            LineItem(
                kind=LineKind.TAX_SALES,
                label="Sales tax",
                amount=tax,
                quantity=net,
                rate=Decimal("0.07"),
                section="Taxes",
            ),
        ),
    }
    return Statement(**(fields | more))


def thirteen(first: date = date(2025, 1, 2)) -> list[Statement]:
    """Thirteen bills, read on the second of each month."""
    found = []
    for number, kwh in enumerate(KWH):
        end = (first.replace(day=1) + timedelta(days=32)).replace(day=2)
        found.append(bill(number, first, end, kwh, low=LOW[number], high=HIGH[number]))
        first = end
    return found
