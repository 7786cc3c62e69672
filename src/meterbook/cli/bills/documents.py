"""``meterbook bills documents``: PDFs that are kept, and why some of them are no bills of the book."""

from __future__ import annotations

import json
import textwrap
from typing import Annotated

import typer

from meterbook.cli.context import open_book
from meterbook.model.wording import counted

WIDTH = 80


def documents(
    all_: Annotated[bool, typer.Option("--all", help="List those whose bills are held too.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Read them again first, by the templates that there are now.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List documents that are kept and not read as bills, with the reasons."""
    from meterbook.book.bill_files import read_again
    from meterbook.cli.importing_bills import print_bill
    from meterbook.store.records import DocumentState

    with open_book() as book:
        for paper in read_again(book) if again else ():
            if paper.accepted and not json_:
                print_bill(paper)
        held = book.records.documents()
    shown = [one for one in held if all_ or one.state is not DocumentState.READ]
    if json_:
        rows = [
            {
                "digest": one.digest,
                "size": one.size,
                "state": one.state.value,
                "reasons": list(one.reasons),
                "sources": [source.source for source in one.sources],
            }
            for one in shown
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for one in shown:
        names = ", ".join(dict.fromkeys(source.source for source in one.sources))
        typer.echo(f"{one.digest[:12]}  {one.state.value:<8} {names}")
        for reason in one.reasons:
            typer.echo(textwrap.fill(reason, WIDTH, initial_indent="    ", subsequent_indent="    "))
    read = sum(one.state is DocumentState.READ for one in held)
    typer.echo(f"{counted(len(held), 'document')} kept, {read} read.")
