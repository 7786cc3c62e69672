"""Which readings should be there: for each channel its interval length, and from when to when it is in service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from meterbook.model.errors import UsageError
from meterbook.store.readings.values import Int32, Int64

FOREVER = (-(2**40), 2**40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is expected of one channel.

    Attributes:
        channel_id: the book's number.
        interval_s: length of its intervals; :data:`~meterbook.model.channel.DAY_S` and
            :data:`~meterbook.model.channel.MONTH_S` stand for calendar days and months.
        start: first instant of service, UTC epoch seconds.
        end: instant after the last.
        zone: IANA zone whose days and months are meant.
    """

    channel_id: int
    interval_s: int = 900
    start: int = FOREVER[0]
    end: int = FOREVER[1]
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """What is expected of k channels, as columns.

    Attributes:
        channels: channel numbers, int32, increasing.
        interval_s: int64.
        start: first instants of service, int64, UTC epoch seconds.
        end: instants after the last.
        zone: numbers of zones, int32.
        zones: IANA names.
    """

    channels: Int32
    interval_s: Int64
    start: Int64
    end: Int64
    zone: Int32
    zones: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.channels)

    @classmethod
    def of(cls, services: Iterable[Service]) -> Expected:
        """The columns of some channels.

        Raises:
            UsageError: a channel comes twice, or its intervals have no length.
        """
        rows = sorted(services, key=lambda one: one.channel_id)
        zones = tuple(sorted({one.zone for one in rows}))
        found = cls(
            channels=np.array([one.channel_id for one in rows], np.int32),
            interval_s=np.array([one.interval_s for one in rows], np.int64),
            start=np.array([one.start for one in rows], np.int64),
            end=np.array([one.end for one in rows], np.int64),
            zone=np.array([zones.index(one.zone) for one in rows], np.int32),
            zones=zones,
        )
        if bool((np.diff(found.channels) == 0).any()):
            raise UsageError("a channel is named twice", expected="one service of each channel")
        if bool((found.interval_s <= 0).any()):
            raise UsageError("an interval length is not above zero", expected="seconds, 900 for a quarter hour")
        return found

    @classmethod
    def alike(cls, channels: Sequence[int] | Int32, interval_s: int = 900, zone: str = "UTC") -> Expected:
        """The same of each of some channels, all the time."""
        numbers = np.unique(np.asarray(channels, np.int32))
        count = len(numbers)
        return cls(
            channels=numbers,
            interval_s=np.full(count, interval_s, np.int64),
            start=np.full(count, FOREVER[0], np.int64),
            end=np.full(count, FOREVER[1], np.int64),
            zone=np.zeros(count, np.int32),
            zones=(zone,),
        )

    def within(self, start: int, end: int) -> Expected:
        """The same within a span."""
        return Expected(
            channels=self.channels,
            interval_s=self.interval_s,
            start=np.maximum(self.start, start),
            end=np.minimum(self.end, end),
            zone=self.zone,
            zones=self.zones,
        )
