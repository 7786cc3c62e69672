"""Prices from bill to bill: one that stands alone, one that changes for good, and another rate schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_words, number, the_bill, told
from meterbook.model.bill_kinds import BillType, LineKind
from meterbook.model.statement import LineItem, Statement

STEADY = frozenset(
    {
        LineKind.ENERGY,
        LineKind.DEMAND,
        LineKind.DELIVERY,
        LineKind.SUPPLY,
        LineKind.FIXED_CHARGE,
        LineKind.LIGHT,
        LineKind.WATER_USAGE,
        LineKind.SEWER,
        LineKind.TAX_SALES,
        LineKind.TAX_STATE,
        LineKind.TAX_LOCAL,
    }
)
"""Kinds whose price stands for months. Riders change from month to month as they like."""
AROUND = 2
"""Bills looked at on either side of one whose price stands alone."""
STOOD = 3
"""Bills that a price has to hold on each side to have changed for good."""

Key = tuple[str, ...]


def prices(run: BillRun) -> Iterator[BillFinding]:
    """Prices that differ on one bill alone, and those that change for good."""
    for chain in run.chains:
        told_of = [(bill, _prices(bill)) for bill in chain]
        for key in dict.fromkeys(key for _, known in told_of for key in known):
            run_of = [(bill, known[key]) for bill, known in told_of if key in known]
            yield from _alone(run, key, run_of)
            yield from _for_good(run, key, run_of)


def schedules(run: BillRun) -> Iterator[BillFinding]:
    """Bills that begin another rate schedule without a new service."""
    for chain in run.chains:
        named = [one for one in chain if one.rate]
        for before, after in pairwise(named):
            if before.rate == after.rate or after.bill_type is BillType.FIRST or before.bill_type is BillType.FINAL:
                continue
            yield told(
                "schedule-changed",
                after,
                run.zone,
                f"{the_bill(after)} is by schedule {after.rate}; the one before was by {before.rate}.",
                advice="If you did not ask for another rate, ask the utility why it changed.",
                severity=Severity.WARNING,
                rate=after.rate,
                before=before.rate,
            )


def _prices(bill: Statement) -> dict[Key, Decimal]:
    """Prices of a bill by what they are for; those told more than once, as before and after a change, left out."""
    found: dict[Key, list[Decimal]] = {}
    for line in bill.lines:
        if line.kind in STEADY and line.rate is not None:
            found.setdefault(_key(line), []).append(line.rate)
    return {key: some[0] for key, some in found.items() if len(set(some)) == 1}


def _key(line: LineItem) -> Key:
    parts = (line.kind.value, line.label, line.unit, line.section, line.service, line.location)
    return tuple(part or "" for part in parts)


def _alone(run: BillRun, key: Key, run_of: Sequence[tuple[Statement, Decimal]]) -> Iterator[BillFinding]:
    for place in range(1, len(run_of) - 1):
        bill, price = run_of[place]
        before = {each for _, each in run_of[max(0, place - AROUND) : place]}
        after = {each for _, each in run_of[place + 1 : place + 1 + AROUND]}
        # On the far side of a bill that stands alone there may be another one, so one side has to be of one mind.
        usual = run_of[place - 1][1]
        around = before | after
        if price == usual or around != {usual}:
            continue
        yield told(
            "price",
            bill,
            run.zone,
            f"“{key[1]}” is {number(price)} on {bill_words(bill)}, and {number(usual)} before and after.",
            advice="Compare with the utility's tariff of that month, and ask it about the difference.",
            severity=Severity.WARNING,
            label=key[1],
            price=price,
            usual=usual,
        )


def _for_good(run: BillRun, key: Key, run_of: Sequence[tuple[Statement, Decimal]]) -> Iterator[BillFinding]:
    for place in range(STOOD, len(run_of) - STOOD + 1):
        before = {price for _, price in run_of[place - STOOD : place]}
        after = {price for _, price in run_of[place : place + STOOD]}
        returns = run_of[place][1] in {price for _, price in run_of[:place]}  # as a season's price does
        if len(before) == 1 and len(after) == 1 and before != after and not returns:
            bill, price = run_of[place]
            usual = run_of[place - 1][1]
            yield told(
                "price-changed",
                bill,
                run.zone,
                f"From {bill_words(bill)} on, “{key[1]}” is {number(price)} instead of {number(usual)}.",
                advice="Compare with the utility's tariff: such a change is published before it comes in force.",
                severity=Severity.NOTE,
                label=key[1],
                price=price,
                before=usual,
            )
