"""Reading from a book: which channels, which time, and the readings in whatever shape is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.model.calendar import day_start, interval_ends, zone
from meterbook.model.channel import DAY_S, Channel, FlowDirection, Quantity
from meterbook.model.errors import NotFound, UsageError
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, StoredChannel

if TYPE_CHECKING:
    import polars
    import pyarrow as pa

FOREVER = (0, 253_402_300_800)  # 1970 to 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which readings. Fields left empty choose all.

    Attributes:
        account: account number, or any external identifier of an account.
        location: number of a service location, or any external identifier of one.
        meter: meter number, or any external identifier of one.
        since: first local day or instant.
        until: local day or instant at which to end (that day is not included).
        flow: delivered, received or net.
        unit: unit of the channels.
        quantities: what to read; usage alone unless said.
        interval_s: one interval length instead of the finest of each register.
        tou: time-of-use shares too, which repeat what the main channels hold.
        as_of: what the book knew at this instant, instead of what it knows now.
    """

    account: str | None = None
    location: str | None = None
    meter: str | None = None
    since: date | datetime | str | None = None
    until: date | datetime | str | None = None
    flow: FlowDirection | None = None
    unit: Unit | None = None
    quantities: frozenset[Quantity] = frozenset({Quantity.USAGE})
    interval_s: int | None = None
    tou: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReadings:
    """The readings of one channel that a selection met.

    Attributes:
        id: the book's number of the channel.
        series: its readings.
        zone: the zone of its utility.
        span: the time asked for, UTC epoch seconds; where the selection was open, from the first reading to the end
            of the last.
    """

    id: int
    series: IntervalSeries
    zone: ZoneInfo
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSet:
    """Readings of several channels.

    Iterate it for :class:`ChannelReadings`, or turn it into a table.
    """

    channels: tuple[ChannelReadings, ...]

    def __iter__(self) -> Iterator[ChannelReadings]:
        return iter(self.channels)

    def __len__(self) -> int:
        return sum(len(item.series) for item in self.channels)

    def to_arrow(self, *, missing: bool = False) -> pa.Table:
        """One row a reading: start, end (UTC), account, service_location, meter, flow, unit, value (decimal), quality.

        Args:
            missing: a row for each expected interval without a reading too, its value null.
        """
        from meterbook.formats.columnar import to_table  # noqa: PLC0415 - brings in pyarrow

        return to_table(self.for_export(missing=missing))

    def to_polars(self, *, missing: bool = False) -> polars.DataFrame:
        """The same rows as :meth:`to_arrow`, as a Polars data frame."""
        import polars as pl  # noqa: PLC0415 - heavy

        frame = pl.from_arrow(self.to_arrow(missing=missing))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def for_export(self, *, missing: bool) -> Iterator[tuple[IntervalSeries, ZoneInfo]]:
        """Series with their zones as the writers in ``formats/`` take them, gaps filled in as rows if wanted."""
        from meterbook.analysis.gaps import with_missing  # noqa: PLC0415 - not needed to select

        for item in self.channels:
            yield (with_missing(item.series, *item.span, item.zone) if missing else item.series), item.zone


def select(records: Records, lake: ReadingsLake, wanted: Selection) -> ReadingSet:
    """The readings of a selection.

    Raises:
        NotFound: no channel fits what was named.
        UsageError: a date can't be read.
    """
    stored = _finest(lake, chosen_channels(records, wanted), wanted)
    zones = {slug: utility_zone(records, slug) for slug in {item.channel.utility for item in stored}}
    as_of = records.last_load_at(wanted.as_of) if wanted.as_of is not None else None
    _span(wanted, zone("UTC"))  # a date that can't be read is said so, whatever the book holds
    spans = {slug: _span(wanted, tz) for slug, tz in zones.items()}
    found: list[ChannelReadings] = []
    for slug, tz in zones.items():
        ids = [item.id for item in stored if item.channel.utility == slug]
        columns = lake.read(ids, *spans[slug], as_of=as_of)
        for item in stored:
            if item.channel.utility != slug:
                continue
            read = columns[item.id]
            series = IntervalSeries(
                channel=item.channel, start=read.start, value=read.value, quality=read.quality, scale=read.scale
            )
            if len(series):
                found.append(ChannelReadings(id=item.id, series=series, zone=tz, span=_known(spans[slug], series, tz)))
    return ReadingSet(channels=tuple(sorted(found, key=lambda one: one.series.channel.key)))


def chosen_channels(records: Records, wanted: Selection) -> list[StoredChannel]:
    """Channels that a selection names.

    Raises:
        NotFound: an account, location or meter was named and the book has none such.
    """
    channels = records.channels()
    for attribute, field in (("account", "account"), ("location", "service_location"), ("meter", "meter")):
        value = getattr(wanted, attribute)
        if value is not None:
            channels = _named(records, channels, value, attribute, field)
    return [item for item in channels if _fits(item.channel, wanted)]


def utility_zone(records: Records, slug: str) -> ZoneInfo:
    """The zone of a utility, as its connection or the import of its files told it."""
    known = records.utility(slug)
    return zone(known.zone if known is not None else "UTC")


def _named(
    records: Records, channels: Sequence[StoredChannel], value: str, kind: str, field: str
) -> list[StoredChannel]:
    direct = [item for item in channels if getattr(item.channel, field) == value]
    if direct:
        return direct
    owners = {key for owner, key in records.find_by_external_id(value) if str(owner) == kind}
    by_id = [
        item
        for item in channels
        if any(item.channel.key == key or item.channel.key.startswith(key + "/") for key in owners)
    ]
    if by_id:
        return by_id
    known = sorted({str(getattr(item.channel, field)) for item in channels} - {""})
    raise NotFound(
        f"the book has no {kind} {value!r}",
        expected=f"one of {', '.join(known[:8])}{' …' if len(known) > 8 else ''}" if known else None,
        hint="See what it holds with: meterbook status",
    )


def _fits(channel: Channel, wanted: Selection) -> bool:
    return (
        channel.quantity in wanted.quantities
        and (wanted.flow is None or channel.flow is wanted.flow)
        and (wanted.unit is None or channel.unit is wanted.unit)
        and (wanted.interval_s is None or channel.interval_s == wanted.interval_s)
        and (wanted.tou or channel.tou_period is None)
    )


def _finest(lake: ReadingsLake, stored: Sequence[StoredChannel], wanted: Selection) -> list[StoredChannel]:
    """Of channels that repeat each other at several interval lengths, those to read, so that nothing counts twice.

    Daily and monthly channels repeat the interval channels of the same register and are left out where there is a
    finer one. A meter whose step was changed has two interval channels that follow each other: both are wanted.
    """
    held = lake.coverage([item.id for item in stored])
    filled = [item for item in stored if item.id in held]
    if wanted.interval_s is not None:
        return filled
    finest: dict[str, int] = {}
    for item in filled:
        key = _register_key(item.channel)
        finest[key] = min(item.channel.interval_s, finest.get(key, item.channel.interval_s))
    return [
        item
        for item in filled
        if item.channel.interval_s == finest[_register_key(item.channel)]
        or (item.channel.interval_s < DAY_S and finest[_register_key(item.channel)] < DAY_S)
    ]


def _register_key(channel: Channel) -> str:
    return "/".join(
        (
            channel.utility,
            channel.account,
            channel.service_location,
            channel.meter,
            channel.register,
            channel.category,
            channel.quantity,
            channel.flow,
            channel.unit,
            channel.tou_period or "",
        )
    )


def _span(wanted: Selection, tz: ZoneInfo) -> tuple[int, int]:
    start = instant_of(wanted.since, tz, "--since") if wanted.since is not None else FOREVER[0]
    end = instant_of(wanted.until, tz, "--until") if wanted.until is not None else FOREVER[1]
    if end <= start:
        raise UsageError(
            "the end of the time asked for is not after its start",
            where="--until",
            expected="a later day than --since; the day named by --until is itself not included",
        )
    return start, end


def instant_of(when: date | datetime | str, tz: ZoneInfo, name: str) -> int:
    """UTC epoch seconds of a local day's start or of an instant.

    Args:
        when: a date, a datetime (without a zone it is local), or ISO text of either; ``today`` and ``yesterday`` too.
        tz: the zone meant where none is said.
        name: argument it came from, for errors.

    Raises:
        UsageError: text that is neither.
    """
    if isinstance(when, str):
        when = _parsed(when, tz, name)
    try:
        if isinstance(when, datetime):
            return int((when if when.tzinfo is not None else when.replace(tzinfo=tz)).timestamp())
        return day_start(when, tz)
    except OverflowError as err:
        raise UsageError(f"{when} lies outside of the calendar", where=name, expected="years 2 to 9998") from err


def _parsed(text: str, tz: ZoneInfo, name: str) -> date | datetime:
    word = text.strip().lower()
    today = datetime.now(tz).date()
    if word in ("today", "yesterday"):
        return today if word == "today" else today - timedelta(days=1)
    try:
        if len(word) == 4:  # a year: 2026
            return date(int(word), 1, 1)
        if len(word) == 7:  # a month: 2026-01
            return date.fromisoformat(f"{word}-01")
        return date.fromisoformat(word) if len(word) == 10 else datetime.fromisoformat(text.strip())
    except ValueError as err:
        raise UsageError(
            f"{text!r} is not a day or an instant",
            where=name,
            expected="2026-01-31, 2026-01, 2026 or 2026-01-31T06:00-05:00",
        ) from err


def _known(span: tuple[int, int], series: IntervalSeries, tz: ZoneInfo) -> tuple[int, int]:
    first, last = int(series.start[0]), int(interval_ends(series.start[-1:], series.channel.interval_s, tz)[0])
    start = span[0] if span[0] != FOREVER[0] else first
    end = span[1] if span[1] != FOREVER[1] else last
    return start, end
