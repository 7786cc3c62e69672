"""A guess at what a CSV file's columns mean: a proposal with reasons, never taken without a person's word.

Columns, delimiter and the way times are written are read off the file. Unit, zone and interval are only proposed where
the file itself shows them (a header with ``kWh``, times with Z, a steady step), and always listed for confirmation.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from meterbook.formats.base import plain, text
from meterbook.formats.column_name import SENT_BACK, VALUE, is_end, is_unit, unit_in
from meterbook.formats.exact import NotANumber, exact_integers
from meterbook.formats.mapping import FLOW_WORDS, QUALITY_WORDS, Mapping, ValueColumn
from meterbook.formats.placing import calendar_lengths
from meterbook.formats.timestamps import NotATime, Times, TimeStyle, parse_times
from meterbook.model.channel import FlowDirection, Quantity
from meterbook.model.errors import MalformedRecord, UsageError, Where
from meterbook.model.units import Unit, source_unit

SAMPLE_ROWS = 400
DELIMITERS = (",", ";", "\t", "|")
_WRITTEN = (TimeStyle.ISO, TimeStyle.US, TimeStyle.DAY_FIRST)
_ROLE = {
    "account": re.compile(r"account", re.IGNORECASE),
    "service_location": re.compile(r"location|premise|site", re.IGNORECASE),
    "meter": re.compile(r"meter|serial|device", re.IGNORECASE),
    "flow": re.compile(r"flow|direction", re.IGNORECASE),
    "quality": re.compile(r"quality|status|estimat|est_act", re.IGNORECASE),
}
_BLANK = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a file seems to hold.

    Attributes:
        columns: the file's column names, in order.
        time: column of the time; "" if none was found.
        style: how times are written.
        values: proposed value columns; a unit of "" is not known.
        interval_s: step between times, seconds; None if it is not steady.
        zone: "UTC" where times say so themselves (an offset or Z, or an epoch); else None.
        time_of_day: column of the time of day, where date and time are apart.
        end: column of the interval's end.
        delimiter: what stands between fields.
        decimal_mark: point or comma.
        others: columns for account, service location, meter, flow and quality, by the mapping's names.
        reasons: why, a sentence each.
        needed: what the file leaves open and a person must tell: ``time``, ``value``, ``unit``, ``zone``, ``interval``.
    """

    columns: tuple[str, ...]
    time: str
    style: TimeStyle
    values: tuple[ValueColumn, ...]
    interval_s: int | None
    zone: str | None
    time_of_day: str | None = None
    end: str | None = None
    delimiter: str = ","
    decimal_mark: str = "."
    others: dict[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    def mapping(
        self,
        *,
        values: Sequence[str] = (),
        zone: str | None = None,
        unit: str | None = None,
        interval_s: int | None = None,
    ) -> Mapping:
        """The proposal as a mapping, once a person has confirmed it and given what is needed.

        Args:
            values: names of the value columns wanted, where not all proposed ones are.
            zone: IANA zone of the file's clock.
            unit: unit of all value columns whose header does not name one.
            interval_s: length of an interval in seconds.

        Raises:
            UsageError: something is still needed; the message names it.
        """
        known = {column.name: column for column in self.values}
        chosen = [known.get(name) or ValueColumn(name=name, unit="") for name in values] or list(self.values)
        given = {"value": values or None, "zone": zone, "unit": unit, "interval": interval_s}
        wanted = dict.fromkeys((*self.needed, *(() if all(column.unit for column in chosen) else ("unit",))))
        lacking = [name for name in wanted if given.get(name) is None and not (name == "unit" and _have_units(chosen))]
        if lacking:
            raise UsageError(
                f"the file does not tell its {' and '.join(lacking)}",
                expected="what the file leaves open to be given",
                hint=f"Add {' '.join('--' + name for name in lacking)}.",
            )
        length = interval_s or self.interval_s
        assert length is not None  # "interval" is needed where the guess has none
        return Mapping(
            time=self.time,
            values=tuple(replace(column, unit=column.unit or (unit or "")) for column in chosen),
            interval_s=length,
            zone=zone or self.zone,
            style=self.style,
            time_of_day=self.time_of_day,
            end=self.end,
            delimiter=self.delimiter,
            decimal_mark=self.decimal_mark,
            account=self.others.get("account"),
            service_location=self.others.get("service_location"),
            meter=self.others.get("meter"),
            flow=self.others.get("flow"),
            quality=self.others.get("quality"),
        )


def guess(content: bytes, source: str) -> Guess:
    """What the columns of a delimited file seem to mean, from its first rows.

    Args:
        content: the file as it is on disk.
        source: the file's name, for messages.

    Raises:
        MalformedRecord: no header with columns and rows below it was found.
    """
    whole = text(plain(content, source), source)
    delimiter, header, rows = _table(whole, source)
    cells = {name: [row[place].strip() for row in rows] for place, name in enumerate(header)}
    reasons = [f"fields stand between {_spoken(delimiter)}, and line {', '.join(header[:6])} names the columns"]
    time, of_day, style, times = _time_column(cells)
    end = _end_column(cells, time, of_day, style)
    decimal_mark = _decimal_mark(cells, (time, of_day, end), delimiter)
    others = _others(cells, taken={time, of_day, end})
    values = _values(cells, decimal_mark, taken={time, of_day, end, *others.values()})
    values = _with_negatives(values, whole, delimiter, header)
    interval_s = _step(times) if times is not None and not others else _step_in_groups(times, cells, others)
    zone = "UTC" if times is not None and bool(times.absolute.all()) else None
    needed = [
        name
        for name, known in (
            ("time", time),
            ("value", values and len({(column.flow, column.quantity) for column in values}) == len(values)),
            ("unit", _have_units(values)),
            ("zone", zone or not time),
            ("interval", interval_s),
        )
        if not known
    ]
    if time:
        reasons.append(f"{time!r} holds times ({style.value}), {'with' if zone else 'without'} an offset")
    if interval_s:
        reasons.append(f"times are mostly {interval_s:,} seconds apart")
    reasons += [_about(column) for column in values]
    reasons += [f"{column!r} looks like the {role.replace('_', ' ')}" for role, column in others.items()]
    return Guess(
        columns=tuple(header),
        time=time,
        style=style,
        values=values,
        interval_s=interval_s,
        zone=zone,
        time_of_day=of_day,
        end=end,
        delimiter=delimiter,
        decimal_mark=decimal_mark,
        others=others,
        reasons=tuple(reasons),
        needed=tuple(needed),
    )


def _table(content: str, source: str) -> tuple[str, list[str], list[list[str]]]:
    """Delimiter, header and first rows: the delimiter that makes the most rows of one width wider than one."""
    lines = content.splitlines(keepends=True)[: SAMPLE_ROWS + 40]
    best: tuple[int, str, list[list[str]]] = (0, ",", [])
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter) if any(row)]
        except csv.Error:
            continue
        width, count = Counter(len(row) for row in rows).most_common(1)[0] if rows else (0, 0)
        if width > 1 and count > best[0]:
            best = (count, delimiter, [row for row in rows if len(row) == width])
    _, delimiter, rows = best
    header = next(
        (index for index, row in enumerate(rows) if all(cell.strip() and not _number(cell) for cell in row)), None
    )
    if header is None or header + 1 >= len(rows):
        raise MalformedRecord(
            "no line of column names with records below it was found",
            where=Where(source=source),
            expected="a delimited file with a header",
            hint="Put a first line into it that names the columns.",
        )
    return delimiter, [cell.strip() for cell in rows[header]], rows[header + 1 : header + 1 + SAMPLE_ROWS]


def _number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?\$?[\d.,]+(e-?\d+)?", cell.strip(), re.IGNORECASE))


def _time_column(cells: dict[str, list[str]]) -> tuple[str, str | None, TimeStyle, Times | None]:
    """Column of the time, that of the time of day where it is apart, and how both are written."""
    for name, column in cells.items():
        styles = [style for style in _WRITTEN if _parse(column, style) is not None]
        if not styles:
            continue
        # 1/2/2026 fits two styles: the one in which the records follow each other steadily is meant.
        of_day = next((other for other in cells if other != name and _is_time_of_day(cells[other])), None)
        texts = column if of_day is None else _joined(column, cells[of_day])
        parsed = [(style, _parse(texts, style)) for style in styles]
        best = max(parsed, key=lambda pair: _steadiness(pair[1]))
        return name, of_day, *best
    for name, column in cells.items():
        style = TimeStyle.EPOCH_MS if all(len(cell) == 13 for cell in column) else TimeStyle.EPOCH_S
        if all(cell.isdigit() and len(cell) in (10, 13) for cell in column):
            times = _parse(column, style)
            if times is not None:
                return name, None, style, times
    return "", None, TimeStyle.ISO, None


def _is_time_of_day(column: Sequence[str]) -> bool:
    return ":" in column[0] and _parse(_joined(["1970-01-01"] * len(column), column), TimeStyle.ISO) is not None


def _joined(days: Sequence[str], times: Sequence[str]) -> list[str]:
    return [f"{day} {time}" for day, time in zip(days, times, strict=True)]


def _steadiness(times: Times | None) -> int:
    """How many steps between records are the most common one."""
    if times is None or len(times.seconds) < 2:
        return 0
    return int(np.unique(np.diff(times.seconds), return_counts=True)[1].max())


def _parse(column: Sequence[str], style: TimeStyle) -> Times | None:
    try:
        return parse_times(column, style)
    except NotATime:
        return None


def _end_column(cells: dict[str, list[str]], time: str, of_day: str | None, style: TimeStyle) -> str | None:
    for name, column in cells.items():
        texts = _joined(cells[time], column) if of_day else column
        if name not in (time, of_day) and is_end(name) and _parse(texts, style) is not None:
            return name
    return None


def _decimal_mark(cells: dict[str, list[str]], times: Sequence[str | None], delimiter: str) -> str:
    """A comma, if numbers have commas and none has a point after one."""
    numbers = [cell for name, column in cells.items() if name not in times for cell in column if _number(cell)]
    commas = [cell for cell in numbers if re.fullmatch(r"-?[\d.]*,\d+", cell)]
    return (
        "," if delimiter != "," and commas and not any(re.search(r"\.\d{1,2}$|\.\d{4,}$", c) for c in numbers) else "."
    )


def _others(cells: dict[str, list[str]], taken: set[str | None]) -> dict[str, str]:
    found: dict[str, str] = {}
    for role, pattern in _ROLE.items():
        for name, column in cells.items():
            fits = pattern.search(name) and not VALUE.search(name) and _known_words(role, column)
            if fits and name not in taken and name not in found.values():
                found[role] = name
                break
    return found


def _known_words(role: str, column: Sequence[str]) -> bool:
    """Whether a flow or quality column holds only words that are known; identifiers may be anything."""
    known = {"flow": FLOW_WORDS.keys(), "quality": QUALITY_WORDS.keys()}.get(role)
    return known is None or {cell.lower() for cell in column} <= known


def _values(cells: dict[str, list[str]], decimal_mark: str, taken: set[str | None]) -> tuple[ValueColumn, ...]:
    """Number columns whose header speaks of energy; if none does, the only number column."""
    numeric = [name for name in cells if name not in taken and _numeric(cells[name], decimal_mark)]
    spoken = [name for name in numeric if VALUE.search(spaced := name.replace("_", " ")) and " per " not in spaced]
    chosen = spoken or (numeric if len(numeric) == 1 else [])
    return tuple(_value(name, cells) for name in chosen)


def _with_negatives(
    values: tuple[ValueColumn, ...], content: str, delimiter: str, header: list[str]
) -> tuple[ValueColumn, ...]:
    """The same columns, net where a value below zero stands further down in the file."""
    if not re.search(rf'{re.escape(delimiter)}"?\s*-\$?[\d.]', content):
        return values
    below: set[int] = set()
    for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
        below.update(place for place, cell in enumerate(row) if cell.lstrip().startswith("-") and _number(cell))
    names = {header[place] for place in below if place < len(header)}
    return tuple(replace(column, flow=FlowDirection.NET) if column.name in names else column for column in values)


def _numeric(column: Sequence[str], decimal_mark: str) -> bool:
    texts = [cell.replace(".", "").replace(",", ".") if decimal_mark == "," else cell for cell in column]
    texts = [cell for cell in texts if cell not in _BLANK]
    try:
        exact_integers(texts, Fraction(1), 0)
    except NotANumber:
        return False
    return bool(texts)


def _value(name: str, cells: dict[str, list[str]]) -> ValueColumn:
    column = cells[name]
    unit = unit_in(name) or _unit_beside(cells)
    negative = any(cell.startswith("-") and cell not in _BLANK for cell in column)
    flow = FlowDirection.NET if negative else FlowDirection.DELIVERED
    if SENT_BACK.search(name) and not negative:
        flow = FlowDirection.RECEIVED
    demand = "demand" in name.lower() and unit and source_unit(unit, name).unit is Unit.KW
    return ValueColumn(name=name, unit=unit, flow=flow, quantity=Quantity.DEMAND if demand else Quantity.USAGE)


def _unit_beside(cells: dict[str, list[str]]) -> str:
    """The unit that a column of its own names, the same in every row."""
    for name, column in cells.items():
        if name.lower() in ("unit", "units", "uom") and len(set(column)) == 1 and is_unit(column[0]):
            return column[0]
    return ""


def _have_units(columns: Sequence[ValueColumn]) -> bool:
    return bool(columns) and all(column.unit for column in columns)


def _step(times: Times | None) -> int | None:
    if times is None or len(times.seconds) < 3:
        return None
    steps = np.abs(np.diff(times.seconds))
    lengths, counts = np.unique(calendar_lengths(steps[steps > 0]), return_counts=True)
    steady = len(lengths) and int(counts.max()) * 2 > int(counts.sum())
    return int(lengths[counts.argmax()]) if steady else None


def _step_in_groups(times: Times | None, cells: dict[str, list[str]], others: dict[str, str]) -> int | None:
    """The step among the records of the first meter, account and flow."""
    if times is None:
        return None
    names = [column for role, column in others.items() if role != "quality"]
    keys: list[Any] = list(zip(*(cells[name] for name in names), strict=True)) if names else []
    same = np.array([key == keys[0] for key in keys], np.bool_) if keys else np.ones(len(times.seconds), np.bool_)
    return _step(Times(seconds=times.seconds[same], absolute=times.absolute[same]))


def _about(column: ValueColumn) -> str:
    unit = f"in {column.unit}" if column.unit else "of a unit that its header does not name"
    return f"{column.name!r} holds numbers {unit}, taken as {column.flow.value}"


def _spoken(delimiter: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[delimiter]
