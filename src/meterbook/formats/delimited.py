"""Any delimited text file whose columns a mapping names, plain or packed with gzip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.base import FormatSpec, Imported, UsagePoint, plain, text
from meterbook.formats.exact import Exact, NotANumber, TooLarge, exact_integers
from meterbook.formats.mapping import FLOW_WORDS, QUALITY_WORDS, Mapping, ValueColumn
from meterbook.formats.placing import Records, check_step, locate, place
from meterbook.formats.table import Table, read_table, split_by
from meterbook.formats.timestamps import NotATime, Times, TimeStyle, parse_times
from meterbook.model.calendar import zone
from meterbook.model.channel import DAY_S, MONTH_S, Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import MalformedRecord, UnitMismatch, UnknownCode, UsageError, Where
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import DEFAULT_SCALE, SourceUnit, Unit, source_unit

Int64 = NDArray[np.int64]
Flows = tuple[tuple[FlowDirection, ...], Int64]

NO_VALUE = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-"})
CATEGORIES = {
    Unit.GALLON: ServiceCategory.WATER,
    Unit.THERM: ServiceCategory.GAS,
    Unit.FAHRENHEIT: ServiceCategory.WEATHER,
}
STYLES = {
    TimeStyle.ISO: "a time such as 2026-03-08T00:15, 2026-03-08 00:15 or 2026-03-08T00:15-05:00",
    TimeStyle.US: "a time such as 3/8/2026 12:15 AM",
    TimeStyle.DAY_FIRST: "a time such as 08.03.2026 00:15",
    TimeStyle.EPOCH_S: "whole seconds since 1970",
    TimeStyle.EPOCH_MS: "milliseconds since 1970, whole seconds",
}

SPEC = FormatSpec(
    name="delimited",
    title="CSV with columns that you name",
    extensions=(".csv", ".tsv", ".txt"),
    sniff=lambda head: b"\n" in head and any(mark in head.split(b"\n", 1)[0] for mark in (b",", b";", b"\t")),
    can_read=True,
    can_write=False,
)


def read(content: bytes, mapping: Mapping, point: UsagePoint, source: str) -> Imported:
    """The readings of a file, exact.

    A record without a value is a gap and gives no reading. What is doubtful is a finding
    (:mod:`meterbook.formats.placing`). The scale of a series is the least that holds all its values, at most 9; digits
    that a binary float left behind (``206.58900000000003``) are cut with a finding.

    Args:
        content: the file as it is on disk.
        mapping: what its columns mean.
        point: whose readings they are, as far as no column says so.
        source: the file's name, for messages.

    Returns:
        A series for each value column and each account, location, meter and flow found.

    Raises:
        UsageError: the mapping does not fit the file.
        MalformedRecord: a field that can't be read; the message names line, field and what was expected.
        UnknownCode: a unit, flow or quality that is not known.
    """
    tz = zone(mapping.zone) if mapping.zone is not None else None
    columns = list(dict.fromkeys(mapping.columns))
    table = read_table(
        text(plain(content, source), source), columns, mapping.delimiter, header=mapping.header, source=source
    )
    times = _times(table, mapping)
    if tz is None and not bool(times.absolute.all()):
        raise UsageError(
            "times have no offset, and no time zone was given",
            where=table.where(int(np.flatnonzero(~times.absolute)[0]), mapping.time),
            expected="the zone in which the file's clock ran",
            hint="Name it with --zone, such as America/New_York (Etc/GMT-1 stays one hour ahead of UTC).",
        )
    series: list[IntervalSeries] = []
    findings: list[Finding] = []
    skipped = 0
    quality = _quality(table, mapping)
    flows = _flows(table, mapping)
    groups = _groups(table, mapping, flows)
    starts = [locate(_rows(times, rows), tz, mapping.interval_s, names_end=mapping.names_end) for rows in groups]
    for at in starts:
        check_step(at.instant, mapping.interval_s, source)
    for column in mapping.values:
        exact, present = _values(table, column, mapping, source)
        findings += _digit_findings(exact, column)
        for rows, at in zip(groups, starts, strict=True):
            records = Records(
                channel=_channel(table, mapping, column, point=point, rows=rows, flows=flows, source=source),
                value=exact.value[rows],
                present=present[rows] & (quality[rows] != Quality.MISSING),
                quality=quality[rows],
                scale=exact.scale,
                line=partial(_line, table, rows),
                source=source,
            )
            _refuse_negative(records, column)
            made, found, left_out = place(records, at)
            findings += found
            skipped += left_out
            if len(made):
                series.append(made)
    _refuse_alike(series, source)
    return Imported(series=tuple(series), findings=tuple(findings), rows_read=table.rows, rows_skipped=skipped)


def _refuse_alike(series: Sequence[IntervalSeries], source: str) -> None:
    keys = [made.channel.key for made in series]
    if len(set(keys)) < len(keys):
        raise UsageError(
            "two columns or groups of records would be one and the same stream",
            where=Where(source=source),
            expected="value columns that differ in flow, quantity, unit or register",
            hint="Import one column at a time, each with its meter, or give each a register.",
        )


def _line(table: Table, rows: Int64, row: int) -> int:
    return table.line(int(rows[row]))


def _times(table: Table, mapping: Mapping) -> Times:
    texts = table.columns[mapping.time].texts.to_pylist()
    if mapping.time_of_day is not None:
        of_day = table.columns[mapping.time_of_day].texts.to_pylist()
        texts = [f"{day.strip()} {time.strip()}" for day, time in zip(texts, of_day, strict=True)]
    times = _parsed(texts, mapping.time, table, mapping)
    if mapping.end is not None:
        _check_ends(times, table, mapping)
    return times


def _parsed(texts: Sequence[str], name: str, table: Table, mapping: Mapping) -> Times:
    try:
        return parse_times(texts, mapping.style)
    except NotATime as err:
        raise MalformedRecord(
            f"{texts[err.index][:40]!r} is not a time in the style {mapping.style.value!r}",
            where=table.where(err.index, name),
            expected=STYLES[mapping.style],
            hint=f"A mapping or profile can name another style: {', '.join(STYLES)}.",
        ) from None


def _check_ends(times: Times, table: Table, mapping: Mapping) -> None:
    """See that most ends lie one interval after the start; some utilities write the last minute instead (00:14)."""
    assert mapping.end is not None
    texts = table.columns[mapping.end].texts.to_pylist()
    if mapping.time_of_day is not None:
        days = table.columns[mapping.time].texts.to_pylist()
        texts = [f"{day} {end}" if len(end) < 12 else end for day, end in zip(days, texts, strict=True)]
    lengths = _parsed(texts, mapping.end, table, mapping).seconds - times.seconds
    wanted = mapping.interval_s
    off = (lengths % DAY_S != wanted % DAY_S) & (lengths % DAY_S != (wanted - 60) % DAY_S)
    # At a change of the clock one end a change looks an hour off; more than a few mean another interval.
    if wanted < DAY_S and np.count_nonzero(off) > max(3, len(off) // 100):
        raise UsageError(
            f"intervals do not end {wanted:,} seconds after they start",
            where=table.where(int(np.flatnonzero(off)[0]), mapping.end),
            expected="the interval that was given",
            hint="Give the length that start and end show with --interval.",
        )


def _rows(times: Times, rows: Int64) -> Times:
    return Times(seconds=times.seconds[rows], absolute=times.absolute[rows])


def _groups(table: Table, mapping: Mapping, flows: Flows | None) -> list[Int64]:
    """Rows of each account, location, meter and flow, in the order of the file."""
    names = (mapping.account, mapping.service_location, mapping.meter)
    groups = table.groups([name for name in names if name is not None])
    if flows is not None:
        groups = [rows[part] for rows in groups for part in split_by(flows[1][rows])]
    return sorted(groups, key=lambda rows: int(rows[0]))


def _values(table: Table, column: ValueColumn, mapping: Mapping, source: str) -> tuple[Exact, NDArray[np.bool_]]:
    """Integers of a column at one scale, and which rows have a value."""
    known = _unit(column, source)
    factor = Fraction(column.factor) * Fraction(known.factor)
    if _is_mean_power(column, known):
        factor *= _hours(mapping.interval_s, column)
    distinct, which = table.columns[column.name].encoded()
    blank = np.fromiter((t in NO_VALUE for t in distinct), np.bool_, len(distinct))
    cleaned = ["0" if b else _clean(t, mapping.decimal_mark) for t, b in zip(distinct, blank, strict=True)]
    try:
        exact = exact_integers(cleaned, factor, DEFAULT_SCALE[_our_unit(column, known)])
    except NotANumber as err:
        row = int(np.flatnonzero(which == err.index)[0])
        raise MalformedRecord(
            f"{distinct[err.index][:40]!r} is {'too large a' if isinstance(err, TooLarge) else 'not a'} number",
            where=table.where(row, column.name),
            expected=f"a number with a decimal {'comma' if mapping.decimal_mark == ',' else 'point'}, or nothing",
            hint="Leave the field empty where the meter gave no reading.",
        ) from None
    return (
        Exact(
            value=exact.value[which],
            scale=exact.scale,
            noisy=(exact.noisy & ~blank)[which],
            rounded=(exact.rounded & ~blank)[which],
        ),
        ~blank[which],
    )


def _clean(number: str, decimal_mark: str) -> str:
    number = number.removeprefix("$") if not number.startswith("-$") else "-" + number[2:]
    if decimal_mark == ",":
        return number.replace(".", "").replace(",", ".")
    if "," in number and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", number):
        return number.replace(",", "")
    return number


def _unit(column: ValueColumn, source: str) -> SourceUnit:
    return source_unit(column.unit, Where(source=source, field=column.name))


def _is_mean_power(column: ValueColumn, known: SourceUnit) -> bool:
    return known.unit is Unit.KW and column.quantity is Quantity.USAGE


def _our_unit(column: ValueColumn, known: SourceUnit) -> Unit:
    return Unit.KWH if _is_mean_power(column, known) else known.unit


def _hours(interval_s: int, column: ValueColumn) -> Fraction:
    if interval_s in (DAY_S, MONTH_S):
        raise UnitMismatch(
            f"column {column.name!r} gives power for whole days or months, which differ in length",
            expected="energy (kWh), or power of intervals of at most some hours",
            hint="Keep it as what it is: give the column the quantity demand in the mapping or profile.",
        )
    return Fraction(interval_s, 3600)


def _channel(
    table: Table,
    mapping: Mapping,
    column: ValueColumn,
    *,
    point: UsagePoint,
    rows: Int64,
    flows: Flows | None,
    source: str,
) -> Channel:
    unit = _our_unit(column, _unit(column, source))
    first = int(rows[0])

    def of(name: str | None, otherwise: str) -> str:
        return otherwise if name is None else table.columns[name][first] or otherwise

    return Channel(
        utility=point.utility,
        account=of(mapping.account, point.account),
        service_location=of(mapping.service_location, point.service_location),
        meter=of(mapping.meter, point.meter),
        register=column.register,
        category=_category(column, unit, source),
        quantity=column.quantity,
        flow=column.flow if flows is None else flows[0][flows[1][first]],
        unit=unit,
        interval_s=mapping.interval_s,
    )


def _category(column: ValueColumn, unit: Unit, source: str) -> ServiceCategory:
    if column.category is not None:
        return column.category
    if unit is Unit.CUBIC_FOOT:
        raise UsageError(
            "cubic feet may be gas or water",
            where=Where(source=source, field=column.name),
            expected="the kind of service that the column measures",
            hint="Give the column its category, gas or water, in the mapping or profile.",
        )
    return CATEGORIES.get(unit, ServiceCategory.ELECTRICITY)


def _flows(table: Table, mapping: Mapping) -> Flows | None:
    """The flow directions found, and which of them each row has, by what the words mean; None without such a column."""
    if mapping.flow is None:
        return None
    known = {**FLOW_WORDS, **{code.lower(): flow for code, flow in mapping.flow_codes.items()}}
    words, which = table.columns[mapping.flow].encoded()
    found = [known.get(word.lower()) for word in words]
    if None in found:
        index = found.index(None)
        raise UnknownCode(
            f"flow {words[index][:40]!r} is not known",
            where=table.where(int(np.flatnonzero(which == index)[0]), mapping.flow),
            expected=f"one of {', '.join(sorted(known))}",
            hint="Say what the file's words mean in the mapping or profile (flow_codes).",
        )
    directions = tuple(FlowDirection)
    return directions, np.array([directions.index(flow) for flow in found if flow is not None], np.int64)[which]


def _quality(table: Table, mapping: Mapping) -> NDArray[np.int8]:
    if mapping.quality is None:
        return np.full(table.rows, Quality.ACTUAL, np.int8)
    words, which = table.columns[mapping.quality].encoded()
    for index, word in enumerate(words):
        if word.lower() not in QUALITY_WORDS:
            raise UnknownCode(
                f"quality {word[:40]!r} is not known",
                where=table.where(int(np.flatnonzero(which == index)[0]), mapping.quality),
                expected=f"one of {', '.join(word for word in QUALITY_WORDS if word)}, or nothing",
                hint="Leave the quality column out of the mapping to take all readings as actual.",
            )
    return np.array([QUALITY_WORDS[word.lower()] for word in words], np.int8)[which]


def _refuse_negative(records: Records, column: ValueColumn) -> None:
    channel = records.channel
    if channel.flow is FlowDirection.NET or channel.quantity not in (Quantity.USAGE, Quantity.DEMAND):
        return
    below = np.flatnonzero((records.value < 0) & records.present)
    if len(below):
        raise MalformedRecord(
            f"a value is below zero, but the flow was given as {channel.flow.value}",
            where=Where(source=records.source, record=f"line {records.line(int(below[0]))}", field=column.name),
            expected="values of zero or more for energy that flows one way",
            hint="Use --flow net if negative means export, or --flow received --factor -1 if it is all export.",
        )


def _digit_findings(exact: Exact, column: ValueColumn) -> list[Finding]:
    findings = []
    if noisy := int(np.count_nonzero(exact.noisy)):
        findings.append(
            Finding(
                name="value.float-noise",
                message=f"{noisy:,} values of {column.name} end in the noise of a binary float; cut to 15 digits",
                data={"column": column.name, "values": noisy},
            )
        )
    if rounded := int(np.count_nonzero(exact.rounded)):
        findings.append(
            Finding(
                name="value.rounded",
                message=f"{rounded:,} values of {column.name} need more than nine decimals and were rounded to them",
                data={"column": column.name, "values": rounded},
            )
        )
    return findings
