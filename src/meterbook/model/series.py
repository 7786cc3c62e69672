"""An interval series: one channel's readings as columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import Channel
from meterbook.model.errors import MalformedRecord

Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalSeries:
    """Readings of one channel, sorted and unique by start.

    Attributes:
        channel: what is measured.
        start: n interval starts, int64, UTC epoch seconds, strictly increasing.
        value: n values, int64; the reading is ``value / 10**scale`` of the channel's unit.
        quality: n codes, int8, of :class:`~meterbook.model.quality.Quality`. A missing reading has no row.
        scale: digits after the decimal point that ``value`` carries, 0 to 9.

    Raises:
        MalformedRecord: columns of unequal length, or starts not strictly increasing.
    """

    channel: Channel
    start: Int64
    value: Int64
    quality: Int8
    scale: int

    def __post_init__(self) -> None:
        if not len(self.start) == len(self.value) == len(self.quality):
            raise MalformedRecord(
                f"series of {self.channel.key} has columns of {len(self.start)}, {len(self.value)} and "
                f"{len(self.quality)} rows",
                expected="equal lengths",
            )
        if len(self.start) > 1 and not bool((np.diff(self.start) > 0).all()):
            raise MalformedRecord(
                f"series of {self.channel.key} is not sorted and unique", expected="strictly increasing starts"
            )

    def __len__(self) -> int:
        return len(self.start)

    def clip(self, start: int, end: int) -> IntervalSeries:
        """The readings that start within ``[start, end)``, UTC epoch seconds. No copy."""
        low, high = np.searchsorted(self.start, (start, end))
        return self.take(slice(low, high))

    def take(self, which: slice | NDArray[np.bool_] | NDArray[np.intp]) -> IntervalSeries:
        """The readings of a slice (no copy), where a mask holds, or at increasing positions."""
        return replace(self, start=self.start[which], value=self.value[which], quality=self.quality[which])

    def rescaled(self, scale: int) -> IntervalSeries:
        """The same readings at a finer scale; exact.

        Raises:
            ValueError: coarser than now (digits would be lost), or past what int64 holds.
        """
        if scale == self.scale:
            return self
        factor = scale_factor(self.scale, scale)
        if len(self.value) and int(np.abs(self.value).max()) > np.iinfo(np.int64).max // factor:
            raise ValueError(f"values of {self.channel.key} do not fit int64 at scale {scale}")
        return IntervalSeries(
            channel=self.channel, start=self.start, value=self.value * factor, quality=self.quality, scale=scale
        )


def scale_factor(old: int, new: int) -> int:
    """What to multiply integers of scale ``old`` by to have them at scale ``new``.

    Raises:
        ValueError: ``new`` is coarser, so digits would be lost.

    >>> scale_factor(3, 4)
    10
    """
    if new < old:
        raise ValueError(f"scale {old} can't be made coarser ({new}) without loss")
    return int(10 ** (new - old))


def empty_series(channel: Channel, scale: int = 0) -> IntervalSeries:
    """A series without readings."""
    return IntervalSeries(
        channel=channel,
        start=np.empty(0, np.int64),
        value=np.empty(0, np.int64),
        quality=np.empty(0, np.int8),
        scale=scale,
    )
