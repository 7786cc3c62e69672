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
    return published(Tariff, ID, "Meterbook: a rate schedule")


def text() -> str:
    """The schema as the file holds it."""
    return as_text(schema())


if __name__ == "__main__":
    print(text(), end="")
