"""What the demo shows of bills: one of them, thirteen months, what time of use saved, and how they meet the meter.

Each part is a command of ``meterbook bills`` as anybody runs it, with the words to run it again above it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer

from meterbook.cli.context import is_terminal


def show_bills(folder: Path, *, household: str, time_of_use: str, since: date | None) -> None:
    """Print it.

    Args:
        folder: the demo's book, which commands open.
        household: account of the member whose bill is shown.
        time_of_use: account of the member with a time-of-use rate.
        since: first day of the readings that were brought; None if all were.
    """
    from meterbook.book import Book
    from meterbook.cli.bills.chart import chart
    from meterbook.cli.bills.savings import savings
    from meterbook.cli.bills.show import show

    with Book.open(folder) as book:
        billed = book.records.bill_count(household, utility="practice")
    if billed:  # a load file of a few days makes no bill
        _title(folder, f"bills show latest --account {household}")
        show("latest", account=household, width=80, json_=False)
        _title(folder, f"bills chart --account {household}")
        chart(account=household, service="electric", months=13, output=None)
    _title(folder, f"bills savings --account {time_of_use} --months 3")
    savings(account=time_of_use, months=3, json_=False)
    _title(folder, "bills check")
    _check(folder, since)


def _check(folder: Path, since: date | None) -> None:
    """The check of all accounts in a few lines; the command itself has a part for each."""
    from meterbook.book import Book
    from meterbook.book.checking import check
    from meterbook.cli.bills.check import held_lines, print_end

    with Book.open(folder) as book:
        done = check(book)
    for line in held_lines([held for one in done for held in one.agreements]):
        typer.echo(f"  {line}")
    if since is not None:
        typer.echo(f"       (the demo brought no readings before {since:%-d %b %Y}; the first bills are older)")
    print_end(done)


def _title(folder: Path, words: str) -> None:
    line = f"── meterbook --book {folder} {words} "
    typer.echo("")
    typer.secho(line.ljust(80, "─")[: max(80, len(line))], bold=is_terminal())
