"""The published JSON Schema (draft 2020-12) of a tariff file, made from the types that the loader checks with.

``python -m meterbook.utilities.tariff_schema`` prints it; a test holds the shipped file against it.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from meterbook.model.tariff import Tariff
from meterbook.utilities.schema import DRAFT, unindented

ID = "https://meterbook.example/schemas/tariff-1.json"


def schema() -> dict[str, Any]:
    """The schema as plain values."""
    made = unindented(msgspec.json.schema(Tariff))
    return {"$schema": DRAFT, "$id": ID, "title": "Meterbook: a rate schedule", **made}


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
