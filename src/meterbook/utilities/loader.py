"""From a YAML file to a :class:`Utility`: read, checked strictly, or refused with file, field and what was expected."""

from __future__ import annotations

import re
import zoneinfo
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from meterbook.model.errors import InputError, Where
from meterbook.utilities.entry import Slug, Source, Utility, UtilityFile
from meterbook.utilities.states import STATES

_SHIPPED = Path(__file__).parent / "catalogue"
_HINT = "docs/utilities.md describes each field; the schema is meterbook/utilities/schema.json."
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?$", re.DOTALL)


def load(path: Path) -> Utility:
    """Read and check one file.

    Args:
        path: a YAML file named after the utility's slug.

    Raises:
        InputError: it can't be read, is not YAML, or a field is wrong, unknown or missing.
    """
    try:
        modified = path.stat().st_mtime_ns
    except OSError as err:
        raise InputError("the utility file can't be read", where=str(path), hint=_HINT) from err
    return _load(path, modified)


@lru_cache(maxsize=256)
def _load(path: Path, _modified: int) -> Utility:
    try:
        content = path.read_bytes()
    except OSError as err:
        raise InputError("the utility file can't be read", where=str(path), hint=_HINT) from err
    entry = parse(content, str(path), slug=path.stem)
    # What is shipped is named as in the project: where it is installed concerns nobody who reads a guide.
    return msgspec.structs.replace(entry, origin=path.name) if path.is_relative_to(_SHIPPED) else entry


def parse(content: bytes, name: str, *, slug: str) -> Utility:
    """A utility from the bytes of its file.

    Args:
        content: YAML text, UTF-8.
        name: the file's name, for errors.
        slug: what its ``slug`` has to be: the file's name without its ending.

    Raises:
        InputError: not YAML, or a field is wrong, unknown or missing.
    """
    plain = _yaml(content, name)
    try:
        entry = msgspec.convert(plain, UtilityFile)
    except msgspec.ValidationError as err:
        raise _refusal(err, name, plain) from err
    _check(entry, name, slug)
    fields = {field: getattr(entry, field) for field in entry.__struct_fields__}
    return Utility(**fields, full=True, origin=name)


def _yaml(content: bytes, name: str) -> Any:
    """YAML without its guesses at dates, and without the silent choice among repeated keys."""
    import yaml  # noqa: PLC0415 - only needed once a file is read

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen = set()
            for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    problem = f"the field {key.value!r} is given twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
            mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
            return mapping

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(content, Loader=Loader)  # noqa: S506 - a subclass of the safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        mark = getattr(err, "problem_mark", None)
        record = f"line {mark.line + 1}" if mark is not None else None
        problem = getattr(err, "problem", None) or "it can't be read"
        raise InputError(
            f"the utility file is not YAML: {problem}",
            where=Where(source=name, record=record),
            expected="a YAML mapping",
            hint=_HINT,
        ) from err


# -- what the types can't say ----------------------------------------------------------------------------------------


def _check(entry: UtilityFile, name: str, slug: str) -> None:
    if entry.slug != slug:
        raise _wrong(name, "slug", f"is {entry.slug!r}", f"the file's own name, {slug!r}: one utility a file")
    for index, state in enumerate(entry.states):
        if state not in STATES:
            raise _wrong(name, f"states[{index}]", f"is {state!r}", "the two-letter code of a US state or territory")
    zones = [("zone", entry.zone), *((f"zones_other[{index}]", zone) for index, zone in enumerate(entry.zones_other))]
    for field, zone in zones:
        if zone is not None and not _is_zone(zone):
            raise _wrong(name, field, f"is {zone!r}", "an IANA name such as America/New_York, or null if not known")
    ids = [method.id for method in entry.methods]
    for index, method_id in enumerate(ids):
        if method_id in ids[:index]:
            raise _wrong(name, f"methods[{index}].id", f"is {method_id!r} again", "an id of its own for each method")
    by = entry.older_history.method if entry.older_history is not None else None
    if by is not None and by not in ids:
        raise _wrong(
            name, "older_history.method", f"is {by!r}", f"the id of a method: {', '.join(ids) or 'none is told'}"
        )
    if entry.pace is not None:
        for field, (low, high) in (("gap_s", entry.pace.gap_s), ("wait_s", entry.pace.wait_s)):
            if low > high:
                raise _wrong(name, f"pace.{field}", f"is [{low:g}, {high:g}]", "the shorter time first")
    _check_sources(entry, name)


def _check_sources(entry: UtilityFile, name: str) -> None:
    for path, key in _source_keys(entry, ""):
        if key not in entry.sources:
            known = ", ".join(entry.sources)
            raise _wrong(name, path, f"names {key!r}", f"a key of the file's sources: {known}")


def _source_keys(value: Any, path: str) -> list[tuple[str, str]]:
    """Every key of a source that a part of an entry names, with the part's path."""
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _source_keys(item, f"{path}[{index}]")]
    if not isinstance(value, msgspec.Struct):
        return []
    found = []
    for field in value.__struct_fields__:
        below = f"{path}.{field}" if path else field
        if field == "source":
            found += [(f"{below}[{index}]", key) for index, key in enumerate(value.source)]  # type: ignore[attr-defined]
        elif field != "sources":
            found += _source_keys(getattr(value, field), below)
    return found


@lru_cache(maxsize=64)
def _is_zone(zone: str) -> bool:
    try:
        return bool(zoneinfo.ZoneInfo(zone).key)
    except (KeyError, ValueError, OSError):
        return False


def _wrong(name: str, field: str, what: str, expected: str) -> InputError:
    return InputError(
        f"a field of the utility file {what}",
        where=Where(source=name, field=field),
        expected=expected,
        hint=_HINT,
    )


# -- msgspec's refusal in our words ----------------------------------------------------------------------------------


def _refusal(err: msgspec.ValidationError, name: str, plain: Any) -> InputError:
    found = _AT.match(str(err))
    assert found is not None
    what, path = found["what"], (found["path"] or "").lstrip(".")
    if path.startswith("sources[...]"):
        path = path.replace("sources[...]", f"sources.{_wrong_source(plain)}", 1)
    at = _type_at(path)
    unknown = re.search(r"unknown field `(.*?)`", what)
    missing = re.search(r"missing required field `(.*?)`", what)
    if unknown is not None:
        field = f"{path}.{unknown[1]}" if path else unknown[1]
        return _wrong(name, field, "is not a field of the catalogue", f"one of {_fields(at)}")
    if missing is not None:
        field = f"{path}.{missing[1]}" if path else missing[1]
        return _wrong(name, field, "is missing", _expected(_type_at(field), "a value"))
    got = re.search(r"got `(.*?)`", what)
    value = re.search(r"Invalid enum value (.*)", what)
    said = f"is of type {got[1]}" if got else f"is {value[1]}" if value else "does not fit"
    fallback = re.sub(r", got `.*", "", what).removeprefix("Expected ").replace("`", "")
    return _wrong(name, path or "the file", said, _expected(at, fallback))


def _wrong_source(plain: Any) -> str:
    """The key of the first source that doesn't fit; msgspec does not tell keys of a mapping."""
    for key, value in plain["sources"].items():
        try:
            msgspec.convert({key: value}, dict[Slug, Source])
        except msgspec.ValidationError:
            return str(key)
    return "..."


def _fields(kind: Any) -> str:
    return (
        ", ".join(kind.__struct_fields__)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
        else "its fields"
    )


def _expected(kind: Any, fallback: str) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if get_origin(kind) is Annotated:
        for meta in get_args(kind)[1:]:
            if meta.description or meta.pattern:
                return str(meta.description or f"text like {meta.pattern}")
        return _expected(get_args(kind)[0], fallback)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return f"a mapping with {_fields(kind)}"
    words = {str: "text (put it in quotes)", int: "a whole number", bool: "true or false", float: "a number"}
    if get_origin(kind) is list:
        return "a list"
    return words.get(kind, fallback)


def _type_at(path: str) -> Any:
    """The type that the shape wants at a path such as ``methods[2].proven.status``."""
    kind: Any = UtilityFile
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        kind = _bare(kind)
        if step.startswith("["):
            args = get_args(kind)
            kind = args[0] if args else None
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            kind = get_type_hints(kind, include_extras=True).get(step)
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            return None
    return _optional(kind)


def _bare(kind: Any) -> Any:
    kind = _optional(kind)
    return _bare(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


def _optional(kind: Any) -> Any:
    """``X`` of ``X | None``."""
    if get_origin(kind) in (Union, UnionType):
        kinds = [arg for arg in get_args(kind) if arg is not NoneType]
        return kinds[0] if len(kinds) == 1 else kind
    return kind
