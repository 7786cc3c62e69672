"""Poll answers: which entries, channels and points a request is answered with.

Source: SmartHub portal reference, sections 5 to 9.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import FlowDirection
from meterbook.practice import clock, periods
from meterbook.practice import points as wired
from meterbook.practice.entry import PollRequest, Stream, entry_text
from meterbook.practice.points import Column
from meterbook.practice.registers import DAY_S, Point, Register, has_demand
from meterbook.practice.settings import CostStyle, ExportFlow, SingleFlow
from meterbook.practice.world import Story

Int64 = NDArray[np.int64]

COLORS = ("#4A92DB", "#FF5319", "#00BB33", "#8E44AD")
_NET_COLORS = {FlowDirection.DELIVERED: "#00BB33", FlowDirection.RECEIVED: "#FF5319", FlowDirection.NET: "#4A92DB"}
_NET_WORDS = {
    FlowDirection.DELIVERED: "Consumption",
    FlowDirection.RECEIVED: "Generation",
    FlowDirection.NET: "Net",
}
_TOP = 97


def industry_entries(point: Point, industry: str, request: PollRequest) -> bytes | None:
    """The list of entries for one industry, JSON.

    Returns:
        None where the portal has nothing finer than was asked for, which it answers with a failure.
    """
    registers = point.registers(industry)
    if request.time_frame == "HOURLY" and industry != "ELECTRIC" and registers:
        return None
    if not registers or not _touches(point, registers, request):
        return b"[]"
    streams = _streams(point, registers, request)
    entries = [entry_text(point, industry, request, "USAGE", streams)]
    priced = point.settings.cost is not CostStyle.ABSENT and industry == "ELECTRIC"
    if priced:
        paid = [replace(each, column=wired.costs(each.column, point.settings), unit="DOLLARS") for each in streams]
        entries.append(entry_text(point, industry, request, "COST", paid))
    if request.include_demand and has_demand(point.member) and industry == "ELECTRIC":
        entries.append(entry_text(point, industry, request, "DEMAND", _demand_streams(point, registers, request)))
    if point.member.story is Story.TIME_OF_USE and industry == "ELECTRIC":
        classified = _period_streams(point, registers, request)
        entries.append(entry_text(point, industry, request, "TIME_OF_USE", classified))
    if point.settings.tou_first:
        entries.reverse()
    return b"[" + b",".join(entries) + b"]"


def calendar_columns(point: Point, request: PollRequest) -> tuple[Int64, Int64]:
    """Wall times (seconds) and instants of the local days or months that a request touches, one more than there are.

    Months reach back no further than the portal's bill history.
    """
    settings, tz = point.settings, point.settings.tz
    start, end = max(request.start, settings.data_start), min(request.end, settings.data_end)
    if request.time_frame == "MONTHLY":
        start = max(start, periods.monthly_floor(settings))
    found, bounds = (clock.months if request.time_frame == "MONTHLY" else clock.days)(start, end, tz)
    if not found:
        return bounds, bounds
    wall = [clock.wall_of_day(day) for day in found]
    wall.append(clock.wall_of_day(clock.local_day(int(bounds[-1]), tz)))
    return np.array(wall, np.int64), bounds


# -- what is in an entry --------------------------------------------------------------------------------------------


def _touches(point: Point, registers: tuple[Register, ...], request: PollRequest) -> bool:
    spans = [point.span(register.device) for register in registers]
    return any(first < request.end and request.start < last for first, last in spans)


def _streams(point: Point, registers: tuple[Register, ...], request: PollRequest) -> list[Stream]:
    settings = point.settings
    shown = [register for register in registers if _is_shown(register, settings.export_flow)]
    if request.time_frame == "HOURLY":
        fine = [each for each in shown if 0 < each.device.step_s < DAY_S]
        columns = [wired.interval_column(point, each, request.start, request.end) for each in fine]
        columns = [wired.night_played(column, settings) for column in columns]
    else:
        daily = request.time_frame == "DAILY"
        wall, bounds = calendar_columns(point, request)
        listed = [each for each in shown if _stepped(each) or not daily]
        columns = [wired.calendar_column(point, each, wall, bounds) for each in listed]
    alive = [column for column in columns if _alive(point, column.register, request)]
    return [_stream(point, column, place, len(alive)) for place, column in enumerate(alive)]


def _stream(point: Point, column: Column, place: int, count: int) -> Stream:
    settings, register = point.settings, column.register
    number = register.device.number
    three = register.exports and settings.export_flow in (ExportFlow.RETURN, ExportFlow.REVERSE)
    three = three and not register.device.from_file
    if register.flow is FlowDirection.RECEIVED and settings.export_flow is ExportFlow.REVERSE:
        column = replace(column, y=-column.y)
    net = register.flow is FlowDirection.NET and settings.export_flow is not ExportFlow.FORWARD
    return Stream(
        column=column,
        series_id=f"{number} - {_NET_WORDS[register.flow]}" if three else number,
        channel=register.channel if three else 1,
        flow=_flow_word(register, settings.export_flow, settings.single_flow),
        is_net=net,
        is_net_meter=register.exports and settings.export_flow is not ExportFlow.FORWARD,
        color=_NET_COLORS[register.flow] if three else COLORS[place % len(COLORS)],
        rank=_TOP - count + 1 + place if three else _TOP - place,
        unit=register.unit,
    )


def _is_shown(register: Register, style: ExportFlow) -> bool:
    if not register.exports or register.flow is FlowDirection.NET:
        return True
    return style in (ExportFlow.RETURN, ExportFlow.REVERSE)


def _stepped(register: Register) -> bool:
    return register.device.step_s > 0


def _alive(point: Point, register: Register, request: PollRequest) -> bool:
    first, last = point.span(register.device)
    return first < request.end and request.start < last


def _flow_word(register: Register, style: ExportFlow, single: SingleFlow) -> str | None:
    if not register.exports:
        return None if single is SingleFlow.NONE else single.value
    if register.flow is FlowDirection.DELIVERED or style is ExportFlow.FORWARD:
        return "FORWARD"
    if register.flow is FlowDirection.NET:
        return "NET"
    return "REVERSE" if style is ExportFlow.REVERSE else "RETURN"


def _demand_streams(point: Point, registers: tuple[Register, ...], request: PollRequest) -> list[Stream]:
    settings = point.settings
    if request.time_frame == "HOURLY":
        columns = [
            wired.night_played(
                wired.demands(wired.interval_column(point, each, request.start, request.end)),
                settings,
                highest=True,
            )
            for each in registers
            if _stepped(each)
        ]
    else:
        wall, bounds = calendar_columns(point, request)
        columns = [
            wired.demands(wired.calendar_column(point, each, wall, bounds, peak=True))
            for each in registers
            if _stepped(each)
        ]
    streams = [_stream(point, column, place, len(columns)) for place, column in enumerate(columns)]
    return [replace(stream, unit="KW") for stream in streams]


def _period_streams(point: Point, registers: tuple[Register, ...], request: PollRequest) -> list[Stream]:
    """A series for each rate period: intervals by their own period, days and months by the sums of theirs."""
    settings = point.settings
    streams = []
    for register in registers:
        if not _stepped(register):
            continue
        for place, name in enumerate(periods.NAMES):
            if request.time_frame == "HOURLY":
                column = wired.interval_column(point, register, request.start, request.end)
                marked = periods.period_of(clock.wall(column.at, settings.tz)) == place
                column = wired.night_played(column.taken(marked), settings)
            else:
                wall, bounds = calendar_columns(point, request)
                column = periods.share(point, register, place, wall, bounds)
            stream = _stream(point, column, place, len(periods.NAMES))
            streams.append(replace(stream, series_id=f"{register.device.number} - {name}", period=name))
    return streams
