"""Meterbook: utility data out of an electric co-op, kept for good, made useful.

The Python API starts here: ``book = meterbook.open()``. Everything heavy is imported when first used,
so that ``import meterbook`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterbook.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from meterbook.book import Book

__all__ = ["__version__", "open"]


def open(folder: str | Path | None = None) -> Book:  # noqa: A001 - reads as the sentence it is: meterbook.open()
    """Open a book, making it if it is not there yet.

    Args:
        folder: the book's folder; without it ``METERBOOK_BOOK``, else the user's data folder.

    Returns:
        The book, a context manager.

    Raises:
        StoreError: the folder can't be used, or was written by a newer Meterbook.
    """
    from meterbook.book import Book  # noqa: PLC0415 - keeps `import meterbook` light

    return Book.open(folder)
