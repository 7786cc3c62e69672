"""Reading from a book: which channels, which time, and the readings in whatever shape is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.book.choosing import chosen_channels
from meterbook.book.selection import FOREVER, Selection, span_of
from meterbook.model.calendar import interval_ends, local_date, zone
from meterbook.model.identity import ExternalId, IdScheme
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import OwnerKind, Records, owner_key

if TYPE_CHECKING:
    import polars
    import pyarrow as pa


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
    chosen = chosen_channels(records, lake, wanted)
    stored = [one.stored for one in chosen]
    zones = {slug: utility_zone(records, slug) for slug in {item.channel.utility for item in stored}}
    as_of = records.last_load_at(wanted.as_of) if wanted.as_of is not None else None
    span_of(wanted, zone("UTC"))  # a date that can't be read is said so, whatever the book holds
    spans = {slug: span_of(wanted, tz) for slug, tz in zones.items()}
    found: list[ChannelReadings] = []
    for slug, tz in zones.items():
        ids = [item.id for item in stored if item.channel.utility == slug]
        columns = lake.read(ids, *spans[slug], as_of=as_of)
        for one in chosen:
            item = one.stored
            if item.channel.utility != slug:
                continue
            read = columns[item.id]
            series = read.series(item.channel)
            span = one.within(spans[slug], tz)
            series = series.clip(*span)
            if len(series):
                found.append(ChannelReadings(id=item.id, series=series, zone=tz, span=_known(span, series, tz)))
    return ReadingSet(channels=tuple(sorted(found, key=lambda one: one.series.channel.key)))


def named_by(records: Records, readings: ReadingSet, scheme: IdScheme) -> ReadingSet:
    """The same readings under the identifiers of another issuer, for exports that key on them.

    An account, location or meter that has none of that issuer bears no identifier at all: numbers of two issuers in one
    column could not be told apart. Of several, the one counts that held when the last of the readings was taken.
    """
    known = records.external_ids(scheme)
    return ReadingSet(channels=tuple(_renamed(item, known) for item in readings))


def _renamed(item: ChannelReadings, known: dict[tuple[OwnerKind, str], tuple[ExternalId, ...]]) -> ChannelReadings:
    channel, day = item.series.channel, local_date(int(item.series.start[-1]), item.zone)

    def identifier(kind: OwnerKind, *parts: str) -> str:
        ids = known.get((kind, owner_key(channel.utility, *parts)), ())
        return next((one.value for one in reversed(ids) if one.holds_on(day)), "")

    place = (channel.account, channel.service_location)
    renamed = replace(
        channel,
        account=identifier(OwnerKind.ACCOUNT, channel.account),
        service_location=identifier(OwnerKind.LOCATION, *place),
        meter=identifier(OwnerKind.METER, *place, channel.meter),
    )
    return replace(item, series=replace(item.series, channel=renamed))


def utility_zone(records: Records, slug: str) -> ZoneInfo:
    """The zone of a utility, as its connection or the import of its files told it."""
    known = records.utility(slug)
    return zone(known.zone if known is not None else "UTC")


def _known(span: tuple[int, int], series: IntervalSeries, tz: ZoneInfo) -> tuple[int, int]:
    first, last = int(series.start[0]), int(interval_ends(series.start[-1:], series.channel.interval_s, tz)[0])
    start = span[0] if span[0] != FOREVER[0] else first
    end = span[1] if span[1] != FOREVER[1] else last
    return start, end
