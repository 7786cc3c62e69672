"""One entry of a poll's answer as text: points listed once in their series, again in the base series, twice in the
chart map, and once more as ticks.

An answer of 30 days at 15 minutes is close to a megabyte, so points become text in one formatting call a column and
the text is reused. Source: SmartHub portal reference, sections 5.3 and 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from meterbook.practice import clock, dice
from meterbook.practice import points as wired
from meterbook.practice.points import Column
from meterbook.practice.registers import DAY_S, Point

_JSON = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRequest:
    """What a poll asks for.

    Attributes:
        time_frame: ``HOURLY``, ``DAILY`` or ``MONTHLY``.
        start: first instant, UTC epoch seconds.
        end: instant after the last.
        include_demand: whether kW are wanted too.
        echo: the request as it goes back in ``baseUsageParameters``.
    """

    time_frame: str
    start: int
    end: int
    include_demand: bool
    echo: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stream:
    """One series of an entry and the meter it is joined to."""

    column: Column
    series_id: str
    channel: int
    flow: str | None
    is_net: bool
    is_net_meter: bool
    color: str
    rank: int
    unit: str
    period: str | None = None


def entry_text(point: Point, industry: str, request: PollRequest, kind: str, streams: list[Stream]) -> bytes:
    settings = point.settings
    noise = dice.key(settings.seed, "noise", request.start) if settings.float_noise else None
    texts = [_points(stream.column, noise) for stream in streams]
    of_periods = kind == "TIME_OF_USE"
    shift = clock.offset_at(request.start, settings.tz), clock.offset_at(request.end, settings.tz)
    start, end = request.start, request.end
    if of_periods:
        start, end = start + shift[0], end + shift[1]
    head: dict[str, Any] = {
        "serviceLocationNumber": point.place.number,
        "accountNumber": point.contract.number,
        "timeFrame": request.time_frame,
        "industry": industry,
        "unitOfMeasure": _unit_of(kind, streams),
        "startDateTime": start * 1000,
        "endDateTime": end * 1000,
        "connectDate": long_date(point),
        "hasDaily": any(register.device.step_s for register in point.registers(industry)),
        "hasHourly": any(0 < register.device.step_s < DAY_S for register in point.registers(industry)),
        "type": kind,
    }
    if not of_periods:
        head["baseUsageParameters"] = request.echo
    meters = [_meter(point, industry, stream, start * 1000, end * 1000) for stream in streams]
    charts = ",".join(
        f"{_text(_chart_key(meter))}:[{text}{',' if text else ''}{text}]"
        for meter, text in zip(meters, texts, strict=True)
    )
    series = ",".join(_series(stream, text) for stream, text in zip(streams, texts, strict=True))
    tail = (
        f'"xToOrderedInterval":{{{_ticks(streams)}}},"series":[{series}],"estimatedSeries":{{}},"editedSeries":{{}},'
        f'"baseSeries":{_base(streams, texts)},"meters":{_text(meters)},"meterToChartData":{{{charts}}}}}'
    )
    return _JSON.encode(head)[:-1] + b"," + tail.encode()


def long_date(point: Point) -> str:
    """The day the account was connected, as the portal words it.

    Source: recorded ``connectDate``, such as ``August 28, 2026``.
    """
    day = point.contract.opened
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _unit_of(kind: str, streams: list[Stream]) -> str:
    fixed = {"COST": "DOLLARS", "DEMAND": "KW"}
    return fixed.get(kind, streams[0].unit if streams else "KWH")


def _points(column: Column, noise: int | None) -> str:
    count = len(column.x)
    if not count:
        return ""
    numbers = wired.number_texts(column.y, column.scale, noise)
    for place in np.flatnonzero(column.null).tolist():
        numbers[place] = "null"
    pairs: list[Any] = [None] * (2 * count)
    pairs[::2] = column.x.tolist()
    pairs[1::2] = numbers
    form = '{"x":%d000,"y":%s,"enableDrilldown":true},' * count
    return (form % tuple(pairs))[:-1]


def _ticks(streams: list[Stream]) -> str:
    if not streams:
        return ""
    if len(streams) == 1:
        x, ends = streams[0].column.x, streams[0].column.ends
    else:
        x = np.concatenate([stream.column.x for stream in streams])
        ends = np.concatenate([stream.column.ends for stream in streams])
    if len(x) > 1 and not bool((np.diff(x) > 0).all()):
        x, first = np.unique(x, return_index=True)
        ends = ends[first]
    form = '"%d000":{"interval":{"start":%d000,"end":%d000},"createTickDrillDownLink":false},' * len(x)
    values: list[Any] = [None] * (3 * len(x))
    values[::3] = values[1::3] = x.tolist()
    values[2::3] = ends.tolist()
    return (form % tuple(values))[:-1]


def _base(streams: list[Stream], texts: list[str]) -> str:
    data = ""
    if streams:
        single = streams[0].column
        plain = len(streams) == 1 and bool((np.diff(single.x) > 0).all()) and not bool(single.null.any())
        data = texts[0] if plain else _points(_summed(streams), None)
    return (
        '{"type":"areaspline","color":"#4572A7","name":"BASE_SERIES","data":[' + data + '],"marker":{"enabled":false},'
        '"lineWidth":1,"fillOpacity":0.05,"dataGrouping":{"enabled":true,"smoothed":true},"turboThreshold":0}'
    )


def _summed(streams: list[Stream]) -> Column:
    """All points of an entry added up by wall time: the chart's background, where a repeated hour is one point."""
    x, place = np.unique(np.concatenate([stream.column.x for stream in streams]), return_inverse=True)
    y = np.zeros(len(x), np.int64)
    np.add.at(y, place, np.concatenate([np.where(each.column.null, 0, each.column.y) for each in streams]))
    return replace(streams[0].column, x=x, y=y, null=np.zeros(len(x), np.bool_), ends=x, at=x)


def _series(stream: Stream, text: str) -> str:
    head: dict[str, Any] = {
        "type": "column",
        "color": stream.color,
        "name": stream.series_id,
        "meterNumber": stream.column.register.device.number,
    }
    tail: dict[str, Any] = {"dataGrouping": {"enabled": False, "smoothed": False}}
    if stream.period is not None:
        tail = {"rateName": stream.period, **tail}
    else:
        stack = "net-meter" if stream.is_net else "non-net-meter"
        tail = {"isNet": stream.is_net, "stack": stack, "zIndex": stream.rank, **tail}
    tail |= {"yAxis": 0, "visible": True, "turboThreshold": 0, "channel": stream.channel}
    return f'{_text(head)[:-1]},"data":[{text}],{_text(tail)[1:]}'


def _meter(point: Point, industry: str, stream: Stream, start_ms: int, end_ms: int) -> dict[str, Any]:
    device = stream.column.register.device
    meter: dict[str, Any] = {
        "serviceLocationNumber": point.place.number,
        "accountNumber": point.contract.number,
        "industry": industry,
        "meterNumber": device.number,
        "channel": stream.channel,
        "flowDirection": stream.flow,
        "unitOfMeasure": stream.unit if stream.unit != "DOLLARS" else stream.column.register.unit,
        "meterLocation": f"{point.place.number}+{device.position}",
        "isParentMeter": False,
        "parentMeters": [],
        "isNetMeter": stream.is_net_meter,
        "visible": True,
        "meterName": device.number,
        "seriesId": stream.series_id,
        "color": stream.color,
        "maxReadDate": end_ms,
        "minReadDate": start_ms,
    }
    if stream.flow is None:
        del meter["flowDirection"]
    if stream.period is not None:
        meter |= {"rate": stream.period, "rateName": stream.period}
    return meter


def _chart_key(meter: dict[str, Any]) -> str:
    rate = meter.get("rateName", "null")
    return (
        f"Meter{{serviceLocationNumber='{meter['serviceLocationNumber']}', accountNumber='{meter['accountNumber']}', "
        f"industry={meter['industry']}, meterNumber='{meter['meterNumber']}', channel={meter['channel']}, "
        f"flowDirection={meter.get('flowDirection', 'null')}, rate='{rate}', rateName='{rate}', "
        f"unitOfMeasure={meter['unitOfMeasure']}, meterLocation='{meter['meterLocation']}', isParentMeter=false, "
        f"parentMeters=[], subMeterType=null, isNetMeter={str(meter['isNetMeter']).lower()}, visible=true, "
        f"meterName='{meter['meterName']}', seriesId='{meter['seriesId']}', color='{meter['color']}', "
        f"maxReadDate={meter['maxReadDate']}, minReadDate={meter['minReadDate']}}}"
    )


def _text(value: Any) -> str:
    return _JSON.encode(value).decode()
