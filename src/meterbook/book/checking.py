"""Checks of the bills in a book: what is gathered for them, and findings opened and closed by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.checks import NAMES, Agreement, BillFinding, BillRun, check_bills
from meterbook.book import auditing
from meterbook.book.auditing import AccountAudited
from meterbook.book.bill_months import AccountBills, account_bills
from meterbook.book.choosing import chosen_channels
from meterbook.book.schedules import code_of
from meterbook.book.selection import FOREVER, Selection, instant_of
from meterbook.model.account_number import account_key
from meterbook.model.calendar import day_start, interval_ends, local_date
from meterbook.model.channel import DAY_S, Channel, FlowDirection, Quantity
from meterbook.model.errors import NotFound
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.store.records import Records, StoredChannel

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

AROUND_S = 40 * DAY_S
"""Readings are read from so long before the first bill, so that a meter's life is told from a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChecked:
    """What checking the bills of an account came to.

    Attributes:
        utility: catalogue slug.
        account: account number.
        zone: the utility's zone.
        bills: how many were judged.
        findings: what is seen, by bill.
        agreements: each of those bills beside its intervals.
        notes: sentences about what could not be looked at.
        new: alarms that were not there before.
        closed: alarms that no longer hold.
        audit: each bill beside its rate schedule, if that was asked for.
    """

    utility: str
    account: str
    zone: ZoneInfo
    bills: int
    findings: tuple[BillFinding, ...]
    agreements: tuple[Agreement, ...]
    notes: tuple[str, ...]
    new: int
    closed: int
    audit: AccountAudited | None = None

    @property
    def alarms(self) -> tuple[BillFinding, ...]:
        """Faults and warnings."""
        return tuple(one for one in self.findings if one.alarm)


def check(
    book: OpenBook,
    *,
    account: str | None = None,
    since: date | str | None = None,
    until: date | str | None = None,
    keep: bool = True,
    tariff: str | None = None,
    folder: Path | None = None,
) -> list[AccountChecked]:
    """Hold bills against the meter, against themselves and against each other, and bring findings up to date.

    All bills of an account are looked at, since each is judged by the others; those whose date lies between ``since``
    and ``until`` are told of. Faults and warnings are kept in the book; notes are not.

    Args:
        book: which.
        account: account number or any external identifier of one; all without it.
        since: first bill date that is judged.
        until: bill date at which to end; not included.
        keep: store what was found.
        tariff: hold bills against their rate schedules too: the one of this name, or that of each bill if empty.
        folder: the book's folder, whose own schedules come first.

    Returns:
        One entry an account, also where nothing was found.

    Raises:
        NotFound: the book knows no such account, or no bills.
        UsageError: a date can't be read.
    """
    from meterbook.book.bills import bills  # noqa: PLC0415 - keeps the modules apart

    stored = bills(book, accounts=[account] if account is not None else [])
    if not stored:
        raise NotFound(
            "the book has no bills to check" + (f" of account {account}" if account is not None else ""),
            hint="Bring them with: meterbook sync, or from paper with: meterbook import BILL.pdf",
        )
    at = datetime.now(UTC)
    gathering = Gathering(book)
    return [
        _check_account(
            book, gathering, one, at, _Wanted(since=since, until=until, keep=keep, tariff=tariff, folder=folder)
        )
        for one in account_bills(book, stored)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    since: date | str | None
    until: date | str | None
    keep: bool
    tariff: str | None
    folder: Path | None


class Gathering:
    """What the bills of a book are held against; channels are looked up once for all accounts."""

    def __init__(self, book: OpenBook) -> None:
        self._book = book
        self._usage = self._channels(frozenset({Quantity.USAGE}))
        self._weather = self._channels(frozenset({Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH}))

    def run(self, owner: AccountBills, today: date | None = None) -> BillRun:
        """The bills of an account with the readings and temperatures that they are held against.

        Args:
            owner: the account's bills.
            today: local day on which it is asked whether a bill is late.
        """
        days = [
            day
            for one in owner.statements
            for day in (one.period_start, one.period_end, one.bill_date)
            if day is not None
        ]
        start = day_start(min(days), owner.zone) - AROUND_S
        key = owner.utility, account_key(owner.account)
        usage = self._read(_electric(self._usage.get(key, [])), start)
        ends = [int(interval_ends(one.start[-1:], one.channel.interval_s, owner.zone)[0]) for one in usage]
        return BillRun(
            account=owner.account,
            zone=owner.zone,
            bills=owner.statements,
            series=tuple(usage),
            temperatures=_temperatures(self._read(self._weather.get(key, []), start), owner.zone),
            readings_until=max(ends, default=None),
            today=today,
        )

    def _channels(self, quantities: frozenset[Quantity]) -> dict[tuple[str, str], list[StoredChannel]]:
        found: dict[tuple[str, str], list[StoredChannel]] = {}
        for one in chosen_channels(self._book.records, self._book.lake, Selection(quantities=quantities)):
            channel = one.stored.channel
            found.setdefault((channel.utility, account_key(channel.account)), []).append(one.stored)
        return found

    def _read(self, stored: Sequence[StoredChannel], start: int) -> list[IntervalSeries]:
        if not stored:
            return []
        columns = self._book.lake.read([one.id for one in stored], max(0, start), FOREVER[1])
        series = [columns[one.id].series(one.channel) for one in stored]
        return [one for one in series if len(one)]


def _check_account(
    book: OpenBook, gathering: Gathering, owner: AccountBills, at: datetime, wanted: _Wanted
) -> AccountChecked:
    first, last = (
        local_date(instant_of(when, owner.zone, name), owner.zone) if when is not None else open_end
        for when, name, open_end in ((wanted.since, "--since", date.min), (wanted.until, "--until", date.max))
    )
    run = gathering.run(owner, at.astimezone(owner.zone).date())
    checked = check_bills(run)
    audit = _audit(book, run, owner, checked.agreements, wanted)
    found = [*checked.findings, *(audit.findings if audit is not None else ())]
    found.sort(key=lambda one: one.bill.bill_date)
    findings = tuple(one for one in found if first <= one.bill.bill_date < last)
    new = closed = 0
    if wanted.keep:
        names = (*NAMES, *(auditing.NAMES if audit is not None else ()))
        new, closed = _keep(
            book.records, owner, [one for one in findings if one.alarm], at, judged=(first, last), names=names
        )
    return AccountChecked(
        utility=owner.utility,
        account=owner.account,
        zone=owner.zone,
        bills=sum(first <= one.bill_date < last for one in owner.statements),
        findings=findings,
        agreements=tuple(one for one in checked.agreements if first <= one.bill.bill_date < last),
        notes=(*checked.notes, *(audit.notes if audit is not None else ())),
        new=new,
        closed=closed,
        audit=audit,
    )


def _audit(
    book: OpenBook, run: BillRun, owner: AccountBills, agreements: Sequence[Agreement], wanted: _Wanted
) -> AccountAudited | None:
    if wanted.tariff is None:
        return None
    key = account_key(owner.account)
    held = [one.account for one in book.records.accounts() if account_key(one.account.number) == key]
    said = [code for one in held for place in one.locations for code in place.rate_schedules]
    codes = list(dict.fromkeys(code_of(owner.utility, code, wanted.folder) or code for code in said))
    return auditing.audit_account(
        run, owner.utility, agreements, name=wanted.tariff or None, rate_codes=codes, folder=wanted.folder
    )


def _keep(
    records: Records,
    owner: AccountBills,
    alarms: Sequence[BillFinding],
    at: datetime,
    *,
    judged: tuple[date, date],
    names: Sequence[str],
) -> tuple[int, int]:
    """Store what was found and close what no longer holds; how many are new, and how many were closed."""
    found = [_placed(one.finding) for one in alarms]
    standing = [
        one
        for one in records.findings(account=owner.account, utility=owner.utility, open_only=True)
        if one.finding.name in names and one.channel_id is None and _judged(one.finding, judged)
    ]
    new = records.add_findings(None, owner.account, found, None, at, utility=owner.utility)
    keys = {_key(one) for one in found}
    gone = [one.id for one in standing if _key(one.finding) not in keys]
    if gone:
        records.close_findings(gone, at)
    return new, len(gone)


def _placed(finding: Finding) -> Finding:
    """The finding with what tells it from others of its name and span where the records look for it."""
    parts = ("bill", "line", "rule", "meter", "register", "flow", "service_location", "kind", "label", "what")
    frame = "/".join(f"{name}={finding.data[name]}" for name in parts if name in finding.data)
    return replace(finding, data={**finding.data, "frame": frame})


def _key(finding: Finding) -> tuple[str, int | None, int | None, str | int | bool | None]:
    return finding.name, finding.start, finding.end, finding.data.get("frame")


def _judged(finding: Finding, judged: tuple[date, date]) -> bool:
    """Whether a finding is about a bill that was judged, so that it would have been seen again if it still held."""
    day = date.fromisoformat(str(finding.data["bill_date"]))
    return judged[0] <= day < judged[1]


def _electric(stored: Sequence[StoredChannel]) -> list[StoredChannel]:
    """Intervals of kWh; without the net ones of meters that also tell delivered energy, which would count it twice."""
    short = [one for one in stored if one.channel.unit is Unit.KWH and one.channel.interval_s < DAY_S]
    delivered = {_meter(one.channel) for one in short if one.channel.flow is FlowDirection.DELIVERED}
    return [one for one in short if one.channel.flow is not FlowDirection.NET or _meter(one.channel) not in delivered]


def _meter(channel: Channel) -> tuple[str, str]:
    return channel.service_location, channel.meter


def _temperatures(weather: Sequence[IntervalSeries], zone: ZoneInfo) -> dict[date, tuple[float, float]]:
    """Low and high of each local day of which both are known, °F."""
    found: dict[Quantity, dict[date, float]] = {Quantity.TEMPERATURE_LOW: {}, Quantity.TEMPERATURE_HIGH: {}}
    for one in weather:
        usable = one.take(one.quality != Quality.MISSING)
        for instant, value in zip(usable.start.tolist(), usable.value.tolist(), strict=True):
            found[one.channel.quantity][local_date(instant, zone)] = value / 10**one.scale
    low, high = found[Quantity.TEMPERATURE_LOW], found[Quantity.TEMPERATURE_HIGH]
    return {day: (low[day], high[day]) for day in low.keys() & high.keys()}
