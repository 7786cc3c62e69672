"""Where a book's readings lie: in its folder, or in an object store, which the book then remembers.

A book and its readings belong together: channel numbers mean nothing without the records that gave them. So a place
is only taken if nothing lies there, or the very files that the book has where they were until now: a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meterbook.book.classes import RecordedClasses
from meterbook.model.errors import StoreError
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records

VARIABLE = "METERBOOK_READINGS"
SETTING = "readings.place"


def open_lake(folder: Path, records: Records, env: Mapping[str, str]) -> ReadingsLake:
    """The readings of a book.

    Args:
        folder: the book's folder.
        records: remember the place.
        env: ``METERBOOK_READINGS`` names another place; without it the one remembered, else the folder.

    Raises:
        StoreError: what lies in the place named is not this book's, or it can't be a place.
        UsageError: the URL or its settings can't be used.
    """
    remembered = records.setting(SETTING)
    named = env.get(VARIABLE) or remembered
    kept = None if named is None else _elsewhere(folder, named)
    lake = ReadingsLake.open(kept or folder, classes=RecordedClasses(records))
    if kept != remembered:
        _take(lake, ReadingsLake.open(remembered or folder), kept or str(folder))
        records.set_setting(SETTING, kept)
    return lake


def _take(lake: ReadingsLake, former: ReadingsLake, where: str) -> None:
    if former.same_files(lake):
        lake.check_place()
        return
    if lake.version < 0:
        raise StoreError(
            f"{VARIABLE} names a place without the readings that this book has",
            where=where,
            hint=f"Copy `readings` and `revisions` there first, or unset {VARIABLE}. docs/object-storage.md says how.",
        )
    raise StoreError(
        f"{VARIABLE} names a place with readings that are not this book's",
        where=where,
        expected="an empty place, or a copy of the book's readings as they are now",
        hint="Name another prefix. Each book has its own.",
    )


def _elsewhere(folder: Path, named: str) -> str | None:
    """The place as it is remembered; None for the book's own folder."""
    if "://" in named:
        return named
    path = Path(named).expanduser().absolute()
    return None if path == folder.absolute() else str(path)
