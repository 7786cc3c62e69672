"""``meterbook doctor``: look at everything that can be wrong with a set-up."""

from __future__ import annotations

from typing import Annotated

import typer

from meterbook.cli.context import book_folder

MARKS = {"good": "✓", "look": "!", "bad": "✗"}


def doctor(
    online: Annotated[
        bool, typer.Option("--online", help="Sign in at each portal too: one log-in for each connection.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check everything that can be wrong with your set-up. Changes nothing."""
    from meterbook.book.doctor import Verdict, examine
    from meterbook.model.errors import ExitCode

    checks = []
    for check in examine(book_folder(), online=online):
        checks.append(check)
        if not json_:
            typer.echo(f"  {MARKS[check.verdict]} {check.name:<24}{check.text}")
            if check.hint and check.verdict is not Verdict.GOOD:
                typer.echo(f"    {'':<24}→ {check.hint}")
    if json_:
        import json

        rows = [{"name": c.name, "verdict": c.verdict.value, "text": c.text, "hint": c.hint} for c in checks]
        typer.echo(json.dumps(rows, indent=2))
    bad = sum(check.verdict is Verdict.BAD for check in checks)
    if not json_:
        look = sum(check.verdict is Verdict.LOOK for check in checks)
        typer.echo(f"{len(checks)} checks: {bad} bad, {look} deserve a look.")
    raise typer.Exit(ExitCode.PARTIAL if bad else ExitCode.DONE)
