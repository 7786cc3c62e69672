"""From the portal's bytes to the model: usage polls and weather. Pure: no network, no clock, no logging.

The portal's habits stop here: wall time as UTC, names and signs of directions, phantom and doubled points, zeros that
stand for "not posted yet". Each is described in docs/smarthub.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET

from meterbook.model.calendar import day_start
from meterbook.model.channel import DAY_S, MONTH_S, Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.digits import integers
from meterbook.model.errors import PortalChanged
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import DEFAULT_SCALE, MAX_SCALE, SourceUnit, source_unit
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.answer import Asked, Frame, Usage
from meterbook.portals.smarthub.exchange import exchanges
from meterbook.portals.smarthub.flow import in_true_flow, net_registers
from meterbook.portals.smarthub.marks import quality_marks, write_marks
from meterbook.portals.smarthub.points import Placed, Ticks, ending, off_grid, place, steps
from meterbook.portals.smarthub.streams import Stream, category, streams, told_apart
from meterbook.portals.smarthub.unposted import without_unposted_day

__all__ = ["Asked", "Frame", "Pending", "Usage", "changed", "read_poll", "read_usage", "to_usage", "to_weather"]

ANSWERED = frozenset({"COMPLETE", "COMPLETED", "SUCCESS"})
WAITING = frozenset({"PENDING", "IN_PROGRESS", "RUNNING", "QUEUED"})
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


class Pending(StrEnum):
    """States of a poll that is not answered."""

    WAIT = "wait"
    FAILED = "failed"


def read_poll(body: bytes, industry: str) -> list[wire.Entry] | Pending:
    """The entries of a poll's answer, or why there are none.

    Args:
        body: the reply.
        industry: the one asked for.

    Raises:
        msgspec.DecodeError: not whole JSON.
        PortalChanged: JSON of a shape that we do not know.
    """
    try:
        poll: wire.Poll = wire.POLL.read(body)
        if poll.status is None:
            return _entries(wire.BARE.read(body) if poll.data is None else poll.data, industry)
    except msgspec.ValidationError as err:
        raise changed("usage poll", err) from err
    status = poll.status.strip().upper()
    if status in WAITING:
        return Pending.WAIT
    if status in ANSWERED:
        return _entries(poll.data or {}, industry)
    return Pending.FAILED


def changed(call: str, err: Exception) -> PortalChanged:
    """The error for a reply that lost its shape; the decoder names the key, never a value."""
    return PortalChanged(
        f"the portal's answer to {call} has another shape than expected: {err}",
        where=call,
        hint="This is ours to mend, your password is fine. Please report it with the utility's name.",
    )


def read_usage(body: bytes, asked: Asked) -> Usage:
    """What a finished poll's answer means, from its bytes; the benchmark's subject.

    Raises:
        PortalChanged: of a shape that we do not know, or not finished.
        msgspec.DecodeError: not whole JSON.
    """
    entries = read_poll(body, asked.industry)
    if isinstance(entries, Pending):
        raise PortalChanged("the poll's answer is not a finished one", where="usage poll")
    return to_usage(entries, asked)


def to_usage(entries: Iterable[wire.Entry], asked: Asked) -> Usage:
    """What a poll's entries mean.

    Raises:
        UnknownCode: a unit, direction or industry that we do not know.
        UnitMismatch: a unit that the quantity can't have.
    """
    kind = category(asked.industry)
    findings: list[Finding] = []
    readings: list[IntervalSeries] = []
    seen: dict[str, None] = {}
    entries = [entry for entry in entries if _is_about(entry, asked, findings)]
    ordered = sorted(entries, key=lambda entry: entry.type != "USAGE")
    named = told_apart([list(streams(entry, findings)) for entry in ordered], findings)
    drawn = [[(one, _placed(one, asked)) for one in own] for own in named]
    turned = net_registers(pair for own in drawn for pair in own)
    for entry, own in zip(ordered, drawn, strict=True):
        ticks = _ticks(entry)
        marks = quality_marks(entry, findings)
        for stream, placed in own:
            seen.setdefault(stream.meter)
            if placed is not None:
                found: list[Finding] = []
                readings += _series(*in_true_flow(stream, placed, turned), asked, kind, ticks, marks, found)
                findings += [_named(one, stream) for one in found]
        if entry.current is not None and not own:
            readings += _overview(entry.current, asked, kind, findings)
    if asked.frame is not Frame.MONTHLY:
        readings, dropped = without_unposted_day(readings, asked.tz, asked.now)
        findings += dropped
    readings = [clipped for one in readings if len(clipped := one.clip(asked.start, asked.end))]
    # A month's reading does not tell the day on which its meter was exchanged.
    telling = [] if asked.frame is Frame.MONTHLY else readings
    meters, exchanged = exchanges([number for number in seen if number], telling, kind, asked.tz)
    return Usage(
        account=asked.account,
        service_location=asked.service_location,
        industry=asked.industry,
        frame=asked.frame,
        series=tuple(readings),
        findings=tuple(_located(one, asked) for one in (*findings, *exchanged)),
        connected=_first(english_date(entry.connectDate) for entry in entries),
        has_interval=_any(entry.hasHourly for entry in entries),
        has_daily=_any(entry.hasDaily for entry in entries),
        meters=meters,
    )


def to_weather(body: bytes, asked: Asked) -> Usage:
    """Daily low and high temperatures as two channels of the service location, °F.

    Raises:
        msgspec.DecodeError: not whole JSON.
        PortalChanged: JSON of a shape that we do not know.
    """
    try:
        answer: wire.WeatherAnswer = wire.WEATHER.read(body)
    except msgspec.ValidationError as err:
        raise changed("weather-data", err) from err
    readings: list[IntervalSeries] = []
    findings: list[Finding] = []
    for quantity, points in (
        (Quantity.TEMPERATURE_LOW, answer.lowTemperaturePoints),
        (Quantity.TEMPERATURE_HIGH, answer.highTemperaturePoints),
    ):
        stream = Stream(
            meter="",
            register="1",
            name=quantity.value,
            quantity=quantity,
            flow=FlowDirection.DELIVERED,
            unit=source_unit("degF", "weather-data"),
            tou_period=None,
            points=points or [],
        )
        if stream.points:
            daily = replace(asked, frame=Frame.DAILY)
            placed = place(stream.points, asked.tz, whole_days=True)
            readings += _series(stream, placed, daily, ServiceCategory.WEATHER, dict, {}, findings)
    return Usage(
        account=asked.account,
        service_location=asked.service_location,
        industry=asked.industry,
        series=tuple(clipped for one in readings if len(clipped := one.clip(asked.start, asked.end))),
        findings=tuple(_located(one, asked) for one in findings),
    )


def english_date(words: str | None) -> date | None:
    """A date in English words, whatever the computer's language; None if it is not one.

    >>> english_date("August 28, 2026")
    datetime.date(2026, 8, 28)
    """
    parts = (words or "").replace(",", " ").split()
    if len(parts) != 3 or parts[0].lower() not in MONTHS or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    try:
        return date(int(parts[2]), MONTHS.index(parts[0].lower()) + 1, int(parts[1]))
    except ValueError:
        return None


def _entries(data: dict[str, wire.Entries], industry: str) -> list[wire.Entry]:
    answer = next((value for key, value in data.items() if key.upper() == industry.upper()), None)
    if answer is None:
        return []
    return answer if isinstance(answer, list) else [answer]


def _is_about(entry: wire.Entry, asked: Asked, findings: list[Finding]) -> bool:
    """Whether an entry is about the location asked for; one of another is never mixed in."""
    echoed = wire.text(entry.serviceLocationNumber).lstrip("0")
    if not echoed or echoed == asked.service_location.lstrip("0"):
        return True
    findings.append(
        Finding(name="shape.other-location", message="the portal sent readings of a location that was not asked for")
    )
    return False


def _placed(stream: Stream, asked: Asked) -> Placed | None:
    return place(stream.points, asked.tz, whole_days=asked.frame is not Frame.INTERVAL) if stream.points else None


def _series(  # noqa: PLR0917 - what a stream needs to become readings
    stream: Stream,
    placed: Placed,
    asked: Asked,
    kind: ServiceCategory,
    ticks: Callable[[], Ticks],
    marks: dict[str, dict[int, Quality]],
    found: list[Finding],
) -> list[IntervalSeries]:
    """A stream's readings, one series for each step it has; what was found on the way goes to ``found``."""
    if not len(placed):
        found += placed.findings
        return []
    if asked.frame is Frame.INTERVAL:
        parts = [
            (placed if isinstance(rows, slice) else placed.only(rows), step) for rows, step in steps(placed, ticks)
        ]
        if not parts:
            message = f"{len(placed)} points were left out: nothing tells how long their intervals are"
            at = int(placed.start[0])
            found.append(Finding(name="shape.step-unknown", message=message, start=at, data={"points": len(placed)}))
        elif len(parts) > 1:
            message = "the step changes within the answer: " + ", ".join(f"{step} s" for _, step in parts)
            found.append(Finding(name="shape.mixed-steps", message=message))
    else:
        parts = [(placed, DAY_S if asked.frame is Frame.DAILY else MONTH_S)]
    spans = [(part.start, step) for part, step in parts]
    found += [ending(one, spans, asked.tz) for one in placed.findings]
    whole = []
    for part, step in parts:
        tidy = _on_grid(part, step, found)
        channel = Channel(
            utility=asked.utility,
            account=asked.account,
            service_location=asked.service_location,
            meter=stream.meter,
            register=stream.register,
            category=kind,
            quantity=stream.quantity,
            flow=stream.flow,
            unit=stream.unit.unit,
            interval_s=step,
            tou_period=stream.tou_period,
        )
        y = np.abs(tidy.y) if stream.flow is FlowDirection.RECEIVED and stream.quantity is not Quantity.COST else tidy.y
        value, scale = exact(y, stream.unit, found)
        quality = np.where(tidy.edited, np.int8(Quality.EDITED), np.int8(Quality.ACTUAL))
        quality[tidy.ambiguous] = Quality.AMBIGUOUS
        write_marks(quality, tidy, marks.get(stream.name))
        whole.append(IntervalSeries(channel=channel, start=tidy.start, value=value, quality=quality, scale=scale))
    return whole


def exact(y: np.ndarray[Any, np.dtype[np.float64]], unit: SourceUnit, found: list[Finding]) -> tuple[Any, int]:
    """Integers and their scale in our unit; every factor between units is a power of ten, so only the scale moves."""
    shift = unit.factor.adjusted()
    assert unit.factor == Decimal(1).scaleb(shift)
    value, scale, rounded = integers(y, max(0, DEFAULT_SCALE[unit.unit] + shift))
    scale -= shift
    if scale < 0:
        value, scale = value * 10**-scale, 0
    count = int(rounded.sum())
    if scale > MAX_SCALE:
        lost = 10 ** (scale - MAX_SCALE)
        count += int(np.count_nonzero(value % lost))
        value, scale = (value + lost // 2) // lost, MAX_SCALE
    if count:
        message = f"{count} readings have more digits than are kept and were rounded"
        found.append(Finding(name="shape.rounded", message=message, data={"points": count}))
    return value, scale


def _on_grid(part: Placed, step: int, found: list[Finding]) -> Placed:
    """The points without empty strays, such as the one that some portals add at the minute a meter was connected."""
    stray = off_grid(part.start, step)
    if not stray.any():
        return part
    empty = stray & (part.y == 0)
    dropped, kept = int(empty.sum()), int(stray.sum() - empty.sum())
    message = f"{dropped + kept} points lie between the steps; {dropped} empty ones were dropped, {kept} kept"
    first, last = int(part.start[stray].min()), int(part.start[stray].max())
    data = {"dropped": dropped, "kept": kept}
    found.append(Finding(name="shape.off-grid", message=message, start=first, end=last + step, data=data))
    return part.only(~empty)


def _ticks(entry: wire.Entry) -> Callable[[], Ticks]:
    @cache
    def read() -> Ticks:
        if entry.xToOrderedInterval is UNSET:
            return {}
        try:
            ordered: dict[str, wire.OrderedInterval] = wire.ORDERED.read(bytes(entry.xToOrderedInterval))
        except msgspec.DecodeError:
            return {}
        spans = (value.interval for value in ordered.values() if value.interval is not None)
        return {span.start // 1000: (span.end - span.start) // 1000 for span in spans}

    return read


def _overview(month: wire.Month, asked: Asked, kind: ServiceCategory, findings: list[Finding]) -> list[IntervalSeries]:
    """The one monthly reading that a few portals send in place of series."""
    if asked.frame is not Frame.MONTHLY or month.usage is None or not month.unitsOfMeasure:
        message = "the portal sent this month's total in place of readings; it is read when months are asked for"
        findings.append(Finding(name="shape.month-only", message=message))
        return []
    unit = source_unit(month.unitsOfMeasure[0], "usage poll, current")
    value, scale = exact(np.array([month.usage], np.float64), unit, findings)
    channel = Channel(
        utility=asked.utility,
        account=asked.account,
        service_location=asked.service_location,
        meter="",
        category=kind,
        unit=unit.unit,
        interval_s=MONTH_S,
    )
    start = np.array([day_start(date(month.year, month.month, 1), asked.tz)], np.int64)
    return [IntervalSeries(channel=channel, start=start, value=value, quality=np.zeros(1, np.int8), scale=scale)]


def _named(finding: Finding, stream: Stream) -> Finding:
    """The finding with the stream it is about."""
    about = {"meter": stream.meter, "register": stream.register, "quantity": stream.quantity.value}
    if stream.tou_period is not None:
        about["tou_period"] = stream.tou_period
    return replace(finding, data={**about, **finding.data})


def _located(finding: Finding, asked: Asked) -> Finding:
    """The finding with the service location it is about."""
    return replace(finding, data={"service_location": asked.service_location, **finding.data})


def _first(dates: Iterable[date | None]) -> date | None:
    return next((day for day in dates if day is not None), None)


def _any(flags: Iterable[bool | None]) -> bool | None:
    known = [flag for flag in flags if flag is not None]
    return any(known) if known else None
