"""A statement: one bill as issued. Amounts are decimal dollars; what a source does not say is None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from meterbook.model.units import Unit


class LineKind(StrEnum):
    """What a line item charges or credits for."""

    CUSTOMER_CHARGE = "customer-charge"
    ENERGY = "energy"
    DEMAND = "demand"
    RIDER = "rider"
    TAX = "tax"
    FEE = "fee"
    LIGHTING = "lighting"
    WATER = "water"
    SEWER = "sewer"
    CREDIT = "credit"
    PAYMENT = "payment"
    ADJUSTMENT = "adjustment"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """One charge or credit: quantity × rate = amount."""

    kind: LineKind
    label: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: Unit | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One bill.

    Attributes:
        account: account number.
        issued: instant of billing.
        period_start: first instant of the service period (the earlier read).
        period_end: instant of the later read.
        due: day by which it is to be paid.
        usage: energy or volume billed, in ``usage_unit``.
        usage_unit: unit of ``usage``.
        current_charges: charges of this period.
        adjustments: adjustments and credits.
        amount_due: what is to be paid in all.
        lines: line items, in the order printed.
        document: SHA-256 of the PDF as received, hex.
        source_id: the issuer's own identifier of the bill.
    """

    account: str
    issued: datetime
    period_start: datetime | None = None
    period_end: datetime | None = None
    due: date | None = None
    usage: Decimal | None = None
    usage_unit: Unit | None = None
    current_charges: Decimal | None = None
    adjustments: Decimal | None = None
    amount_due: Decimal | None = None
    lines: tuple[LineItem, ...] = ()
    document: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account owed, or had left, when asked.

    Attributes:
        account: account number.
        at: when the portal was asked, UTC.
        amount_due: what is to be paid in all.
        due: by when.
        balance: the account's balance; negative is credit left to the member.
        last_payment: amount of the last payment.
        last_payment_on: day of the last payment.
        prepaid: whether the account is paid ahead of use.
        prepaid_daily: average charge a day of a prepaid account.
    """

    account: str
    at: datetime
    amount_due: Decimal | None = None
    due: date | None = None
    balance: Decimal | None = None
    last_payment: Decimal | None = None
    last_payment_on: date | None = None
    prepaid: bool = False
    prepaid_daily: Decimal | None = None
