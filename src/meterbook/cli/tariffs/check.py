"""``meterbook tariffs check``: is a tariff file sound? Everything that is wrong, with line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meterbook.cli.failures import print_error
from meterbook.model.wording import counted


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Tariff files, YAML.")],
) -> None:
    """Check tariff files: fields, names, seasons and hours that divide all time, blocks, versions."""
    from meterbook.book.schedules import problems_of
    from meterbook.model.errors import ExitCode, MeterbookError

    wrong = 0
    for path in files:
        try:
            found = problems_of(path)
        except MeterbookError as error:
            print_error(f"{error}.", error.hint or "")
            wrong += 1
            continue
        for problem, line, column in found:
            print_error(
                f"{path.name}, line {line}, column {column}: {problem.what} ({problem.field}).",
                f"Expected: {problem.expected}.",
            )
        wrong += bool(found)
        if not found:
            typer.echo(f"{path.name}: sound")
    if wrong:
        typer.echo(f"{counted(wrong, 'file')} of {len(files)} can't be priced.", err=True)
        raise typer.Exit(ExitCode.INPUT)
