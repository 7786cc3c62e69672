"""A question about many channels at once: how they are grouped, by what time, and what may be asked of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from meterbook.book.choosing import Chosen, chosen_channels
from meterbook.book.readings import utility_zone
from meterbook.book.selection import FOREVER, Selection, span_of
from meterbook.model.calendar import local_date, month_bounds, zone
from meterbook.model.channel import DAY_S, MONTH_S, Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import AnalysisError, NotFound
from meterbook.model.units import Unit
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.query import calendar as calendars
from meterbook.store.readings.query.calendar import Calendar, Window
from meterbook.store.readings.query.shape import hours_by_day_type
from meterbook.store.records import Records


class Period(StrEnum):
    """By what time readings are taken together, on the utility's local clock."""

    ALL = "all"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    HOUR_OF_DAY = "hour-of-day"
    HOUR_BY_DAY_TYPE = "hour-by-day-type"
    DAY_OF_WEEK = "day-of-week"
    TOU = "tou"
    BILL = "bill"


class Per(StrEnum):
    """Which channels are taken together. Only those alike in commodity, quantity, flow and unit ever are."""

    CHANNEL = "channel"
    METER = "meter"
    LOCATION = "location"
    ACCOUNT = "account"
    UTILITY = "utility"


RECURRING = frozenset({Period.HOUR_OF_DAY, Period.HOUR_BY_DAY_TYPE, Period.DAY_OF_WEEK, Period.TOU})
"""Periods that come again, so that they have neither start nor end."""

_LONGEST_S = {
    Period.HOUR: 3_600,
    Period.HOUR_OF_DAY: 3_600,
    Period.HOUR_BY_DAY_TYPE: 3_600,
    Period.TOU: 3_600,
    Period.DAY: DAY_S,
    Period.DAY_OF_WEEK: DAY_S,
    Period.BILL: DAY_S,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        wanted: which readings.
        by: by what time.
        per: which channels are taken together, or names of groups: by meter, service location or account number, of
            which the first that is named counts. Channels that belong to none are left out.
        windows: with :attr:`Period.TOU` when each period applies.
        otherwise: the name of the period for the rest of the time.
        holidays: local dates on which only windows that say so apply, and that count as weekend.
    """

    wanted: Selection
    by: Period = Period.MONTH
    per: Per | Mapping[str, str] = Per.ACCOUNT
    windows: tuple[Window, ...] = ()
    otherwise: str = "off-peak"
    holidays: frozenset[date] = field(default_factory=frozenset)


class Kind(NamedTuple):
    """What channels that are put in one row have in common; without an interval length where it is of no account."""

    category: ServiceCategory
    quantity: Quantity
    flow: FlowDirection
    unit: Unit
    interval_s: int | None
    tou_period: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Channels of one kind that one plan can answer for.

    Attributes:
        kind: of all of them.
        label_of: the group of each channel, by number.
        calendar: their periods.
        zone: their utility's.
        interval_s: the longest of their intervals.
    """

    kind: Kind
    label_of: Mapping[int, str]
    calendar: Calendar
    zone: ZoneInfo
    interval_s: int


def parts(records: Records, lake: ReadingsLake, asked: Question, *, by_length: bool) -> list[Part]:
    """A question divided by what differs between channels: kind, zone, time, and bills.

    Args:
        records: the book's records.
        lake: its readings.
        asked: the question.
        by_length: channels of different interval lengths are of different kinds.

    Raises:
        NotFound: no channel fits what was named, or bills are asked for and there are none.
        AnalysisError: intervals are longer than the periods.
        UsageError: a date can't be read.
    """
    span_of(asked.wanted, zone("UTC"))  # a date that can't be read is said so, whatever the book holds
    chosen = chosen_channels(records, lake, asked.wanted)
    zones = {slug: utility_zone(records, slug) for slug in {one.stored.channel.utility for one in chosen}}
    spans = {slug: span_of(asked.wanted, tz) for slug, tz in zones.items()}
    bills = _bills(records, zones) if asked.by is Period.BILL else {}
    alike: dict[tuple[Kind, ZoneInfo, tuple[int, int], tuple[str, str] | None], list[Chosen]] = defaultdict(list)
    for one in chosen:
        channel = one.stored.channel
        _check_length(channel, asked.by)
        tz = zones[channel.utility]
        owner = (channel.utility, channel.account) if asked.by is Period.BILL else None
        if owner is None or owner in bills:
            span = one.within(spans[channel.utility], tz)
            alike[_kind(channel, by_length), tz, span, owner].append(one)
    if asked.by is Period.BILL and not bills:
        raise NotFound("the book has no bills of these accounts", hint="Bring them with: meterbook sync")
    found = []
    for (kind, tz, span, cycle), some in _by_cycle(alike, bills).items():
        label_of = {
            one.stored.id: label for one in some if (label := _label(one.stored.channel, asked.per)) is not None
        }
        calendar = _calendar(asked, _closed(lake, span, list(label_of), tz), tz, cycle or ())
        if label_of and calendar is not None:
            longest = max(one.stored.channel.interval_s for one in some)
            found.append(Part(kind=kind, label_of=label_of, calendar=calendar, zone=tz, interval_s=longest))
    return found


Bill = tuple[int, int, str]


def _by_cycle(
    alike: Mapping[tuple[Kind, ZoneInfo, tuple[int, int], tuple[str, str] | None], list[Chosen]],
    bills: Mapping[tuple[str, str], tuple[Bill, ...]],
) -> dict[tuple[Kind, ZoneInfo, tuple[int, int], tuple[Bill, ...] | None], list[Chosen]]:
    """Accounts that are billed for the same periods together."""
    found: dict[tuple[Kind, ZoneInfo, tuple[int, int], tuple[Bill, ...] | None], list[Chosen]] = defaultdict(list)
    for (kind, tz, span, owner), some in alike.items():
        found[kind, tz, span, None if owner is None else bills[owner]] += some
    return found


def _bills(records: Records, zones: Mapping[str, ZoneInfo]) -> dict[tuple[str, str], tuple[Bill, ...]]:
    """Billing periods of each utility's accounts, by start; labelled by their first and last day."""
    found: dict[tuple[str, str], set[Bill]] = defaultdict(set)
    for slug, tz in zones.items():
        for one in records.statements(utility=slug):
            if one.read_start is None or one.read_end is None or one.read_start >= one.read_end:
                continue
            start, end = int(one.read_start.timestamp()), int(one.read_end.timestamp())
            found[slug, one.account].add((start, end, f"{local_date(start, tz)}/{local_date(end - 1, tz)}"))
    return {owner: tuple(sorted(some)) for owner, some in found.items()}


def _kind(channel: Channel, by_length: bool) -> Kind:
    length = channel.interval_s if by_length else None
    return Kind(channel.category, channel.quantity, channel.flow, channel.unit, length, channel.tou_period)


def _label(channel: Channel, per: Per | Mapping[str, str]) -> str | None:
    if isinstance(per, Mapping):
        names = (per.get(name) for name in (channel.meter, channel.service_location, channel.account))
        return next((name for name in names if name is not None), None)
    if per is Per.CHANNEL:
        return channel.key
    parts_of = (channel.utility, channel.account, channel.service_location, channel.meter)
    return "/".join(parts_of[: {Per.UTILITY: 1, Per.ACCOUNT: 2, Per.LOCATION: 3, Per.METER: 4}[per]])


def _check_length(channel: Channel, by: Period) -> None:
    longest = _LONGEST_S.get(by, MONTH_S)
    if channel.interval_s > longest:
        raise AnalysisError(
            f"readings of a {'month' if channel.interval_s == MONTH_S else 'day'} can't be shown by {by.value}",
            expected="periods at least as long as the readings' interval",
            hint="Ask by month, or for one interval length only.",
        )


def _closed(lake: ReadingsLake, span: tuple[int, int], ids: Sequence[int], tz: ZoneInfo) -> tuple[int, int]:
    """A span without open ends: those reach to the edges of the months in which readings begin and end."""
    if span[0] != FOREVER[0] and span[1] != FOREVER[1]:
        return span
    held = lake.coverage(ids)
    if not held:
        return 0, 0
    first = local_date(min(one.first for one in held.values()), tz)
    last = local_date(max(one.last for one in held.values()), tz)
    start = span[0] if span[0] != FOREVER[0] else month_bounds(first.year, first.month, tz)[0]
    return start, (span[1] if span[1] != FOREVER[1] else month_bounds(last.year, last.month, tz)[1])


def _calendar(asked: Question, span: tuple[int, int], tz: ZoneInfo, bills: tuple[Bill, ...]) -> Calendar | None:
    """The periods of a question within a span; bills count whole if they overlap it. None if there are none."""
    start, end = span
    if start >= end:
        return None
    if asked.by is Period.BILL:
        within = [bill for bill in bills if bill[0] < end and start < bill[1]]
        return calendars.periods(within) if within else None
    if asked.by is Period.TOU:
        return calendars.time_of_use(
            start, end, tz.key, asked.windows, otherwise=asked.otherwise, holidays=asked.holidays
        )
    if asked.by is Period.HOUR_BY_DAY_TYPE:
        return hours_by_day_type(start, end, tz.key, asked.holidays)
    if asked.by is Period.ALL:
        return calendars.whole(start, end)
    make = {
        Period.YEAR: calendars.years,
        Period.MONTH: calendars.months,
        Period.DAY: calendars.days,
        Period.HOUR: calendars.hours,
        Period.HOUR_OF_DAY: calendars.hours_of_day,
        Period.DAY_OF_WEEK: calendars.days_of_week,
    }[asked.by]
    return make(start, end, tz.key)
