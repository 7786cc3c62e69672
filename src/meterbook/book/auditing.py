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
from meterbook.book.schedules import schedule
from meterbook.model.bill_kinds import LineKind
from meterbook.model.calendar import local_date
from meterbook.model.channel import FlowDirection
from meterbook.model.errors import InputError, NotFound
from meterbook.model.exchange import joined
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import Statement
from meterbook.model.tariff import AnyCharge, Demand, Energy, Reactive, Rider, Tariff
from meterbook.tariffs.audit import Audited, Billing, audit
from meterbook.tariffs.fit.lines import season_on
from meterbook.tariffs.inputs import Account, Span, Usage, usage_of
from meterbook.tariffs.parts import parts_of

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
    codes: Sequence[str] = (),
    folder: Path | None = None,
) -> AccountAudited:
    """Hold the bills of an account against their schedules.

    Args:
        run: the bills with their readings.
        utility: catalogue slug.
        agreements: the bills beside their intervals, for the instants of reads that bills do not tell.
        name: schedule, instead of the one that each bill names.
        codes: rate codes of the account, for bills that name none.
        folder: the book's folder, whose own schedules come first.

    Raises:
        NotFound, InputError: the schedule that was named is not there, or not sound.
    """
    findings: list[BillFinding] = []
    audited: dict[str, list[Audited]] = {}
    missing: dict[str, int] = {}
    demands: tuple[tuple[date, str | None, Decimal], ...] = ()
    named = None if name is None else schedule(name, book=folder)
    for bill in run.standing:
        code = _code(bill, codes)
        tariff = named or _schedule(utility, code, folder)
        if tariff is None:
            missing[code or "no schedule"] = missing.get(code or "no schedule", 0) + 1
            continue
        known = f"{tariff.utility}/{tariff.code}"
        one = _audited(run, bill, tariff, agreements, demands)
        audited.setdefault(known, []).append(one)
        if one.priced is not None:
            last = local_date(one.priced.end - 1, run.zone)
            demands += tuple((last, period, kw) for period, kw in one.priced.demands)
        findings += found(one, known, run.zone)
    notes = [standing_words(some, known) for known, some in audited.items()]
    notes += [
        f"{count} bill{'s' * (count > 1)} of {code} can't be held against it: the catalogue has no such schedule"
        for code, count in missing.items()
    ]
    every = tuple(one for some in audited.values() for one in some)
    return AccountAudited(findings=tuple(findings), audited=every, notes=tuple(notes))


def _code(bill: Statement, codes: Sequence[str]) -> str | None:
    rows = [row.rate for row in bill.meters if row.rate]
    return bill.rate or (rows[0] if rows else None) or (codes[0] if len(codes) == 1 else None)


def _schedule(utility: str, code: str | None, folder: Path | None) -> Tariff | None:
    if code is None:
        return None
    try:
        return schedule(f"{utility}/{code}", book=folder)
    except NotFound:
        return None


def _audited(
    run: BillRun,
    bill: Statement,
    tariff: Tariff,
    agreements: Sequence[Agreement],
    demands: tuple[tuple[date, str | None, Decimal], ...],
) -> Audited:
    low, high = _instants(run, bill, agreements)
    span = Span(start=low, end=high, billed=bill.bill_date)
    meters = len({row.meter for row in bill.meters if row.meter and row.service in (None, "electric")}) or 1
    account = Account(kind=tariff.sector, meters=meters, demands=demands)
    usage = _intervals(run.series, span)
    given = Billing(
        bill=bill, span=span, usage=usage or _register(bill, span), account=account, intervals=usage is not None
    )
    if usage is None:
        why = _why_not(tariff, bill, span, run.zone)
        if why is not None:
            return Audited(billing=given, why_not=why)
    return audit(tariff, given, _classes(tariff))


def _instants(run: BillRun, bill: Statement, agreements: Sequence[Agreement]) -> tuple[int, int]:
    """Instants of the reads: told, or those that the check of kWh found to fit."""
    right = (Standing.AGREES, Standing.ASSUMED)
    for one in agreements:
        alone = len(one.bills) == 1 and one.bills[0] is bill
        if alone and one.standing in right and one.flow is FlowDirection.DELIVERED and one.times != "unknown":
            return one.start, one.end
    return span_of(bill, run.zone)


def _intervals(series: Sequence[IntervalSeries], span: Span) -> Usage | None:
    """The readings of a period; None unless all intervals of one meter, or of one after the other, are there."""
    within = [one.take(one.quality != Quality.MISSING).clip(span.start, span.end) for one in series]
    delivered = [one for one in within if len(one) and one.channel.flow is FlowDirection.DELIVERED]
    received = [one for one in within if len(one) and one.channel.flow is FlowDirection.RECEIVED]
    if not delivered:
        return None
    try:
        back = joined(received) if received else None
        usage = usage_of(joined(delivered), back, start=span.start, end=span.end)
    except InputError:
        return None
    return None if usage.missing is not None or usage.first > span.start or usage.end < span.end else usage


def _register(bill: Statement, span: Span) -> Usage:
    """The bill's own usage, as one reading of the whole period."""
    kwh = _billed(bill) or Decimal(0)
    scale = max(-int(kwh.as_tuple().exponent), 0)
    return Usage(
        first=span.start,
        step_s=span.end - span.start,
        scale=scale,
        delivered=np.array([int(kwh.scaleb(scale))], np.int64),
    )


def _billed(bill: Statement) -> Decimal | None:
    if bill.usage is not None and bill.usage_unit in (None, "kWh"):
        return bill.usage
    lines = [
        one for one in bill.lines if one.kind is LineKind.ENERGY and one.unit == "kWh" and one.quantity is not None
    ]
    return sum((one.quantity or Decimal(0) for one in lines), start=Decimal(0)) if lines else None


def _why_not(tariff: Tariff, bill: Statement, span: Span, zone: ZoneInfo) -> str | None:
    """Why a bill's own usage does not tell what its schedule makes of it; None if it does."""
    if _billed(bill) is None:
        return "neither intervals nor kWh are known"
    try:
        parts = parts_of(tariff, span, zone)
    except InputError as err:
        return err.what
    if len(parts) > 1:
        return "prices change within its period, and there are no intervals to divide it by"
    days = [parts[0].first + timedelta(days=one) for one in range(parts[0].days)]
    reasons = (_needs(tariff, charge, days) for charge in parts[0].version.charges)
    return next((why for why in reasons if why is not None), None)


def _needs(tariff: Tariff, charge: AnyCharge, days: Sequence[date]) -> str | None:
    """What a charge needs intervals for."""
    if isinstance(charge, Demand | Reactive):
        return "the schedule is on demand, and there are no intervals of the whole period"
    if isinstance(charge, Rider) and charge.unit == "kWh" and charge.month_by == "use":
        return "a rider goes by the month of use, and there are no intervals to divide the kWh by"
    if not isinstance(charge, Energy):
        return None
    if any(rate.period for rate in charge.rates):
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
