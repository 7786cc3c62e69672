"""A YAML text as a value of a type: read and checked strictly, or refused with line, column and field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from meterbook.model.errors import InputError, Where
from meterbook.utilities.yaml_source import Path, YamlSource, read_yaml

_IN_WORDS = {"Invalid decimal string": "a number such as 0.0998", "RFC3339 encoded date": "a date such as 2025-01-31"}
"""What some of msgspec's refusals mean to a reader."""

T = TypeVar("T", bound=msgspec.Struct)
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """A kind of file.

    Attributes:
        type: what it holds.
        what: what it is called, such as ``the bill template``.
        hint: what the user can do about one that does not fit.
        exact: every number is read from its text, to the last digit; ``on`` and ``no`` are words.
    """

    type: type[T]
    what: str
    hint: str
    exact: bool = False

    def parse(self, content: bytes, name: str) -> tuple[T, YamlSource]:
        """The value of a text, and the text with the places of its fields.

        Args:
            content: YAML text, UTF-8.
            name: the file's name, for errors.

        Raises:
            InputError: not YAML, or a field is wrong, unknown or missing; names line and column.
        """
        source = read_yaml(content, name, what=self.what, hint=self.hint, exact=self.exact)
        try:
            return msgspec.convert(source.plain, self.type, strict=not self.exact), source
        except msgspec.ValidationError as err:
            raise self._refusal(err, name, source) from err

    def wrong(self, name: str, source: YamlSource, path: Path, what: str, expected: str) -> InputError:
        """The error that a field does not fit."""
        line, column = source.place(path)
        return InputError(
            f"a field of {self.what} {what}",
            where=Where(source=name, record=f"line {line}, column {column}", field=dotted(path) or None),
            expected=expected,
            hint=self.hint,
        )

    def _refusal(self, err: msgspec.ValidationError, name: str, source: YamlSource) -> InputError:
        """msgspec's refusal in our words."""
        found = _AT.match(str(err))
        assert found is not None
        what = found["what"]
        path = tuple(self._steps(found["path"] or "", source.plain))
        unknown, missing = re.search(r"unknown field `(.*?)`", what), re.search(r"missing required field `(.*?)`", what)
        if unknown is not None:
            at = (*path, unknown[1])
            return self.wrong(name, source, at, "is not known", f"one of {_fields(self._kind_at(path, source.plain))}")
        if missing is not None:
            return self.wrong(name, source, (*path, missing[1]), "is missing", "a value")
        value = re.search(r"Invalid (?:enum )?value (.*)", what)
        said = f"is {value[1]}, which is not known" if value else "does not fit"
        return self.wrong(name, source, path, said, self._expected(what, path, source.plain))

    def _expected(self, what: str, path: Path, plain: Any) -> str:
        """What a field may be, in words."""
        for part, words in _IN_WORDS.items():
            if part in what:
                return words
        kinds = list(_choices(self._declared(path, plain)))
        described = [one.description for one in kinds if isinstance(one, msgspec.Meta) and one.description]
        if described:
            return described[0]
        words_ = [str(one) for one in kinds if isinstance(one, str | int)]
        if "Invalid enum value" in what and words_:
            return f"one of {', '.join(words_)}"
        return re.sub(r"^Expected ", "", what).replace("`", "")

    def _declared(self, path: Path, plain: Any) -> Any:
        """The type of a field as it is declared, with its annotations."""
        kind: Any = self.type
        for step in path:
            kind = _bare(kind, plain)
            named = _is_struct(kind) and isinstance(step, str)
            kind = get_type_hints(kind, include_extras=True).get(str(step)) if named else _inner(kind)
            plain = _below(plain, step)
        return kind

    def _steps(self, text: str, plain: Any) -> Iterator[str | int]:
        """The keys and indexes of msgspec's path; of a mapping it does not tell the key, so each is tried."""
        kind: Any = self.type
        for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", text):
            kind = _bare(kind, plain)
            if step == "[...]" and isinstance(plain, dict):
                key = self._bad_key(plain, kind)
                yield key
                plain, kind = plain.get(key), _inner(kind)
            elif step.startswith("["):
                index = int(step[1:-1]) if step[1:-1].isdigit() else self._bad_index(plain, kind)
                yield index
                plain = plain[index] if isinstance(plain, list) and index < len(plain) else None
                kind = _inner(kind)
            else:
                yield step
                plain = plain.get(step) if isinstance(plain, dict) else None
                kind = get_type_hints(kind, include_extras=True).get(step) if _is_struct(kind) else None

    def _bad_key(self, plain: dict[str, Any], kind: Any) -> str:
        return next((str(key) for key, value in plain.items() if not self._converts({key: value}, kind)), "...")

    def _bad_index(self, plain: Any, kind: Any) -> int:
        return next((index for index, value in enumerate(plain or ()) if not self._converts([value], kind)), 0)

    def _converts(self, plain: Any, kind: Any) -> bool:
        try:
            msgspec.convert(plain, kind, strict=not self.exact)
        except msgspec.ValidationError:
            return False
        return True

    def _kind_at(self, path: Path, plain: Any) -> Any:
        kind: Any = self.type
        for step in path:
            kind = _bare(kind, plain)
            if _is_struct(kind) and isinstance(step, str):
                kind = get_type_hints(kind, include_extras=True).get(step)
            else:
                kind = _inner(kind)
            plain = _below(plain, step)
        return _bare(kind, plain)


def dotted(path: Path) -> str:
    """A path as text.

    >>> dotted(("lines", 2, "name"))
    'lines[2].name'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _choices(kind: Any) -> Iterator[Any]:
    """Words of a literal and descriptions within a type, outermost first."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
        return
    yield from getattr(kind, "__metadata__", ())
    if hasattr(kind, "__metadata__") or get_origin(kind) in (Union, UnionType):
        for part in get_args(kind):
            yield from _choices(part)


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
        tagged = [choice for choice in choices if _is_struct(choice) and _tag(choice) is not None]
        for choice in tagged:
            if plain.get(choice.__struct_config__.tag_field) == _tag(choice):
                return choice
        return next((choice for choice in choices if _is_struct(choice) or get_origin(choice) is dict), choices[0])
    return choices[0]


def _inner(kind: Any) -> Any:
    args = get_args(kind)
    return args[-1] if args else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _fields(kind: Any) -> str:
    return ", ".join(kind.__struct_fields__) if _is_struct(kind) else "its fields"


def _tag(kind: Any) -> str | int | None:
    found: str | int | None = kind.__struct_config__.tag
    return found


def _below(plain: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return plain[step] if isinstance(plain, list) and step < len(plain) else None
    return plain.get(step) if isinstance(plain, dict) else None
