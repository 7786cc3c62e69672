"""The published JSON Schema (draft 2020-12) of a bill template, made from the types that the loader checks with.

``python -m meterbook.utilities.template_schema`` prints it; a test holds the shipped ``bill_template.schema.json``
against it.
"""

from __future__ import annotations

from typing import Any

from meterbook.model.bill_template import Template
from meterbook.utilities.schema import as_text, published

ID = "https://meterbook.example/schemas/bill-template-1.json"


def schema() -> dict[str, Any]:
    """The schema as plain values."""
    return published(Template, ID, "Meterbook: a bill template")


def text() -> str:
    """The schema as the file holds it."""
    return as_text(schema())


if __name__ == "__main__":
    print(text(), end="")
