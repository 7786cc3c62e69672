"""Which channels a selection means: by number or by any identifier, and of several lengths the one to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from meterbook.book.selection import Selection
from meterbook.model.calendar import day_start
from meterbook.model.channel import DAY_S, Channel
from meterbook.model.errors import NotFound
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, StoredChannel

_FIELDS = (("account", "account"), ("location", "service_location"), ("meter", "meter"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A channel that a selection means.

    Attributes:
        stored: which.
        since: first local day on which the identifier it was named by held; None if it always did.
        until: day after the last one.
    """

    stored: StoredChannel
    since: date | None = None
    until: date | None = None

    def within(self, span: tuple[int, int], tz: ZoneInfo) -> tuple[int, int]:
        """The part of a span in which the channel bore the name that was asked for; UTC epoch seconds."""
        start = max(span[0], day_start(self.since, tz)) if self.since is not None else span[0]
        end = min(span[1], day_start(self.until, tz)) if self.until is not None else span[1]
        return start, max(start, end)


def chosen_channels(records: Records, lake: ReadingsLake, wanted: Selection) -> list[Chosen]:
    """Channels that a selection means and that hold readings.

    Raises:
        NotFound: an account, location or meter was named and the book has none such.
    """
    chosen = [Chosen(stored=item) for item in records.channels()]
    for kind, field in _FIELDS:
        value = getattr(wanted, kind)
        if value is not None:
            chosen = _named(records, chosen, value, kind=kind, field=field)
    return _finest(lake, [one for one in chosen if _fits(one.stored.channel, wanted)], wanted)


def _named(records: Records, chosen: Sequence[Chosen], value: str, *, kind: str, field: str) -> list[Chosen]:
    direct = [one for one in chosen if getattr(one.stored.channel, field) == value]
    if direct:
        return direct
    held = [(owner, item) for owner_kind, owner, item in records.holders_of(value) if str(owner_kind) == kind]
    by_id = [
        replace(one, since=_later(one.since, item.since), until=_earlier(one.until, item.until))
        for owner, item in held
        for one in chosen
        if one.stored.channel.key == owner or one.stored.channel.key.startswith(owner + "/")
    ]
    if by_id:
        return by_id
    known = sorted({str(getattr(one.stored.channel, field)) for one in chosen} - {""})
    raise NotFound(
        f"the book has no {kind} {value!r}",
        expected=f"one of {', '.join(known[:8])}{' …' if len(known) > 8 else ''}" if known else None,
        hint="See what it holds with: meterbook status",
    )


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


def _fits(channel: Channel, wanted: Selection) -> bool:
    return (
        channel.quantity in wanted.quantities
        and (wanted.flow is None or channel.flow is wanted.flow)
        and (wanted.unit is None or channel.unit is wanted.unit)
        and (wanted.interval_s is None or channel.interval_s == wanted.interval_s)
        and (wanted.tou or channel.tou_period is None)
    )


def _finest(lake: ReadingsLake, chosen: Sequence[Chosen], wanted: Selection) -> list[Chosen]:
    """Of channels that repeat each other at several interval lengths, those to read, so that nothing counts twice.

    Daily and monthly channels repeat the interval channels of the same register and are left out where there is a
    finer one. A meter whose step was changed has two interval channels that follow each other: both are wanted.
    """
    held = lake.coverage([one.stored.id for one in chosen])
    filled = [one for one in chosen if one.stored.id in held]
    if wanted.interval_s is not None:
        return filled
    finest: dict[tuple[str | None, ...], int] = {}
    keys = [_register_key(one.stored.channel) for one in filled]
    for key, one in zip(keys, filled, strict=True):
        length = one.stored.channel.interval_s
        finest[key] = min(length, finest.get(key, length))
    return [
        one
        for key, one in zip(keys, filled, strict=True)
        if one.stored.channel.interval_s == finest[key]
        or (one.stored.channel.interval_s < DAY_S and finest[key] < DAY_S)
    ]


def _register_key(channel: Channel) -> tuple[str | None, ...]:
    """What channels of one register have in common, whatever their interval length."""
    return (
        channel.utility,
        channel.account,
        channel.service_location,
        channel.meter,
        channel.register,
        channel.category,
        channel.quantity,
        channel.flow,
        channel.unit,
        channel.tou_period,
    )
