"""The page on what a bill holds names every field of the model, and no field that is not there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from meterbook.model.statement import LineItem, MeterUsage, PrepaidDay, Statement

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bill-model.md"


def test_every_field_of_a_bill_is_on_the_page_and_no_other() -> None:
    first, _, rest = PAGE.read_text(encoding="utf-8").partition("## The statement")
    own, _, beside = rest.partition("## Beside other bill objects")
    named = set(re.findall(r"`([a-z_]+)`", own))
    known = {field.name for kind in (Statement, LineItem, MeterUsage, PrepaidDay) for field in fields(kind)}
    assert known <= named
    assert named <= known | {"meters"}
    ours = {
        word
        for row in beside.splitlines()
        if row.startswith("|")
        for word in re.findall(r"`([a-z_]+)`", row.split("|")[1])
    }
    assert ours <= known | {"net_metering", "credit_generation"}
    assert first.startswith("# What a bill holds")
