"""The commands together, and what happens when one of them fails."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from meterbook.cli import (
    connections,
    demo,
    doctor,
    estimate,
    failures,
    forget,
    identify,
    importing,
    practice,
    status,
    store,
    store_query,
    sync,
    usage,
    utilities,
    validate,
    year,
)
from meterbook.cli.bills.app import bills_app
from meterbook.cli.context import BOOK_HELP, set_book
from meterbook.cli.rates.app import rates_app
from meterbook.cli.tariffs.app import tariffs_app
from meterbook.model.errors import ExitCode
from meterbook.version import __version__

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


# The short lines are what `meterbook --help` lists: whole sentences that fit beside the names at 80 columns.
app.command("connect", short_help="Connect a portal log-in.")(connections.connect)
app.command("sync", short_help="Bring everything up to date.")(sync.sync)
app.command("status", short_help="Show what the book holds, and its gaps.")(status.status)
app.command("usage", short_help="Show usage, or write it to a file.")(usage.usage)
app.command("import", short_help="Take in readings, bills and reports.")(importing.import_files)
app.command("year", short_help="Print a year of an account, two pages.")(year.year)
app.command("validate", short_help="Look for trouble in the readings.")(validate.validate)
app.command("estimate", short_help="Fill what is missing, marked as estimated.")(estimate.estimate)
app.command("identify", short_help="Give a meter or account further identifiers.")(identify.identify)
app.command("doctor", short_help="Check all that can be wrong with a set-up.")(doctor.doctor)
app.command("connections", short_help="List the log-ins that are connected.")(connections.connections)
app.command("revoke", short_help="End a connection.")(connections.revoke)
app.command("forget", short_help="Delete an account, or a document.")(forget.forget)
app.command("utilities", short_help="List the utilities in the catalogue.")(utilities.utilities)
app.command("guide", short_help="Print how a utility gives out its data.")(utilities.guide)
app.command("demo", short_help="See it all on a made-up co-op.")(demo.demo)
store.app.command("query", short_help="Ask many channels at once.")(store_query.query)
app.add_typer(bills_app, name="bills", short_help="Bills: read, list, show, check.")
app.add_typer(tariffs_app, name="tariffs", short_help="Rate schedules: list, show, edit.")
app.add_typer(rates_app, name="rates", short_help="Rates: price, compare, work out.")
app.add_typer(store.app, name="store", short_help="Look after the readings on the disk.")
app.add_typer(practice.app, name="practice", short_help="Run a made-up co-op on this machine.")


def main() -> NoReturn:
    """Run the command line; never shows a traceback.

    Exits with a code of :class:`~meterbook.model.errors.ExitCode`, 130 when interrupted, or 70 when something broke
    inside Meterbook (the details then lie in a file that the message names).
    """
    # Arrow's own allocator keeps what it freed; the system's gives it back, and a sync of many accounts stays small.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        if code == failures.INTERRUPTED:  # Typer makes this of Ctrl-C, and says nothing
            raise KeyboardInterrupt
    except typer.Abort:
        typer.echo("Stopped; nothing more was done.", err=True)
        sys.exit(failures.INTERRUPTED)
    except typer.TyperException as error:
        message = error.format_message().replace("Value error, ", "")
        failures.print_error(f"{message.rstrip('.')}.", f"See: meterbook --help (usage, exit {error.exit_code})")
        sys.exit(error.exit_code)
    except SystemExit as stop:
        # Typer turns a reader that went away into exit code 1; for us that is no failure.
        sys.exit(failures.show(stop.__context__) if isinstance(stop.__context__, BrokenPipeError) else stop.code)
    except BaseException as failure:  # the last line of defence: a person must never be shown a traceback
        sys.exit(failures.show(failure))
    sys.exit(code if isinstance(code, int) else ExitCode.DONE)
