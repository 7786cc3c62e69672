"""The practice co-op's own bill, by its template: each value and each line as the biller knew it, to the cent.

The full count is 50 members × 36 months, of which more than 99 % have to be accepted and none may be wrong.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from full_counts import Count

from meterbook.formats.bills.read import read_pdf
from meterbook.formats.bills.reading import ReadStatement
from meterbook.practice.billing.truth import Sample, samples
from meterbook.practice.settings import Settings
from meterbook.practice.world import World
from meterbook.utilities import bill_templates

SETTINGS = Settings(members=50, today=date(2026, 11, 25))
NOT_TOLD = {"customer", "member", "utility", "cancelled", "group", "consolidated", "statements", "meters", "lines"}


def plain(value: object) -> Any:
    """A value as truths write it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def told(value: object) -> dict[str, Any]:
    """The fields of a line or register that are known."""
    names: tuple[str, ...] = value.__slots__  # type: ignore[attr-defined]
    return {name: plain(getattr(value, name)) for name in names if getattr(value, name) is not None}


def wrong(one: ReadStatement, truth: dict[str, Any]) -> list[str]:
    """What a reading says otherwise than the biller."""
    fields = {name: plain(value) for name, value in one.fields.items()}
    fields["bill_number"] = fields.pop("number", fields.get("bill_number"))
    found = [f"services {one.services}"] if list(one.services) != truth["services"] else []
    for name in truth.keys() - NOT_TOLD - {"services"}:
        if fields.get(name) != truth[name]:
            found.append(f"{name}: {fields.get(name)}, not {truth[name]}")
    found += [f"{name}: {fields[name]}, not told" for name in fields.keys() - truth.keys() - {"group"}]
    for name, values in (("lines", one.lines), ("meters", one.meters)):
        rows = [told(value) for value in values]
        found += [f"{name}: {row}" for row in rows if row not in truth[name]]
        if len(rows) != len(truth[name]):
            found.append(f"{name}: {len(rows)}, not {len(truth[name])}")
    return found


def check(sample: Sample) -> tuple[int, int, list[str]]:
    """Bills in a document, how many were accepted, and what is wrong with those that were."""
    reading = read_pdf(sample.document(SETTINGS), templates=bill_templates.templates(), name=sample.name)
    truth = sample.truth()
    truths = truth.get("statements", [truth])
    assert reading.template == "practice"
    assert len(reading.statements) == len(truths)
    pairs = list(zip(reading.statements, truths, strict=True))
    faults = [fault for one, known in pairs if one.accepted for fault in wrong(one, known)]
    return len(truths), sum(one.accepted for one in reading.statements), faults


@cache
def year() -> list[Sample]:
    """A year of every account."""
    return list(samples(SETTINGS, months=14))


def accounts_of(index: int) -> list[str]:
    """Account numbers of a member."""
    return [contract.number for contract in World(SETTINGS).member(index).contracts]


def test_every_accepted_bill_is_as_the_biller_knew_it(count: Count) -> None:
    for trial in count("practice bills by template, a member's quarter", quick=4, full=600):
        member, quarter = divmod(trial.number, 12)
        billed = accepted = 0
        for account in accounts_of(member):
            for sample in list(samples(SETTINGS, months=36, account=account))[quarter * 3 : quarter * 3 + 3]:
                known, taken, faults = check(sample)
                assert faults == [], sample.name
                billed, accepted = billed + known, accepted + taken
        assert accepted >= billed * 0.99


@pytest.mark.parametrize(
    "which",
    ["budget", "corrected", "several-services", "demand", "received", "lamps-alone"],
)
def test_each_sort_of_bill_is_accepted_and_right(which: str) -> None:
    sample = next(sample for sample in year() if which in sorts(sample.truth()))
    known, taken, faults = check(sample)
    assert faults == []
    assert taken == known


def test_a_consolidated_statement_is_read_account_by_account() -> None:
    sample = next(sample for sample in year() if len(sample.statements) > 1)
    known, taken, faults = check(sample)
    assert (known, taken, faults) == (12, 12, [])


def sorts(truth: dict[str, Any]) -> set[str]:
    """What sort of bill it is."""
    units = {line.get("unit") for line in truth.get("lines", ())}
    registers = {meter.get("register") for meter in truth.get("meters", ())}
    return {
        name
        for name, holds in {
            "budget": "budget_amount" in truth,
            "corrected": truth.get("bill_type") == "corrected",
            "several-services": len(truth.get("services", ())) > 1,
            "demand": "kW" in units,
            "received": "Received" in registers,
            "lamps-alone": "lines" in truth and "usage" not in truth,
        }.items()
        if holds
    }


def test_a_credit_of_part_of_a_period_is_still_a_credit() -> None:
    """A price change cuts the line of received energy in two, each with its days behind the label."""
    account = next(account for account in accounts_of(20))
    sample = next(one for one in samples(SETTINGS, months=36, account=account) if one.name.endswith("2024-10-18"))
    known, taken, faults = check(sample)
    assert (known, taken, faults) == (1, 1, [])
