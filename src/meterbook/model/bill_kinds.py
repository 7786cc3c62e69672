"""The small vocabulary of bills: what a line charges for, what sort of bill it is, how a meter was read."""

from __future__ import annotations

from enum import StrEnum


class LineKind(StrEnum):
    """What a line item charges or credits for.

    The printed label stays beside it: hundreds of labels fall into these few kinds.
    """

    FIXED_CHARGE = "fixed_charge"
    ENERGY = "energy"
    DEMAND = "demand"
    DELIVERY = "delivery"
    SUPPLY = "supply"
    POWER_COST_ADJUSTMENT = "power_cost_adjustment"
    RENEWABLE_MANDATE = "renewable_mandate"
    PROGRAM = "program"
    ADJUSTMENT = "adjustment"
    LIGHT = "light"
    TAX_SALES = "tax_sales"
    TAX_STATE = "tax_state"
    TAX_LOCAL = "tax_local"
    GROSS_RECEIPTS_TAX = "gross_receipts_tax"
    FRANCHISE_FEE = "franchise_fee"
    FEE = "fee"
    ROUND_UP = "round_up"
    DONATION = "donation"
    CAPITAL_CREDIT = "capital_credit"
    CREDIT_PAPERLESS = "credit_paperless"
    CREDIT_AUTOPAY = "credit_autopay"
    CREDIT_GENERATION = "credit_generation"
    NET_METERING = "net_metering"
    LOAD_CONTROL = "load_control"
    LATE_FEE = "late_fee"
    SERVICE_FEE = "service_fee"
    DEPOSIT = "deposit"
    BUDGET = "budget"
    WATER_USAGE = "water_usage"
    SEWER = "sewer"
    STORMWATER = "stormwater"
    GARBAGE = "garbage"
    INTERNET = "internet"
    OTHER = "other"


class BillType(StrEnum):
    """What sort of bill it is."""

    REGULAR = "regular"
    FIRST = "first"
    FINAL = "final"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"


class ReadType(StrEnum):
    """How a reading on a bill came about."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"
    CUSTOMER = "customer"
