"""What charges of one billing period are worked out from: the part, its measured quantities, and the lines so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from meterbook.model.bill_kinds import LineKind
from meterbook.model.tariff import AnyCharge, Number, Rounding, Source, Version
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.bill import PricedLine, Why, least_sure
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.numbers import Known, known, rounded
from meterbook.tariffs.parts import PricedPart
from meterbook.tariffs.parts import quantity as worked_out
from meterbook.tariffs.plan import Plan

DEFAULT_KINDS = {
    "fixed": LineKind.FIXED_CHARGE, "energy": LineKind.ENERGY, "demand": LineKind.DEMAND,
    "rider": LineKind.POWER_COST_ADJUSTMENT,
    "percent": LineKind.TAX_SALES, "minimum": LineKind.FIXED_CHARGE, "lamps": LineKind.LIGHT,
    "export": LineKind.CREDIT_GENERATION, "reactive": LineKind.DEMAND, "round-up": LineKind.ROUND_UP,
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Meter:
    """What is worked out of a meter's readings for all periods at once, and what one period leaves to the next.

    Attributes:
        gone: how many intervals without a reading come before each place, n + 1; None without any.
        sums: totals and counts by bin, by version, charge and flow.
        peaks: highest windows by group, by version and charge.
        bank: kWh of net metering, by name of the period or under an empty one for all.
        demands: measured demands of the periods before: last day, name of the period or None, kW.
        towards: what bills count towards minimums of a year, by name of the charge: last day, dollars.
    """

    gone: Int64 | None = None
    sums: dict[tuple[int, int, str], tuple[list[int], list[int]]] = field(default_factory=dict)
    peaks: dict[tuple[int, int], dict[int, tuple[int, int]]] = field(default_factory=dict)
    bank: dict[str, Decimal] = field(default_factory=dict)
    demands: list[tuple[date, str | None, Decimal]] = field(default_factory=list)
    towards: dict[str, list[tuple[date, Decimal]]] = field(default_factory=dict)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What lines of a charge have in common, whatever the meter."""

    charge: str
    kind: LineKind
    name: str
    unit: str | None
    rate: Decimal | None
    status: str
    section: str | None
    rounding: Rounding
    rule: str
    how: str | None
    source: Source | None
    version: date


@dataclass(slots=True, kw_only=True)
class Work:
    """One part of a billing period at work.

    Attributes:
        plan: the schedule, made ready.
        usage: the energy that is billed, by interval: as measured, or so that it comes to what registers tell.
        measured: the meter's readings.
        account: what is asked of the account.
        span: number of the period.
        part: the part.
        ordinal: number of the part among all.
        meter: measured for all periods, and carried from one to the next.
        lines: of this part so far, in the order of the schedule.
        names: of the charge of each line.
        demand_kw: billing demand of the period so far, kW: of the first demand charge.
        places: of the charge of each line in its version, and number of the part.
        at: place of the charge that is worked out now.
        kwh: energy billed, which riders are on.
        lamp_kwh: unmetered energy of lamps, which they are on as well.
    """

    plan: Plan
    usage: Usage
    measured: Usage
    account: Account
    span: int
    part: PricedPart
    ordinal: int
    meter: Meter
    lines: list[PricedLine] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    at: int = 0
    demand_kw: Decimal | None = None
    kwh: Decimal = Decimal(0)
    lamp_kwh: Fraction = Fraction(0)
    notes: list[str] = field(default_factory=list)

    @property
    def path(self) -> tuple[str | int, ...]:
        """Path in the schedule of the charge that is worked out now."""
        return ("versions", self.part.number, "charges", self.at)

    @property
    def code(self) -> str:
        """The schedule, for errors."""
        return f"{self.plan.tariff.utility}/{self.plan.tariff.code}"

    def known(self, number: Number, what: str) -> Known:
        """A number of the schedule.

        Raises:
            InputError: its value is not known.
        """
        return known(number, what, self.code)

    def quantity(self, exact: Fraction | Decimal) -> Decimal:
        """A quantity that was worked out, rounded as the version says."""
        rounding = self.part.version.quantities
        return exact if rounding is None and isinstance(exact, Decimal) else worked_out(Fraction(exact), rounding)

    def source(self, key: str | None) -> Source | None:
        """The page behind a key."""
        return None if key is None else self.plan.tariff.sources.get(key)

    def form(
        self,
        charge: AnyCharge,
        *,
        name: str | None = None,
        unit: str | None = None,
        rate: Known | None = None,
        rule: str = "",
        also: tuple[str, ...] = (),
    ) -> Form:
        """What lines of a charge have in common in this version of the schedule."""
        version = self.part.version
        return Form(
            charge=charge.name,
            kind=kind_of(charge),
            name=name or charge.name,
            unit=unit,
            rate=None if rate is None else rate.value,
            status=least_sure(*((rate.status,) if rate else ()), *also),
            section=charge.section,
            rounding=charge.rounding or version.rounding,
            rule=rule or charge.name,
            how=rate.how if rate else None,
            source=self.source(rate.source) if rate else None,
            version=version.start,
        )

    def put(
        self,
        form: Form,
        amount: Decimal,
        quantity: Decimal | None = None,
        said: tuple[object, ...] = (),
        also: str = "",
    ) -> None:
        """Add a line; its amount is rounded here."""
        self.names.append(form.charge)
        self.places.append((self.at, self.ordinal))
        self.lines.append(
            PricedLine(
                kind=form.kind,
                name=form.name,
                amount=rounded(amount, form.rounding),
                quantity=quantity,
                unit=form.unit,
                rate=form.rate,
                status=least_sure(form.status, also) if also else form.status,
                section=form.section,
                why=Why(rule=form.rule, said=said, how=form.how, source=form.source, version=form.version),
            )
        )

    def base(self, on: list[str], excluding: list[str]) -> tuple[Decimal, str]:
        """Sum and status of lines so far, by kinds or names of charges."""
        total, status = Decimal(0), "published"
        for name, line in zip(self.names, self.lines, strict=True):
            keys = {name, line.kind.value, line.name}
            if (not on or keys & set(on)) and not keys & set(excluding):
                total += line.amount
                status = least_sure(status, line.status)
        return total, status


def kind_of(charge: AnyCharge) -> LineKind:
    """The kind of a charge's lines."""
    if isinstance(charge.kind, LineKind):
        return charge.kind
    tag = charge.__struct_config__.tag
    return DEFAULT_KINDS[str(tag)]


def base_names(version: Version, place: int, named: list[str]) -> list[str]:
    """Charges or kinds that a share is of: those named, or all of the charges above."""
    return named or [charge.name for charge in version.charges[:place]] or ["nothing is above"]


def applies(charge: AnyCharge, account: Account, options: frozenset[str] = frozenset()) -> bool:
    """Whether the account has a charge.

    Args:
        charge: the charge.
        account: the account.
        options: optional charges of one bill besides those of the account.
    """
    if charge.optional is not None and charge.optional not in account.options | options:
        return False
    return not charge.classes or account.kind in charge.classes
