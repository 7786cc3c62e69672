"""``meterbook bills export``: bills, line items, registers or months as files."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from meterbook.cli.context import open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from meterbook.book import Book
    from meterbook.formats.bill_exports import ExportTable
    from meterbook.store.records import StoredStatement

FORMATS = ("csv", "json", "parquet", "xlsx")


class Rows(StrEnum):
    """What a row is."""

    BILLS = "bills"
    LINES = "lines"
    METERS = "meters"


class ByGroup(StrEnum):
    """What months are summed by."""

    ACCOUNT = "account"
    LOCATION = "location"
    SERVICE = "service"


def export(
    rows: Annotated[Rows, typer.Option("--rows", help="One row a bill, a line item or a register.")] = Rows.BILLS,
    format_: Annotated[
        str | None, typer.Option("--format", help="csv, json, parquet or xlsx; else what -o FILE ends in, else csv.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the terminal.")
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="Account or tag, by any identifier; may be given again.")
    ] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="All accounts of a customer's number.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="First bill date.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Bill date at which to end; not included.")
    ] = None,
    by: Annotated[
        ByGroup | None, typer.Option("--by", help="A row a month, summed by account, location or service.")
    ] = None,
    calendar: Annotated[
        bool, typer.Option("--calendar", help="Share bills out to calendar months, by intervals or by days.")
    ] = False,
    portfolio_manager: Annotated[
        bool, typer.Option("--portfolio-manager", help="ENERGY STAR's template Add Bills, as XLSX.")
    ] = False,
) -> None:
    """Write bills to a file: CSV, JSON, Parquet or XLSX, with exact amounts."""
    with open_book() as book:
        stored = chosen_bills(book, account, customer, since, until)
        if portfolio_manager:
            _write_template(book, stored, output, format_)
            return
        chosen = _format(format_, output)
        table = _table(book, stored, rows, by, calendar=calendar, today=looked_at(until))
    _write(table, chosen, output)
    if output is not None and str(output) != "-":
        typer.echo(f"{counted(len(table.rows), 'row')} of {counted(len(stored), 'bill')} written to {output}", err=True)


def chosen_bills(
    book: Book, account: list[str] | None, customer: str | None, since: str | None, until: str | None
) -> list[StoredStatement]:
    """The bills that options name.

    Raises:
        UsageError: a date can't be read.
        NotFound: no such account or customer.
    """
    from meterbook.book.bill_export import accounts_of

    accounts = list(account or ())
    if customer is not None:
        accounts += accounts_of(book, customer=customer)
    return book.bills(accounts=accounts, since=_day(since, "--since"), until=_day(until, "--until"))


def looked_at(until: str | None) -> date:
    """The day on which a bill may be late: today, or the end of the time asked for if that is over."""
    today = datetime.now(UTC).date()
    end = _day(until, "--until")
    return today if end is None else min(today, end)


def _day(text: str | None, option: str) -> date | None:
    from zoneinfo import ZoneInfo

    from meterbook.book.selection import instant_of

    if text is None:
        return None
    utc = ZoneInfo("UTC")
    return datetime.fromtimestamp(instant_of(text, utc, option), UTC).date()


def _table(
    book: Book, stored: Sequence[StoredStatement], rows: Rows, by: ByGroup | None, *, calendar: bool, today: date
) -> ExportTable:
    from meterbook.analysis.bills.portfolio import GroupBy
    from meterbook.book import bill_export
    from meterbook.formats.bill_exports import bill_table, line_table, meter_table

    if by is not None:
        found = bill_export.portfolio(book, stored, GroupBy(by.value), today=today, calendar=calendar)
        return bill_export.month_table(found.cells)
    if calendar:
        return bill_export.share_table(book, stored)
    make = {Rows.BILLS: bill_table, Rows.LINES: line_table, Rows.METERS: meter_table}[rows]
    return make(bill_export.exported(stored))


def _format(named: str | None, output: Path | None) -> str:
    from meterbook.model.errors import UsageError

    ending = output.suffix.lstrip(".").lower() if output is not None else ""
    chosen = named.strip().lower() if named is not None else ending or "csv"
    if chosen in FORMATS:
        return chosen
    raise UsageError(f"format {chosen!r} is not known", where="--format", expected=f"one of {', '.join(FORMATS)}")


def _write(table: ExportTable, format_: str, output: Path | None) -> None:
    from meterbook.formats.bill_exports import WRITERS

    send(output, format_, lambda sink: WRITERS[format_](table, sink))


def send(output: Path | None, format_: str, write: Callable[[BinaryIO], None]) -> None:
    """Have a file written whole or not at all; a workbook is made in memory first, since a pipe can't be gone back in.

    Raises:
        UsageError: a workbook or Parquet would go to a terminal.
        StoreError: the file can't be written.
    """
    import io

    from meterbook.cli.output import write_to

    def whole(sink: BinaryIO) -> None:
        made = io.BytesIO()
        write(made)
        sink.write(made.getvalue())

    binary = format_ in ("parquet", "xlsx")
    write_to(output, "parquet" if binary else format_, whole if binary else write)


def _write_template(book: Book, stored: Sequence[StoredStatement], output: Path | None, format_: str | None) -> None:
    from meterbook.book.bill_export import meter_entries
    from meterbook.formats.bill_exports import write_template
    from meterbook.model.errors import UsageError

    if format_ is not None and format_.strip().lower() != "xlsx":
        raise UsageError("Portfolio Manager's template is a workbook", where="--format", expected="xlsx")
    entries, left_out = meter_entries(book, stored)
    send(output, "xlsx", lambda sink: write_template(entries, sink))
    typer.echo(f"{counted(len(entries), 'row')} for Portfolio Manager", err=True)
    for one in left_out[:5]:
        typer.echo(
            f"  left out: {one.account}, bill of {one.statement.bill_date}, {one.service}: "
            f"{'no period' if not one.days else 'no use' if one.usage is None else f'no place for {one.unit}'}",
            err=True,
        )
    if len(left_out) > 5:
        typer.echo(f"  … {len(left_out) - 5} more left out", err=True)
