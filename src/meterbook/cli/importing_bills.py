"""``meterbook import`` of bills on paper: what a PDF brought, or why it is only kept."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import typer

from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book.bill_files import BillFile

WIDTH = 80


def print_bill(one: BillFile) -> None:
    """What a PDF brought, for a person."""
    if one.known and one.accepted and not one.bills:
        typer.echo(f"{one.file}  is in the book already")
        return
    if not one.accepted:
        typer.echo(f"{one.file}  kept as a document, not as a bill")
        for reason in one.reasons:
            typer.echo(textwrap.fill(reason, WIDTH, initial_indent="  ", subsequent_indent="  "))
    for account, day, news in one.bills:
        typer.echo(f"{one.file}  bill of {day}, account {account}: {news.value}")
    if one.findings:
        typer.echo(f"  differs from what the book held: {counted(one.findings, 'finding')}")


def as_json(one: BillFile) -> dict[str, Any]:
    """What a PDF brought, for machines."""
    return {
        "file": one.file,
        "format": "bill",
        "document": one.digest,
        "known": one.known,
        "accepted": one.accepted,
        "reasons": list(one.reasons),
        "bills": [{"account": account, "bill_date": day, "news": news.value} for account, day, news in one.bills],
        "findings": one.findings,
    }
