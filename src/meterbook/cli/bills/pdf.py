"""``meterbook bills pdf``: a bill as it was received."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meterbook.cli.bills.choosing import chosen_accounts, chosen_bill
from meterbook.cli.context import open_book


def pdf(
    bill: Annotated[
        str, typer.Argument(metavar="BILL", help="latest, a month, a bill date, a number, or a hash.")
    ] = "latest",
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; - writes to standard output.")
    ] = None,
) -> None:
    """Write a bill's PDF, byte for byte as it was received."""
    from meterbook.cli.output import write_bytes
    from meterbook.model.errors import NotFound, UsageError

    with open_book() as book:
        owner, found = chosen_bill(chosen_accounts(book, account), bill)
        digest = found.statement.document
        if digest is None:
            raise NotFound(
                "the book has no PDF of this bill",
                where=found.statement.bill_date.isoformat(),
                hint="Portals give them for a while: meterbook sync. One on paper: meterbook import BILL.pdf",
            )
        content = book.document(digest)
    path = output or Path(f"{owner.utility}-{owner.account}-{found.statement.bill_date}.pdf")
    if output is None and path.exists():
        raise UsageError("there is a file of that name", where=str(path), expected="-o with another name")
    if write_bytes(path, "pdf", content):
        typer.echo(f"Written to {path}", err=True)
