"""``meterbook forget``: delete what a book holds of an account that no connection shows, or a document."""

from __future__ import annotations

from typing import Annotated

import typer

from meterbook.cli import prompts
from meterbook.cli.context import open_book
from meterbook.model.wording import counted


def forget(
    account: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="Account, by any of its identifiers.")
    ] = None,
    utility: Annotated[
        str | None, typer.Option("--utility", help="Its utility, if several have an account of that number.")
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            "--document",
            metavar="HASH",
            help="Delete this document instead: one without a bill.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete all that the book holds of an account: readings, bills, documents. There is no way back.

    For accounts that came from files; those of a connection go with: meterbook revoke NUMBER --delete-data.
    """
    from meterbook.book.forgetting import forget_account, forget_document
    from meterbook.model.errors import UsageError

    if (account is None) == (document is None):
        raise UsageError("what to forget is not clear", expected="an account, or --document with a hash")
    if not yes:
        prompts.confirm_deletion(f"Delete all that the book holds of {account or document}?")
    with open_book() as book:
        if document is not None:
            gone = forget_document(book, document)
            typer.echo(f"Document {gone.digest[:12]} deleted.")
            return
        done = forget_account(book, account or "", utility=utility)
    told = [counted(done.readings, "reading"), counted(done.bills, "bill"), counted(done.documents, "document")]
    typer.echo(f"{', '.join(told)} deleted.")
