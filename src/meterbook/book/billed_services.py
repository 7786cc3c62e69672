"""What a bill is priced from: each of its services with its schedule, reads, registers and readings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from meterbook.model.bill_kinds import BillType, LineKind
from meterbook.model.channel import FlowDirection
from meterbook.model.errors import InputError
from meterbook.model.exchange import joined
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import MeterUsage, Statement
from meterbook.model.tariff import Lamps, Tariff
from meterbook.tariffs.audit import Beside
from meterbook.tariffs.inputs import Account, Span, Usage, usage_of

QUARTER_S = 900
ELECTRIC = (None, "electric")
RECEIVED = re.compile(r"received|sent back|export|reverse", re.IGNORECASE)
Demands = Mapping[str | None, Sequence[tuple[date, str | None, Decimal]]]
"""Measured demands of earlier bills by service location."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A bill and what of its account it is priced from.

    Attributes:
        bill: the statement.
        period: from read to read, without registers.
        series: electric intervals of the account.
        demands: measured demands of earlier bills.
        schedule: a schedule of the utility by its code; None where there is none.
        lighting: schedules of the utility that have lamps.
    """

    bill: Statement
    period: Span
    series: Sequence[IntervalSeries]
    demands: Demands
    schedule: Callable[[str], Tariff | None]
    lighting: Sequence[Tariff]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A service of a bill.

    Attributes:
        priced: what it is priced from.
        intervals: whether there are any, rather than what the bill says alone.
    """

    priced: Beside
    intervals: bool


def services(given: Given, main: Tariff) -> list[Found]:
    """The electric services of a bill, the first on the schedule that the bill is held against.

    Raises:
        InputError: one of them is on a schedule that is not there.
    """
    rows: dict[str | None, list[MeterUsage]] = {}
    for row in given.bill.meters:
        if row.service in ELECTRIC and row.unit == "kWh":
            rows.setdefault(_place(given, row), []).append(row)
    places = list(rows) or [None]
    found = []
    for number, place in enumerate(places):
        own = rows.get(place, [])
        tariff = main if not number else _tariff(given, own, main)
        found.append(_metered(given, tariff, own, place if len(places) > 1 else None))
    return [*_lit(given, found, main)]


def ends(bill: Statement, known: Sequence[Statement]) -> tuple[bool, bool]:
    """Whether service began, and whether it ended, with a bill's period; a corrected bill is what it corrects."""
    kinds = {
        one.bill_type
        for one in known
        if (one.period_start, one.period_end) == (bill.period_start, bill.period_end) or one is bill
    }
    return BillType.FIRST in kinds, BillType.FINAL in kinds


def registers(rows: Sequence[MeterUsage], tariff: Tariff) -> dict[str, object]:
    """What the registers of a bill tell, as fields of a period: in all, of energy received, of each period."""
    names = {name for members in tariff.periods.values() for name in members}
    told: dict[str, Decimal] = {}
    back: list[Decimal] = []
    whole: list[Decimal] = []
    for row in rows:
        if row.usage is None:
            continue
        name = re.sub(r"[^a-z0-9]+", "-", (row.register or "").casefold()).strip("-")
        if name in names:
            told[name] = told.get(name, Decimal(0)) + row.usage
        elif RECEIVED.search(row.register or ""):
            back.append(row.usage)
        else:
            whole.append(row.usage)
    if set(told) == names and names:
        return {"register_periods": tuple(told.items()), "register_received_kwh": sum(back) if back else None}
    return {"register_kwh": sum(whole) if whole else None, "register_received_kwh": sum(back) if back else None}


def readings(series: Sequence[IntervalSeries], span: Span, *, whole: bool) -> Usage | None:
    """The intervals of a period, of one meter, or of one after the other; None without any.

    Args:
        series: electric intervals.
        span: from read to read.
        whole: whether none may be missing.
    """
    within = [one.take(one.quality != Quality.MISSING).clip(span.start, span.end) for one in series]
    delivered = [one for one in within if len(one) and one.channel.flow is not FlowDirection.RECEIVED]
    received = [one for one in within if len(one) and one.channel.flow is FlowDirection.RECEIVED]
    if not delivered:
        return None
    try:
        back = joined(received) if received else None
        usage = usage_of(joined(delivered), back, start=span.start, end=span.end)
    except InputError:
        return None
    if usage.first > span.start or usage.end < span.end:
        return None
    return None if whole and usage.missing is not None else usage


def _place(given: Given, row: MeterUsage) -> str | None:
    """Service location of a register: as printed, else where the meter's readings are from."""
    channels = (one.channel for one in given.series)
    return row.location or next((one.service_location for one in channels if one.meter == row.meter), None)


def _tariff(given: Given, rows: Sequence[MeterUsage], main: Tariff) -> Tariff:
    code = next((row.rate for row in rows if row.rate), None)
    tariff = main if code is None or code == main.code else given.schedule(code)
    if tariff is None:
        raise InputError(f"a second meter is on {code}, and the catalogue has no such schedule")
    return tariff


def _metered(given: Given, tariff: Tariff, rows: Sequence[MeterUsage], place: str | None) -> Found:
    span = replace(given.period, **registers(rows, tariff), register_kw=_highest(given, place))  # type: ignore[arg-type]
    meters = len({row.meter for row in rows if row.meter}) or 1
    account = Account(kind=tariff.sector, meters=meters, demands=tuple(given.demands.get(place, ())))
    own = [one for one in given.series if place is None or one.channel.service_location == place]
    by_register = span.has_register and any("register" in (one.usage, one.missing) for one in tariff.versions)
    usage = readings(own, span, whole=not by_register)
    intervals = usage is not None
    if usage is None:
        usage = _unread(span) if by_register else _alone(given.bill, span)
    return Found(
        priced=Beside(tariff=tariff, span=span, usage=usage, account=account),
        intervals=intervals,
    )


def _highest(given: Given, place: str | None) -> Decimal | None:
    """The demand that a bill tells of a place, kW; None without, or of several."""
    rows = [row for row in given.bill.meters if row.unit == "kW" and (place is None or _place(given, row) == place)]
    return rows[0].usage if len(rows) == 1 else None


def _lit(given: Given, found: list[Found], main: Tariff) -> Iterator[Found]:
    """The services with the leased lamps of the bill: of the main schedule, or of one that has such lamps."""
    counts = {one.label: int(one.quantity or 1) for one in given.bill.lines if one.kind is LineKind.LIGHT}
    known = [tariff for tariff in (main, *given.lighting) if set(counts) <= _lamps(tariff)]
    metered = bool(found[0].priced.span.has_register) or not _lamps(main)
    if not counts or not known:
        yield from found
        return
    if known[0] is main:
        first = found[0].priced
        lit = replace(first, account=replace(first.account, lamps=counts))
        lit = lit if metered else replace(lit, usage=_nothing(given.period))
        yield Found(priced=lit, intervals=found[0].intervals or not metered)
        yield from found[1:]
        return
    yield from found
    if not any(charge.whole_account for version in main.versions for charge in version.charges):
        return  # each schedule taxes its own lines, and the bill's one tax can't be told apart
    account = Account(kind=known[0].sector, lamps=counts)
    yield Found(
        priced=Beside(tariff=known[0], span=given.period, usage=_nothing(given.period), account=account),
        intervals=True,
    )


def _lamps(tariff: Tariff) -> set[str]:
    charges = [charge for version in tariff.versions for charge in version.charges]
    return {name for charge in charges if isinstance(charge, Lamps) for name in charge.types}


def _grid(span: Span) -> int:
    return -(-(span.end - span.start) // QUARTER_S)


def _nothing(span: Span) -> Usage:
    return Usage(first=span.start, step_s=QUARTER_S, scale=0, delivered=np.zeros(_grid(span), np.int64))


def _unread(span: Span) -> Usage:
    """Intervals that are all missing, for a schedule that bills by the register."""
    return replace(_nothing(span), missing=np.ones(_grid(span), np.bool_))


def _alone(bill: Statement, span: Span) -> Usage:
    """The bill's own usage, as one reading of the whole period."""
    kwh = billed_kwh(bill) or Decimal(0)
    scale = max(-int(kwh.as_tuple().exponent), 0)
    return Usage(
        first=span.start,
        step_s=span.end - span.start,
        scale=scale,
        delivered=np.array([int(kwh.scaleb(scale))], np.int64),
    )


def billed_kwh(bill: Statement) -> Decimal | None:
    """The kWh that a bill tells: in all, or those of its energy lines; None without."""
    if bill.usage is not None and bill.usage_unit in (None, "kWh"):
        return bill.usage
    lines = [
        one for one in bill.lines if one.kind is LineKind.ENERGY and one.unit == "kWh" and one.quantity is not None
    ]
    return sum((one.quantity or Decimal(0) for one in lines), start=Decimal(0)) if lines else None
