"""What bills say of each register or place: kWh by flow, with the registers of the meter that measured them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.checks.reads import Read, reads
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.running import Running, life, running
from meterbook.analysis.bills.history import AGAINST, ELECTRIC, WHOLE
from meterbook.model.bill_kinds import ReadType
from meterbook.model.channel import DAY_S, FlowDirection, Quantity, ServiceCategory
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import MeterUsage, Statement
from meterbook.model.units import Unit

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What one bill says that one place used.

    Attributes:
        bill: which.
        quantity: kWh.
        start: the earlier read.
        end: the later read.
        estimated: the later reading was not read.
        rows: the registers it is the sum of; none where the bill tells a total only.
    """

    bill: Statement
    quantity: Decimal
    start: Read
    end: Read
    estimated: bool
    rows: tuple[MeterUsage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """The bills of one place and flow, oldest first, beside the register's running total.

    Attributes:
        location: service location as printed; None where bills tell none, or totals only.
        flow: delivered, received, or net.
        billed: what the bills say.
        running: what the meter says; None without intervals.
        resolution: kWh in which the bills count.
    """

    location: str | None
    flow: FlowDirection
    billed: tuple[Billed, ...]
    running: Running | None
    resolution: Decimal


def metered(run: BillRun) -> tuple[Metered, ...]:
    """Every place and flow of an account's electric bills, beside its intervals."""
    found: list[Metered] = []
    bills = [one for one in run.standing if kwh_rows(one)]
    for location in _once(row.location for one in bills for row in kwh_rows(one)):
        found += _place(run, location, bills)
    bare = [one for one in run.standing if not kwh_rows(one) and one.usage is not None and one.usage_unit == Unit.KWH]
    return (*found, *_totals(run, bare))


def kwh_rows(bill: Statement) -> tuple[MeterUsage, ...]:
    """Electric registers of a bill that count kWh: those of the whole, where there are any beside those of parts."""
    rows = [one for one in bill.meters if one.unit == Unit.KWH and one.usage is not None and _electric(one)]
    kept: list[MeterUsage] = []
    for key in _once((one.location, one.meter) for one in rows):
        mine = [one for one in rows if (one.location, one.meter) == key]
        back = [one for one in mine if flow_of(one) is FlowDirection.RECEIVED]
        out = [one for one in mine if one not in back]
        kept += [one for one in out if _label(one) in WHOLE] or out
        kept += back
    return tuple(one for one in rows if one in kept)


def flow_of(row: MeterUsage) -> FlowDirection:
    """What a register counts, by its name on the bill."""
    if _label(row) in AGAINST:
        return FlowDirection.RECEIVED
    return FlowDirection.NET if _label(row) == "net" else FlowDirection.DELIVERED


def meter_key(number: str | None) -> str:
    """A meter's number as it is compared: letters and digits alone, no leading zeros."""
    return "".join(letter for letter in (number or "").casefold() if letter.isalnum()).lstrip("0")


def electric_series(run: BillRun) -> tuple[IntervalSeries, ...]:
    """Intervals of electric usage; of two lengths that tell the same time of the same register the shorter."""
    every = [
        one
        for one in run.series
        if len(one)
        and one.channel.category is ServiceCategory.ELECTRICITY
        and one.channel.quantity is Quantity.USAGE
        and one.channel.unit is Unit.KWH
        and one.channel.tou_period is None
        and one.channel.interval_s < DAY_S
    ]
    kept: list[IntervalSeries] = []
    for one in sorted(every, key=lambda one: one.channel.interval_s):
        if not any(_same_register(one, other) and _together(one, other) for other in kept):
            kept.append(one)
    return tuple(kept)


def series_of(run: BillRun, location: str | None, rows: Iterable[MeterUsage]) -> tuple[IntervalSeries, ...]:
    """The intervals of a place that bills name: by its number, else by its meters, else of the only place there is."""
    every = electric_series(run)
    at = tuple(one for one in every if location is not None and one.channel.service_location == location)
    if at:
        return at
    meters = {meter_key(row.meter) for row in rows} - {""}
    by_meter = {one.channel.service_location for one in every if meter_key(one.channel.meter) in meters}
    if by_meter:
        return tuple(one for one in every if one.channel.service_location in by_meter)
    return every if len({one.channel.service_location for one in every}) == 1 else ()


def resolution(billed: Sequence[Billed]) -> Decimal:
    """The least step in which a register's bills count, kWh: its finest digit, times the multiplier."""
    steps = []
    digit = _finest(one.quantity for one in billed)
    rows = [row for one in billed for row in one.rows]
    readings = [each for row in rows for each in (row.previous, row.present) if each is not None]
    if readings:
        multiplier = max((row.multiplier or Decimal(1) for row in rows), default=Decimal(1))
        steps.append(_finest(readings) * multiplier)
    return max([digit, *steps])


def _place(run: BillRun, location: str | None, bills: Sequence[Statement]) -> list[Metered]:
    mine = [(one, [row for row in kwh_rows(one) if row.location == location]) for one in bills]
    mine = [(one, rows) for one, rows in mine if rows]
    series = series_of(run, location, [row for _, rows in mine for row in rows])
    by_flow = {flow: [one for one in series if one.channel.flow is flow] for flow in FlowDirection}
    flows = _once(flow_of(row) for _, rows in mine for row in rows)
    if not by_flow[FlowDirection.DELIVERED] and by_flow[FlowDirection.NET]:
        billed = [_billed(one, rows, run.zone, net=True) for one, rows in mine]
        return [_metered(location, FlowDirection.NET, billed, running(by_flow[FlowDirection.NET]))]
    found = []
    for flow in flows:
        parts = [(one, [row for row in rows if flow_of(row) is flow]) for one, rows in mine]
        billed = [_billed(one, rows, run.zone) for one, rows in parts if rows]
        if flow is FlowDirection.NET and not by_flow[flow]:
            total = running(by_flow[FlowDirection.DELIVERED], by_flow[FlowDirection.RECEIVED])
        else:
            total = running(by_flow[flow])
        found.append(_metered(location, flow, billed, total))
    return found


def _totals(run: BillRun, bills: Sequence[Statement]) -> list[Metered]:
    """Bills that tell one total only, as portals do: net of what was sent back, where anything is."""
    if not bills:
        return []
    series = electric_series(run)
    plus = [one for one in series if one.channel.flow is FlowDirection.DELIVERED]
    minus = [one for one in series if one.channel.flow is FlowDirection.RECEIVED]
    plus = plus or [one for one in series if one.channel.flow is FlowDirection.NET]
    billed = [_billed(one, (), run.zone) for one in bills]
    flow = FlowDirection.NET if minus else FlowDirection.DELIVERED
    return [_metered(None, flow, billed, running(plus, minus))]


def _metered(
    location: str | None, flow: FlowDirection, billed: Sequence[Billed | None], total: Running | None
) -> Metered:
    known = tuple(one for one in billed if one is not None)
    step = resolution(known) if known else Decimal("0.001")
    return Metered(location=location, flow=flow, billed=known, running=total, resolution=step)


def _billed(bill: Statement, rows: Sequence[MeterUsage], zone: ZoneInfo, *, net: bool = False) -> Billed | None:
    between = reads(bill, rows, zone)
    if between is None:
        return None
    signs = [-1 if net and flow_of(row) is FlowDirection.RECEIVED else 1 for row in rows]
    used = [(row.usage or Decimal(0)) * sign for row, sign in zip(rows, signs, strict=True)]
    quantity = sum(used, start=Decimal(0)) if rows else bill.usage
    assert quantity is not None
    kinds = {row.read_type for row in (rows or bill.meters)}
    return Billed(
        bill=bill,
        quantity=quantity,
        start=between[0],
        end=between[1],
        estimated=ReadType.ESTIMATED in kinds,
        rows=tuple(rows),
    )


def _electric(row: MeterUsage) -> bool:
    return row.service in (ELECTRIC, None)


def _label(row: MeterUsage) -> str:
    return (row.register or "").strip().casefold()


def _finest(values: Iterable[Decimal]) -> Decimal:
    places = [-int(one.as_tuple().exponent) for one in values]
    return Decimal(1).scaleb(-max(0, *places, 0))


def _same_register(one: IntervalSeries, other: IntervalSeries) -> bool:
    return all(
        getattr(one.channel, name) == getattr(other.channel, name) for name in ("service_location", "meter", "flow")
    )


def _together(one: IntervalSeries, other: IntervalSeries) -> bool:
    (first, last), (begin, end) = life(one), life(other)
    return first + DAY_S < end and begin + DAY_S < last


def _once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
