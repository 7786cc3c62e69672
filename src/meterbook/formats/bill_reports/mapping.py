"""What the columns of a bulk billing report mean. Columns go by their headings, never by their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from meterbook.model.bill_kinds import LineKind
from meterbook.model.errors import UsageError

PROFILE_KIND = "bills"


class Field(StrEnum):
    """What a column of a billing report holds."""

    ACCOUNT = "account"
    LOCATION = "location"
    METER = "meter"
    SERVICE = "service"
    START = "start"
    END = "end"
    MONTH = "month"
    DELIVERY = "delivery"
    DAYS = "days"
    BILL_DATE = "bill-date"
    DUE_DATE = "due-date"
    NUMBER = "number"
    ENTRY = "entry"
    RATE = "rate"
    USAGE = "usage"
    UNIT = "unit"
    METERED = "metered"
    EXPORTED = "exported"
    DEMAND = "demand"
    DEMAND_COST = "demand-cost"
    PREVIOUS_READING = "previous-reading"
    PRESENT_READING = "present-reading"
    MULTIPLIER = "multiplier"
    COST = "cost"
    PREVIOUS_BALANCE = "previous-balance"
    PAYMENTS = "payments"
    ADJUSTMENTS = "adjustments"
    AMOUNT_DUE = "amount-due"
    ESTIMATED = "estimated"
    NOTES = "notes"


DATES = (Field.START, Field.END, Field.BILL_DATE, Field.DUE_DATE, Field.DELIVERY)
NUMBERS = (
    Field.USAGE, Field.METERED, Field.EXPORTED, Field.DEMAND, Field.DEMAND_COST, Field.PREVIOUS_READING,
    Field.PRESENT_READING, Field.MULTIPLIER, Field.COST, Field.PREVIOUS_BALANCE, Field.PAYMENTS, Field.ADJUSTMENTS,
    Field.AMOUNT_DUE, Field.DAYS,
)  # fmt: skip
MONEY = frozenset(
    {Field.DEMAND_COST, Field.COST, Field.PREVIOUS_BALANCE, Field.PAYMENTS, Field.ADJUSTMENTS, Field.AMOUNT_DUE}
)


class DateOrder(StrEnum):
    """How dates such as 03/04/25 are meant."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


class LastDay(StrEnum):
    """What the end of a period is: the last day of service, or the day of the read, which begins the next period."""

    INCLUDED = "included"
    READ_DAY = "read-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageColumn:
    """A column of usage of one service, in a report that has one such column for each.

    Attributes:
        heading: its heading, unit in brackets left out.
        service: electric, gas, water …
        unit: unit, where the heading does not name it.
    """

    heading: str
    service: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeColumn:
    """A column of one charge or credit, which becomes a line item of the bill.

    Attributes:
        heading: its heading, which is kept as the line's label.
        kind: what it is for.
    """

    heading: str
    kind: LineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BillMapping:
    """What the columns of a report mean.

    Attributes:
        columns: headings by field; of several the first that the report has is meant.
        optional: fields that a report may lack; one that is mapped and not optional must be there.
        usages: usage columns of several services, instead of the field ``usage``.
        charges: columns of single charges.
        unit: unit of usage, where neither a column nor a heading tells it.
        service: service, where no column tells it.
        account: account number, where no column and no line above the headings tells it.
        dates: order of dates with slashes, where the report leaves it open.
        last_day: what a period's end is, where neighbouring rows leave it open.
        decimal_mark: point or comma.
        sheets: names of the sheets to read; all that have the headings without it.
    """

    columns: Mapping[Field, tuple[str, ...]]
    optional: frozenset[Field] = frozenset()
    usages: tuple[UsageColumn, ...] = ()
    charges: tuple[ChargeColumn, ...] = ()
    unit: str | None = None
    service: str | None = None
    account: str | None = None
    dates: DateOrder | None = None
    last_day: LastDay | None = None
    decimal_mark: str = "."
    sheets: tuple[str, ...] = field(default=())


def to_profile(mapping: BillMapping) -> dict[str, Any]:
    """The mapping as plain values, for a profile kept in the book."""
    return {
        "kind": PROFILE_KIND,
        "columns": {name.value: list(headings) for name, headings in mapping.columns.items()},
        "optional": sorted(name.value for name in mapping.optional),
        "usages": [{"heading": one.heading, "service": one.service, "unit": one.unit} for one in mapping.usages],
        "charges": [{"heading": one.heading, "kind": one.kind.value} for one in mapping.charges],
        "unit": mapping.unit,
        "service": mapping.service,
        "account": mapping.account,
        "dates": mapping.dates.value if mapping.dates is not None else None,
        "last_day": mapping.last_day.value if mapping.last_day is not None else None,
        "decimal_mark": mapping.decimal_mark,
        "sheets": list(mapping.sheets),
    }


def from_profile(profile: Mapping[str, Any]) -> BillMapping:
    """The mapping that a profile holds.

    Raises:
        UsageError: a part is missing, unknown or has a wrong value.
    """
    try:
        return BillMapping(
            columns={Field(name): tuple(headings) for name, headings in profile["columns"].items()},
            optional=frozenset(Field(name) for name in profile.get("optional", ())),
            usages=tuple(UsageColumn(**one) for one in profile.get("usages", ())),
            charges=tuple(
                ChargeColumn(heading=one["heading"], kind=LineKind(one["kind"])) for one in profile.get("charges", ())
            ),
            unit=profile.get("unit"),
            service=profile.get("service"),
            account=profile.get("account"),
            dates=DateOrder(profile["dates"]) if profile.get("dates") else None,
            last_day=LastDay(profile["last_day"]) if profile.get("last_day") else None,
            decimal_mark=profile.get("decimal_mark", "."),
            sheets=tuple(profile.get("sheets", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise UsageError(
            "the profile can't be used",
            expected="the parts that `meterbook import --profile` writes",
            hint="Import once more with the columns named; that writes it anew.",
        ) from err


def is_bill_profile(profile: Mapping[str, Any]) -> bool:
    """Whether a kept profile is one of billing reports, not of readings."""
    return profile.get("kind") == PROFILE_KIND
