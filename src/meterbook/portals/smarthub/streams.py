"""Which stream a wire series is: its meter, register, quantity, direction and unit.

Pure. Codes that we don't know are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from meterbook.model.channel import FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import UnitMismatch, UnknownCode, Where
from meterbook.model.finding import Finding
from meterbook.model.units import SourceUnit, Unit, source_unit
from meterbook.portals.smarthub.wire import Entry, MeterEntry, Point, Series, text

CATEGORIES = {
    "ELECTRIC": ServiceCategory.ELECTRICITY,
    "GAS": ServiceCategory.GAS,
    "WATER": ServiceCategory.WATER,
}
FLOWS = {
    "FORWARD": FlowDirection.DELIVERED,
    "TOTAL": FlowDirection.DELIVERED,
    "REVERSE": FlowDirection.RECEIVED,
    "RETURN": FlowDirection.RECEIVED,
    "NET": FlowDirection.NET,
}
QUANTITIES = {
    "USAGE": Quantity.USAGE,
    "TIME_OF_USE": Quantity.USAGE,
    "COST": Quantity.COST,
    "DEMAND": Quantity.DEMAND,
}
KINDS_OF_UNIT = {
    Quantity.USAGE: {Unit.KWH, Unit.KVARH, Unit.GALLON, Unit.CUBIC_FOOT, Unit.THERM},
    Quantity.DEMAND: {Unit.KW},
    Quantity.COST: {Unit.DOLLAR},
}
DOLLARS = source_unit("USD", "cost")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stream:
    """One wire series and what it means.

    Attributes:
        meter: serial number; empty where the portal gives none.
        register: the portal's number of the meter's channel.
        name: the portal's name of the series.
        quantity: usage, cost or demand.
        flow: direction.
        unit: the portal's unit and how it converts to ours.
        tou_period: name of the time-of-use period, if it holds one period's share.
        points: as sent.
    """

    meter: str
    register: str
    name: str
    quantity: Quantity
    flow: FlowDirection
    unit: SourceUnit
    tou_period: str | None
    points: list[Point]


def category(industry: str) -> ServiceCategory:
    """What an industry delivers.

    Raises:
        UnknownCode: an industry without readings that we know, such as ``SEWER``.
    """
    try:
        return CATEGORIES[industry.strip().upper()]
    except KeyError:
        raise UnknownCode(
            f"industry {industry!r} is not known",
            where="usage poll, industries",
            expected=f"one of {', '.join(CATEGORIES)}",
            hint="Readings can be fetched for electricity, gas and water only.",
        ) from None


def flow_direction(code: str | None, *, net: bool, where: Where) -> FlowDirection:
    """Direction that a wire code declares; absent means delivered, or net where the series says it is.

    Raises:
        UnknownCode: any other code; a direction is never guessed.

    Source: docs/smarthub.md, "Directions".
    """
    if code is None or not code.strip():
        return FlowDirection.NET if net else FlowDirection.DELIVERED
    try:
        return FLOWS[code.strip().upper()]
    except KeyError:
        raise UnknownCode(
            f"flow direction {code!r} is not known",
            where=where,
            expected=f"one of {', '.join(FLOWS)}",
            hint="Nothing of this answer was stored. Please report the code with the utility's name.",
        ) from None


def streams(entry: Entry, findings: list[Finding]) -> Iterator[Stream]:
    """The streams of one entry; what is skipped is said in ``findings``.

    Raises:
        UnknownCode: a unit or a direction that we do not know.
        UnitMismatch: a unit that the quantity can't have.
    """
    kind = (entry.type or "USAGE").strip().upper()
    quantity = QUANTITIES.get(kind)
    if quantity is None:
        findings.append(
            Finding(
                name="shape.unknown-entry", message=f"the portal sent {kind}, which is not read", data={"type": kind}
            )
        )
        return
    meters = entry.meters or []
    by_name = {text(meter.seriesId): meter for meter in meters if text(meter.seriesId)}
    by_number = {(text(meter.meterNumber), text(meter.channel)): meter for meter in reversed(meters)}
    for series in _all_series(entry):
        name = text(series.name)
        meter = by_name.get(name) or by_number.get((text(series.meterNumber), text(series.channel))) or MeterEntry()
        unit = _unit(entry, meter, quantity, findings) if series.data else DOLLARS
        if unit is None:
            return
        where = Where(source="usage poll", record=kind, field="flowDirection")
        yield Stream(
            meter=text(series.meterNumber) or text(meter.meterNumber),
            register=text(series.channel) or text(meter.channel) or "1",
            name=name,
            quantity=quantity,
            flow=flow_direction(meter.flowDirection, net=bool(series.isNet), where=where),
            unit=unit,
            tou_period=_period(series, meter, name) if kind == "TIME_OF_USE" else None,
            points=series.data or [],
        )


def told_apart(found: list[list[Stream]], findings: list[Finding]) -> list[list[Stream]]:
    """The streams of an answer's entries, those that nothing but their name tells apart given the name as register."""
    seen: set[tuple[str, ...]] = set()
    return [[_told_apart(one, seen, findings) for one in own] for own in found]


def _told_apart(one: Stream, seen: set[tuple[str, ...]], findings: list[Finding]) -> Stream:
    key = (one.meter, one.register, one.quantity, one.flow, one.tou_period or "")
    if key not in seen:
        seen.add(key)
        return one
    message = f"two series of meter {one.meter or '(no number)'} differ only in name"
    findings.append(Finding(name="shape.same-register", message=message, data={"series": one.name}))
    apart = replace(one, register=f"{one.register}:{one.name or len(seen)}")
    seen.add((*key[:1], apart.register, *key[2:]))
    return apart


def _all_series(entry: Entry) -> list[Series]:
    """The entry's series; where it has none, the points that a few portals put in the entry itself."""
    if entry.series:
        return entry.series
    return [Series(data=entry.data)] if entry.data else []


def _period(series: Series, meter: MeterEntry, name: str) -> str:
    return (series.rateName or meter.rateName or name).strip() or "unnamed"


def _unit(entry: Entry, meter: MeterEntry, quantity: Quantity, findings: list[Finding]) -> SourceUnit | None:
    """The unit of a series. Cost is in dollars; there the meters' unit is that of the energy and says nothing."""
    where = Where(source="usage poll", record=entry.type or "USAGE", field="unitOfMeasure")
    if quantity is Quantity.COST:
        return _cost_unit(entry.unitOfMeasure or "", where, findings)
    code = meter.unitOfMeasure or entry.unitOfMeasure or ""
    unit = source_unit(code, where)
    if unit.unit not in KINDS_OF_UNIT[quantity]:
        raise UnitMismatch(
            f"{quantity.value} in {code!r}",
            where=where,
            expected=" or ".join(sorted(known.value for known in KINDS_OF_UNIT[quantity])),
            hint="Nothing of this answer was stored. Please report it with the utility's name.",
        )
    return unit


def _cost_unit(code: str, where: Where, findings: list[Finding]) -> SourceUnit | None:
    if not code.strip():
        return DOLLARS
    try:
        unit = source_unit(code, where)
    except UnknownCode:
        unit = None
    if unit is None:
        message = f"cost in {code!r} is not read: that unit is not known"
        findings.append(Finding(name="shape.unknown-cost-unit", message=message, data={"unit": code}))
        return None
    return DOLLARS  # an energy unit here is that of the meter, as on the cost entry's own meters
