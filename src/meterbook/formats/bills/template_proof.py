"""Whether what a template read can be held against a sum at all: what nothing contradicts may still be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from meterbook.model.bill_sums import sides
from meterbook.model.bill_template import Template


def unproven(template: Template, values: Mapping[str, object], total: Decimal) -> Iterator[str]:
    """What no sum would notice if it were misread.

    Args:
        template: its ``must`` counts as proof of what it names.
        values: fields of the statement by name.
        total: sum of the line items.
    """
    named = {term.name for equation in template.must for side in sides(equation) for term in side}
    charges, due = values.get("current_charges"), values.get("amount_due")
    if charges is None and due != total and "lines" not in named:
        yield "the template reads no current charges that the line items could be held against"
    balanced = values.get("balance_forward") is not None or values.get("previous_balance") is not None
    settled = due in (charges, None) or values.get("budget_amount") is not None
    if not balanced and not settled and "amount_due" not in named and due != total:
        yield "the template reads no balance that leads from the current charges to the amount due"
