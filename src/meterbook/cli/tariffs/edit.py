"""``meterbook tariffs edit``: a schedule of one's own, or a copy of the catalogue's, in the user's editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from meterbook.cli.context import book_folder, command_line


def edit(
    schedule: Annotated[str, typer.Argument(metavar="UTILITY/CODE", help="Which; one that is not there is begun.")],
    path_only: Annotated[bool, typer.Option("--path", help="Only make the copy and print where it is.")] = False,
) -> None:
    """Edit a schedule: a copy in the book's folder, which then comes before the catalogue's."""
    from meterbook.book.schedules import own_copy, problems_of
    from meterbook.model.errors import ExitCode

    path = own_copy(schedule, book_folder())
    if path_only:
        typer.echo(str(path))
        return
    if not _edited(path):
        typer.echo(f"No editor is set ($VISUAL or $EDITOR). The file is {path}")
        return
    found = problems_of(path)
    for problem, line, column in found:
        typer.echo(f"line {line}, column {column}: {problem.what}; expected {problem.expected}", err=True)
    if found:
        typer.echo(
            f"Saved, and not priced until it is sound. Next: {command_line('tariffs', 'edit', schedule)}", err=True
        )
        raise typer.Exit(ExitCode.INPUT)
    typer.echo(f"Sound. Next: {command_line('tariffs', 'show', schedule)}")


def _edited(path: Path) -> bool:
    """Whether an editor was there and was left without an error."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not command or shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, str(path)], check=False).returncode == 0  # noqa: S603 - the user's own editor
