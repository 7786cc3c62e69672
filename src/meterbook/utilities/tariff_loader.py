"""Tariff files: one YAML file a schedule, the utility's riders in a file beside them, or all in one.

The catalogue has a folder for each utility under ``tariffs/``; a user's own files come before those of the same code.
A rider that a schedule names without values takes them from ``riders.yaml`` of its folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from meterbook.model.errors import InputError, NotFound
from meterbook.model.tariff import Dated, Part, Rider, Source, Tariff, Version
from meterbook.utilities.typed_yaml import Kind
from meterbook.utilities.yaml_source import YamlSource

SHIPPED = Path(__file__).parent / "tariffs"
RIDERS = "riders.yaml"
_HINT = "docs/tariffs.md describes each field; the schema is meterbook/utilities/tariff.schema.json."


class RiderTable(Part, frozen=True, kw_only=True):
    """A rider's values by month."""

    name: str
    values: list[Dated] = msgspec.field(default_factory=list)
    note: str | None = None


class Riders(Part, frozen=True, kw_only=True):
    """A utility's riders."""

    format: Literal["meterbook-riders/1"]
    utility: str
    sources: dict[str, Source] = msgspec.field(default_factory=dict)
    riders: dict[str, RiderTable] = msgspec.field(default_factory=dict)


TARIFF = Kind(type=Tariff, what="the tariff file", hint=_HINT, exact=True)
TABLES = Kind(type=Riders, what="the file of riders", hint=_HINT, exact=True)


def load(path: Path) -> Tariff:
    """A schedule from its file, with the riders of its folder.

    Raises:
        InputError: it can't be read, or a field is wrong; names line and column.
    """
    try:
        stamps = (path.stat().st_mtime_ns, _stamp(path.parent / RIDERS))
    except OSError as err:
        raise InputError("the tariff file can't be read", where=str(path), hint=_HINT) from err
    return _load(path, stamps)


@lru_cache(maxsize=256)
def _load(path: Path, _stamps: tuple[int, int]) -> Tariff:
    beside = path.parent / RIDERS
    riders = TABLES.parse(beside.read_bytes(), _named(beside))[0] if beside.exists() else None
    return parse(path.read_bytes(), _named(path), riders)


def parse(content: bytes, name: str, riders: Riders | None = None) -> Tariff:
    """A schedule from the bytes of its file.

    Args:
        content: YAML text, UTF-8.
        name: the file's name, for errors.
        riders: values of riders that the file names without any.

    Raises:
        InputError: not YAML, or a field is wrong, unknown or missing; names line and column.
    """
    tariff, source = TARIFF.parse(content, name)
    for index, version in enumerate(tariff.versions):
        for place, charge in enumerate(version.charges):
            if (
                isinstance(charge, Rider)
                and not charge.values
                and (riders is None or charge.rider not in riders.riders)
            ):
                known = "none" if riders is None else ", ".join(riders.riders)
                path = ("versions", index, "charges", place, "rider")
                raise TARIFF.wrong(
                    name, source, path, f"names rider {charge.rider!r}, which has no values",
                    f"values here, or a rider of {RIDERS} in the same folder: {known}",
                )  # fmt: skip
    return tariff if riders is None else _with(tariff, riders)


def source(path: Path) -> YamlSource:
    """The text of a tariff file with the places of its fields."""
    return TARIFF.parse(path.read_bytes(), _named(path))[1]


def codes(utility: str, folders: tuple[Path, ...] = (SHIPPED,)) -> list[str]:
    """Codes of a utility's schedules, in order."""
    return sorted({path.stem for folder in folders for path in _files(folder / utility)})


def utilities(folders: tuple[Path, ...] = (SHIPPED,)) -> list[str]:
    """Utilities of which there are schedules."""
    return sorted({path.name for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_dir()})


def path_of(name: str, folders: tuple[Path, ...] = (SHIPPED,)) -> Path:
    """The file of a schedule named ``utility/CODE``.

    Raises:
        NotFound: there is none.
    """
    utility, _, code = name.partition("/")
    for folder in folders:
        for path in _files(folder / utility):
            if path.stem.casefold() == code.casefold():
                return path
    known = codes(utility, folders)
    raise NotFound(
        f"there is no schedule {name!r}",
        expected=f"one of {', '.join(f'{utility}/{code}' for code in known)}"
        if known
        else f"a utility of {', '.join(utilities(folders))}",
        hint="List them with: meterbook tariffs list",
    )


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in sorted(folder.glob("*.yaml")) if path.name != RIDERS)


def _with(tariff: Tariff, riders: Riders) -> Tariff:
    versions = [
        msgspec.structs.replace(
            version,
            charges=[_filled(charge, riders) if isinstance(charge, Rider) else charge for charge in version.charges],
        )
        for version in tariff.versions
    ]
    used = {
        dated.source
        for version in versions
        for charge in version.charges
        if isinstance(charge, Rider)
        for dated in charge.values
    }
    sources = {key: source for key, source in riders.sources.items() if key in used} | tariff.sources
    found: list[Version] = versions
    return msgspec.structs.replace(tariff, versions=found, sources=sources)


def _filled(charge: Rider, riders: Riders) -> Rider:
    table = riders.riders.get(charge.rider)
    return charge if charge.values or table is None else msgspec.structs.replace(charge, values=table.values)


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _named(path: Path) -> str:
    """What is shipped is named as in the project: where it is installed concerns nobody."""
    return f"{path.parent.name}/{path.name}" if path.is_relative_to(SHIPPED) else str(path)
