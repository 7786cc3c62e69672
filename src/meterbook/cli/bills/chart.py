"""``meterbook bills chart``: thirteen months of use with the temperatures, in the terminal or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.bills.choosing import chosen_accounts, one_account
from meterbook.cli.context import command_line, open_book

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.analysis.bills.history import BillMonth
    from meterbook.book import Book
    from meterbook.book.bill_months import AccountBills

SERVICE_HELP = "electric, water, gas …, where bills are for several services."


def chart(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    service: Annotated[str, typer.Option("--service", help=SERVICE_HELP)] = "electric",
    months: Annotated[int, typer.Option("--months", min=1, max=60, help="How many of the last months.")] = 13,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a picture: FILE.svg or FILE.png.")
    ] = None,
) -> None:
    """Show use by month with the temperatures beside it, or write it as an SVG or PNG picture."""
    with open_book() as book:
        accounts = chosen_accounts(book, account)
        if output is not None:
            owner = one_account(accounts)
            _write(output, owner, _months(book, owner, service, months))
            return
        shown = False
        for owner in accounts:
            found = _months(book, owner, service, months, lenient=len(accounts) > 1)
            if found:
                _print(owner, found, service, again=shown)
                shown = True
    if not shown:
        typer.echo(f"No bills for {service}.")
    typer.echo(f"Next: {command_line('bills', 'compare', *(['--account', account] if account else []), '--years')}")


def _months(
    book: Book, owner: AccountBills, service: str, months: int, *, lenient: bool = False
) -> tuple[BillMonth, ...]:
    from meterbook.book.bill_months import bill_months

    found = bill_months(book, owner, service=service, months=months)
    return found if found or lenient else missing_service(owner, service)


def missing_service(owner: AccountBills, service: str) -> tuple[BillMonth, ...]:
    """Say that an account has no bills for a service.

    Raises:
        NotFound: always, with the services it has.
    """
    from meterbook.analysis.bills.history import services_of
    from meterbook.model.errors import NotFound

    known = sorted({one for told in owner.statements for one in services_of(told)})
    raise NotFound(
        f"account {owner.account} has no bills for {service} that count", where="--service", expected=", ".join(known)
    )


def _print(owner: AccountBills, months: Sequence[BillMonth], service: str, *, again: bool) -> None:
    from meterbook.cli.bills.cells import ends
    from meterbook.cli.bills.month_chart import columns

    if again:
        typer.echo("")
    title = f"account {owner.account} · {service} by bill"
    for line in ends(title, f"{months[0].month:%b %Y} to {months[-1].month:%b %Y}", 80):
        typer.echo(line)
    for line in columns(months):
        typer.echo(line)


def _write(output: Path, owner: AccountBills, months: Sequence[BillMonth]) -> None:
    from meterbook.cli.output import picture_kind, write_picture
    from meterbook.report.bill_chart import bill_chart

    picture_kind(output)  # before anything is drawn
    write_picture(output, bill_chart(months, title=f"Account {owner.account}"))
    typer.echo(f"{len(months)} months drawn in {output}", err=True)
