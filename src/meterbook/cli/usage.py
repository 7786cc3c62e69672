"""``meterbook usage``: readings as a table with bars, or as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from meterbook.cli.context import open_book, word_of
from meterbook.cli.output import OutputFormat, format_of
from meterbook.cli.selecting import selection_of


class ByWord(StrEnum):
    """What a row spans."""

    INTERVAL = "interval"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


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
    from meterbook.book.readings import named_by
    from meterbook.cli.usage_file import write_readings
    from meterbook.cli.usage_table import print_usage
    from meterbook.model.errors import UsageError
    from meterbook.model.identity import IdScheme
    from meterbook.model.units import Unit

    selection = selection_of(
        account=account, location=location, meter=meter, since=since, until=until, flow=flow, unit=unit, as_of=as_of
    )
    if selection.unit is Unit.FAHRENHEIT:
        raise UsageError("temperatures are not usage", where="--unit", hint="They stand beside usage --by month.")
    chosen = format_of(format_, output)
    with open_book() as book:
        if chosen is OutputFormat.TABLE:
            print_usage(book, selection, by or ByWord.MONTH)
            return
        readings = book.select(selection, None if by in (None, ByWord.INTERVAL) else by.value)
        if ids is not None:
            readings = named_by(book.records, readings, word_of(IdScheme, ids, "--ids"))
        write_readings(readings, chosen.value, output)
