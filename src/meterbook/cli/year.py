"""``meterbook year``: a year of an account on two printed pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import command_line, open_book

if TYPE_CHECKING:
    from meterbook.book import Book

FIRST_YEAR, LAST_YEAR = 1990, 2100


def year(
    which: Annotated[
        int, typer.Argument(metavar="YEAR", min=FIRST_YEAR, max=LAST_YEAR, help="Calendar year, such as 2025.")
    ],
    account: Annotated[
        str | None, typer.Option("--account", help="Account, by any of its identifiers; needed if there are several.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The PDF; without it meterbook-YEAR-ACCOUNT.pdf."),
    ] = None,
) -> None:
    """Write a year of an account as a PDF to print: use, cost, weather, peaks, and what is missing.

    Works for a year that still runs, and for an account without bills or without readings: the report says what it
    lacks. The PDF is tagged and every picture in it has a text (PDF/UA-1).
    """
    from meterbook.cli.output import write_bytes
    from meterbook.report.annual import annual_report
    from meterbook.report.annual_words import sentence

    with open_book() as book:
        facts = book.year(which, account or _only_account(book), today=datetime.now().astimezone().date())
    body = annual_report(facts)
    target = output if output is not None else Path(f"meterbook-{which}-{facts.account}.pdf")
    if write_bytes(target, "pdf", body):
        typer.echo(sentence(facts))
        typer.echo(f"Two pages written to {target}")
        typer.echo(f"Next: {command_line('bills', 'compare', '--account', facts.account, '--years')}")


def _only_account(book: Book) -> str:
    """The account of a book that has only one.

    Raises:
        NotFound: it has none.
        UsageError: it has several.
    """
    from meterbook.model.errors import NotFound, UsageError

    numbers = sorted(
        {one.channel.account for one in book.records.channels()} | {one.statement.account for one in book.bills()}
    )
    if not numbers:
        raise NotFound("the book has no account", hint=f"Connect one with: {command_line('connect', 'UTILITY')}")
    if len(numbers) > 1:
        names = ", ".join(numbers[:8]) + (" …" if len(numbers) > 8 else "")
        raise UsageError(f"the book has {len(numbers)} accounts", expected="--account", hint=f"They are {names}.")
    return numbers[0]
