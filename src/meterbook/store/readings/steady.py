"""Reads that go on when a vacuum takes a file from under them, and end when a file is truly missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from meterbook.model.errors import BookDamaged, StoreError
from meterbook.store.readings.log.table import LakeTable

T = TypeVar("T")
TRIES = 50
"""Times that a read begins anew without an end: something then replaces and vacuums faster than it can read."""


def steadily(read: Callable[[], T], tables: Sequence[LakeTable]) -> T:
    """What a read gives that begins from a fresh list of files when one of its files is gone.

    Raises:
        BookDamaged: a file that a table lists is missing.
        StoreError: files went again and again.
    """
    for _ in range(TRIES):
        try:
            return read()
        except FileNotFoundError as err:
            missing = err
            begin_anew(err, tables)
    raise unsteady(tables) from missing


def begin_anew(err: FileNotFoundError, tables: Sequence[LakeTable]) -> None:
    """Make the tables read their logs anew, since a file was gone.

    Raises:
        BookDamaged: it is listed still; what has left a table never comes back, so it is missing.
    """
    for table in tables:
        table.forget()
    told = str(err.filename or err)
    if any(file.path in told for table in tables for file in table.files()):
        raise BookDamaged(
            "a file of the book is missing",
            where=told,
            hint="Put it back from a copy of the book; `meterbook store verify` lists all that are missing.",
        ) from err


def unsteady(tables: Sequence[LakeTable]) -> StoreError:
    """The error for a read that can't come to an end."""
    return StoreError(
        "the files of the book are replaced while they are read",
        where=tables[0].place.where,
        hint="Something vacuums it again and again. Run the same command again.",
    )
