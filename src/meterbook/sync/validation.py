"""Validation where readings are kept: the rules run over what is stored, and findings opened and closed by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from meterbook.analysis.vee import ALL_RULES, DEFAULTS, Found, Rule, Thresholds, validate
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, StoredChannel, StoredFinding
from meterbook.sync.estimates import ESTIMATED

ENDLESS = 2**40
"""An instant after all readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """What a validation came to.

    Attributes:
        account: account number.
        readings: how many were looked at.
        found: what stands now, in order of channel and time.
        new: findings that were not there before.
        closed: findings that no longer hold.
    """

    account: str
    readings: int
    found: tuple[Found, ...]
    new: int
    closed: int


def check_account(
    records: Records,
    lake: ReadingsLake,
    *,
    account: str,
    utility: str,
    tz: ZoneInfo,
    at: datetime,
    since: int | None = None,
    until: int = ENDLESS,
    rules: Iterable[Rule] = ALL_RULES,
    limits: Thresholds = DEFAULTS,
    keep: bool = True,
) -> Validated:
    """Run the rules over the readings of an account, and bring its findings up to date.

    A finding that is seen again is renewed, one that is not is closed. Both only concern what was judged: what lies
    between ``since`` and ``until``, some days before it being read to tell what is usual.

    Args:
        records: where channels and findings are.
        lake: where the readings are.
        account: account number.
        utility: catalogue slug.
        tz: the utility's zone.
        at: now.
        since: first instant that is judged, UTC epoch seconds; None for all that there is.
        until: instant after the last.
        rules: those to run.
        limits: thresholds.
        keep: store what was found; else only tell.
    """
    chosen = frozenset(rules)
    stored = [one for one in records.channels(utility=utility, account=account) if _looked_at(one.channel)]
    begin = since - limits.context_days * DAY_S if since is not None else 0
    series = _read(lake, stored, begin, until)
    judged = since if since is not None else 0
    found = [one for one in validate(series.values(), tz, limits=limits, rules=chosen) if _ends_after(one, judged)]
    readings = sum(len(one) for one in series.values())
    if not keep:
        return Validated(account=account, readings=readings, found=tuple(found), new=0, closed=0)
    standing = [
        one
        for one in records.findings(account=account, utility=utility, open_only=True)
        if one.finding.name in {rule.finding for rule in chosen} and one.channel_id is not None
    ]
    numbers = {one.channel.key: one.id for one in stored}
    found = [_joined(one, numbers[one.channel.key], standing, begin) for one in found]
    added = _store(records, found, numbers, account=account, utility=utility, at=at)
    kept = {_key(numbers[one.channel.key], one.finding) for one in found}
    gone = [
        one.id
        for one in standing
        if _key(one.channel_id, one.finding) not in kept
        and (_judged(one, judged, until) or any(_replaces(other, one, numbers) for other in found))
    ]
    gone += _replaced(records, series, account, utility)
    if gone:
        records.close_findings(gone, at)
    return Validated(account=account, readings=readings, found=tuple(found), new=added, closed=len(gone))


def _looked_at(channel: Channel) -> bool:
    return channel.quantity is Quantity.USAGE and channel.tou_period is None


def _read(lake: ReadingsLake, stored: Sequence[StoredChannel], start: int, end: int) -> dict[int, IntervalSeries]:
    """Readings of the channels; days and months from a month earlier, so that the one that began before is there."""
    read = lake.read([one.id for one in stored], max(0, start - MONTH_S), end) if stored else {}
    series = {}
    for one in stored:
        held = read[one.id].series(one.channel)
        series[one.id] = held.clip(start, end) if one.channel.interval_s < DAY_S else held
    return {number: one for number, one in series.items() if len(one)}


def _ends_after(one: Found, instant: int) -> bool:
    return one.finding.end is None or one.finding.end > instant


def _judged(one: StoredFinding, since: int, until: int) -> bool:
    """Whether a finding lies within what was judged, so that it would have been seen again if it still held."""
    start, end = one.finding.start, one.finding.end
    return start is not None and end is not None and start >= since and end <= until


def _replaces(one: Found, other: StoredFinding, numbers: dict[str, int]) -> bool:
    """Whether a finding tells of the same trouble as one that stands, over a time that has changed."""
    new, old = one.finding, other.finding
    if new.name != old.name or numbers[one.channel.key] != other.channel_id or None in (new.start, old.start):
        return False
    assert new.start is not None
    assert old.start is not None
    return new.start < (old.end or old.start + 1) and old.start < (new.end or new.start + 1)


def _joined(one: Found, channel_id: int, standing: Sequence[StoredFinding], begin: int) -> Found:
    """A finding that was going on when what was read begins takes the start of the one that is known of that time."""
    finding = one.finding
    if begin <= 0 or finding.start is None or finding.start > begin + DAY_S:
        return one
    for other in standing:
        known = other.finding
        same = other.channel_id == channel_id and known.name == finding.name
        if same and known.start is not None and known.start < finding.start <= (known.end or 0):
            return replace(one, finding=replace(finding, start=known.start))
    return one


def _store(
    records: Records, found: Sequence[Found], numbers: dict[str, int], *, account: str, utility: str, at: datetime
) -> int:
    by_channel: dict[int, list[Finding]] = {}
    for one in found:
        by_channel.setdefault(numbers[one.channel.key], []).append(one.finding)
    return sum(
        records.add_findings(channel_id=number, account=account, findings=some, load_id=None, at=at, utility=utility)
        for number, some in by_channel.items()
    )


def _replaced(records: Records, series: Mapping[int, IntervalSeries], account: str, utility: str) -> list[int]:
    """Findings on estimates none of which is left, since readings have come in their place."""
    gone = []
    for one in records.findings(account=account, utility=utility, name=ESTIMATED, open_only=True):
        held = series.get(one.channel_id or 0)
        if held is None or one.finding.start is None or one.finding.end is None or one.finding.start < held.start[0]:
            continue
        part = held.clip(one.finding.start, one.finding.end)
        if not bool((part.quality == Quality.ESTIMATED).any()) and len(part):
            gone.append(one.id)
    return gone


def _key(channel_id: int | None, finding: Finding) -> tuple[int | None, str, int | None, int | None]:
    return channel_id, finding.name, finding.start, finding.end
