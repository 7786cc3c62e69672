"""Rate schedules by name: of the catalogue, of the user's own files, or a file of a tariff or of OpenEI's database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from meterbook.model.errors import InputError, NotFound, Where
from meterbook.model.tariff import Tariff
from meterbook.tariffs.checking import problems
from meterbook.utilities import tariff_loader

FOLDER = "tariffs"
"""Folder of a book with the user's own schedules; they come before those of the catalogue."""


def folders(book: Path | None = None) -> tuple[Path, ...]:
    """Where schedules are looked for.

    Args:
        book: the book's folder, if there is one.
    """
    return (*((book / FOLDER,) if book is not None else ()), tariff_loader.SHIPPED)


def schedule(
    name: str, *, book: Path | None = None, zone: str | None = None, record_options: Sequence[str] = ()
) -> Tariff:
    """A schedule, without problems.

    Args:
        name: ``utility/CODE``, or a path to a tariff file (YAML) or to a record of OpenEI's database (JSON).
        book: the book's folder, for the user's own schedules.
        zone: IANA zone of a record's clock times, which it does not tell.
        record_options: how a record is read where it leaves something open, such as ``pooling=time``; see
            :class:`meterbook.tariffs.urdb.Options`. Its prices hold always: it is named to be priced with.

    Raises:
        NotFound: there is no such schedule.
        InputError: the file can't be read, or the schedule has a problem; names line and column.
    """
    path = Path(name)
    if path.suffix.casefold() == ".json":
        return _checked(_record(path, zone, record_options), path.name)
    if path.suffix.casefold() not in (".yaml", ".yml"):
        path = tariff_loader.path_of(name, folders(book))
    elif not path.exists():
        raise NotFound("there is no such file", where=name)
    tariff = tariff_loader.load(path)
    for problem in problems(tariff):
        line, column = tariff_loader.place(path.read_bytes(), name, problem.path)
        raise InputError(
            problem.what,
            where=Where(source=path.name, record=f"line {line}, column {column}", field=problem.field),
            expected=problem.expected,
            hint="docs/tariffs.md describes each field.",
        )
    return tariff


def _record(path: Path, zone: str | None, words: Sequence[str]) -> Tariff:
    from meterbook.tariffs import urdb  # noqa: PLC0415 - only for records

    try:
        content = path.read_bytes()
    except FileNotFoundError as err:
        raise NotFound("there is no such file", where=str(path)) from err
    except OSError as err:
        raise InputError("the record can't be read", where=str(path), expected="a file of OpenEI's database") from err
    if zone is None:
        raise InputError(
            "a record of OpenEI's database does not tell the zone of its clock times",
            where=path.name,
            expected="--zone with an IANA name such as America/New_York",
        )
    options = urdb.with_words(urdb.Options(zone=zone, dates="always"), words)
    return urdb.read(urdb.only(content, path.name), options)


def _checked(tariff: Tariff, name: str) -> Tariff:
    for problem in problems(tariff):
        raise InputError(problem.what, where=Where(source=name, field=problem.field), expected=problem.expected)
    return tariff
