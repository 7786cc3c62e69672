"""What a year of bills was for: the lines by kind, in the few groups that people tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import Statement
from meterbook.model.sums import NOT_CHARGES, charges

ZERO = Decimal(0)


class Group(StrEnum):
    """Groups of kinds, in the order they are told."""

    ENERGY = "energy"
    DELIVERY = "delivery"
    DEMAND = "demand"
    FIXED = "fixed charges"
    RIDERS = "riders"
    LIGHTS = "outdoor lights"
    WATER = "water and sewer"
    OTHER_SERVICES = "other services"
    TAXES = "taxes and fees"
    LATE = "late and service fees"
    GIFTS = "round-up and gifts"
    CREDITS = "credits"
    OTHER = "other"
    NOT_ITEMISED = "not itemised"


GROUPS = {
    LineKind.ENERGY: Group.ENERGY,
    LineKind.SUPPLY: Group.ENERGY,
    LineKind.DELIVERY: Group.DELIVERY,
    LineKind.DEMAND: Group.DEMAND,
    LineKind.FIXED_CHARGE: Group.FIXED,
    LineKind.POWER_COST_ADJUSTMENT: Group.RIDERS,
    LineKind.RENEWABLE_MANDATE: Group.RIDERS,
    LineKind.PROGRAM: Group.RIDERS,
    LineKind.ADJUSTMENT: Group.RIDERS,
    LineKind.LIGHT: Group.LIGHTS,
    LineKind.WATER_USAGE: Group.WATER,
    LineKind.SEWER: Group.WATER,
    LineKind.STORMWATER: Group.WATER,
    LineKind.GARBAGE: Group.OTHER_SERVICES,
    LineKind.INTERNET: Group.OTHER_SERVICES,
    LineKind.TAX_SALES: Group.TAXES,
    LineKind.TAX_STATE: Group.TAXES,
    LineKind.TAX_LOCAL: Group.TAXES,
    LineKind.GROSS_RECEIPTS_TAX: Group.TAXES,
    LineKind.FRANCHISE_FEE: Group.TAXES,
    LineKind.FEE: Group.TAXES,
    LineKind.LATE_FEE: Group.LATE,
    LineKind.SERVICE_FEE: Group.LATE,
    LineKind.DEPOSIT: Group.LATE,
    LineKind.ROUND_UP: Group.GIFTS,
    LineKind.DONATION: Group.GIFTS,
    LineKind.CAPITAL_CREDIT: Group.CREDITS,
    LineKind.CREDIT_PAPERLESS: Group.CREDITS,
    LineKind.CREDIT_AUTOPAY: Group.CREDITS,
    LineKind.CREDIT_GENERATION: Group.CREDITS,
    LineKind.NET_METERING: Group.CREDITS,
    LineKind.LOAD_CONTROL: Group.CREDITS,
    LineKind.OTHER: Group.OTHER,
}
"""Every kind but those that are no charges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSum:
    """What one group came to.

    Attributes:
        group: which.
        amount: dollars; credits are negative.
    """

    group: Group
    amount: Decimal


def by_group(statements: Iterable[Statement]) -> tuple[GroupSum, ...]:
    """The charges of bills by group, those groups that occur, in their order.

    What a bill charges beyond its lines is not itemised: all of it for a bill without lines, and what is missing, of
    either sign, for one that does not add up. So the groups always come to the bills' current charges.
    """
    found: dict[Group, Decimal] = {}
    for one in statements:
        for line in one.lines:
            if line.kind not in NOT_CHARGES:
                found[GROUPS[line.kind]] = found.get(GROUPS[line.kind], ZERO) + line.amount
        rest = one.current_charges - charges(one) if one.current_charges is not None else ZERO
        if rest:
            found[Group.NOT_ITEMISED] = found.get(Group.NOT_ITEMISED, ZERO) + rest
    return tuple(GroupSum(group=group, amount=found[group]) for group in Group if group in found)
