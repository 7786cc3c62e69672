"""From a YAML file to a bill template: read and checked strictly, or refused with line, column and field."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path as FilePath

from meterbook.model.bill_template import Template
from meterbook.model.errors import InputError
from meterbook.utilities.template_checks import problems
from meterbook.utilities.typed_yaml import Kind

_WHAT = "the bill template"
_HINT = "docs/bill-templates.md describes each field; the schema is meterbook/utilities/bill_template.schema.json."
KIND = Kind(type=Template, what=_WHAT, hint=_HINT)


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
    template, source = KIND.parse(content, name)
    if slug is not None and template.name != slug:
        raise KIND.wrong(name, source, ("name",), f"is {template.name!r}", f"the file's own name, {slug!r}")
    for path, what, expected in problems(template):
        raise KIND.wrong(name, source, path, what, expected)
    return template
