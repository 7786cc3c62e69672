"""What the book holds of an account after a sync: coverage, gaps, and holes young enough to be filled later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.gaps import Gap, find_gaps
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity, ServiceCategory
from meterbook.model.identity import Account
from meterbook.model.quality import Quality
from meterbook.portals.smarthub import Frame
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, StoredChannel, Stream
from meterbook.sync.estimates import ESTIMATED
from meterbook.sync.report import AccountReport, Trouble
from meterbook.sync.results import Tally
from meterbook.sync.streams import WEATHER
from meterbook.sync.windows import Span

INDUSTRY_OF = {
    ServiceCategory.ELECTRICITY: "ELECTRIC",
    ServiceCategory.GAS: "GAS",
    ServiceCategory.WATER: "WATER",
}


def account_summary(
    records: Records,
    lake: ReadingsLake,
    account: Account,
    *,
    utility: str,
    tz: ZoneInfo,
    tally: Tally,
    troubles: tuple[Trouble, ...],
) -> AccountReport:
    """What the book holds of an account, with what the sync changed."""
    stored = records.channels(utility=utility, account=account.number)
    held = lake.coverage([item.id for item in stored])
    intervals = [item for item in stored if item.id in held and is_interval_usage(item.channel)]
    gaps = [gap for item in intervals for gap in _gaps(lake, item, held[item.id].first, held[item.id].last, tz)]
    shown = intervals or [item for item in stored if item.id in held and item.channel.quantity is Quantity.USAGE]
    longest = max(gaps, key=lambda gap: gap.length_s, default=None)
    return AccountReport(
        account=account.number,
        label=label_of(account),
        zone=tz.key,
        channels=len(held),
        new=tally.new,
        revised=tally.revised,
        missing=sum(gap.intervals for gap in gaps),
        first=min((held[item.id].first for item in shown), default=None),
        last=max((held[item.id].last for item in shown), default=None),
        interval_s=min((item.channel.interval_s for item in shown), default=None),
        longest_gap=(longest.start, longest.end) if longest is not None else None,
        bills=tally.bills,
        documents=tally.documents,
        bills_held=records.bill_count(account.number, utility=utility),
        troubles=troubles,
    )


def gaps_of_streams(
    records: Records, lake: ReadingsLake, account: Account, *, utility: str, horizon: int, gap_days: int, tz: ZoneInfo
) -> dict[tuple[str, str], list[Span]]:
    """Holes of the last ``gap_days`` days that a meter may yet fill, by service location and industry.

    Only holes with readings on either side, and where one of several meters (or the cost) lags behind the others: what
    comes after the last reading of all is asked for anyway.
    """
    oldest = horizon - gap_days * DAY_S
    found: dict[tuple[str, str], list[Span]] = {}
    stored = records.channels(utility=utility, account=account.number)
    held = lake.coverage([item.id for item in stored])
    recent = [item for item in stored if item.id in held and _is_fine(item.channel) and held[item.id].last > oldest]
    # What we estimated ourselves is still missing at the source.
    ours = frozenset(
        one.load_id
        for one in records.findings(account=account.number, utility=utility, name=ESTIMATED, open_only=True)
        if one.load_id is not None
    )
    for item in recent:
        channel, last = item.channel, held[item.id].last
        place = (channel.service_location, INDUSTRY_OF[channel.category])
        others = [
            held[one.id].last
            for one in recent
            if one.channel.service_location == channel.service_location and one.channel.category is channel.category
        ]
        spans = found.setdefault(place, [])
        if last < max(others):
            spans.append((last, max(others)))
        if is_interval_usage(channel):
            first = max(oldest, held[item.id].first)
            spans.extend((gap.start, gap.end) for gap in _gaps(lake, item, first, last, tz, without=ours))
    return {place: spans for place, spans in found.items() if spans}


def newest_of_stream(records: Records, lake: ReadingsLake, stream: Stream, *, utility: str) -> int | None:
    """Start of the newest reading that the book holds of a stream; None if it holds none."""
    stored = [
        item.id
        for item in records.channels(utility=utility, account=stream.account, service_location=stream.service_location)
        if _belongs(item.channel, stream)
    ]
    return max((coverage.last for coverage in lake.coverage(stored).values()), default=None)


def is_interval_usage(channel: Channel) -> bool:
    """Whether a channel holds the interval readings of a meter's register, not sums, shares, cost or weather."""
    return (
        channel.quantity is Quantity.USAGE
        and channel.interval_s < DAY_S
        and channel.tou_period is None
        and channel.category in INDUSTRY_OF
    )


def _is_fine(channel: Channel) -> bool:
    """Whether a channel comes with the interval readings of a meter and should be as new as they are."""
    return channel.interval_s < DAY_S and channel.tou_period is None and channel.category in INDUSTRY_OF


def label_of(account: Account) -> str:
    """What a member would call an account: the nickname or address of its first location, else the customer's name."""
    for location in account.locations:
        if location.nickname or location.address:
            return location.nickname or location.address
    return account.name


def _belongs(channel: Channel, stream: Stream) -> bool:
    if stream.industry == WEATHER:
        return channel.category is ServiceCategory.WEATHER
    frame = {DAY_S: Frame.DAILY, MONTH_S: Frame.MONTHLY}.get(channel.interval_s, Frame.INTERVAL)
    return INDUSTRY_OF.get(channel.category) == stream.industry and frame.value == stream.frame


def _gaps(
    lake: ReadingsLake,
    item: StoredChannel,
    first: int,
    last: int,
    tz: ZoneInfo,
    *,
    without: frozenset[int] = frozenset(),
) -> Sequence[Gap]:
    """Gaps of a channel; readings of some loads count as missing."""
    read = lake.read([item.id], first, last + 1)[item.id]
    series = read.series(item.channel)
    if without:
        quality = np.where(np.isin(read.load_id, list(without)), np.int8(Quality.MISSING), read.quality)
        series = replace(series, quality=quality)
    return find_gaps(series, first, last, tz) if len(series) else ()
