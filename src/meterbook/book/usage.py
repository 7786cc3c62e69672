"""Usage as people ask for it: by hour, day or month, with its peak and the weather of the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.aggregate import Buckets, By, aggregate
from meterbook.analysis.totals import MonthTotal, monthly
from meterbook.book.readings import ChannelReadings, ReadingSet, select
from meterbook.book.selection import Selection
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records

LENGTH_S = {By.HOUR: 3600, By.DAY: DAY_S, By.MONTH: MONTH_S}


def summed(readings: ReadingSet, by: By) -> ReadingSet:
    """The same channels with one reading an hour, day or month of the local calendar.

    A sum some of whose readings are missing, and that of a time which the selection or the newest reading cuts short,
    has quality PARTIAL; one without any is left out (a gap); else the sum
    bears the highest code among its readings. Channels whose intervals are longer than asked for stay as they are.
    """
    return ReadingSet(channels=tuple(_summed(item, by) for item in readings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """One channel's months, for the monthly view.

    Attributes:
        channel: what was measured.
        zone: zone of its calendar.
        months: in order, empty ones between them too.
        span: the time looked at, UTC epoch seconds; the first and the last month may reach past it.
    """

    channel: Channel
    zone: ZoneInfo
    months: tuple[MonthTotal, ...]
    span: tuple[int, int]

    def whole(self, month: MonthTotal) -> bool:
        """Whether every reading of a month is there: nothing missing, and neither running nor cut."""
        inside = self.span[0] <= month.start and month.end <= self.span[1]
        return inside and month.readings > 0 and not month.missing


def months_of(records: Records, lake: ReadingsLake, wanted: Selection, readings: ReadingSet) -> list[Months]:
    """Months of each usage channel with the temperatures of its service location.

    Args:
        records: the book's records.
        lake: the book's readings.
        wanted: the selection that ``readings`` came from.
        readings: usage readings.
    """
    weather = select(
        records,
        lake,
        replace(
            wanted,
            quantities=frozenset({Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH}),
            flow=None,
            unit=None,
            meter=None,
            interval_s=None,
        ),
    )
    return [
        Months(
            channel=item.series.channel,
            zone=item.zone,
            months=monthly(
                item.series,
                item.zone,
                start=item.span[0],
                end=item.span[1],
                low=_weather(weather, item.series.channel, Quantity.TEMPERATURE_LOW),
                high=_weather(weather, item.series.channel, Quantity.TEMPERATURE_HIGH),
            ),
            span=item.span,
        )
        for item in readings
        if item.series.channel.interval_s <= MONTH_S
    ]


def exact(value: int, scale: int) -> Decimal:
    """A stored integer as the exact decimal it stands for."""
    return Decimal(value).scaleb(-scale)


def _summed(item: ChannelReadings, by: By) -> ChannelReadings:
    series = item.series
    if series.channel.interval_s >= LENGTH_S[by]:
        return item
    buckets = aggregate(series, by, item.zone, *item.span)
    filled = buckets.count > 0
    return replace(
        item,
        series=IntervalSeries(
            channel=replace(series.channel, interval_s=LENGTH_S[by]),
            start=buckets.start[filled],
            value=buckets.value[filled],
            quality=_quality(series, buckets, item.span)[filled],
            scale=buckets.scale,
        ),
        span=(int(buckets.start[0]), int(buckets.end[-1])) if len(buckets) else item.span,
    )


def _quality(
    series: IntervalSeries, buckets: Buckets, span: tuple[int, int]
) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    worst = np.zeros(len(buckets), np.int8)
    edges = np.searchsorted(series.start, buckets.start)
    filled = np.flatnonzero(buckets.count > 0)
    if len(filled):
        usable = np.where(series.quality == Quality.MISSING, np.int8(0), series.quality)
        reduced = np.maximum.reduceat(usable, edges[filled])
        worst[filled] = reduced
    cut = (buckets.start < span[0]) | (buckets.end > span[1])  # the running month, or one that --since begins within
    return np.where((buckets.count < buckets.expected) | cut, np.int8(Quality.PARTIAL), worst)


def _weather(weather: ReadingSet, channel: Channel, quantity: Quantity) -> IntervalSeries | None:
    places: Sequence[ChannelReadings] = [
        item
        for item in weather
        if item.series.channel.quantity is quantity
        and item.series.channel.account == channel.account
        and item.series.channel.service_location == channel.service_location
    ]
    return places[0].series if places else None
