"""What holding bills against their rate schedule came to, as findings."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.checks.told import BillFinding, Severity, dollars, the_bill, told
from meterbook.tariffs.audit import Audited, Pair

NAMES = (
    "bill.tariff-rider-month",
    "bill.tariff-proration",
    "bill.tariff-rounding",
    "bill.tariff-reads",
    "bill.tariff-version",
    "bill.tariff-class",
    "bill.tariff-meters",
    "bill.tariff-differs",
    "bill.tariff-cannot-tell",
)
"""Every name that an audit can give."""

READING = Decimal(1)
"""kWh up to which other kWh than those of the intervals are the register's own rounding."""
_ADVICE = {
    "rider-month": "Ask the utility which month's value of the rider belongs to this bill.",
    "proration": "Ask the utility how it divides monthly charges over a period of so many days.",
    "rounding": "Nothing, unless it recurs: ask how the utility rounds, and say so in the schedule.",
    "reads": "Hold the readings on the bill against the meter: meterbook bills check says where they differ.",
    "version": "Ask the utility from which day its new prices count.",
    "class": "Ask the utility which class the account is in.",
    "meters": "Ask the utility for how many meters it charges.",
}


def found(one: Audited, schedule: str, zone: ZoneInfo) -> Iterator[BillFinding]:
    """The finding of an audited bill; none where it agrees.

    Args:
        one: the bill beside its schedule.
        schedule: ``utility/CODE``.
        zone: whose local days the bill means.
    """
    bill = one.billing.bill
    if one.why_not is not None:
        yield told(
            "tariff-cannot-tell", bill, zone,
            f"{the_bill(bill)} can't be held against {schedule}: {one.why_not}.",
            advice="Fill the gap: readings with meterbook sync, numbers with meterbook rates fit.",
            severity=Severity.NOTE, schedule=schedule,
        )  # fmt: skip
        return
    if one.agrees or one.priced is None:
        return
    more = "more" if one.difference > 0 else "less"
    head = f"{the_bill(bill)} asks for {dollars(abs(one.difference))} {more} than {schedule} makes of it"
    if one.difference == 0:
        head = f"{the_bill(bill)} has other lines than {schedule} makes, which come to the same"
    if not one.causes:
        assumed = one.priced.status == "assumed"
        rest = "; some numbers of the schedule are only assumed" if assumed else ""
        yield told(
            "tariff-differs", bill, zone, f"{head}, and nothing explains it{rest}. {side_by_side(one)}",
            advice=f"Work the numbers out of bills: meterbook rates fit {schedule}" if assumed
            else "Ask the utility how it came to these lines.",
            severity=Severity.NOTE if assumed else Severity.FAULT,
            schedule=schedule, difference=one.difference,
        )  # fmt: skip
        return
    cause = one.causes[0]
    others = " or ".join(each.words for each in one.causes[1:3])
    mild = one.priced.status == "assumed" or (cause.name == "reads" and _small(one))
    yield told(
        f"tariff-{cause.name}", bill, zone,
        f"{head}; it is explained to the cent if {cause.words}{f', or if {others}' if others else ''}.",
        advice=_ADVICE[cause.name], severity=Severity.NOTE if mild else Severity.WARNING,
        schedule=schedule, difference=one.difference, cause=cause.words,
    )  # fmt: skip


def side_by_side(one: Audited) -> str:
    """The arithmetic of both sides of each line that differs."""
    return " ".join(f"{pair.name}: {_sum(pair)}." for pair in one.pairs)


def standing_words(audited: list[Audited], schedule: str) -> str:
    """How many bills are what a schedule makes, in a line."""
    right = sum(one.agrees for one in audited)
    explained = sum(bool(one.causes) for one in audited)
    open_ = sum(one.why_not is not None for one in audited)
    parts = [f"{right} of {len(audited)} are what {schedule} makes, to the cent"]
    parts += [f"{explained} explained"] if explained else []
    parts += [f"{open_} can't be told"] if open_ else []
    return "; ".join(parts)


def _sum(pair: Pair) -> str:
    printed = f"{pair.printed_by} = {pair.printed:,.2f}" if "×" in pair.printed_by else f"{pair.printed:,.2f}"
    made = f"{pair.made_by} = {pair.made:,.2f}" if "×" in pair.made_by else f"{pair.made:,.2f}"
    return f"{printed} on the bill, {made} by the schedule"


def _small(one: Audited) -> bool:
    billed = one.billing.bill.usage
    return billed is not None and abs(billed - one.billing.kwh) <= READING
