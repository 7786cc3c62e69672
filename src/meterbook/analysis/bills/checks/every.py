"""All checks over the bills of an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meterbook.analysis.bills.checks import arithmetic, balances, demand, meters, periods, prices, registers
from meterbook.analysis.bills.checks.agreement import Agreement, Standing, agreements
from meterbook.analysis.bills.checks.billed import metered
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.taxes import taxes
from meterbook.analysis.bills.checks.told import BillFinding, bill_key
from meterbook.analysis.bills.checks.unusual import too_few, unusual
from meterbook.analysis.bills.checks.usage import estimated_long, usage

NAMES = (
    "bill.usage",
    "bill.multiplier",
    "bill.estimate-unsettled",
    "bill.estimate-long",
    "bill.cannot-tell",
    "bill.read-time",
    "bill.demand",
    "bill.demand-charged",
    "bill.readings",
    "bill.roll-over",
    "bill.reading-jump",
    "bill.quantity",
    "bill.line",
    "bill.sum",
    "bill.days",
    "bill.duplicate",
    "bill.overlap",
    "bill.gap",
    "bill.missing",
    "bill.late",
    "bill.awaited",
    "bill.meter-swapped",
    "bill.no-service",
    "bill.tax-missing",
    "bill.tax-doubled",
    "bill.price",
    "bill.price-changed",
    "bill.schedule-changed",
    "bill.balance",
    "bill.payment",
    "bill.high",
    "bill.low",
)
"""Every name that a check can give."""

_ALONE: tuple[Callable[[BillRun], Iterator[BillFinding]], ...] = (
    estimated_long,
    demand.measured,
    demand.charged,
    registers.readings,
    registers.chained,
    registers.multipliers,
    arithmetic.quantities,
    arithmetic.lines,
    arithmetic.sums,
    periods.days,
    periods.duplicates,
    periods.gaps,
    periods.late,
    meters.swapped,
    meters.out_of_service,
    taxes,
    prices.prices,
    prices.schedules,
    balances.carried,
    balances.payments,
)
_CAUSES = {
    "bill.usage": ("bill.meter-swapped", "bill.no-service"),
    "bill.high": ("bill.usage", "bill.multiplier"),
    "bill.low": ("bill.usage", "bill.multiplier"),
    "bill.reading-jump": ("bill.meter-swapped",),
}
"""What a finding on the same bill explains already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking an account came to.

    Attributes:
        findings: by bill, in the order of their dates.
        agreements: every bill beside its intervals, by place and time.
        notes: sentences about what could not be looked at.
    """

    findings: tuple[BillFinding, ...]
    agreements: tuple[Agreement, ...]
    notes: tuple[str, ...]


def check_bills(run: BillRun) -> Checked:
    """Hold an account's bills against its meter, against themselves and against each other.

    Nothing is changed. What can't be told, for want of readings or of a read time, is no fault.
    """
    held = tuple(one for place in metered(run) for one in agreements(place, run.zone))
    found = [*usage(run, held), *(one for check in _ALONE for one in check(run))]
    found += unusual(run, _confirmed(held))
    kept = _distinct([one for one in found if not _explained(one, found)])
    few = too_few(run)
    return Checked(
        findings=tuple(sorted(kept, key=lambda one: (one.bill.bill_date, NAMES.index(one.name)))),
        agreements=held,
        notes=(few,) if few is not None and run.standing else (),
    )


def _confirmed(held: Sequence[Agreement]) -> frozenset[str]:
    """Bills all of whose places agree with their intervals."""
    right = (Standing.AGREES, Standing.ASSUMED)
    good = {bill_key(bill) for one in held if one.standing in right for bill in one.bills}
    return frozenset(good - {bill_key(bill) for one in held if one.standing not in right for bill in one.bills})


def _explained(one: BillFinding, found: Sequence[BillFinding]) -> bool:
    causes = _CAUSES.get(one.name, ())
    return any(other.name in causes and other.bill is one.bill and other.alarm for other in found)


def _distinct(found: Sequence[BillFinding]) -> list[BillFinding]:
    """A multiplier, or an estimate, is told by the intervals and by the bills alike: once is enough."""
    twice = ("bill.multiplier", "bill.estimate-unsettled")
    kept: list[BillFinding] = []
    for one in found:
        if one.name not in twice or not any(other.name == one.name and other.bill is one.bill for other in kept):
            kept.append(one)
    return kept
