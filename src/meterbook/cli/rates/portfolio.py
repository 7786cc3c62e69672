"""``meterbook rates portfolio``: every account of the book under each of several schedules, streamed out."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from meterbook.cli.context import open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from meterbook.book.portfolio import AccountRow, Portfolio

FORMATS = ("csv", "json", "parquet")
WIDTH = 80
TOGETHER = 2048
"""Rows of a row group."""


def portfolio(
    schedules: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCHEDULE…]", help="UTILITY/CODE, or a tariff file; all that can be priced without it."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="First local day, or month.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Local day, or month, at which to end; not included.")
    ] = None,
    class_: Annotated[
        str | None, typer.Option("--class", help="Class of customer; that of each schedule without it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=".csv, .json (a line a row) or .parquet.")
    ] = None,
    format_: Annotated[str | None, typer.Option("--format", metavar="csv|json|parquet", help="Format.")] = None,
) -> None:
    """Price every account of the book under each schedule, over the same whole months.

    A row an account: what it would pay under each, the cheapest, and how far each is from the first named. A schedule
    that rests on assumed numbers has its lowest and its highest amount. Without a schedule all of the accounts'
    utilities are taken that are for the class, if one is named, and can be priced over those months.
    """
    from meterbook.book.portfolio import all_schedules
    from meterbook.book.portfolio import portfolio as priced
    from meterbook.book.schedules import schedule
    from meterbook.cli.output import write_to

    kind = _format(format_, output)
    with open_book() as book:
        tariffs = [schedule(name, book=book.folder) for name in schedules or []]
        if not tariffs:
            tariffs, left = all_schedules(book, since=since, until=until, kind=class_)
            for name, why in left.items():
                typer.echo(
                    textwrap.fill(f"{name} is left out: {why}", WIDTH, subsequent_indent="  ", break_on_hyphens=False),
                    err=True,
                )
        about, rows = priced(book, tariffs, since=since, until=until, kind=class_)
        tally = _Tally(about)
        to_file = write_to(output, kind, lambda sink: _WRITERS[kind](about, tally.through(rows), sink))
    for line in tally.said():
        typer.echo(line, err=True)
    if to_file:
        typer.echo(f"{counted(about.accounts, 'account')} written to {output}", err=True)


class _Tally:
    """How many accounts each schedule is cheapest for."""

    def __init__(self, about: Portfolio) -> None:
        self._about = about
        self._best = [0] * len(about.schedules)
        self._open = 0

    def through(self, rows: Iterator[AccountRow]) -> Iterator[AccountRow]:
        for row in rows:
            if row.best is None:
                self._open += 1
            else:
                self._best[row.best] += 1
            yield row

    def said(self) -> Iterator[str]:
        about = self._about
        yield f"{counted(about.accounts, 'account')}, {counted(len(about.spans), 'month')}"
        for name, count in zip(about.schedules, self._best, strict=True):
            yield f"  cheapest {name:<24}{count:>10,}"
        if self._open:
            yield f"  can't be told {'':<19}{self._open:>10,}"
        for name, open_ in zip(about.schedules, about.open, strict=True):
            if open_:
                yield f"  {name} holds if this does, which is assumed without an alternative:"
                yield from (f"    {what}" for what in open_)
        yield from (f"  {note}" for note in about.notes)


def _format(named: str | None, output: Path | None) -> str:
    from meterbook.model.errors import UsageError

    found = named or (output.suffix.lstrip(".").casefold() if output is not None and str(output) != "-" else "csv")
    if found not in FORMATS:
        raise UsageError(f"{found!r} is not known", where="--format", expected="csv, json or parquet")
    return found


def _names(about: Portfolio) -> list[str]:
    """Columns; a schedule that rests on assumed numbers has two, and differences are between sure ones only."""
    totals = [
        name
        for schedule, wide in zip(about.schedules, about.ranges, strict=True)
        for name in ((f"{schedule} low", f"{schedule} high") if wide else (schedule,))
    ]
    first = about.schedules[0]
    return [
        "utility", "account", "service_location", "meters", "months", "intervals", "missing", "sends_back", "kwh",
        *totals, "best", *(f"{about.schedules[at]} less {first}" for at in _apart(about)),
    ]  # fmt: skip


def _apart(about: Portfolio) -> list[int]:
    """Schedules whose difference from the first is one amount."""
    sure = [not wide and not open_ for wide, open_ in zip(about.ranges, about.open, strict=True)]
    return [at for at in range(1, len(sure)) if sure[at] and sure[0]]


def _values(about: Portfolio, row: AccountRow) -> list[Any]:
    totals = [
        amount for ends, wide in zip(row.totals, about.ranges, strict=True) for amount in (ends if wide else ends[:1])
    ]
    return [
        row.utility, row.account, row.location, " ".join(row.meters), row.months, row.intervals, row.missing,
        row.sends_back, row.kwh, *totals, None if row.best is None else about.schedules[row.best],
        *(row.totals[at][0] - row.totals[0][0] for at in _apart(about)),
    ]  # fmt: skip


def _csv(about: Portfolio, rows: Iterator[AccountRow], sink: BinaryIO) -> None:
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_names(about))
    for row in rows:
        writer.writerow(["" if value is None else _plain(value) for value in _values(about, row)])
    text.flush()
    text.detach()


def _json(about: Portfolio, rows: Iterator[AccountRow], sink: BinaryIO) -> None:
    names = _names(about)
    for row in rows:
        made = {name: _plain(value) for name, value in zip(names, _values(about, row), strict=True)}
        sink.write(json.dumps(made, ensure_ascii=False).encode() + b"\n")


def _plain(value: Any) -> Any:
    """A value as JSON has it; decimals as text, so that no digit is lost."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return format(value, "f")


def _parquet(about: Portfolio, rows: Iterator[AccountRow], sink: BinaryIO) -> None:
    from itertools import islice

    import pyarrow as pa
    import pyarrow.parquet as pq

    names = _names(about)
    texts, counts = {"utility", "account", "service_location", "meters", "best"}, {"months", "intervals", "missing"}

    def kind(name: str) -> pa.DataType:
        if name in texts:
            return pa.string()
        if name in counts:
            return pa.int64()
        if name == "sends_back":
            return pa.bool_()
        return pa.decimal128(18, 9) if name == "kwh" else pa.decimal128(18, 8)

    schema = pa.schema([(name, kind(name)) for name in names])
    with pq.ParquetWriter(sink, schema) as writer:
        while some := list(islice(rows, TOGETHER)):
            columns: Sequence[Sequence[Any]] = list(zip(*(_values(about, row) for row in some), strict=True))
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


_WRITERS = {"csv": _csv, "json": _json, "parquet": _parquet}
