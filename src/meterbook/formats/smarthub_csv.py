"""SmartHub's own CSV downloads ("Green Button" CSV): the hourly form since January 2024, and the older 15-minute form.

The file is no table. Each stream is a block of lines: a type of reading, a heading, then rows such as
``2026-06-20 00:00 to 2026-06-20 01:00,0.970,,`` in local wall time without an offset. No line tells which stream a
block is, and their order varies between downloads; the sign of the values does: none above zero is what was received
from the member, none below is what was delivered, mixed is net. With all three there, net = delivered + received (as
written, below zero) must hold for every interval.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.base import FormatSpec, Imported, UsagePoint, plain, text
from meterbook.formats.exact import Exact, NotANumber, exact_integers
from meterbook.formats.placing import Records, calendar_lengths, locate, place
from meterbook.formats.timestamps import NotATime, Times, TimeStyle, parse_times
from meterbook.model.calendar import zone
from meterbook.model.channel import DAY_S, Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import MalformedRecord, UnknownCode, Where
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries, scale_factor
from meterbook.model.units import DEFAULT_SCALE, SourceUnit, Unit, source_unit
from meterbook.model.wall_clock import Decoded

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

SPEC = FormatSpec(
    name="smarthub-csv",
    title="SmartHub Green Button CSV",
    extensions=(".csv",),
    sniff=lambda head: b"Usage Information" in head and b"Type of readings:" in head,
    can_read=True,
    can_write=False,
)

_ROW = re.compile(r"(?P<start>\d{4}-\d\d-\d\d[ T][\d:]+) to (?P<end>\d{4}-\d\d-\d\d[ T][\d:]+)\s*,(?P<rest>.*)")
_CATEGORIES = {
    "electricity": ServiceCategory.ELECTRICITY,
    "gas": ServiceCategory.GAS,
    "water": ServiceCategory.WATER,
}
# The file's long words for units; what is not here is looked up as it stands.
_UNIT_WORDS = {"kilowatt-hours": "KWH", "kilowatts": "KW", "cubic feet": "CF", "hundred cubic feet": "CCF"}
_ROLES = (FlowDirection.DELIVERED, FlowDirection.RECEIVED, FlowDirection.NET)


@dataclass(slots=True, kw_only=True)
class _Block:
    """Lines of one stream, as they are gathered."""

    account: str
    category: ServiceCategory
    unit: SourceUnit
    starts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stream:
    """A block with its numbers and instants."""

    block: _Block
    exact: Exact
    present: Bool
    at: Decoded
    interval_s: int
    fits: Bool

    @property
    def known(self) -> Int64:
        return self.exact.value[self.present]


def read(content: bytes, point: UsagePoint, zone_name: str, source: str) -> Imported:
    """The readings of a SmartHub CSV download.

    The account is the file's own. The file names neither location nor meter: those of ``point`` are taken. What was
    received is stored as positive.

    Args:
        content: the file as it is on disk.
        point: utility, and location and meter if the caller knows them.
        zone_name: IANA zone of the utility's wall clock; the file does not say it.
        source: the file's name, for messages.

    Raises:
        MalformedRecord: a line that can't be read; the message names line, field and what was expected.
        UnknownCode: a unit or kind of service that is not known.
    """
    tz = zone(zone_name)
    blocks = _blocks(text(plain(content, source), source), point, source)
    streams = [_stream(block, tz, source) for block in blocks if block.lines]
    flows, findings = _flows(streams)
    series: list[IntervalSeries] = []
    skipped = 0
    registers: dict[tuple[object, ...], int] = {}
    for stream, flow in zip(streams, flows, strict=True):
        key = (stream.block.account, stream.block.unit.unit, stream.interval_s, flow)
        registers[key] = registers.get(key, 0) + 1
        made, found, left_out = _placed(stream, flow, registers[key], point, source)
        findings += found
        skipped += left_out
        if len(made):
            series.append(made)
    rows = sum(len(block.lines) for block in blocks)
    return Imported(series=tuple(series), findings=tuple(findings), rows_read=rows, rows_skipped=skipped)


def _blocks(content: str, point: UsagePoint, source: str) -> list[_Block]:
    blocks: list[_Block] = []
    account = point.account
    for number, raw in enumerate(content.splitlines(), 1):
        line = raw.strip()
        if line.startswith("For:"):
            account = line.removeprefix("For:").strip()
        elif line.startswith("Type of readings:"):
            category, unit = _type(line.removeprefix("Type of readings:"), number, source)
            blocks.append(_Block(account=account, category=category, unit=unit))
        elif " to " in line and line[:1].isdigit():
            _take(line, number, blocks, source)
        elif not _is_heading(line):
            raise MalformedRecord(
                f"{line[:40]!r} is neither a heading nor a reading",
                where=Where(source=source, record=f"line {number}"),
                expected="a row such as 2026-06-20 00:00 to 2026-06-20 01:00,0.970,,",
                hint="Download the file again without opening it in a spreadsheet.",
            )
    if not blocks:
        raise MalformedRecord(
            "the file has no block of readings",
            where=Where(source=source),
            expected="a line that begins with 'Type of readings:'",
            hint="If it is another kind of CSV, name its columns instead.",
        )
    return blocks


_HEADINGS = (
    "Usage Information",
    "Meter Reading Information",
    "Detailed Usage",
    "Start date:",
    "Interval Block",
    "Energy consumption time period",
)


def _is_heading(line: str) -> bool:
    return not line.strip("=, ") or line.startswith(_HEADINGS) or "time period," in line


def _type(words: str, line: int, source: str) -> tuple[ServiceCategory, SourceUnit]:
    """Kind of service and unit of ``Electricity, Energy Consumption, Real energy in kilowatt-hours``."""
    where = Where(source=source, record=f"line {line}", field="Type of readings")
    service, _, rest = words.strip().partition(",")
    category = _CATEGORIES.get(service.strip().lower())
    if category is None:
        raise UnknownCode(
            f"kind of service {service.strip()[:40]!r} is not known",
            where=where,
            expected=f"one of {', '.join(_CATEGORIES)}",
        )
    unit = rest.rpartition(" in ")[2].strip().lower()
    return category, source_unit(_UNIT_WORDS.get(unit, unit), where)


def _take(line: str, number: int, blocks: list[_Block], source: str) -> None:
    match = _ROW.fullmatch(line)
    if match is None or not blocks:
        raise MalformedRecord(
            "a row of readings can't be read" if blocks else "a row of readings stands before any block",
            where=Where(source=source, record=f"line {number}"),
            expected="a row such as 2026-06-20 00:00 to 2026-06-20 01:00,0.970,,",
            hint="Download the file again without opening it in a spreadsheet.",
        )
    block = blocks[-1]
    block.starts.append(match["start"])
    block.ends.append(match["end"])
    block.values.append(match["rest"].partition(",")[0].strip())
    block.lines.append(number)


def _stream(block: _Block, tz: ZoneInfo, source: str) -> _Stream:
    starts, ends = (_wall(texts, block, name, source) for texts, name in ((block.starts, "start"), (block.ends, "end")))
    lengths = calendar_lengths(ends.seconds - starts.seconds)
    values, counts = np.unique(lengths, return_counts=True)
    interval_s = int(values[counts.argmax()])
    if interval_s <= 0:
        raise MalformedRecord(
            "intervals end before they begin",
            where=Where(source=source, record=f"line {block.lines[0]}"),
            expected="a start and a later end",
        )
    at = locate(starts, tz, interval_s, names_end=False)
    until = locate(ends, tz, interval_s, names_end=False)
    present = np.array([bool(value) for value in block.values], np.bool_)
    return _Stream(
        block=block,
        exact=_numbers(block, source),
        present=present,
        at=at,
        interval_s=interval_s,
        # On a night of a clock change the wall's difference is an hour off, but that of the instants is right.
        fits=(lengths == interval_s) | (until.instant - at.instant == interval_s) | at.ambiguous | at.phantom,
    )


def _wall(texts: Sequence[str], block: _Block, name: str, source: str) -> Times:
    try:
        return parse_times(texts, TimeStyle.ISO)
    except NotATime as err:
        raise MalformedRecord(
            f"{texts[err.index]!r} is not a time",
            where=Where(source=source, record=f"line {block.lines[err.index]}", field=name),
            expected="a time such as 2026-06-20 00:00",
        ) from None


def _numbers(block: _Block, source: str) -> Exact:
    texts = [value or "0" for value in block.values]
    try:
        return exact_integers(texts, Fraction(block.unit.factor), DEFAULT_SCALE[block.unit.unit])
    except NotANumber as err:
        raise MalformedRecord(
            f"{texts[err.index][:40]!r} is not a number that fits",
            where=Where(source=source, record=f"line {block.lines[err.index]}", field="Usage"),
            expected="a decimal number with a decimal point",
        ) from None


def _flows(streams: list[_Stream]) -> tuple[list[FlowDirection], list[Finding]]:
    """The flow of each block, from the signs of its values and of its neighbours'."""
    flows = [_by_sign(stream.known) for stream in streams]
    findings: list[Finding] = []
    kinds = {(stream.block.account, stream.block.unit.unit, stream.interval_s) for stream in streams}
    for kind in sorted(kinds, key=str):
        members = [
            index
            for index, stream in enumerate(streams)
            if (stream.block.account, stream.block.unit.unit, stream.interval_s) == kind
        ]
        group = [streams[index] for index in members]
        settled, found = _settle(group, [flows[index] for index in members])
        findings += found
        for index, flow in zip(members, settled, strict=True):
            flows[index] = flow
    return flows, findings


def _by_sign(value: Int64) -> FlowDirection:
    if not bool((value < 0).any()):
        return FlowDirection.DELIVERED
    return FlowDirection.NET if bool((value > 0).any()) else FlowDirection.RECEIVED


def _settle(group: list[_Stream], flows: list[FlowDirection]) -> tuple[list[FlowDirection], list[Finding]]:
    """Roles of the blocks of one account, unit and interval.

    A block of zeros fits any role, and in a month without export net looks like delivered: with three blocks the sum
    decides. Where two orders fit, the blocks that could be exchanged are equal.
    """
    if len(group) == 3 and group[0].block.unit.unit is not Unit.KW:
        for order in permutations(_ROLES):
            if all(_may_be(stream.known, role) for stream, role in zip(group, order, strict=True)) and _adds_up(
                *(group[order.index(role)] for role in _ROLES)
            ):
                return list(order), []
        if set(flows) == set(_ROLES):
            return flows, [_finding("smarthub.net-mismatch", "net is not delivered and received together", group)]
    if len(group) == 2:
        zeros = [not bool(stream.known.any()) for stream in group]
        if zeros.count(True) == 1 and set(flows) == {FlowDirection.DELIVERED}:
            flows = [FlowDirection.RECEIVED if zero else FlowDirection.DELIVERED for zero in zeros]
    if len(set(flows)) == len(flows):
        return flows, []
    return flows, [
        _finding(
            "smarthub.blocks-alike",
            "several blocks look like the same stream; each was given a register of its own",
            group,
        )
    ]


def _may_be(value: Int64, role: FlowDirection) -> bool:
    return role is FlowDirection.NET or _by_sign(value) is role or not bool(value.any())


def _adds_up(delivered: _Stream, received: _Stream, net: _Stream) -> bool:
    scale = max(stream.exact.scale for stream in (delivered, received, net))
    columns = []
    for stream in (delivered, received, net):
        if not np.array_equal(stream.at.instant[stream.present], delivered.at.instant[delivered.present]):
            return False
        columns.append(stream.known * scale_factor(stream.exact.scale, scale))
    return bool(np.array_equal(columns[0] + columns[1], columns[2]))


def _placed(
    stream: _Stream, flow: FlowDirection, register: int, point: UsagePoint, source: str
) -> tuple[IntervalSeries, list[Finding], int]:
    block = stream.block
    kept = np.flatnonzero(stream.fits)
    sign = -1 if flow is FlowDirection.RECEIVED else 1
    records = Records(
        channel=Channel(
            utility=point.utility,
            account=block.account,
            service_location=point.service_location,
            meter=point.meter,
            register=str(register),
            category=block.category,
            quantity=Quantity.DEMAND if block.unit.unit is Unit.KW else Quantity.USAGE,
            flow=flow,
            unit=block.unit.unit,
            interval_s=stream.interval_s,
        ),
        value=stream.exact.value[kept] * sign,
        present=stream.present[kept],
        quality=np.full(len(kept), Quality.ACTUAL, np.int8),
        scale=stream.exact.scale,
        line=lambda row: block.lines[int(kept[row])],
        source=source,
    )
    at = stream.at
    made, findings, left_out = place(
        records,
        Decoded(
            instant=at.instant[kept], ambiguous=at.ambiguous[kept], phantom=at.phantom[kept], surplus=at.surplus[kept]
        ),
    )
    if odd := len(block.lines) - len(kept):
        first = block.lines[int(np.flatnonzero(~stream.fits)[0])]
        findings.append(
            Finding(
                name="file.other-length",
                message=f"{odd:,} rows are not as long as the others and were left out, the first on line {first:,}",
                data={"rows": odd, "line": first, "interval_s": stream.interval_s},
            )
        )
    return made, findings, left_out + odd


def _finding(name: str, message: str, group: list[_Stream]) -> Finding:
    starts = np.concatenate([stream.at.instant for stream in group])
    length = DAY_S if group[0].interval_s >= DAY_S else group[0].interval_s
    return Finding(
        name=name,
        message=message,
        start=int(starts.min()),
        end=int(starts.max()) + length,
        data={"blocks": len(group), "lines": ", ".join(str(stream.block.lines[0]) for stream in group)},
    )
