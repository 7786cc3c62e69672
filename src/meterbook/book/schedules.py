"""Rate schedules by name: of the catalogue, of the user's own files, or a file of a tariff or of OpenEI's database."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meterbook.model.errors import InputError, NotFound, StoreError, TariffError, UsageError, Where
from meterbook.model.tariff import Tariff
from meterbook.tariffs.bill import least_sure
from meterbook.tariffs.checking import problems
from meterbook.tariffs.describing import described
from meterbook.tariffs.problem import Problem
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
        line, column = tariff_loader.source(path).place(problem.path)
        raise InputError(
            problem.what,
            where=Where(source=path.name, record=f"line {line}, column {column}", field=problem.field),
            expected=problem.expected,
            hint="docs/tariffs.md describes each field.",
        )
    return tariff


@contextmanager
def placed(name: str, *, book: Path | None = None) -> Iterator[None]:
    """Within it a schedule that does not say what it is asked for is named with line and column of its file.

    Args:
        name: as :func:`schedule` takes it.
        book: the book's folder.
    """
    try:
        yield
    except TariffError as err:
        path = Path(name)
        if path.suffix.casefold() != ".json":
            path = path if path.suffix.casefold() in (".yaml", ".yml") else tariff_loader.path_of(name, folders(book))
            line, column = tariff_loader.source(path).place(err.path)
            err.where = Where(source=path.name, record=f"line {line}, column {column}")
        raise


def code_of(utility: str, said: str, book: Path | None = None) -> str | None:
    """The code of the schedule that a portal or a bill means; None where no schedule of the utility is called so.

    Args:
        utility: slug.
        said: ``R``, ``R:PROVIDER`` as portals write it, another code that the schedule's file names, or a code with
            more words behind it.
        book: the book's folder, for the user's own schedules.
    """
    places = folders(book)
    known = {code.casefold(): code for code in tariff_loader.codes(utility, places)}
    for code in list(known.values()):
        try:
            also = tariff_loader.load(tariff_loader.path_of(f"{utility}/{code}", places)).also
        except InputError:
            continue  # a file that can't be read has no other names
        known |= {name.casefold(): code for name in also if name.casefold() not in known}
    words = (said, said.partition(":")[0], *said.split()[:1])
    return next((known[word] for one in words if (word := one.strip().casefold()) in known), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A schedule as a list shows it.

    Attributes:
        name: ``utility/CODE``.
        title: its name.
        since: first day of its last version.
        status: of its least sure number; ``not known`` where it can't be priced.
        own: whether it is the user's own.
    """

    name: str
    title: str
    since: date | None
    status: str
    own: bool

    def plain(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "name": self.name, "title": self.title, "since": None if self.since is None else self.since.isoformat(),
            "status": self.status, "own": self.own,
        }  # fmt: skip


def listed(book: Path | None, utility: str | None = None) -> list[Listed]:
    """Schedules of the catalogue and the user's own, by name; files that are not sound are ``not known``."""
    places = folders(book)
    found = []
    for slug in tariff_loader.utilities(places) if utility is None else [utility]:
        for code in tariff_loader.codes(slug, places):
            path = tariff_loader.path_of(f"{slug}/{code}", places)
            found.append(_listed(path, f"{slug}/{code}", own=not path.is_relative_to(tariff_loader.SHIPPED)))
    return found


def _listed(path: Path, name: str, *, own: bool) -> Listed:
    try:
        tariff = tariff_loader.load(path)
    except InputError as err:
        return Listed(name=name, title=err.what, since=None, status="not known", own=own)
    last = tariff.versions[-1] if tariff.versions else None
    rows = described(last, kind=tariff.sector) if last is not None else []
    unknown = last is None or bool(last.not_known) or not rows or any(row.status == "not known" for row in rows)
    status = "not known" if unknown else least_sure(*(row.status for row in rows))
    return Listed(name=name, title=tariff.name, since=None if last is None else last.start, status=status, own=own)


def problems_of(path: Path) -> list[tuple[Problem, int, int]]:
    """What is wrong with a tariff file, with line and column of each.

    Raises:
        NotFound: there is no such file.
        InputError: it can't be read as a tariff at all; names line and column.
    """
    if not path.exists():
        raise NotFound("there is no such file", where=str(path))
    tariff = tariff_loader.load(path)
    found = list(problems(tariff))
    source = tariff_loader.source(path) if found else None
    return [(one, *source.place(one.path)) for one in found] if source is not None else []


def own_copy(name: str, book: Path) -> Path:
    """The user's own file of a schedule: the one that is there, a copy of the catalogue's, or one that is begun.

    Raises:
        UsageError: the name is not ``utility/CODE``.
        StoreError: the file can't be written.
    """
    utility, _, code = name.partition("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", utility) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", code):
        raise UsageError(f"{name!r} does not name a schedule", expected="a utility and a code, such as ccec/SGS")
    path = book / FOLDER / utility / f"{code}.yaml"
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        riders = tariff_loader.SHIPPED / utility / tariff_loader.RIDERS
        if riders.exists() and not (path.parent / tariff_loader.RIDERS).exists():
            shutil.copy(riders, path.parent)
        try:
            content = tariff_loader.path_of(name).read_text()
        except NotFound:
            content = BEGUN.format(utility=utility, code=code)
        path.write_text(content)
    except OSError as err:
        raise StoreError(f"the file can't be written: {err.strerror}", where=str(path)) from err
    return path


BEGUN = """\
# docs/tariffs.md describes each field. Numbers may say where they are from:
#   {{value: 0.0998, status: derived, how: arithmetic, source: sheet}}
format: meterbook-tariff/1
utility: {utility}
code: {code}
name: Residential service
zone: America/New_York
sector: residential
versions:
  - start: 2025-01-01
    charges:
      - {{charge: fixed, name: Base charge, amount: 30.00}}
      - {{charge: energy, name: Energy, rates: [{{rate: 0.12}}]}}
"""


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
