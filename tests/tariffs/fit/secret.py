"""Bills by plain arithmetic from secret prices: what a fit has to find again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from meterbook.model.bill_kinds import LineKind
from meterbook.model.tariff import Tariff
from meterbook.tariffs.fit.determinants import BilledOnce, Charged

CENT = Decimal("0.01")
SECRET: Mapping[str, str] = {
    "fixed": "32.33", "summer": "0.0998", "winter": "0.0901", "WPCA": "0.001", "REPS-1": "0.54", "tax": "0.07",
}  # fmt: skip
UNKNOWN = {"value": None}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def tariff(**changes: Any) -> Tariff:
    """A residential schedule of which nothing but the tax is known."""
    fields: dict[str, Any] = {
        "format": "meterbook-tariff/1", "utility": "test", "code": "R", "name": "Test", "zone": "America/New_York",
        "sector": "residential",
        "seasons": {"price": {"summer": {"months": [6, 7, 8, 9, 10]}, "winter": {"rest": True}}},
        "versions": [{"start": "2014-07-01", "by": "bill", "charges": [
            {"charge": "fixed", "name": "Facilities charge", "amount": UNKNOWN},
            {"charge": "energy", "name": "Energy", "season_by": "read", "rates": [
                {"season": "summer", "rate": UNKNOWN}, {"season": "winter", "rate": UNKNOWN}]},
            {"charge": "rider", "name": "WPCA", "rider": "WPCA", "unit": "kWh", "month_by": "bill",
             "values": [{"start": "2014-01", "value": None}]},
            {"charge": "rider", "name": "REPS", "kind": "renewable_mandate", "rider": "REPS-1", "unit": "month",
             "month_by": "bill",
             "values": [{"start": "2014-01", "by_class": {"residential": "0.21", "commercial": "1.15"}}]},
            {"charge": "percent", "name": "NC sales tax", "kind": "tax_sales", "rate": "0.07"},
        ]}], **changes,
    }  # fmt: skip
    return msgspec.convert(fields, Tariff, strict=False)


def with_wpca(value: str) -> Tariff:
    """The same with a WPCA that is known."""
    plain = msgspec.to_builtins(tariff())
    plain["versions"][0]["charges"][2]["values"] = [{"start": "2014-01", "value": value}]
    return msgspec.convert(plain, Tariff, strict=False)


def bill(
    number: int,
    month: date,
    kwh: str,
    *,
    account: int = 1,
    show: str = "lines",
    kind: str = "residential",
    prices: Mapping[str, str] = SECRET,
    off: str = "0",
) -> BilledOnce:
    """A bill of a calendar month, billed on its last day.

    Args:
        number, month, kwh, account, kind: what it is of.
        show: ``lines``, ``folded`` (the facilities charge is within energy), or ``total``.
        prices: those that made it.
        off: added to its energy.
    """
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    season = "summer" if 6 <= month.month <= 10 else "winter"
    used = Decimal(kwh)
    fixed = cents(Decimal(prices["fixed"]))
    energy = cents(used * Decimal(prices[season])) + Decimal(off)
    wpca = cents(used * Decimal(prices["WPCA"]))
    reps = cents(Decimal({"residential": "0.21", "commercial": "1.15"}[kind]))
    tax = cents((fixed + energy + wpca + reps) * Decimal(prices["tax"]))
    rows = [
        Charged(kind=LineKind.FIXED_CHARGE, label="Facilities Charge", amount=fixed),
        Charged(kind=LineKind.ENERGY, label="Energy", amount=energy, quantity=used, unit="kWh"),
        Charged(kind=LineKind.POWER_COST_ADJUSTMENT, label="WPCA", amount=wpca, quantity=used, unit="kWh"),
        Charged(kind=LineKind.RENEWABLE_MANDATE, label="Renewable & EE Mandate", amount=reps),
        Charged(kind=LineKind.TAX_SALES, label="NC Sales Tax", amount=tax),
    ]
    if show == "folded":
        rows[:2] = [Charged(kind=LineKind.ENERGY, label="Energy", amount=fixed + energy, quantity=used, unit="kWh")]
    return BilledOnce(
        number=number,
        account=account,
        first=month,
        last=following,
        billed=following - timedelta(days=1),
        lines=() if show == "total" else tuple(rows),
        total=sum((one.amount for one in rows), start=Decimal(0)),
        kwh=used,
        kind="residential",
    )
