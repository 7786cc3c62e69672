"""``meterbook store query``: what many channels of one or several books come to, by the engine of choice."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import book_folder
from meterbook.cli.output import OutputFormat, format_of
from meterbook.cli.selecting import selection_of

if TYPE_CHECKING:
    from meterbook.store.readings.query.calendar import Window


class WhatWord(StrEnum):
    """What is asked."""

    SUM = "sum"
    PEAK = "peak"
    SHAPE = "shape"
    GAPS = "gaps"


_WINDOW = re.compile(
    r"(?P<name>[^=]+)=(?P<from>\d{1,2}:[0-5]\d)-(?P<until>\d{1,2}:[0-5]\d)"
    r"(?P<days>,(?:weekdays|weekends|all))?(?P<months>,\d{1,2}-\d{1,2})?"
)
_DAYS = {"weekdays": range(5), "weekends": range(5, 7), "all": range(7)}


def query(
    what: Annotated[
        WhatWord,
        typer.Argument(
            help="sum: totals by group and time; peak: when each group's total was highest; shape: how totals are "
            "spread over the hours of the day; gaps: intervals without a reading."
        ),
    ] = WhatWord.SUM,
    book: Annotated[
        list[Path] | None,
        typer.Option("--book", metavar="FOLDER", help="A book; several of them are one question."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="TIME",
            help="all, year, month, day, hour, hour-of-day, hour-by-day-type, day-of-week, tou or bill.",
        ),
    ] = None,
    per: Annotated[
        str | None,
        typer.Option("--per", metavar="GROUP", help="channel, meter, location, account or utility."),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            "--groups",
            metavar="FILE",
            help="CSV of two columns: a meter, location or account number, and the name of its group.",
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", help="With sum: sum, count, max, min or max_at; may be repeated."),
    ] = None,
    tou: Annotated[
        list[str] | None,
        typer.Option(
            "--tou",
            metavar="WINDOW",
            help="With --by tou: NAME=07:00-11:00[,weekdays][,11-3]; may be repeated. The rest is off-peak.",
        ),
    ] = None,
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="Service location, likewise.")] = None,
    meter: Annotated[str | None, typer.Option("--meter", help="Meter, likewise.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="First local day, month or instant.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Local day, month or instant; not included.")
    ] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="delivered, received or net.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="kWh, kW, gal, ft3, therm or USD.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="What the book knew then, before later revisions.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="local or daft (else METERBOOK_ENGINE, else local)."),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="With daft: a Ray cluster, or 'here' to start one on this machine (else METERBOOK_RAY).",
        ),
    ] = None,
    format_: Annotated[
        OutputFormat | None,
        typer.Option("--format", help="How to print; without it a table, or what the name of -o FILE ends in."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the terminal.")
    ] = None,
) -> None:
    """Ask many channels at once: sums by time and group, coincident peaks, load shapes, gaps.

    Local days, hours and time-of-use periods are those of each utility's zone. Several --book are answered together,
    with the name of each book in the first column.
    """
    import os

    from meterbook.book.querying import Request, What
    from meterbook.book.querying import query as ask
    from meterbook.cli.table_output import print_table, write_table
    from meterbook.store.readings.engines.registry import chosen

    chosen_format = format_of(format_, output)
    request = Request(
        what=What(what.value),
        wanted=selection_of(
            account=account, location=location, meter=meter, since=since, until=until, flow=flow, unit=unit, as_of=as_of
        ),
        by=by or ("tou" if tou else None),
        per=_per(per, groups),
        measures=tuple(measure) if measure else None,
        windows=tuple(window(text) for text in tou or ()),
    )
    books: list[Path] = book or [book_folder()]
    answer = ask(books, request, chosen(os.environ, engine=engine, ray=ray))
    if chosen_format is OutputFormat.TABLE:
        print_table(answer, nothing="No gaps." if what is WhatWord.GAPS else "Nothing fits.")
    else:
        write_table(answer, chosen_format.value, output)


def window(text: str) -> Window:
    """A time-of-use window as the command line writes it.

    >>> found = window("on-peak=07:00-11:00,weekdays,11-3")
    >>> found.name, found.start_minute, found.end_minute, sorted(found.months)
    ('on-peak', 420, 660, [1, 2, 3, 11, 12])

    Raises:
        UsageError: it is none.
    """
    from meterbook.model.errors import UsageError
    from meterbook.store.readings.query.calendar import Window

    found = _WINDOW.fullmatch(text.strip())
    months = [int(part) for part in found["months"][1:].split("-")] if found and found["months"] else [1, 12]
    if found is None or not all(1 <= month <= 12 for month in months):
        raise UsageError(
            f"{text!r} is no time-of-use window", where="--tou", expected="such as on-peak=07:00-11:00,weekdays,11-3"
        )
    first, last = months
    return Window(
        name=found["name"].strip(),
        start_minute=_minute(found["from"]),
        end_minute=_minute(found["until"]),
        weekdays=frozenset(_DAYS[(found["days"] or ",all")[1:]]),
        months=frozenset(range(first, last + 1))
        if first <= last
        else frozenset((*range(first, 13), *range(1, last + 1))),
    )


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _per(per: str | None, groups: Path | None) -> str | dict[str, str] | None:
    """The word that was given, or the groups of a file."""
    import csv

    from meterbook.model.errors import MalformedRecord, NotFound, UsageError, Where

    if groups is None:
        return per
    if per is not None:
        raise UsageError("groups are named twice", where="--per", expected="--per or --groups, not both")
    try:
        with groups.open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is no text in UTF-8"
        raise NotFound(
            f"the file of groups can't be read: {reason}",
            where=str(groups),
            expected="a CSV of two columns: a meter, location or account number, and the name of its group",
        ) from err
    named: dict[str, str] = {}
    for number, row in rows:
        where = Where(source=str(groups), record=number)
        if len(row) != 2 or not all(text.strip() for text in row):
            raise MalformedRecord(
                "a line of the file of groups has not two columns",
                where=where,
                expected="a number, a comma, and the name of its group",
            )
        key, group = (text.strip() for text in row)
        if named.setdefault(key, group) != group:
            raise MalformedRecord(f"{key} is in two groups", where=where, expected="one group for each number")
    if not named:
        raise MalformedRecord(
            "the file names no group", where=Where(source=str(groups)), expected="a line for each number: 6600001,north"
        )
    return named
