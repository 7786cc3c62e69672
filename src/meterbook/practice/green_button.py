"""Green Button downloads as portals make them: a CSV that is no table, and a ZIP with ESPI XML and a page.

Source: SmartHub portal reference, section 14.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from meterbook.model.channel import FlowDirection
from meterbook.practice import clock, wire
from meterbook.practice import points as wired
from meterbook.practice.entry import PollRequest
from meterbook.practice.points import Column
from meterbook.practice.registers import Point

_RULE = " " + "=" * 40
_ENERGY, _POWER = "Real energy in kilowatt-hours", "Real energy in kilowatts"
_ORDER = (FlowDirection.RECEIVED, FlowDirection.DELIVERED, FlowDirection.NET)
_FLOW_CODES = {FlowDirection.DELIVERED: 1, FlowDirection.RECEIVED: 19, FlowDirection.NET: 4}


def csv_text(point: Point, query: Mapping[str, str]) -> str | None:
    """The CSV download; None if the query can't be understood.

    Hourly at the finest, whatever is asked for, as since January 2024. One block for each channel, unlabelled, with
    what was sent back first and negative.
    """
    window = _window(query)
    if window is None:
        return None
    hourly = query.get("timeFrame", "Daily") in ("Hourly", "Actual")
    blocks = [_block(column, hourly=hourly) for column in _columns(point, *window, hourly=hourly)]
    head = [_RULE, " Usage Information", f" For: {point.contract.number}"]
    return "\n".join([*head, *(line for block in blocks for line in block)]) + "\n"


def archive(point: Point, query: Mapping[str, str]) -> bytes | None:
    """The ZIP download: an Atom feed of ESPI and a page that says what it is; None if the query can't be understood."""
    window = _window(query)
    if window is None:
        return None
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as bundle:
        fine = query.get("timeFrame") == "Actual"
        hourly = query.get("timeFrame") in ("Hourly", "Actual")
        columns = _columns(point, *window, hourly=hourly, native=fine)
        bundle.writestr(f"usage-{point.contract.number}.xml", _feed(point, columns))
        bundle.writestr("usage.html", "<!doctype html><title>Usage</title><p>Open the XML with a Green Button reader.")
    return body.getvalue()


def _window(query: Mapping[str, str]) -> tuple[int, int] | None:
    try:
        return int(query["startDate"]) // 1000, -(-int(query["endDate"]) // 1000)
    except (KeyError, ValueError):
        return None


def _columns(point: Point, start: int, end: int, *, hourly: bool, native: bool = False) -> list[Column]:
    found = []
    for register in sorted(point.registers("ELECTRIC"), key=lambda each: _ORDER.index(each.flow)):
        if not register.device.step_s:
            continue
        if hourly:
            column = wired.interval_column(point, register, start, end)
            column = column if native else _by_hour(column)
        else:
            request = PollRequest(time_frame="DAILY", start=start, end=end, include_demand=False, echo={})
            wall, bounds = wire.calendar_columns(point, request)
            column = wired.calendar_column(point, register, wall, bounds)
        if len(column.x):
            found.append(column)
    return found


def _by_hour(column: Column) -> Column:
    """Intervals summed by the hour of true time that they lie in."""
    hour, place = np.unique(column.at // 3600, return_inverse=True)
    value = np.zeros(len(hour), np.int64)
    np.add.at(value, place, column.y)
    first = np.unique(place, return_index=True)[1]
    x = column.x[first] - column.x[first] % 3600
    return Column(
        register=column.register, x=x, y=value, null=np.zeros(len(hour), np.bool_), scale=column.scale,
        ends=x + 3600, at=hour * 3600,
    )  # fmt: skip


def _block(column: Column, *, hourly: bool) -> list[str]:
    sign = -1 if column.register.flow is FlowDirection.RECEIVED else 1
    first, last = _stamp(int(column.x[0]) // clock.DAY_S * clock.DAY_S), int(column.x[-1]) // clock.DAY_S
    days = last - int(column.x[0]) // clock.DAY_S + 1
    return [
        _RULE,
        " Meter Reading Information",
        f" Type of readings: Electricity, Energy Consumption, {_ENERGY} ",
        _RULE,
        " Detailed Usage",
        _RULE,
        f" Start date: {first} for {days} days",
        _RULE,
        f" Interval Blockdata for period starting:, {first}  for {days} days",
        _RULE,
        f" Energy consumption time period,Usage({_ENERGY}),Events occurred",
        *(
            f" {_stamp(x)} to {_stamp(end)},{sign * y / 10**column.scale:.3f},,"
            for x, end, y in zip(column.x.tolist(), column.ends.tolist(), column.y.tolist(), strict=True)
        ),
        " ",
    ]


def _stamp(wall: int) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M")


def _feed(point: Point, columns: list[Column]) -> str:
    base = f"/espi/1_1/resource/UsagePoint/{point.place.number}"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = [_entry(base, "", now, "<UsagePoint><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>")]
    for number, column in enumerate(columns, start=1):
        reading = f"{base}/MeterReading/{number}"
        kind = f"/espi/1_1/resource/ReadingType/{number}"
        entries.append(_entry(reading, kind, now, "<MeterReading/>"))
        entries.append(_entry(kind, "", now, _reading_type(column)))
        entries.append(_entry(f"{reading}/IntervalBlock/1", "", now, _interval_block(column)))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>urn:uuid:00000000-0000-4000-8000-{int(point.place.number):012d}</id><title>Usage</title>"
        f"<updated>{now}</updated>{''.join(entries)}</feed>\n"
    )


def _entry(link: str, related: str, now: str, content: str) -> str:
    more = f'<link rel="related" href="{related}"/>' if related else ""
    tag, _, rest = content.partition(">")
    closed = tag.endswith("/")
    named = tag.removesuffix("/") + ' xmlns="http://naesb.org/espi"' + ("/" if closed else "") + ">" + rest
    return (
        f'<entry><id>urn:practice:{link}</id><link rel="self" href="{link}"/>'
        f'<link rel="up" href="{link.rpartition("/")[0]}"/>{more}<title/><content>{named}</content>'
        f"<published>{now}</published><updated>{now}</updated></entry>"
    )


def _reading_type(column: Column) -> str:
    step = int(column.ends[0] - column.x[0])
    return (
        "<ReadingType><accumulationBehaviour>4</accumulationBehaviour><commodity>1</commodity>"
        f"<flowDirection>{_FLOW_CODES[column.register.flow]}</flowDirection><intervalLength>{step}</intervalLength>"
        f"<kind>12</kind><powerOfTenMultiplier>{3 - column.scale}</powerOfTenMultiplier><uom>72</uom></ReadingType>"
    )


def _interval_block(column: Column) -> str:
    rows = zip(column.at.tolist(), (column.ends - column.x).tolist(), column.y.tolist(), strict=True)
    start, length = int(column.at[0]), int(column.at[-1] - column.at[0] + column.ends[-1] - column.x[-1])
    return (
        f"<IntervalBlock><interval><duration>{length}</duration><start>{start}</start></interval>"
        + "".join(
            f"<IntervalReading><timePeriod><duration>{step}</duration><start>{at}</start></timePeriod>"
            f"<value>{value}</value></IntervalReading>"
            for at, step, value in rows
        )
        + "</IntervalBlock>"
    )
