"""The commands together, and what happens when one of them fails."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from meterbook import __version__
from meterbook.cli import connections, demo, doctor, importing, practice, status, sync, usage, utilities
from meterbook.cli.context import BOOK_HELP, set_book
from meterbook.model.errors import ExitCode, MeterbookError

INTERRUPTED = 130
INTERNAL = 70

app = typer.Typer(
    name="meterbook",
    help="Gets your utility data out of your electric co-op, keeps it for good, and makes it useful.",
    epilog=(
        "Exit codes: 0 done, 1 partly done, 2 usage, 3 input, 4 portal, 5 consent, 6 store. "
        "Try it without an account: meterbook demo"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"meterbook {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    book: Annotated[Path | None, typer.Option("--book", metavar="FOLDER", help=BOOK_HELP)] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    set_book(book)


app.command("connect")(connections.connect)
app.command("sync")(sync.sync)
app.command("status")(status.status)
app.command("usage")(usage.usage)
app.command("import")(importing.import_files)
app.command("doctor")(doctor.doctor)
app.command("connections")(connections.connections)
app.command("revoke")(connections.revoke)
app.command("utilities")(utilities.utilities)
app.command("guide")(utilities.guide)
app.command("demo")(demo.demo)
app.add_typer(practice.app, name="practice")


def main() -> NoReturn:
    """Run the command line; never shows a traceback.

    Exits with a code of :class:`~meterbook.model.errors.ExitCode`, 130 when interrupted, or 70 when something broke
    inside Meterbook (the details then lie in a file that the message names).
    """
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except MeterbookError as error:
        _print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("\nStopped. What was stored is kept; run the same command to go on.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) went away: nobody is left to print to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except typer.Abort:
        typer.echo("Stopped; nothing more was done.", err=True)
        sys.exit(INTERRUPTED)
    except typer.TyperException as error:
        typer.echo(f"Error: {error.format_message().rstrip('.')}.", err=True)
        typer.echo(f"  See: meterbook --help (usage, exit {error.exit_code})", err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # the last line of defence: a person must never be shown a traceback
        _print_internal(error)
        sys.exit(INTERNAL)
    sys.exit(code if isinstance(code, int) else ExitCode.DONE)


def _print_error(error: MeterbookError) -> None:
    text = str(error)
    typer.echo(f"Error: {text[:1].lower() if text[1:2].islower() else text[:1]}{text[1:]}.", err=True)
    hint = f"{error.hint.rstrip('.')}. " if error.hint else ""
    typer.echo(f"  {hint}({error.code}, exit {error.exit_code})", err=True)


def _print_internal(error: Exception) -> None:
    from meterbook.cli.diagnostics import write_diagnostics  # noqa: PLC0415 - only when something broke

    path = write_diagnostics(error)
    typer.echo(f"Error: something broke inside Meterbook ({type(error).__name__}); nothing stored was lost.", err=True)
    typer.echo(f"  Please report it with this file, which holds no secrets: {path} (exit {INTERNAL})", err=True)
