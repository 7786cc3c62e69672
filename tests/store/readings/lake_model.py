"""A lake as a plain dictionary, to hold the real one against, and short ways to make its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from meterbook.model.channel import Channel
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, Readings

CHANNEL = Channel(utility="practice", account="1", service_location="1", meter="m")
ALL_TIME = (-(2**40), 2**40)


def batch(
    channel_id: int,
    load_id: int,
    values: Mapping[int, int],
    *,
    scale: int = 3,
    quality: Mapping[int, int] | None = None,
) -> Batch:
    """A batch from ``{start: value}``."""
    start = sorted(values)
    return Batch(
        channel_id=channel_id,
        load_id=load_id,
        series=IntervalSeries(
            channel=CHANNEL,
            start=np.array(start, np.int64),
            value=np.array([values[at] for at in start], np.int64),
            quality=np.array([(quality or {}).get(at, 0) for at in start], np.int8),
            scale=scale,
        ),
    )


def exact(readings: Readings) -> dict[int, tuple[Fraction, int, int]]:
    """``{start: (value, quality, load)}`` of what a read gave."""
    assert bool((np.diff(readings.start) > 0).all()), "sorted and unique"
    columns = (readings.start, readings.value, readings.quality, readings.load_id)
    return {
        start: (Fraction(value, 10**readings.scale), quality, load)
        for start, value, quality, load in zip(*(column.tolist() for column in columns), strict=True)
    }


class LakeModel:
    """Every value ever held, as ``{(channel, start): [(load, value, quality), …]}``, the last one holding."""

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], list[tuple[int, Fraction, int]]] = {}

    def write(self, batches: Sequence[Batch]) -> tuple[int, int]:
        """Take batches in; gives how many readings were new and how many revised."""
        said: dict[tuple[int, int, int], tuple[Fraction, int]] = {}
        for one in batches:
            columns = (one.series.start, one.series.value, one.series.quality)
            for start, value, quality in zip(*(column.tolist() for column in columns), strict=True):
                said[one.channel_id, start, one.load_id] = (Fraction(value, 10**one.series.scale), quality)
        new = revised = 0
        for (channel, start, load), (value, quality) in sorted(said.items()):
            values = self.held.setdefault((channel, start), [])
            if not values:
                new += 1
            elif values[-1][1:] == (value, quality):
                continue
            else:
                revised += 1
                if values[-1][0] == load:
                    values.pop()
            values.append((load, value, quality))
        return new, revised

    def delete(self, channel_id: int) -> int:
        """Forget a channel; gives how many readings went."""
        gone = [key for key in self.held if key[0] == channel_id]
        for key in gone:
            del self.held[key]
        return len(gone)

    def read(
        self, channel_id: int, start: int, end: int, as_of: int | None = None
    ) -> dict[int, tuple[Fraction, int, int]]:
        """What a read must give."""
        found = {}
        for (channel, at), values in self.held.items():
            known = [one for one in values if as_of is None or one[0] <= as_of]
            if channel == channel_id and start <= at < end and known:
                load, value, quality = known[-1]
                found[at] = (value, quality, load)
        return dict(sorted(found.items()))

    def history(self, channel_id: int) -> list[tuple[int, Fraction, int, int, int | None]]:
        """Start, value, quality, load and the load that came next."""
        return [
            (start, value, quality, load, after[0] if after else None)
            for (channel, start), values in sorted(self.held.items())
            if channel == channel_id
            for (load, value, quality), after in zip(values, [*values[1:], None], strict=True)
        ]
