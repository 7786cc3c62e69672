"""What goes into the lake and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import Channel
from meterbook.model.series import IntervalSeries

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Int8 = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Readings of one channel that one load brings.

    Attributes:
        channel_id: the book's number of the channel, dense, from 1.
        load_id: the book's number of the load (a pull or an imported file). Numbers grow in the order of commits, so
            the caller reserves them while it holds :meth:`ReadingsLake.writing`.
        series: the readings; the channel in it is not looked at.
    """

    channel_id: int
    load_id: int
    series: IntervalSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of one batch.

    Attributes:
        channel_id: as in the batch.
        new: readings of which nothing was stored.
        revised: readings that differ from what was stored, in value or quality; the earlier value is kept.
        unchanged: readings that were stored already.
    """

    channel_id: int
    new: int
    revised: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of the readings of a load.

    Attributes:
        new: readings of which nothing was stored.
        revised: readings that differ from what was stored, in value or quality; the earlier value is kept.
        unchanged: readings that were stored already.
    """

    new: int
    revised: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Readings of one channel as columns, sorted and unique by start.

    Attributes:
        channel_id: the book's number of the channel.
        start: n interval starts, int64, UTC epoch seconds, strictly increasing.
        value: n values, int64; the reading is ``value / 10**scale`` of the channel's unit.
        quality: n codes, int8, of :class:`~meterbook.model.quality.Quality`.
        load_id: n numbers, int32, of the load that brought each value.
        scale: digits after the point, the finest that any of these readings was stored with; 0 when there are none.
    """

    channel_id: int
    start: Int64
    value: Int64
    quality: Int8
    load_id: Int32
    scale: int

    def __len__(self) -> int:
        return len(self.start)

    def series(self, channel: Channel) -> IntervalSeries:
        """The readings as a series of the channel whose number this is."""
        return IntervalSeries(
            channel=channel, start=self.start, value=self.value, quality=self.quality, scale=self.scale
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is stored of one channel.

    Attributes:
        first: start of the first reading, UTC epoch seconds.
        last: start of the last reading.
        count: readings in all.
    """

    first: int
    last: int
    count: int
