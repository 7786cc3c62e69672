"""A YAML text as plain values that still know on which line and column each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meterbook.model.errors import InputError, Where

Path = tuple[str | int, ...]
"""Keys and indexes from the top of a text to a value of it."""
_DEEPEST = 20
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlSource:
    """A text read.

    Attributes:
        plain: mappings, lists, texts, numbers, true and false; dates stay texts.
        node: the parser's own tree, with places.
    """

    plain: Any
    node: Any

    def place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column, from 1, of a value; of its key where it has one, of what holds it where it is not there."""
        mark = self.node.start_mark
        node = self.node
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            mark, node = found
        return mark.line + 1, mark.column + 1


def read_yaml(content: bytes, name: str, *, what: str, hint: str, exact: bool = False) -> YamlSource:
    """A text read without YAML's guesses at dates, and with keys given twice refused.

    Args:
        content: UTF-8.
        name: the file's name, for messages.
        what: what kind of file it is, as ``the bill template``.
        hint: what the user can do.
        exact: numbers, and words such as ``on`` that YAML takes for true, stay texts as well.

    Raises:
        InputError: it is not YAML; names line and column.
    """
    import yaml  # noqa: PLC0415 - only needed once a file is read

    class Loader(yaml.SafeLoader):
        pass

    kept = (":null",) if exact else (":null", ":bool", ":int", ":float", ":merge", ":value")
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith(kept)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        if len(content) > _LONGEST:
            raise ValueError("it is longer than a megabyte")
        loader = Loader(content)
        try:
            node = loader.get_single_node()
            _check(node, yaml, set())
            plain = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        mark = getattr(err, "problem_mark", None)
        problem = getattr(err, "problem", None) or (str(err) if type(err) is ValueError else "it can't be read")
        raise InputError(
            f"{what} is not YAML: {problem}",
            where=Where(
                source=name, record=None if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
            ),
            expected="a YAML mapping",
            hint=hint,
        ) from err
    if not isinstance(plain, dict):
        raise InputError(f"{what} is empty or no mapping", where=name, expected="a YAML mapping", hint=hint)
    return YamlSource(plain=plain, node=node)


def _check(node: Any, yaml: Any, known: set[int], depth: int = 0) -> None:
    """Refuse keys given twice, bottomless nesting, and references: a few lines of these could grow without end."""
    problem = "it is nested too deeply" if depth > _DEEPEST else None
    if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) and id(node) in known:
        problem = "references (&name, *name) are not understood"
    if problem is not None:
        raise yaml.composer.ComposerError(None, None, problem, node.start_mark)
    known.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.composer.ComposerError(None, None, "a key is no text", key.start_mark)
            if key.value in keys:
                raise yaml.composer.ComposerError(None, None, f"the field {key.value!r} is given twice", key.start_mark)
            keys.add(key.value)
            _check(value, yaml, known, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check(value, yaml, known, depth + 1)


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Mark and node of a key's value, or of a list's item."""
    children = getattr(node, "value", None)
    if not isinstance(children, list):
        return None
    if isinstance(step, int):
        found = children[step] if 0 <= step < len(children) else None
        return None if found is None or isinstance(found, tuple) else (found.start_mark, found)
    for child in children:
        if isinstance(child, tuple) and child[0].value == step:
            return child[0].start_mark, child[1]
    return None
