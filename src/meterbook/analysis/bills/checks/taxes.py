"""Taxes: one that is missing where the other bills have it, and one that is charged twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, dollars, the_bill, told
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem, Statement

TAXES = (LineKind.TAX_SALES, LineKind.TAX_STATE, LineKind.TAX_LOCAL, LineKind.GROSS_RECEIPTS_TAX)
UNTAXED = frozenset(
    {LineKind.ROUND_UP, LineKind.DONATION, LineKind.DEPOSIT, LineKind.LATE_FEE, LineKind.BUDGET, *TAXES}
)
NEEDED = 4
"""Other bills that tell what tax is usual."""
USUAL_SHARE = 0.8
DOUBLED = (1.8, 2.2)
SPREAD = 0.25
"""Shares of tax that differ by more than this are of no use to tell what is doubled."""


def taxes(run: BillRun) -> Iterator[BillFinding]:
    """Bills without a tax that is usual, or with twice as much of it."""
    for chain in run.chains:
        bills = [one for one in chain if one.lines]
        for kind in TAXES:
            yield from _twice(run, bills, kind)
            yield from _of_kind(run, bills, kind)


def _twice(run: BillRun, bills: Sequence[Statement], kind: LineKind) -> Iterator[BillFinding]:
    for bill in bills:
        mine = [line for line in bill.lines if line.kind is kind]
        seen: set[tuple[object, ...]] = set()
        for line in mine:
            what = (line.label, line.section, line.service, line.location, line.start, line.meter, line.quantity)
            if (*what, line.amount) in seen and line.amount:
                yield _doubled(run, bill, kind, _sum(mine), _sum(mine) - line.amount)
                break
            seen.add((*what, line.amount))


def _of_kind(run: BillRun, bills: Sequence[Statement], kind: LineKind) -> Iterator[BillFinding]:
    shares = [(one, _share(one, kind)) for one in bills]
    for bill, share in shares:
        if share is None:
            continue
        others = [other for each, other in shares if each is not bill and other is not None]
        taxed = [one for one in others if one > 0]
        if len(others) < NEEDED or len(taxed) < len(others) * USUAL_SHARE:
            continue
        usual = median(taxed)
        expected = (usual * _base(bill)).quantize(Decimal("0.01"))
        if share == 0 and expected >= Decimal("0.05"):
            yield told(
                "tax-missing",
                bill,
                run.zone,
                f"{the_bill(bill)} has no {_words(kind)}; about {dollars(expected)} would be usual.",
                advice="Expect it on a later bill, or ask the utility whether the account is exempt now.",
                severity=Severity.WARNING,
                kind=kind.value,
                expected=expected,
            )
        steady = all(abs(one - usual) <= usual * Decimal(str(SPREAD)) for one in taxed)
        if steady and usual and DOUBLED[0] <= share / usual <= DOUBLED[1] and not _listed_twice(bill, kind):
            yield _doubled(run, bill, kind, _sum([one for one in bill.lines if one.kind is kind]), expected)


def _doubled(run: BillRun, bill: Statement, kind: LineKind, charged: Decimal, expected: Decimal) -> BillFinding:
    return told(
        "tax-doubled",
        bill,
        run.zone,
        f"{the_bill(bill)} has {dollars(charged)} of {_words(kind)}, twice what is usual ({dollars(expected)}).",
        advice="Ask the utility to take the tax that was charged twice off.",
        kind=kind.value,
        expected=expected,
        printed=charged,
    )


def _listed_twice(bill: Statement, kind: LineKind) -> bool:
    amounts = [(line.label, line.amount, line.section, line.location) for line in bill.lines if line.kind is kind]
    return len(set(amounts)) < len(amounts)


def _share(bill: Statement, kind: LineKind) -> Decimal | None:
    """Tax by dollar of what can be taxed; None where there is next to nothing."""
    base = _base(bill)
    return _sum([one for one in bill.lines if one.kind is kind]) / base if base >= 1 else None


def _base(bill: Statement) -> Decimal:
    return _sum([one for one in bill.lines if one.kind not in UNTAXED])


def _sum(lines: Sequence[LineItem]) -> Decimal:
    return sum((one.amount for one in lines), start=Decimal(0))


def _words(kind: LineKind) -> str:
    return {LineKind.TAX_SALES: "sales tax", LineKind.TAX_STATE: "state tax", LineKind.TAX_LOCAL: "local tax"}.get(
        kind, "gross receipts tax"
    )
