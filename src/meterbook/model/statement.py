"""A statement: one bill as issued. Amounts are decimal dollars; what a source does not say is None, never zero.

Names follow the field: previous balance + payments + adjustments = balance forward; balance forward + current charges =
amount due; the line items add up to the current charges. :mod:`meterbook.model.sums` says whether a bill keeps to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from meterbook.model.bill_kinds import BillType, LineKind, ReadType

__all__ = ["Balance", "BillType", "LineItem", "LineKind", "MeterUsage", "PrepaidDay", "ReadType", "Statement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """One charge or credit: quantity × rate = amount, as printed.

    Attributes:
        kind: what it is for.
        label: as printed.
        amount: dollars; a credit is negative.
        quantity: what was charged for, in ``unit``.
        unit: unit of ``quantity`` as bills name it: ``kWh``, ``kW``, ``gal``, ``100 gal``, ``CCF``, ``therm``,
            ``day``, ``lamp`` …
        rate: dollars a unit, all its printed digits.
        section: heading it stands under.
        service: ``electric``, ``water``, ``sewer``, ``gas`` …
        start: first day it covers, where the bill tells a part of the period (a rate change).
        end: last day of that part, or the read day that ends it, as the bill counts.
        meter: meter number, if the line is one meter's.
        location: service location number, on a bill of several.
    """

    kind: LineKind
    label: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str | None = None
    rate: Decimal | None = None
    section: str | None = None
    service: str | None = None
    start: date | None = None
    end: date | None = None
    meter: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterUsage:
    """One register of one meter over the period: two readings, and what was used between them.

    Attributes:
        meter: number as printed, leading zeros kept.
        register: which register, where there are several: a time-of-use period, ``delivered``, ``received``, ``kW``.
        service: ``electric``, ``water`` …
        location: service location number.
        rate: rate schedule printed with it.
        read_start: day of the earlier reading.
        read_end: day of the later reading.
        previous: the earlier reading.
        present: the later reading.
        multiplier: usage = (present − previous) × multiplier.
        usage: what was used, after the multiplier, in ``unit``.
        unit: ``kWh``, ``kW``, ``gal``, ``CCF`` …
        factor: what turns ``usage`` into ``billed`` (therms a CCF).
        billed: quantity billed, where it differs from ``usage``.
        billed_unit: its unit.
        read_type: how the later reading came about.
        demand_at: when a demand was reached, local time as printed, UTC.
    """

    meter: str | None = None
    register: str | None = None
    service: str | None = None
    location: str | None = None
    rate: str | None = None
    read_start: date | None = None
    read_end: date | None = None
    previous: Decimal | None = None
    present: Decimal | None = None
    multiplier: Decimal | None = None
    usage: Decimal | None = None
    unit: str | None = None
    factor: Decimal | None = None
    billed: Decimal | None = None
    billed_unit: str | None = None
    read_type: ReadType | None = None
    demand_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidDay:
    """One day of a prepaid account's ledger.

    Attributes:
        day: the day used.
        usage: kWh of that day.
        charge: dollars taken for it.
        payment: dollars paid in.
        balance: what was left after it; positive is the member's money.
    """

    day: date
    usage: Decimal | None = None
    charge: Decimal | None = None
    payment: Decimal | None = None
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One bill.

    Attributes:
        account: account number as printed or as the portal writes it.
        bill_date: local day it was issued.
        issued: instant of billing, where a source tells it.
        number: the issuer's number of the bill, as printed.
        source_id: the portal's own identifier of the bill.
        bill_type: what sort of bill; None if not told.
        corrects: ``source_id`` or number of the bill that this one replaces.
        cancelled: withdrawn by the issuer.
        period_start: day of the earlier read, or first day of service, as the bill counts.
        period_end: day of the later read, or last day of service.
        read_start: instant of the earlier read, where a source tells it.
        read_end: instant of the later read.
        days: days of the period as printed.
        due_date: day by which it is to be paid.
        previous_balance: what was owed before.
        payments: what was paid since; negative.
        adjustments: corrections to what was owed; either sign.
        balance_forward: what was left of that.
        current_charges: charges of this period.
        amount_due: what is to be paid in all; negative is the member's credit.
        amount_after_due: what is to be paid after the due date.
        budget_amount: what a budget or levelized account pays instead of its charges.
        budget_balance: used and not yet paid under the budget; either sign.
        usage: energy or volume billed in all, in ``usage_unit``; None if services differ.
        usage_unit: unit of ``usage``.
        rate: rate schedule.
        services: ``electric``, ``water`` … in the order printed.
        lines: charges, in the order printed.
        meters: registers, in the order printed.
        prepaid: the ledger of a prepaid account, oldest first.
        temperature_high: mean daily high of the period, °F.
        temperature_low: mean daily low of the period, °F.
        group: number of the consolidated statement it is a part of.
        document: SHA-256 of the PDF as received, hex.
    """

    account: str
    bill_date: date
    issued: datetime | None = None
    number: str | None = None
    source_id: str | None = None
    bill_type: BillType | None = None
    corrects: str | None = None
    cancelled: bool = False
    period_start: date | None = None
    period_end: date | None = None
    read_start: datetime | None = None
    read_end: datetime | None = None
    days: int | None = None
    due_date: date | None = None
    previous_balance: Decimal | None = None
    payments: Decimal | None = None
    adjustments: Decimal | None = None
    balance_forward: Decimal | None = None
    current_charges: Decimal | None = None
    amount_due: Decimal | None = None
    amount_after_due: Decimal | None = None
    budget_amount: Decimal | None = None
    budget_balance: Decimal | None = None
    usage: Decimal | None = None
    usage_unit: str | None = None
    rate: str | None = None
    services: tuple[str, ...] = ()
    lines: tuple[LineItem, ...] = ()
    meters: tuple[MeterUsage, ...] = ()
    prepaid: tuple[PrepaidDay, ...] = ()
    temperature_high: Decimal | None = None
    temperature_low: Decimal | None = None
    group: str | None = None
    document: str | None = None


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
