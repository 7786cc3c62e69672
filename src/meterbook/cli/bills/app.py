"""The group ``meterbook bills``: one line a command hangs it in."""

from __future__ import annotations

import typer

bills_app = typer.Typer(
    help="Read, list, show, check and write out bills.",
    no_args_is_help=True,
)


@bills_app.callback()
def _bills() -> None:
    """Read, list, show, check and write out bills."""
