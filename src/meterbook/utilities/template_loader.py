"""From a YAML file to a bill template: read and checked strictly, or refused with line, column and field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path as FilePath
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from meterbook.model.bill_template import Template
from meterbook.model.errors import InputError, Where
from meterbook.utilities.template_checks import problems
from meterbook.utilities.yaml_source import Path, YamlSource, read_yaml

_WHAT = "the bill template"
_HINT = "docs/bill-templates.md describes each field; the schema is meterbook/utilities/bill_template.schema.json."
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?$", re.DOTALL)


def load(path: FilePath) -> Template:
    """Read and check one file.

    Args:
        path: a YAML file named after the template.

    Raises:
        InputError: it can't be read, is not YAML, or a field is wrong, unknown or missing.
    """
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as err:
        raise InputError(f"{_WHAT} can't be read", where=str(path), hint=_HINT) from err


@lru_cache(maxsize=256)
def _load(path: FilePath, _modified: int) -> Template:
    return parse(path.read_bytes(), str(path), slug=path.stem)


def parse(content: bytes, name: str, *, slug: str | None = None) -> Template:
    """A template from the bytes of its file.

    Args:
        content: YAML text, UTF-8.
        name: the file's name, for errors.
        slug: what its ``name`` has to be: the file's name without its ending.

    Raises:
        InputError: not YAML, or a field is wrong, unknown or missing; names line and column.
    """
    source = read_yaml(content, name, what=_WHAT, hint=_HINT)
    try:
        template = msgspec.convert(source.plain, Template)
    except msgspec.ValidationError as err:
        raise _refusal(err, name, source) from err
    if slug is not None and template.name != slug:
        raise _wrong(name, source, ("name",), f"is {template.name!r}", f"the file's own name, {slug!r}")
    for path, what, expected in problems(template):
        raise _wrong(name, source, path, what, expected)
    return template


def _wrong(name: str, source: YamlSource, path: Path, what: str, expected: str) -> InputError:
    line, column = source.place(path)
    return InputError(
        f"a field of {_WHAT} {what}",
        where=Where(source=name, record=f"line {line}, column {column}", field=_dotted(path) or None),
        expected=expected,
        hint=_HINT,
    )


def _dotted(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


# -- msgspec's refusal in our words ----------------------------------------------------------------------------------


def _refusal(err: msgspec.ValidationError, name: str, source: YamlSource) -> InputError:
    found = _AT.match(str(err))
    assert found is not None
    what = found["what"]
    path = tuple(_steps(found["path"] or "", source.plain, Template))
    unknown, missing = re.search(r"unknown field `(.*?)`", what), re.search(r"missing required field `(.*?)`", what)
    if unknown is not None:
        return _wrong(name, source, (*path, unknown[1]), "is not known", f"one of {_fields(_kind_at(path))}")
    if missing is not None:
        return _wrong(name, source, (*path, missing[1]), "is missing", "a value")
    value = re.search(r"Invalid enum value (.*)", what)
    said = f"is {value[1]}, which is not known" if value else "does not fit"
    return _wrong(name, source, path, said, re.sub(r"^Expected ", "", what).replace("`", ""))


def _steps(text: str, plain: Any, kind: Any) -> Iterator[str | int]:
    """The keys and indexes of msgspec's path; of a mapping it does not tell the key, so each is tried."""
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", text):
        kind = _bare(kind, plain)
        if step == "[...]" and isinstance(plain, dict):
            key = _bad_key(plain, kind)
            yield key
            plain, kind = plain.get(key), _inner(kind)
        elif step.startswith("["):
            index = int(step[1:-1]) if step[1:-1].isdigit() else _bad_index(plain, kind)
            yield index
            plain = plain[index] if isinstance(plain, list) and index < len(plain) else None
            kind = _inner(kind)
        else:
            yield step
            plain = plain.get(step) if isinstance(plain, dict) else None
            kind = get_type_hints(kind, include_extras=True).get(step) if _is_struct(kind) else None


def _bad_key(plain: dict[str, Any], kind: Any) -> str:
    return next((str(key) for key, value in plain.items() if not _converts({key: value}, kind)), "...")


def _bad_index(plain: Any, kind: Any) -> int:
    return next((index for index, value in enumerate(plain or ()) if not _converts([value], kind)), 0)


def _converts(plain: Any, kind: Any) -> bool:
    try:
        msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        return False
    return True


def _kind_at(path: Path) -> Any:
    kind: Any = Template
    for step in path:
        kind = _bare(kind, [] if isinstance(step, int) else {})
        if _is_struct(kind) and isinstance(step, str):
            kind = get_type_hints(kind, include_extras=True).get(step)
        else:
            kind = _inner(kind)
    return _bare(kind, {})


def _bare(kind: Any, plain: Any) -> Any:
    """A type without its annotations; of a choice, the one that has the shape of the value."""
    while hasattr(kind, "__metadata__"):
        kind = get_args(kind)[0]
    if get_origin(kind) not in (Union, UnionType):
        return kind
    choices = [_bare(arg, plain) for arg in get_args(kind)]
    if isinstance(plain, list):
        return next((choice for choice in choices if get_origin(choice) is list), choices[0])
    if isinstance(plain, dict):
        return next((choice for choice in choices if _is_struct(choice) or get_origin(choice) is dict), choices[0])
    return choices[0]


def _inner(kind: Any) -> Any:
    args = get_args(kind)
    return args[-1] if args else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _fields(kind: Any) -> str:
    return ", ".join(kind.__struct_fields__) if _is_struct(kind) else "its fields"
