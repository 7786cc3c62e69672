"""A schedule as the text of its tariff file: readable, every number as it is, and read back as the same schedule."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from meterbook.model.tariff import Tariff

_WIDTH = 140
_FLAT = 120
"""Characters up to which a mapping or list without long parts stands on one line."""
_CLOCK = re.compile(r"^\d\d:\d\d$")
_ALWAYS_BLOCK = frozenset({"versions", "charges", "sources", "seasons", "holidays", "periods"})


def dump(tariff: Tariff) -> str:
    """The text of a tariff file.

    Args:
        tariff: the schedule; values of its riders stand in the text.

    Returns:
        YAML, UTF-8, that :func:`meterbook.utilities.tariff_loader.parse` reads as the same schedule.
    """
    import yaml  # noqa: PLC0415 - only needed once a file is written

    plain = msgspec.to_builtins(tariff, builtin_types=(Decimal, date))
    node = _node(plain, yaml, ("",))

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)  # items of a list stand in from its key, as in the files we ship

    text: str = yaml.serialize(node, Dumper=Dumper, allow_unicode=True, width=_WIDTH)
    return text


def _node(value: Any, yaml: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        pairs = [(_scalar(str(key), yaml), _node(one, yaml, (*path, str(key)))) for key, one in value.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=_is_flat(value, path))
    if isinstance(value, list | tuple):
        items = [_node(one, yaml, (*path, "")) for one in value]
        return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=_is_flat(value, path))
    return _scalar(value, yaml)


def _scalar(value: Any, yaml: Any) -> Any:
    """A scalar; texts that YAML could take for something else are quoted, numbers and days never are."""
    if value is None:
        return yaml.ScalarNode("tag:yaml.org,2002:null", "null")
    if isinstance(value, bool):
        return yaml.ScalarNode("tag:yaml.org,2002:bool", "true" if value else "false")
    if isinstance(value, int):
        return yaml.ScalarNode("tag:yaml.org,2002:int", str(value))
    if isinstance(value, Decimal):
        text = format(value, "f")
        return yaml.ScalarNode("tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int", text)
    if isinstance(value, date):
        return yaml.ScalarNode("tag:yaml.org,2002:timestamp", value.isoformat())
    text = str(value)
    style = "|" if "\n" in text else "'" if _CLOCK.match(text) else None
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


def _is_flat(value: Any, path: tuple[str, ...]) -> bool:
    """Whether a part stands on one line: a short one that is not of the file's skeleton."""
    if len(path) == 1 or path[-1] in _ALWAYS_BLOCK or (len(path) == 3 and path[1] in _ALWAYS_BLOCK - {"sources"}):
        return False
    if isinstance(value, dict) and "charge" in value and "rates" in value:
        return False
    return "\\n" not in str(value) and _length(value) <= _FLAT


def _length(value: Any) -> int:
    if isinstance(value, dict):
        return 2 + sum(len(str(key)) + 4 + _length(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return 2 + sum(2 + _length(one) for one in value)
    return len(format(value, "f") if isinstance(value, Decimal) else str(value))
