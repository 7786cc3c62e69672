"""A record of version 8 from a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from meterbook.model.errors import InputError
from meterbook.model.tariff import (
    AnyCharge,
    Demand,
    Energy,
    Export,
    Fixed,
    Lamps,
    Minimum,
    Percent,
    Reactive,
    Rider,
    RoundUp,
    Tariff,
    Version,
)
from meterbook.tariffs.parts import in_force
from meterbook.tariffs.urdb.attributes import OURS
from meterbook.tariffs.urdb.dates import FLOOR
from meterbook.tariffs.urdb.writing.demand import demand
from meterbook.tariffs.urdb.writing.energy import energy
from meterbook.tariffs.urdb.writing.fixed import fixed, minimum
from meterbook.tariffs.urdb.writing.hours import Clock
from meterbook.tariffs.urdb.writing.losses import Losses
from meterbook.tariffs.urdb.writing.riders import by_month

LEAVE_OUT = (
    "holidays", "optional", "fixed", "energy", "demand", "rider", "percent", "minimum", "lamps", "export", "reactive",
    "round-up",
)  # fmt: skip
"""Kinds of parts that may be left out of a record by name."""


def write(tariff: Tariff, *, on: date | None = None, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """A record that prices the same on bills of calendar months; numbers are Decimal.

    What the format has no field for, such as how tiers are shared, is kept in ``energyattrs`` under names that begin
    with ``meterbook:``, which :func:`~meterbook.tariffs.urdb.read` heeds.

    Args:
        tariff: without problems, see :func:`meterbook.tariffs.checking.problems`.
        on: a day; the version that holds on it is written, the last one without it.
        leave_out: kinds of parts that are left out, of :data:`LEAVE_OUT`; the record's comments say so.

    Raises:
        InputError: it has something that the format can't express; names all of it.

    Source: https://openei.org/services/doc/rest/util_rates/?version=8
    """
    name = f"{tariff.utility}/{tariff.code}"
    if not tariff.versions:
        raise InputError(f"{name} has no version", expected="a schedule with prices")
    version = tariff.versions[-1] if on is None else tariff.versions[in_force(tariff, on)]
    losses = Losses(schedule=name, leave_out=frozenset(leave_out))
    if (tariff.service, tariff.unit) != ("electric", "kWh"):
        losses.refuse("", f"it is for {tariff.service} in {tariff.unit}")
    if tariff.prepaid:
        losses.refuse("", "each day is charged and rounded by itself")
    if version.not_known:
        losses.refuse("", f"not known: {', '.join(version.not_known)}")
    charges = [charge for charge in version.charges if _kept(charge, losses)]
    day = on or version.start
    clock = Clock(tariff, losses)
    riders = [charge for charge in charges if isinstance(charge, Rider)]
    of_kwh = [one for one in riders if one.unit == "kWh"]
    before = [charge.name for charge in charges if not isinstance(charge, Minimum)]
    fields = {
        **fixed(_of(charges, Fixed), [one for one in riders if one.unit == "month"], day, losses),
        **energy(_of(charges, Energy), _of(charges, Export), by_month(of_kwh, day, losses), clock, losses),
        **demand(_of(charges, Demand), _of(charges, Reactive), clock, losses),
        **minimum(_of(charges, Minimum), before, losses),
    }
    if not charges:
        losses.refuse("", "it charges nothing")
    losses.settle(LEAVE_OUT)
    return _identity(tariff, version) | fields | _said(losses)


def _kept(charge: AnyCharge, losses: Losses) -> bool:
    """Whether a charge can be looked at further."""
    part = str(charge.__struct_config__.tag)
    if part in losses.leave_out:
        losses.left.append(charge.name)
        return False
    if charge.classes or charge.optional is not None:
        losses.refuse("optional", f"{charge.name!r} is only for some accounts")
        return False
    if isinstance(charge, Percent | Lamps | RoundUp) or (isinstance(charge, Rider) and charge.unit in ("share", "kW")):
        losses.refuse(part, f"{charge.name!r}: the format has no {_WORDS[part]}")
        return False
    if isinstance(charge, Rider) and charge.of == "lamps":
        losses.refuse(part, f"{charge.name!r} is on the kWh of lamps")
        return False
    return True


_WORDS = {
    "percent": "taxes or surcharges", "lamps": "lamps", "rider": "riders on other lines or on kW",
    "round-up": "gifts that round up",
}  # fmt: skip


def _of(charges: Sequence[AnyCharge], kind: type[Any]) -> list[Any]:
    return [charge for charge in charges if isinstance(charge, kind)]


def _identity(tariff: Tariff, version: Version) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "label": tariff.code,
        "utility": tariff.utility,
        "name": tariff.name,
        "sector": tariff.sector.capitalize() if tariff.sector else None,
        "startdate": None if version.start <= FLOOR else _seconds(version.start),
        "enddate": None if version.end is None else _seconds(version.end),
        "source": next((source.page for source in tariff.sources.values() if source.page), None),
        "description": tariff.note,
        "approved": False,
    }
    able = tariff.eligibility
    if able is not None:
        fields |= {
            "peakkwcapacitymin": able.kw_min, "peakkwcapacitymax": able.kw_max,
            "peakkwhusagemin": able.kwh_min, "peakkwhusagemax": able.kwh_max, "basicinformationcomments": able.note,
        }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _said(losses: Losses) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if losses.left:
        fields["energycomments"] = f"Left out: {'; '.join(losses.left)}"
    if losses.kept:
        fields["energyattrs"] = [{OURS + name: value} for name, value in losses.kept.items()]
    return fields
