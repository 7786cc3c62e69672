"""The published JSON Schema (draft 2020-12) of a tariff file, made from the types that the loader checks with.

``python -m meterbook.utilities.tariff_schema`` prints it; a test holds the shipped file against it.
"""

from __future__ import annotations

from typing import Any

from meterbook.model.tariff import Tariff
from meterbook.utilities.schema import as_text, published

ID = "https://meterbook.example/schemas/tariff-1.json"


def schema() -> dict[str, Any]:
    """The schema as plain values."""
    made: dict[str, Any] = _with_numbers(published(Tariff, ID, "Meterbook: a rate schedule"))
    return made


def text() -> str:
    """The schema as the file holds it."""
    return as_text(schema())


def _with_numbers(value: Any) -> Any:
    """Decimals are written as plain numbers, whose text is what counts, or as text."""
    if isinstance(value, dict):
        kept = {key: _with_numbers(inner) for key, inner in value.items()}
        return kept | {"type": ["number", "string"]} if kept.get("format") == "decimal" else kept
    return [_with_numbers(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    print(text(), end="")
