"""How a failure is shown: two lines that say what happened and what to do, and the exit code that goes with it."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator

import typer

from meterbook.model.errors import ExitCode, MeterbookError, StoreError

INTERRUPTED = 130
INTERNAL = 70
WIDTH = 80
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def print_error(what: str, then: str) -> None:
    """Two lines on standard error; on a terminal each is wrapped to its width, in a pipe each stays one line."""
    typer.echo(_wrapped(f"Error: {what}"), err=True)
    typer.echo(_wrapped(f"  {then}"), err=True)


def sentence(text: str) -> str:
    """A message as it reads after "Error: ": no capital that is not its own, a full stop at the end.

    >>> sentence("The portal is down"), sentence("METERBOOK_VAULT_KEY is too short.")
    ('the portal is down.', 'METERBOOK_VAULT_KEY is too short.')
    """
    return f"{text[:1].lower() if text[1:2].islower() or text[1:2] == ' ' else text[:1]}{text[1:].rstrip('.')}."


def show(failure: BaseException) -> int:
    """Print what made a command end, and return the code to exit with; never shows a traceback."""
    leaves = list(_leaves(failure))
    known = next((one for one in map(_named, leaves) if one is not None), None)
    if any(isinstance(one, KeyboardInterrupt) for one in leaves):
        typer.echo("\nStopped. What was stored is kept; run the same command to go on.", err=True)
        return INTERRUPTED
    if known is not None:
        hint = f"{known.hint.rstrip('.')}. " if known.hint else ""
        print_error(sentence(str(known)), f"{hint}({known.code}, exit {known.exit_code})")
        return known.exit_code
    if any(isinstance(one, BrokenPipeError) for one in leaves):
        leave_output()
        return ExitCode.DONE
    return _show_internal(failure)


def leave_output() -> None:
    """Print nowhere from now on: the reader (``head``, ``less``) went away."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    """The failures in a group of them, since what runs side by side fails side by side."""
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure


def _named(failure: BaseException) -> MeterbookError | None:
    """A failure by its name in our own tree; the operating system's are named by what it says. None: our bug."""
    if isinstance(failure, MeterbookError):
        return failure
    if isinstance(failure, BrokenPipeError):
        return None
    if isinstance(failure, OSError) and failure.errno in _NO_ROOM:
        return StoreError("there is no room left to write to", hint="Make room, then run the same command again.")
    if isinstance(failure, PermissionError) or (isinstance(failure, OSError) and failure.errno == errno.EROFS):
        return StoreError(
            f"a file may not be used: {failure.strerror}", where=failure.filename, hint="Check whose it is."
        )
    if type(failure).__module__.partition(".")[0] in ("sqlite3", "sqlalchemy"):
        return StoreError(
            f"the records could not be read or written ({getattr(failure, 'orig', failure)})",
            hint="See what is wrong with: meterbook doctor",
        )
    return None


def _show_internal(failure: BaseException) -> int:
    from meterbook.cli.diagnostics import write_diagnostics

    try:
        told = f"Please report it with this file, which holds no secrets: {write_diagnostics(failure)}"
    except OSError as err:
        told = f"The details could not be written down ({err.strerror})."
    print_error(
        f"something broke inside Meterbook ({type(failure).__name__}); nothing stored was lost.",
        f"{told} (exit {INTERNAL})",
    )
    return INTERNAL


def _wrapped(text: str) -> str:
    if not sys.stderr.isatty():
        return text
    width = min(WIDTH, shutil.get_terminal_size().columns)
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
