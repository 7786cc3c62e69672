"""``meterbook tariffs import`` and ``export``: records of OpenEI's Utility Rate Database in and out."""

from __future__ import annotations

import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import book_folder, command_line

if TYPE_CHECKING:
    from meterbook.book.urdb_records import Imported
    from meterbook.tariffs.urdb import Options

WIDTH = 80
import_app = typer.Typer(help="Take in schedules from elsewhere.", no_args_is_help=True)
export_app = typer.Typer(help="Write schedules for elsewhere.", no_args_is_help=True)


@import_app.callback()
def _import() -> None:
    """Take in schedules from elsewhere."""


@export_app.callback()
def _export() -> None:
    """Write schedules for elsewhere."""


@import_app.command("urdb", short_help="A record of OpenEI's rate database, from a file or by label.")
def import_urdb(
    source: Annotated[
        str, typer.Argument(metavar="FILE|LABEL", help="JSON, rows of the bulk CSV, or a label to fetch.")
    ],
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="IANA zone of its clock times; else that of the catalogue's utility."),
    ] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="UTILITY/CODE", help="File it under this name.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="Which record, of a file with several.")] = None,
    pooling: Annotated[
        str | None,
        typer.Option("--pooling", metavar="period|proportion|time", help="How time-of-use periods share tiers."),
    ] = None,
    kwh_daily: Annotated[
        str | None, typer.Option("--kwh-daily", metavar="pooled|daily", help="Daily tiers: by the month, or each day.")
    ] = None,
    lookbackmonths: Annotated[
        str | None,
        typer.Option("--lookbackmonths", metavar="peaks|bills", help="Whether they are months of peaks or of bills."),
    ] = None,
    ratchet_on: Annotated[
        str | None, typer.Option("--ratchet-on", metavar="all|flat|tou", help="Demand charges with the ratchet.")
    ] = None,
    holidays: Annotated[
        str | None, typer.Option("--holidays", metavar="DAYS", help="Days with the weekend's hours, with commas.")
    ] = None,
    clock: Annotated[
        str | None, typer.Option("--clock", metavar="local|standard", help="Local time, or standard time all year.")
    ] = None,
    day_charges: Annotated[
        str | None, typer.Option("--day-charges", metavar="days|month", help="Dollars a day: real days, or 365/12.")
    ] = None,
    minutes: Annotated[
        str | None, typer.Option("--minutes", metavar="5|15|30|60", help="Demand interval where none is told.")
    ] = None,
    generation: Annotated[
        str | None,
        typer.Option(
            "--generation",
            metavar="RULE",
            help="Energy sent back: net-metering, net-billing, buy-all, none.",
        ),
    ] = None,
    dates: Annotated[
        str | None, typer.Option("--dates", metavar="record|always", help="Whether its first and last day hold.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="PART", help="Do without a part; may be given again.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a schedule that is there.")] = False,
) -> None:
    """Take a record into the book as a schedule of your own; what can't be represented is refused by name."""
    from meterbook.book.urdb_records import import_record

    options = _options(
        zone or "",
        {
            "pooling": pooling, "kwh-daily": kwh_daily, "lookbackmonths": lookbackmonths, "ratchet-on": ratchet_on,
            "holidays": holidays, "clock": clock, "day-charges": day_charges, "minutes": minutes,
            "generation": generation, "dates": dates, "leave-out": ",".join(leave_out) if leave_out else None,
        },
    )  # fmt: skip
    done = import_record(source, options, book_folder(), name=as_, label=label, replace=force)
    _print(done)


@export_app.command("urdb", short_help="A schedule as a record of OpenEI's rate database.")
def export_urdb(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE", help="UTILITY/CODE, or a tariff file.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Where to; else it is printed.")] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="The prices of this day; else of today, or the last ones."),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="KIND", help="Do without rider, percent, holidays, …; may be given again."),
    ] = None,
) -> None:
    """Write a schedule as a record, version 8; what the format can't express is refused by name."""
    from meterbook.book.schedules import schedule as found
    from meterbook.book.urdb_records import exported
    from meterbook.model.errors import StoreError, UsageError

    try:
        day = date.fromisoformat(on) if on else None
    except ValueError as err:
        raise UsageError(f"{on!r} is no day", where="--on", expected="a day such as 2025-06-30") from err
    record = exported(found(schedule, book=book_folder()), on=day, leave_out=leave_out or ())
    if to is None:
        typer.echo(record.decode(), nl=False)
        return
    try:
        to.write_bytes(record)
    except OSError as err:
        raise StoreError(f"the file can't be written: {err.strerror}", where=str(to)) from err
    typer.echo(f"Written to {to}")


def _options(zone: str, given: dict[str, str | None]) -> Options:
    from meterbook.tariffs.urdb import Options, with_words

    return with_words(Options(zone=zone), [f"{name}={value}" for name, value in given.items() if value is not None])


def _print(done: Imported) -> None:
    typer.echo(f"{done.name} · {done.reading.tariff.name}")
    for title, texts in (
        ("Read so, for the record does not say:", [*map(str, done.reading.conventions)]),
        ("To look at:", [*map(str, done.reading.oddities)]),
    ):
        if texts:
            typer.echo(title)
        for text in texts:
            typer.echo(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    "))
    typer.echo(f"Kept in {done.path}")
    end = done.reading.tariff.versions[-1].end
    when = ("--on", str(end)) if end is not None else ()
    typer.echo(f"Next: {command_line('tariffs', 'show', done.name, *when)}")
