"""``meterbook identify``: further identifiers of accounts, service locations and meters."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from meterbook.cli.context import command_line, open_book, word_of
from meterbook.cli.dates import day_of


def identify(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="account, location or meter.")],
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number, as the utility writes it.")],
    value: Annotated[str, typer.Option("--value", metavar="ID", help="The identifier, as its issuer writes it.")],
    scheme: Annotated[
        str,
        typer.Option(
            "--scheme", help="Who issued it: utility, esi-id, pod-id, mdm, portfolio-manager, customer or other."
        ),
    ] = "other",
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="First day it held.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Day from which it no longer holds.")
    ] = None,
) -> None:
    """Give an account, a service location or a meter a further identifier.

    From then on --account, --location and --meter take it too, here and in meterbook import and usage.
    """
    from meterbook.book.identifying import identify as give
    from meterbook.model.identity import IdScheme
    from meterbook.store.records import OwnerKind

    owner = word_of(OwnerKind, kind, "KIND")
    issuer = word_of(IdScheme, scheme, "--scheme")
    days: list[date | None] = [day_of(since, "--since"), day_of(until, "--until")]
    with open_book() as book:
        owners = give(book, owner, number, value, scheme=issuer, since=days[0], until=days[1])
    where = f", under {len(owners)} accounts" if len(owners) > 1 else ""
    typer.echo(f"{owner} {number} is also {issuer} {value}{where}.")
    typer.echo(f"Next: {command_line('usage', f'--{owner}', value)}")
