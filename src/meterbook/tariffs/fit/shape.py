"""A schedule of which nothing is known but its name gets charges from the lines of its bills; their numbers are open.

What the same utility's other schedules have of riders, taxes, seasons and rounding is taken over. Seasons of the energy
price are taken where one price for all months does not give the bills, or where there are no bills of a season.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from meterbook.model.bill_kinds import LineKind
from meterbook.model.errors import InputError
from meterbook.model.tariff import (
    AnyCharge,
    Block,
    Dated,
    Demand,
    Energy,
    Figure,
    Fixed,
    Percent,
    Rate,
    Rider,
    Rounding,
    Tariff,
    Version,
)
from meterbook.tariffs.fit.determinants import BilledOnce
from meterbook.tariffs.fit.joint import Case, fit
from meterbook.tariffs.fit.lines import fold, season_on
from meterbook.tariffs.work import kind_of

OPEN = Figure(value=None)
RIDERS = {LineKind.POWER_COST_ADJUSTMENT: "WPCA", LineKind.RENEWABLE_MANDATE: "REPS"}
TAXES = (
    LineKind.TAX_SALES,
    LineKind.TAX_STATE,
    LineKind.TAX_LOCAL,
    LineKind.GROSS_RECEIPTS_TAX,
    LineKind.FRANCHISE_FEE,
)
_FIRST = re.compile(r"^first ([0-9.]+) kwh")
_NEXT = re.compile(r"^next ([0-9.]+) kwh")


def is_shell(tariff: Tariff) -> bool:
    """Whether a schedule has a version without charges."""
    return not tariff.versions or any(not version.charges for version in tariff.versions)


def shaped(tariff: Tariff, bills: Sequence[BilledOnce], others: Sequence[Tariff] = ()) -> Tariff:
    """A shell with charges whose numbers are open; a schedule that has charges as it is.

    Args:
        tariff: the schedule.
        bills: bills under it.
        others: the utility's other schedules, those most like it first.

    Raises:
        InputError: its lines do not tell how it is built.
    """
    if not is_shell(tariff) or not bills:
        return tariff
    model = next((one for one in others if one.versions and one.versions[-1].charges), None)
    flat = _with(tariff, bills, _charges(bills, model, None), model)
    seasons = None if model is None else next(iter(model.seasons), None)
    if seasons is None or model is None:
        return flat
    seen = {name for name in model.seasons[seasons] for bill in bills if season_on(model, name, bill.last_day)}
    if len(seen) == len(model.seasons[seasons]) and not _spoils(flat, bills):
        return flat
    seasonal = _with(tariff, bills, _charges(bills, model, seasons), model)
    return seasonal if _spoils(seasonal, bills) <= _spoils(flat, bills) else flat


def _spoils(tariff: Tariff, bills: Sequence[BilledOnce]) -> int:
    """How many bills are in the way of one price."""
    found = fit([Case(tariff=tariff, bill=bill) for bill in bills])
    return sum(len(one.bills) for one in found.spoiled if any(place.part == "rate" for place in one.places))


def _with(tariff: Tariff, bills: Sequence[BilledOnce], charges: list[AnyCharge], model: Tariff | None) -> Tariff:
    last = None if model is None else model.versions[-1]
    by = "use" if last is None else last.by
    rounding = Rounding() if last is None else last.rounding
    since = min((bill.billed if by == "bill" else bill.first) for bill in bills).replace(day=1)
    made = []
    for version in tariff.versions or [Version(start=since)]:
        if version.charges:
            made.append(version)
            continue
        # What bills of one year say is not said of the years before.
        if version.start < since:
            made.append(version)
        made.append(
            Version(start=max(version.start, since), end=version.end, by=by, rounding=rounding, charges=charges)
        )
    seasons = tariff.seasons or (model.seasons if model is not None else {})
    sources = {**(model.sources if model is not None else {}), **tariff.sources}
    return msgspec.structs.replace(tariff, versions=made, seasons=seasons, sources=sources)


def _charges(bills: Sequence[BilledOnce], model: Tariff | None, seasons: str | None) -> list[AnyCharge]:
    last = _last(model)
    kinds = list(dict.fromkeys(line.kind for bill in bills for line in bill.lines))
    if not kinds:
        kinds = [LineKind.FIXED_CHARGE, LineKind.ENERGY, *(kind_of(one) for one in last)]
    found: list[AnyCharge] = [Fixed(name=_name(bills, LineKind.FIXED_CHARGE, "Facilities charge"), amount=OPEN)]
    found.append(_energy(bills, model, seasons))
    if LineKind.DEMAND in kinds:
        found.append(Demand(name=_name(bills, LineKind.DEMAND, "Demand"), rates=[Rate(rate=OPEN)]))
    for kind, code in RIDERS.items():
        theirs = next((one for one in last if isinstance(one, Rider) and kind_of(one) is kind), None)
        if theirs is not None:
            found.append(theirs)
        elif kind in kinds:
            found.append(_rider(bills, kind, code))
    for kind in TAXES:
        tax = next((one for one in last if isinstance(one, Percent) and kind_of(one) is kind), None)
        if tax is not None:
            found.append(tax)
        elif kind in kinds:
            found.append(Percent(name=_name(bills, kind, "Tax"), kind=kind, rate=OPEN))
    return found


def _energy(bills: Sequence[BilledOnce], model: Tariff | None, seasons: str | None) -> Energy:
    labels = list(dict.fromkeys(fold(one.label) for bill in bills for one in bill.lines if one.kind is LineKind.ENERGY))
    several = max((sum(one.kind is LineKind.ENERGY for one in bill.lines) for bill in bills), default=0) > 1
    blocks = _blocks(labels) if several or any(_FIRST.match(label) for label in labels) else []
    if several and not blocks:
        raise InputError(
            f"energy is billed on several lines ({', '.join(labels)}), whose hours or limits the bills do not tell",
            expected="a schedule with its periods or blocks, and prices of null",
            hint="Describe it with `meterbook tariffs edit`, and fit again.",
        )
    name = "Energy" if several else _name(bills, LineKind.ENERGY, "Energy")
    theirs = next((one for one in _last(model) if isinstance(one, Energy)), None)
    by = "interval" if theirs is None else theirs.season_by
    if seasons is None or model is None:
        return Energy(name=name, rates=[_rate(None, blocks)], season_by=by)
    return Energy(name=name, rates=[_rate(season, blocks) for season in model.seasons[seasons]], season_by=by)


def _last(model: Tariff | None) -> list[AnyCharge]:
    return [] if model is None else model.versions[-1].charges


def _rate(season: str | None, blocks: list[Block]) -> Rate:
    return Rate(season=season, blocks=blocks) if blocks else Rate(season=season, rate=OPEN)


def _blocks(labels: Sequence[str]) -> list[Block]:
    """Blocks that labels tell: ``First 1,500 kWh``, ``Next 500 kWh``, ``Over 2,000 kWh``."""
    first = [Decimal(found[1]) for label in labels if (found := _FIRST.match(label))]
    if len(first) != 1:
        return []
    limits = first + [Decimal(found[1]) for label in labels if (found := _NEXT.match(label))]
    sums = [sum(limits[: at + 1], start=Decimal(0)) for at in range(len(limits))]
    return [*(Block(rate=OPEN, up_to=limit) for limit in sums), Block(rate=OPEN)]


def _rider(bills: Sequence[BilledOnce], kind: LineKind, code: str) -> Rider:
    lines = [one for bill in bills for one in bill.lines if one.kind is kind]
    by_kwh = any(one.unit == "kWh" for one in lines) or kind is LineKind.POWER_COST_ADJUSTMENT
    first = min(f"{bill.first:%Y-%m}" for bill in bills)
    return Rider(
        name=_name(bills, kind, code),
        kind=kind,
        rider=code,
        unit="kWh" if by_kwh else "month",
        month_by="bill",
        values=[Dated(start=first, value=None)],
    )


def _name(bills: Sequence[BilledOnce], kind: LineKind, otherwise: str) -> str:
    labels = [one.label for bill in bills for one in bill.lines if one.kind is kind]
    return labels[-1][:80] if labels else otherwise
