"""Whether an account may be on a schedule, by what the schedule says of classes, demand and use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from meterbook.model.tariff import Energy, Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What of an account decides.

    Attributes:
        kind: class of customer; None where it is not known, and then classes refuse nobody.
        peak_kw: highest demand of an interval; refuses nobody where it is not known.
        month_kwh: highest use of a month; the same.
    """

    kind: str | None
    peak_kw: Decimal | None = None
    month_kwh: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligible:
    """The answer.

    Attributes:
        refused: why not, in words; None where it may.
        conditions: what else it takes.
    """

    refused: str | None = None
    conditions: tuple[str, ...] = ()


def eligible(tariff: Tariff, facts: Facts) -> Eligible:
    """Whether an account may be on a schedule.

    >>> tariff = Tariff(format="meterbook-tariff/1", utility="u", code="L", name="Lamps", zone="UTC", sector="lighting")
    >>> eligible(tariff, Facts(kind="residential", peak_kw=Decimal(9), month_kwh=Decimal(900))).refused
    'for lighting'
    """
    if tariff.service != "electric":
        return Eligible(refused=f"for {tariff.service}")
    charges = [charge for version in tariff.versions for charge in version.charges]
    if charges and not any(isinstance(charge, Energy) for charge in charges):
        return Eligible(refused="for no metered energy")
    rules = tariff.eligibility
    classes = (rules.classes if rules is not None else []) or ([tariff.sector] if tariff.sector else [])
    conditions = () if rules is None else (*rules.requires, *([rules.note] if rules.note else []))
    if facts.kind is not None and classes and facts.kind not in classes:
        return Eligible(refused=f"for {', '.join(classes)}")
    if rules is not None:
        for value, low, high, unit in (
            (facts.peak_kw, rules.kw_min, rules.kw_max, "kW"),
            (facts.month_kwh, rules.kwh_min, rules.kwh_max, "kWh a month"),
        ):
            if value is None:
                continue
            if low is not None and value < low:
                return Eligible(refused=f"from {low:f} {unit}; the highest was {value:,.1f}")
            if high is not None and value > high:
                return Eligible(refused=f"up to {high:f} {unit}; the highest was {value:,.1f}")
    return Eligible(conditions=conditions)
