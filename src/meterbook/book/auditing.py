"""Bills of a book held against their rate schedules: which schedule, which readings, and what to do without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.bills.audits import NAMES, found, standing_words
from meterbook.analysis.bills.checks import Agreement, BillFinding, BillRun, Standing
from meterbook.analysis.bills.checks.told import span as span_of
from meterbook.book.billed_services import Given, billed_kwh, ends, services
from meterbook.book.schedules import code_of, folders, schedule
from meterbook.model.bill_kinds import LineKind
from meterbook.model.calendar import local_date
from meterbook.model.channel import FlowDirection
from meterbook.model.errors import InputError
from meterbook.model.statement import Statement
from meterbook.model.tariff import AnyCharge, Demand, Energy, Lamps, Reactive, Rider, Tariff
from meterbook.tariffs.audit import Audited, Billing, audit
from meterbook.tariffs.fit.lines import season_on
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.parts import parts_of
from meterbook.utilities.tariff_loader import codes

__all__ = ["NAMES", "AccountAudited", "audit_account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAudited:
    """What holding an account's bills against its schedules came to.

    Attributes:
        findings: what differs, and what can't be told.
        audited: each bill beside its schedule.
        notes: sentences about how many agree, and schedules that are not there.
    """

    findings: tuple[BillFinding, ...]
    audited: tuple[Audited, ...]
    notes: tuple[str, ...]


def audit_account(
    run: BillRun,
    utility: str,
    agreements: Sequence[Agreement],
    *,
    name: str | None = None,
    rate_codes: Sequence[str] = (),
    folder: Path | None = None,
) -> AccountAudited:
    """Hold the bills of an account against their schedules.

    Args:
        run: the bills with their readings.
        utility: catalogue slug.
        agreements: the bills beside their intervals, for the instants of reads that bills do not tell.
        name: schedule, instead of the one that each bill names.
        rate_codes: rate codes of the account, for bills that name none.
        folder: the book's folder, whose own schedules come first.

    Raises:
        NotFound, InputError: the schedule that was named is not there, or not sound.
    """
    findings: list[BillFinding] = []
    audited: dict[str, list[Audited]] = {}
    missing: dict[str, int] = {}
    demands: dict[str | None, list[tuple[date, str | None, Decimal]]] = {}
    named = None if name is None else schedule(name, book=folder)
    lighting = _lighting(utility, folder)
    for bill in run.standing:
        code = _code(bill, rate_codes)
        tariff = named or _schedule(utility, code, folder)
        if tariff is None:
            missing[code or "no schedule"] = missing.get(code or "no schedule", 0) + 1
            continue
        known = f"{tariff.utility}/{tariff.code}"
        first, final = ends(bill, run.bills)
        low, high = _instants(run, bill, agreements)
        given = Given(
            bill=bill,
            period=Span(start=low, end=high, billed=bill.bill_date, first=first, final=final),
            series=run.series,
            demands=demands,
            schedule=lambda other: _schedule(utility, other, folder),
            lighting=lighting,
        )
        one = _audited(given, tariff, run.zone)
        audited.setdefault(known, []).append(one)
        _remember(one, demands, run.zone)
        findings += found(one, known, run.zone)
    notes = [standing_words(some, known) for known, some in audited.items()]
    notes += [
        f"{count} bill{'s' * (count > 1)} of {code} can't be held against it: the catalogue has no such schedule"
        for code, count in missing.items()
    ]
    every = tuple(one for some in audited.values() for one in some)
    return AccountAudited(findings=tuple(findings), audited=every, notes=tuple(notes))


def _remember(one: Audited, demands: dict[str | None, list[tuple[date, str | None, Decimal]]], zone: ZoneInfo) -> None:
    """Keep the demand of a bill for ratchets of later ones: as the bill has it measured, else as it was worked out."""
    span = one.billing.span
    rows = [row for row in one.billing.bill.meters if row.unit == "kW" and row.usage is not None]
    place = rows[0].location if one.billing.more and rows else None
    told = [(None, row.usage) for row in rows if row.usage is not None and len(rows) == 1]
    made = () if one.priced is None else one.priced.demands
    last = local_date(span.end - 1, zone)
    demands.setdefault(place, []).extend((last, period, kw) for period, kw in told or made)


def _lighting(utility: str, folder: Path | None) -> list[Tariff]:
    """Schedules of a utility that have lamps."""
    tariffs = [_schedule(utility, code, folder) for code in codes(utility, folders(folder))]
    return [
        one
        for one in tariffs
        if one is not None and any(isinstance(charge, Lamps) for version in one.versions for charge in version.charges)
    ]


def _code(bill: Statement, known: Sequence[str]) -> str | None:
    rows = [row.rate for row in bill.meters if row.rate]
    return bill.rate or (rows[0] if rows else None) or (known[0] if len(known) == 1 else None)


def _schedule(utility: str, code: str | None, folder: Path | None) -> Tariff | None:
    if code is None:
        return None
    known = code_of(utility, code, folder)
    return None if known is None else schedule(f"{utility}/{known}", book=folder)


def _audited(given: Given, tariff: Tariff, zone: ZoneInfo) -> Audited:
    bill = given.bill
    try:
        own, *more = services(given, tariff)
    except InputError as err:
        usage = Usage(first=given.period.start, step_s=1, scale=0, delivered=np.zeros(0, np.int64))
        none = Billing(bill=bill, span=given.period, usage=usage, account=Account(), intervals=False)
        return Audited(billing=none, why_not=err.what)
    billing = Billing(
        bill=bill,
        span=own.priced.span,
        usage=own.priced.usage,
        account=own.priced.account,
        intervals=own.intervals,
        more=tuple(one.priced for one in more),
    )
    for one in (own, *more):
        why = None if one.intervals else _why_not(one.priced.tariff, bill, one.priced.span, zone)
        if why is not None:
            return Audited(billing=billing, why_not=why)
    found_ = audit(tariff, billing, _classes(tariff))
    why = None if found_.agrees or found_.causes else _unseen(found_, tariff)
    return found_ if why is None else Audited(billing=billing, why_not=why)


def _unseen(one: Audited, tariff: Tariff) -> str | None:
    """Why a demand that is billed higher can't be told: a ratchet may look back at a bill that nobody has."""
    lines = [line.label for line in one.billing.bill.lines if line.kind is LineKind.DEMAND]
    demand = [pair for pair in one.pairs if pair.name in lines]
    if not demand or any(pair.printed < pair.made for pair in one.pairs):
        return None
    known = len({when for when, _, _ in one.billing.account.demands})
    charges = [charge for version in tariff.versions for charge in version.charges if isinstance(charge, Demand)]
    wanted = max((one.ratchet.periods or one.ratchet.months for one in charges if one.ratchet is not None), default=0)
    if known >= wanted:
        return None
    return f"its ratchet looks back at {wanted} bills, of which {known or 'none'} {'is' if known == 1 else 'are'} known"


def _instants(run: BillRun, bill: Statement, agreements: Sequence[Agreement]) -> tuple[int, int]:
    """Instants of the reads: told, or those that the check of kWh found to fit."""
    right = (Standing.AGREES, Standing.ASSUMED)
    for one in agreements:
        alone = len(one.bills) == 1 and one.bills[0] is bill
        if alone and one.standing in right and one.flow is FlowDirection.DELIVERED and one.times != "unknown":
            return one.start, one.end
    return span_of(bill, run.zone)


def _why_not(tariff: Tariff, bill: Statement, span: Span, zone: ZoneInfo) -> str | None:
    """Why a bill's own usage does not tell what its schedule makes of it; None if it does."""
    if billed_kwh(bill) is None and not span.has_register:
        return "neither intervals nor kWh are known"
    try:
        parts = parts_of(tariff, span, zone)
    except InputError as err:
        return err.what
    if len(parts) > 1 and not parts[0].by_days:
        return "prices change within its period, and there are no intervals to divide it by"
    days = [parts[0].first + timedelta(days=one) for one in range(parts[0].days)]
    reasons = (_needs(tariff, charge, days, span) for charge in parts[0].version.charges)
    return next((why for why in reasons if why is not None), None)


def _needs(tariff: Tariff, charge: AnyCharge, days: Sequence[date], span: Span) -> str | None:
    """What a charge needs intervals for."""
    told = isinstance(charge, Demand) and span.register_kw is not None and not any(one.period for one in charge.rates)
    if isinstance(charge, Demand | Reactive) and not told:
        return "the schedule is on demand, and there are no intervals of the whole period"
    if isinstance(charge, Rider) and charge.unit == "kWh" and charge.month_by == "use":
        return "a rider goes by the month of use, and there are no intervals to divide the kWh by"
    if not isinstance(charge, Energy):
        return None
    if any(rate.period for rate in charge.rates) and not span.register_periods:
        return "the schedule has times of use, and there are no intervals of the whole period"
    seasons = {rate.season for rate in charge.rates if rate.season}
    mixed = any(len({season_on(tariff, season, day) for day in days}) > 1 for season in seasons)
    if charge.season_by == "interval" and mixed:
        return "the season changes within its period, and there are no intervals to divide the kWh by"
    return None


def _classes(tariff: Tariff) -> list[str]:
    """Classes that a schedule's charges and riders know."""
    found_: dict[str, None] = {}
    for charge in (charge for version in tariff.versions for charge in version.charges):
        found_ |= dict.fromkeys(charge.classes)
        if isinstance(charge, Rider):
            found_ |= dict.fromkeys(kind for value in charge.values for kind in value.by_class)
    return list(found_)
