"""``meterbook usage``: readings as a table with bars, or as a file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import open_book, word_of

if TYPE_CHECKING:
    from meterbook.book import Selection


class ByWord(StrEnum):
    """What a row spans."""

    INTERVAL = "interval"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class OutputFormat(StrEnum):
    """How readings are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"


def usage(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="Service location, likewise.")] = None,
    meter: Annotated[str | None, typer.Option("--meter", help="Meter, likewise.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="First local day, month or instant."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Local day, month or instant at which to end; not included."),
    ] = None,
    by: Annotated[
        ByWord | None,
        typer.Option("--by", help="What a row spans; without it a month in a table, an interval in a file."),
    ] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="delivered, received or net.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="kWh, kW, gal, ft3, therm or USD.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="What the book knew then, before later revisions."),
    ] = None,
    format_: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="How to print; without it a table, or what the name of -o FILE ends in."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the terminal."),
    ] = None,
    ids: Annotated[
        str | None,
        typer.Option("--ids", metavar="SCHEME", help="In a file: identifiers of this issuer, such as esi-id."),
    ] = None,
) -> None:
    """Show usage by interval, hour, day or month, or write it to a file."""
    from meterbook.book.readings import named_by  # noqa: PLC0415 - heavy
    from meterbook.cli.usage_file import write_readings  # noqa: PLC0415
    from meterbook.cli.usage_table import print_usage  # noqa: PLC0415
    from meterbook.model.errors import UsageError  # noqa: PLC0415
    from meterbook.model.identity import IdScheme  # noqa: PLC0415

    selection = _selection(
        account=account, location=location, meter=meter, since=since, until=until, flow=flow, unit=unit, as_of=as_of
    )
    chosen = format_ or _format_of(output)
    if chosen is OutputFormat.TABLE and output is not None:
        raise UsageError("a table is for looking at", where="-o", expected="--format csv, json, parquet or arrow")
    with open_book() as book:
        if chosen is OutputFormat.TABLE:
            print_usage(book, selection, by or ByWord.MONTH)
            return
        readings = book.select(selection, None if by in (None, ByWord.INTERVAL) else by.value)
        if ids is not None:
            readings = named_by(book.records, readings, word_of(IdScheme, ids, "--ids"))
        write_readings(readings, chosen.value, output)


def _selection(
    *, account: str | None, location: str | None, meter: str | None, since: str | None, until: str | None,
    flow: str | None, unit: str | None, as_of: str | None,
) -> Selection:  # fmt: skip
    from meterbook.book import Selection  # noqa: PLC0415 - heavy
    from meterbook.model.channel import FlowDirection, Quantity  # noqa: PLC0415
    from meterbook.model.errors import UsageError  # noqa: PLC0415
    from meterbook.model.units import Unit  # noqa: PLC0415

    chosen_unit = word_of(Unit, unit, "--unit") if unit is not None else None
    if chosen_unit is Unit.FAHRENHEIT:
        raise UsageError("temperatures are not usage", where="--unit", hint="They stand beside usage --by month.")
    quantities = {Quantity.USAGE}
    if chosen_unit is Unit.DOLLAR:
        quantities = {Quantity.COST}
    elif chosen_unit is Unit.KW:
        quantities = {Quantity.DEMAND}
    return Selection(
        account=account,
        location=location,
        meter=meter,
        since=since,
        until=until,
        flow=word_of(FlowDirection, flow, "--flow") if flow is not None else None,
        unit=chosen_unit,
        quantities=frozenset(quantities),
        as_of=_instant(as_of),
    )


def _format_of(output: Path | None) -> OutputFormat:
    """The format that a file's name ends in; a table where nothing is written."""
    from meterbook.model.errors import UsageError  # noqa: PLC0415

    if output is None:
        return OutputFormat.TABLE
    ending = output.suffix.lstrip(".").lower()
    if ending in ("csv", "json", "parquet", "arrow"):
        return OutputFormat(ending)
    raise UsageError("the file's name tells no format", where=str(output), expected="--format, or a name such as x.csv")


def _instant(text: str | None) -> datetime | None:
    from meterbook.model.errors import UsageError  # noqa: PLC0415

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise UsageError(f"{text!r} is not an instant", where="--as-of", expected="2026-01-31T06:00") from None
