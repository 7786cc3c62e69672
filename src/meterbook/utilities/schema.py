"""The published JSON Schema (draft 2020-12) of a catalogue file, made from the types that the loader checks with.

``python -m meterbook.utilities.schema`` prints it; a test holds the shipped ``schema.json`` against it.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec

from meterbook.utilities.entry import UtilityFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ID = "https://meterbook.example/schemas/utility-1.json"


def schema() -> dict[str, Any]:
    """The schema as plain values."""
    return published(UtilityFile, ID, "Meterbook: a utility of the catalogue")


def text() -> str:
    """The schema as the file holds it."""
    return as_text(schema())


def published(kind: type[msgspec.Struct], identifier: str, title: str) -> dict[str, Any]:
    """The schema of a kind of file, made from its type."""
    made = unindented(msgspec.json.schema(kind))
    return {"$schema": DRAFT, "$id": identifier, "title": title, **made}


def as_text(made: dict[str, Any]) -> str:
    """A schema as its file holds it."""
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def unindented(value: Any) -> Any:
    """Descriptions come from docstrings, which Python 3.13 keeps without their indentation and older ones with it."""
    if isinstance(value, dict):
        return {
            key: inspect.cleandoc(inner) if key == "description" and isinstance(inner, str) else unindented(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [unindented(inner) for inner in value]
    return value


if __name__ == "__main__":
    print(text(), end="")
