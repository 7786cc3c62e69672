"""``meterbook tariffs list``: schedules of the catalogue and the user's own, and whether they can be priced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import book_folder, command_line

if TYPE_CHECKING:
    from meterbook.book.schedules import Listed


def list_schedules(
    utility: Annotated[str | None, typer.Argument(metavar="UTILITY", help="Only this utility's, such as ccec.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List rate schedules: since when, and how sure their numbers are."""
    from meterbook.book.schedules import listed

    found = listed(book_folder(), utility)
    if json_:
        typer.echo(json.dumps([one.plain() for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo(
            f"No schedules{f' of {utility}' if utility else ''}. Begin one: {command_line('tariffs', 'edit', 'mine/R')}"
        )
        return
    for one in found:
        typer.echo(_line(one))
    typer.echo(f"Next: {command_line('tariffs', 'show', found[0].name)}")


def _line(one: Listed) -> str:
    mark = "~" if one.status == "assumed" else "?" if one.status == "not known" else " "
    since = f"since {one.since}" if one.since else "no version"
    name = one.title if len(one.title) <= 32 else f"{one.title[:31]}…"
    return f"{mark} {one.name:<18.18} {name:<32} {since:<17}{one.status}"
