"""What every command needs: the book that was named, and how to print to this terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from meterbook.book import Book

BOOK_HELP = "The book's folder (else METERBOOK_BOOK, else your data folder)."
_named: list[Path | None] = [None]


def set_book(folder: Path | None) -> None:
    """Remember the folder that was named on the command line."""
    _named[0] = folder


def book_folder() -> Path:
    """The folder of the book: the one named, else ``METERBOOK_BOOK``, else the user's data folder."""
    from meterbook.book.folder import default_folder  # noqa: PLC0415 - heavy

    return _named[0] or default_folder()


def open_book() -> Book:
    """The book that was named, made if it is not there yet."""
    from meterbook.book import Book  # noqa: PLC0415 - heavy

    return Book.open(book_folder())


def console(*, stderr: bool = False) -> Console:
    """A console that colours only where a person looks, and never in a pipe or with NO_COLOR."""
    from rich.console import Console  # noqa: PLC0415 - heavy

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=not stream.isatty(), emoji=False, markup=True)


def is_terminal() -> bool:
    """Whether standard output is a terminal that can redraw lines."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"


def command_line(*words: str) -> str:
    """A command that can be pasted, with ``--book`` where it was given."""
    book = ("--book", str(_named[0])) if _named[0] is not None else ()
    return " ".join(("meterbook", *book, *words))
