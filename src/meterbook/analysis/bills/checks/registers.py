"""Readings of registers: whether they give the usage, whether each begins where the last ended, and multipliers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from meterbook.analysis.bills.checks.billed import meter_key
from meterbook.analysis.bills.checks.reads import LINKED_DAYS
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_words, number, told
from meterbook.model.bill_kinds import ReadType
from meterbook.model.statement import MeterUsage, Statement

NO_COUNTERS = frozenset({"kw", "kva", "kvar"})
"""Units whose readings do not run on from bill to bill."""


def readings(run: BillRun) -> Iterator[BillFinding]:
    """Registers whose readings do not give the usage billed."""
    for bill in run.standing:
        for row in bill.meters:
            if row.previous is None or row.present is None or row.usage is None:
                continue
            found = _usage_of_readings(run, bill, row)
            if found is not None:
                yield found


def chained(run: BillRun) -> Iterator[BillFinding]:
    """Registers that begin a period with another reading than ended the one before."""
    for chain in run.chains:
        for before, after in pairwise(chain):
            if not _follow(before, after):
                continue
            for row in after.meters:
                last = _same(row, before.meters)
                if last is None or last.present is None or row.previous is None or last.present == row.previous:
                    continue
                yield _jump(run, after, row, last)


def multipliers(run: BillRun) -> Iterator[BillFinding]:
    """Meters whose multiplier is another than on their other bills."""
    rows = [(bill, row) for bill in run.standing for row in bill.meters if row.multiplier and _counts(row)]
    for key in dict.fromkeys(_key(row) for _, row in rows):
        mine = [(bill, row) for bill, row in rows if _key(row) == key]
        known = [row.multiplier for _, row in mine]
        usual = max(dict.fromkeys(known), key=known.count)
        if usual is None or known.count(usual) * 2 <= len(known):
            continue
        for bill, row in mine:
            if row.multiplier is None or row.multiplier == usual:
                continue
            yield told(
                "multiplier",
                bill,
                run.zone,
                f"Meter {row.meter} has the multiplier {number(row.multiplier)} on {bill_words(bill)}, and "
                f"{number(usual)} on {known.count(usual)} others.",
                advice="Ask the utility which multiplier the meter has, and to bill again by it.",
                meter=row.meter,
                register=row.register,
                multiplier=row.multiplier,
                usual=usual,
            )


def _jump(run: BillRun, after: Statement, row: MeterUsage, last: MeterUsage) -> BillFinding:
    """A reading that does not go on where the last one was; past an estimate it is what was never settled."""
    assert row.previous is not None
    assert last.present is not None
    jump = (row.previous - last.present) * (row.multiplier or 1)
    sure, restated = last.read_type is not ReadType.ESTIMATED, row.read_type is ReadType.ESTIMATED
    if sure:
        advice = "Ask the utility for the reading at the border of the two bills."
    else:
        advice = f"See that the {number(abs(jump))} {row.unit or ''} between the two were settled, by a corrected bill."
    return told(
        "reading-jump" if sure else "estimate-unsettled",
        after,
        run.zone,
        f"Meter {row.meter} begins {bill_words(after)} at {number(row.previous)}, but ended the bill before at "
        f"{'' if sure else 'an estimated '}{number(last.present)}.",
        advice=advice,
        severity=Severity.FAULT if sure and not restated else Severity.WARNING,
        meter=row.meter,
        register=row.register,
        previous=row.previous,
        last_present=last.present,
    )


def _usage_of_readings(run: BillRun, bill: Statement, row: MeterUsage) -> BillFinding | None:
    assert row.previous is not None
    assert row.present is not None
    assert row.usage is not None
    multiplier = row.multiplier if row.multiplier is not None else Decimal(1)
    unit = Decimal(1).scaleb(min(_exponent(row.previous), _exponent(row.present)))
    # Whole readings beside usage with decimals: the register has digits that the bill does not print.
    slack = multiplier * unit if Decimal(1).scaleb(_exponent(row.usage)) < multiplier * unit else Decimal(0)
    plain = (row.present - row.previous) * multiplier
    rolled = row.present < row.previous and _counts(row) and not _exports(row)
    dial = Decimal(10) ** _whole_digits(row.previous)
    expected = plain + dial * multiplier if rolled else plain
    if abs(row.usage - expected) <= slack or (rolled and row.usage == plain and _was_estimated(run, row)):
        return None
    name = "roll-over" if rolled else "readings"
    over = f" (passing {number(dial)})" if rolled else ""
    return told(
        name,
        bill,
        run.zone,
        f"Meter {row.meter or '?'} on {bill_words(bill)}: {number(row.previous)} to {number(row.present)}{over}, times "
        f"{number(multiplier)}, gives {number(expected)} {row.unit or ''}; billed are {number(row.usage)}.".replace(
            " ;", ";"
        ),
        advice="Ask the utility to reckon the usage again from the two readings.",
        meter=row.meter,
        register=row.register,
        previous=row.previous,
        present=row.present,
        multiplier=multiplier,
        expected=expected,
        billed=row.usage,
    )


def _was_estimated(run: BillRun, row: MeterUsage) -> bool:
    """Whether the earlier reading was an estimate, which may have been too high."""
    return any(
        other.read_type is ReadType.ESTIMATED and other.present == row.previous and _key(other) == _key(row)
        for bill in run.standing
        for other in bill.meters
    )


def _whole_digits(value: Decimal) -> int:
    return len(str(int(abs(value))))


def _exponent(value: Decimal) -> int:
    return min(0, int(value.as_tuple().exponent))


def _counts(row: MeterUsage) -> bool:
    return (row.unit or "").casefold() not in NO_COUNTERS


def _exports(row: MeterUsage) -> bool:
    return (row.register or "").strip().casefold() == "net"


def _key(row: MeterUsage) -> tuple[str, str, str | None, str | None]:
    return meter_key(row.meter), (row.register or "").casefold(), row.service, row.location


def _same(row: MeterUsage, others: Sequence[MeterUsage]) -> MeterUsage | None:
    if not row.meter or not _counts(row):
        return None
    mine = [one for one in others if _key(one) == _key(row)]
    return mine[-1] if len(mine) == 1 else None


def _follow(before: Statement, after: Statement) -> bool:
    if before.period_end is None or after.period_start is None:
        return False
    return (after.period_start - before.period_end).days in LINKED_DAYS
