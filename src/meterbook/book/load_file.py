"""A load file on its own, without a book: the series of energy in whatever table or download it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from meterbook.book.importing import mapping_from, read_content, recognized
from meterbook.formats import delimited, smarthub_csv, usage_csv
from meterbook.formats.base import Imported, UsagePoint
from meterbook.formats.column_name import by_name, is_end
from meterbook.formats.guess import Guess, guess
from meterbook.formats.mapping import ValueColumn
from meterbook.model.calendar import zone as zone_named
from meterbook.model.channel import DAY_S, FlowDirection, Quantity
from meterbook.model.errors import InputError, UsageError
from meterbook.model.exchange import joined
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadFile:
    """Energy of a load file.

    Attributes:
        delivered: kWh drawn from the utility.
        received: kWh sent back, if the file has any.
        reactive: kVArh, if the file has any.
        notes: what was assumed of the file, and what is doubtful in it.
    """

    delivered: IntervalSeries
    received: IntervalSeries | None
    reactive: IntervalSeries | None
    notes: tuple[str, ...]


def load_file(
    path: Path, *, zone: str | None = None, columns: tuple[str, ...] = (), unit: str | None = None,
    interval_s: int | None = None, names_end: bool = False,
) -> LoadFile:  # fmt: skip
    """Read a load file.

    Args:
        path: SmartHub's CSV download, our own CSV, or any table with a column of times and one of energy or power.
        zone: IANA zone of times without an offset.
        columns: columns of values; without it the one that is named like energy, or power.
        unit: of the values; without it what the column's name tells, else kWh, which is noted.
        interval_s: length of an interval, seconds; without it the steady step of the times.
        names_end: times are those of an interval's end.

    Raises:
        NotFound: there is no such file.
        UsageError: the file leaves something open.
        InputError: a record or field is not what it has to be.
    """
    content = read_content(path)
    form = recognized(content)
    point = UsagePoint(utility="file", account=path.name.split(".")[0], service_location="", meter="")
    notes: list[str] = []
    if form == "smarthub-csv":
        imported = smarthub_csv.read(content, point, _zone(zone, path), path.name)
    elif form == "csv":
        imported = usage_csv.read(content, point.utility, path.name)
    else:
        guessed = _chosen(guess(content, path.name), columns, unit, path.name, notes)
        mapping = mapping_from(guessed, zone=zone, interval_s=interval_s)
        ends = names_end or (guessed.end is None and is_end(guessed.time))
        if ends and not names_end:
            notes.append(f"times of {guessed.time!r} are taken to be those of an interval's end")
        mapping = replace(mapping, names_end=ends or mapping.names_end)
        imported = delimited.read(content, replace(mapping, zone=mapping.zone or zone), point, path.name)
    notes += [finding.message for finding in imported.findings]
    return _of(imported, path.name, notes)


def _zone(zone: str | None, path: Path) -> str:
    if zone is None:
        raise UsageError("times of this file have no offset", where=path.name, expected="--zone with an IANA name")
    return zone_named(zone).key


def _chosen(guessed: Guess, columns: tuple[str, ...], unit: str | None, name: str, notes: list[str]) -> Guess:
    """The guess with the columns and unit that are wanted; what is assumed is noted."""
    unknown = [column for column in columns if column not in guessed.columns]
    if unknown:
        raise UsageError(
            f"the file has no column {unknown[0]!r}", where=name, expected=f"one of {', '.join(guessed.columns)}"
        )
    known = {column.name: column for column in guessed.values}
    values = [known.get(column) or by_name(column) for column in columns] or _likely(guessed, name)
    if unit is None:
        open_ = [column.name for column in values if not column.unit]
        if open_:
            notes.append(f"the unit of {open_[0]!r} is not told and taken to be kWh (--unit)")
        values = [column if column.unit else replace(column, unit="kWh") for column in values]
    else:
        values = [replace(column, unit=unit) for column in values]
    needed = tuple(word for word in guessed.needed if word not in ("value", "values", "unit"))
    return replace(guessed, values=tuple(values), needed=needed)


def _likely(guessed: Guess, name: str) -> list[ValueColumn]:
    energy = [column for column in guessed.values if column.quantity is Quantity.USAGE]
    by_flow = {flow: [column for column in energy if column.flow is flow] for flow in FlowDirection}
    if all(len(some) <= 1 for some in by_flow.values()) and energy:
        return energy
    if not energy:
        others = [name_ for name_ in guessed.columns if name_ not in (guessed.time, guessed.time_of_day, guessed.end)]
        if len(others) == 1:
            return [by_name(others[0])]
        raise UsageError(
            "no column of energy was found", where=name, expected=f"--column with one of {', '.join(others)}"
        )
    raise UsageError(
        "several columns may be the load",
        where=name,
        expected=f"--column with one of {', '.join(column.name for column in energy)}",
    )


def _of(imported: Imported, name: str, notes: list[str]) -> LoadFile:
    meters: dict[tuple[Unit, FlowDirection], list[IntervalSeries]] = {}
    for series in imported.series:
        channel = series.channel
        if not len(series) or channel.quantity is not Quantity.USAGE or channel.unit not in (Unit.KWH, Unit.KVARH):
            continue
        some = meters.setdefault((channel.unit, channel.flow), [])
        finest = some[0].channel.interval_s if some else channel.interval_s
        if channel.interval_s < finest:
            some.clear()
        if channel.interval_s <= finest:
            some.append(series)
    found = {key: _one_load(some, name, notes) for key, some in meters.items()}
    delivered = found.get((Unit.KWH, FlowDirection.DELIVERED)) or found.get((Unit.KWH, FlowDirection.NET))
    if delivered is None:
        raise InputError("the file has no energy drawn from the utility", where=name, expected="a column of kWh")
    received = found.get((Unit.KWH, FlowDirection.RECEIVED))
    if delivered.channel.flow is FlowDirection.NET and received is None:
        delivered, received = _divided(delivered)
    if delivered.channel.interval_s >= DAY_S:
        notes.append("readings are a day or longer: schedules with times of use or demand can't be priced by them")
    return LoadFile(
        delivered=delivered,
        received=received,
        reactive=found.get((Unit.KVARH, FlowDirection.DELIVERED)),
        notes=tuple(notes),
    )


def _one_load(series: list[IntervalSeries], name: str, notes: list[str]) -> IntervalSeries:
    """The readings of a meter, or of meters that were exchanged for each other."""
    try:
        one = joined(series)
    except InputError as err:
        raise InputError(
            f"the file has energy of several meters: {err.what}",
            where=name,
            expected="one meter, or one after the other",
        ) from err
    if len(series) > 1:
        notes.append(f"{len(series)} meters follow each other and are one load")
    return one


def _divided(net: IntervalSeries) -> tuple[IntervalSeries, IntervalSeries | None]:
    """A net series as what was drawn and what was sent back, by interval."""
    import numpy as np  # noqa: PLC0415 - only here

    back = np.maximum(-net.value, 0)
    drawn = replace(net, value=np.maximum(net.value, 0))
    return drawn, replace(net, value=back) if bool(back.any()) else None
