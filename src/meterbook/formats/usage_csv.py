"""Our own CSV of readings: what ``meterbook usage --format csv`` writes, and its inverse."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum
from fractions import Fraction
from typing import BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.base import FormatSpec, Imported, plain, text
from meterbook.formats.exact import NotANumber, exact_integers
from meterbook.formats.placing import Records, calendar_lengths, place
from meterbook.formats.table import Table, read_table, split_by
from meterbook.formats.timestamps import NotATime, TimeStyle, parse_times
from meterbook.formats.usage_rows import (
    COLUMNS,
    LOSES,
    UsageRows,
    chunks,
    ends_of,
    joined,
    local_texts,
    quality_texts,
    value_texts,
)
from meterbook.model.channel import Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import MalformedRecord, UnknownCode, UsageError
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import DEFAULT_SCALE, Unit
from meterbook.model.wall_clock import Decoded

Int64 = NDArray[np.int64]
Code = TypeVar("Code", bound=StrEnum)

HEADER = ",".join(COLUMNS) + "\n"
QUANTITIES = {Unit.KW: Quantity.DEMAND, Unit.DOLLAR: Quantity.COST}
CATEGORIES = {Unit.GALLON: ServiceCategory.WATER, Unit.THERM: ServiceCategory.GAS}
_TEMPERATURES = "temperatures were not taken over: the file does not tell low from high"
_PARTIAL = "sums some of whose readings are missing were not taken over"

SPEC = FormatSpec(
    name="csv",
    title="Meterbook CSV",
    extensions=(".csv",),
    sniff=lambda head: head.removeprefix(b"\xef\xbb\xbf").startswith(HEADER.rstrip().encode()),
    can_read=True,
    can_write=True,
    loses=LOSES,
)


def render(rows: Iterable[UsageRows]) -> Iterator[bytes]:
    """The file in pieces of some megabytes: a header line, then one line an interval, series after series."""
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    yield HEADER.encode()
    for series, tz in chunks(rows):
        lines = pc.binary_join_element_wise(
            local_texts(series.start, tz),
            local_texts(ends_of(series, tz), tz),
            _fixed(series.channel),
            value_texts(series),
            quality_texts(series),
            ",",
            null_handling="replace",
            null_replacement="",
        )
        yield joined(pc.binary_join_element_wise(lines, "\n", ""))


def write(rows: Iterable[UsageRows], sink: BinaryIO) -> None:
    """Write readings to a binary file."""
    for piece in render(rows):
        sink.write(piece)


def read(content: bytes, utility: str, source: str, *, volume: ServiceCategory | None = None) -> Imported:
    """The readings of a file in our own form; times need their offset.

    Rows of quality missing give no reading. Passed over with a finding are temperatures, since the file does not tell
    low from high, and sums of quality partial, which are no readings.

    Args:
        content: the file as it is on disk.
        utility: catalogue slug of the utility.
        source: the file's name, for messages.
        volume: whether cubic feet are gas or water; the file does not say it.

    Raises:
        MalformedRecord: a field that can't be read.
        UnknownCode: a flow, unit or quality that is not known.
        UsageError: cubic feet, and ``volume`` was not given.
    """
    table = read_table(text(plain(content, source), source), COLUMNS, ",", header=True, source=source)
    start, end = (_instants(table, name) for name in ("start", "end"))
    interval = calendar_lengths(end - start)
    values, qualities = table.columns["value"].encoded(), _qualities(table)
    series: list[IntervalSeries] = []
    findings: list[Finding] = []
    skipped = 0
    for rows in _groups(table, interval):
        channel = _channel(table, int(rows[0]), int(interval[rows[0]]), utility=utility, volume=volume)
        if channel.unit is Unit.FAHRENHEIT:
            skipped += len(rows)
            findings.append(_not_taken(_TEMPERATURES, start[rows], end[rows]))
            continue
        partial = qualities[rows] == Quality.PARTIAL
        if bool(partial.any()):
            findings.append(_not_taken(_PARTIAL, start[rows[partial]], end[rows[partial]]))
        none = np.zeros(len(rows), np.bool_)
        at = Decoded(instant=start[rows], ambiguous=none, phantom=none, surplus=none)
        made, found, left_out = place(_records(table, rows, channel, values=values, qualities=qualities), at)
        findings += found
        skipped += left_out
        if len(made):
            series.append(made)
    return Imported(series=tuple(series), findings=tuple(findings), rows_read=table.rows, rows_skipped=skipped)


def _fixed(channel: Channel) -> str:
    """The fields that are the same in every row of a series, quoted where they must be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(
        (channel.account, channel.service_location, channel.meter, channel.flow.value, channel.unit.value)
    )
    return out.getvalue()


def _instants(table: Table, name: str) -> Int64:
    try:
        times = parse_times(table.columns[name].texts, TimeStyle.ISO)
        bare = np.flatnonzero(~times.absolute)
        if len(bare):
            raise NotATime(int(bare[0]))
    except NotATime as err:
        raise MalformedRecord(
            f"{table.columns[name][err.index][:40]!r} is not a time with its offset",
            where=table.where(err.index, name),
            expected="a time such as 2026-03-08T00:15:00-05:00",
            hint="If the file is not one of Meterbook's own, name its columns instead.",
        ) from None
    return times.seconds


def _groups(table: Table, interval: Int64) -> list[Int64]:
    """Rows of each stream, in the order of the file."""
    groups = table.groups(("account", "service_location", "meter", "flow", "unit"))
    groups = [rows[part] for rows in groups for part in split_by(interval[rows])]
    return sorted(groups, key=lambda rows: int(rows[0]))


def _channel(table: Table, row: int, interval_s: int, *, utility: str, volume: ServiceCategory | None) -> Channel:
    unit = _code(table, "unit", row, Unit)
    category = CATEGORIES.get(unit, volume if unit is Unit.CUBIC_FOOT else ServiceCategory.ELECTRICITY)
    if category is None:
        raise UsageError(
            "cubic feet may be gas or water, and the file does not say which",
            where=table.where(row, "unit"),
            expected="the kind of service",
            hint="Import it as a table with named columns, and give the value its category in the mapping or profile.",
        )
    return Channel(
        utility=utility,
        account=table.columns["account"][row],
        service_location=table.columns["service_location"][row],
        meter=table.columns["meter"][row],
        category=category,
        quantity=QUANTITIES.get(unit, Quantity.USAGE),
        flow=_code(table, "flow", row, FlowDirection),
        unit=unit,
        interval_s=interval_s,
    )


def _code(table: Table, name: str, row: int, kind: type[Code]) -> Code:
    word = table.columns[name][row]
    try:
        return kind(word)
    except ValueError:
        raise UnknownCode(
            f"{name} {word[:40]!r} is not known",
            where=table.where(row, name),
            expected=f"one of {', '.join(member.value for member in kind)}",
        ) from None


def _records(
    table: Table, rows: Int64, channel: Channel, *, values: tuple[list[str], Int64], qualities: NDArray[np.int8]
) -> Records:
    missing = Quality.MISSING
    words, which, quality = values[0], values[1][rows], qualities[rows]
    used, which = np.unique(which, return_inverse=True)
    blank = np.array([not words[word] for word in used.tolist()], np.bool_)
    unlike = np.flatnonzero(blank[which] != (quality == missing))
    if len(unlike):
        raise MalformedRecord(
            "a value is there for a missing reading, or is not there for another",
            where=table.where(int(rows[unlike[0]]), "value"),
            expected="an empty value where the quality is missing, and only there",
        )
    try:
        texts = [words[word] or "0" for word in used.tolist()]
        exact = exact_integers(texts, Fraction(1), DEFAULT_SCALE[channel.unit], keep_zeros=True)
    except NotANumber as err:
        raise MalformedRecord(
            f"{words[int(used[err.index])][:40]!r} is not a number that fits",
            where=table.where(int(rows[np.flatnonzero(which == err.index)[0]]), "value"),
            expected="a decimal number",
        ) from None
    return Records(
        channel=channel,
        value=exact.value[which],
        present=(quality != missing) & (quality != Quality.PARTIAL),
        quality=quality,
        scale=exact.scale,
        line=lambda row: table.line(int(rows[row])),
        source=table.source,
    )


def _qualities(table: Table) -> NDArray[np.int8]:
    labels = {quality.label: quality for quality in Quality}
    words, which = table.columns["quality"].encoded()
    for index, word in enumerate(words):
        if word not in labels:
            raise UnknownCode(
                f"quality {word[:40]!r} is not known",
                where=table.where(int(np.flatnonzero(which == index)[0]), "quality"),
                expected=f"one of {', '.join(labels)}",
            )
    return np.array([labels[word] for word in words], np.int8)[which]


def _not_taken(message: str, start: Int64, end: Int64) -> Finding:
    return Finding(
        name="file.not-taken",
        message=message,
        start=int(start.min()),
        end=int(end.max()),
        data={"rows": len(start)},
    )
