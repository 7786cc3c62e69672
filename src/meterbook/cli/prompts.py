"""Questions at the terminal. They go to standard error, so that what a command prints can be piped on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from meterbook.model.errors import UsageError


def password(user: str, *, from_stdin: bool) -> str:
    """The password: a line of standard input, METERBOOK_PASSWORD, or what is typed unseen. Empty if nobody can tell."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    from_environment = os.environ.get("METERBOOK_PASSWORD")
    if from_environment:
        return from_environment
    if not sys.stdin.isatty():
        return ""
    return _asked(f"Password of {user}", hidden=True)


async def one_time_code() -> str:
    """The code that the authenticator shows; spaces in it are how people read it."""
    return _asked("One-time code").replace(" ", "")


def zone(candidates: Sequence[str]) -> str:
    """The utility's time zone: one of the candidates by number, or any name."""
    typer.echo("The utility's time zone is not known, and its readings carry local time.", err=True)
    for number, name in enumerate(candidates, 1):
        typer.echo(f"  {number}  {name}", err=True)
    answer = _asked("Number, or an IANA name" if candidates else "IANA name, such as America/New_York").strip()
    return candidates[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(candidates) else answer


def look_up(name: str) -> bool:
    """Whether SmartHub may be asked where a utility's portal is."""
    return confirm(f"The portal's address is not known. Ask SmartHub's member look-up for {name!r}?")


def site(called: str, name: str) -> bool:
    """Whether a portal that gives itself a name is the one that was meant."""
    return confirm(f"The portal calls itself {called!r}. Is that the one for {name}?")


def confirm(question: str, *, abort: bool = False) -> bool:
    """A question that is answered by yes or no."""
    with _stoppable():
        return typer.confirm(question, abort=abort, err=True)


def confirm_deletion(question: str) -> None:
    """Go on only if whoever sits at the terminal says so.

    Raises:
        UsageError: nobody sits there.
        typer.Abort: they say no.
    """
    if not sys.stdin.isatty():
        raise UsageError("deleting was not confirmed", expected="--yes", hint="Nothing was deleted.")
    confirm(question, abort=True)


def _asked(question: str, *, hidden: bool = False) -> str:
    with _stoppable():
        answer: str = typer.prompt(question, hide_input=hidden, err=True)
    return answer


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C end a question at once.

    While a loop of asyncio runs, the first Ctrl-C only asks its task to end, which a task that waits for a line never
    hears.
    """
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
