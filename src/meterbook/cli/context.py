"""What every command needs: the book that was named, and how to print to this terminal."""

from __future__ import annotations

import os
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

    from meterbook.book import Book

BOOK_HELP = "The book's folder (else METERBOOK_BOOK, else your data folder)."
_named: list[Path | None] = [None]
Word = TypeVar("Word", bound=StrEnum)


def set_book(folder: Path | None) -> None:
    """Remember the folder that was named on the command line."""
    _named[0] = folder


def book_folder() -> Path:
    """The folder of the book: the one named, else ``METERBOOK_BOOK``, else the user's data folder."""
    from meterbook.book.folder import default_folder

    return _named[0] or default_folder()


def open_book() -> Book:
    """The book that was named, made if it is not there yet."""
    from meterbook.book import Book

    return Book.open(book_folder())


def console(*, stderr: bool = False) -> Console:
    """A console that colours only where a person looks, and never in a pipe or with NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=not stream.isatty(), emoji=False, markup=True)


def is_terminal() -> bool:
    """Whether standard output is a terminal that can redraw lines."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"


def command_line(*words: str) -> str:
    """A command that can be pasted, with ``--book`` where it was given."""
    book = ("--book", str(_named[0])) if _named[0] is not None else ()
    return shlex.join(("meterbook", *book, *words))


def word_of(kind: type[Word], text: str, option: str) -> Word:
    """The member of a list of words that an option names, in whatever case.

    Raises:
        UsageError: it names none.
    """
    from meterbook.model.errors import UsageError

    for member in kind:
        if member.value.casefold() == text.strip().casefold():
            return member
    raise UsageError(f"{text!r} is not known", where=option, expected=f"one of {', '.join(m.value for m in kind)}")
