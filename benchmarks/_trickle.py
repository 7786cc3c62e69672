"""One reading at a time: a home's newest quarter hour, stored before the next one comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks._coop import INTERVAL_S, SCALE, Coop
from benchmarks._evidence import sync
from meterbook.model.channel import Channel
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake

METER = Channel(utility="bench", account="1", service_location="1", meter="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trickled:
    """Medians in seconds.

    Attributes:
        commit: a reading stored.
        bare: two small files written, each confirmed by the disk, with the folders they lie in.
        opened: the book opened and its newest day read, after all of the commits.
    """

    commit: float
    bare: float
    opened: float


def trickle(folder: Path, count: int, timed: int) -> Trickled:
    """Store a home's readings one by one, in a book of its own.

    Args:
        folder: an empty one.
        count: commits.
        timed: how many of the last ones are timed, each beside a bare pair of files.
    """
    lake, channel = ReadingsLake.open(folder / "book"), 1
    readings = Coop(meters=1).readings(1_767_225_600, 1_767_225_600 + (count + 2_000) * INTERVAL_S).slice(0, count)
    start, value = readings["ts"].to_numpy().view(np.int64) // 1_000_000, readings["value"].to_numpy()
    ours: list[float] = []
    bare: list[float] = []
    for number in range(count):
        batch = one_reading(channel, number + 1, int(start[number]), int(value[number]))
        took = _seconds(partial(lake.write, [batch]))
        if number >= count - timed:
            ours.append(took)
            bare.append(_seconds(partial(_pair, folder, number)))
    last = int(start[count - 1]) + INTERVAL_S
    opened = [
        _seconds(lambda: ReadingsLake.open(folder / "book").read([channel], last - 86_400, last)) for _ in range(15)
    ]
    return Trickled(commit=median(ours), bare=median(bare), opened=median(opened))


def one_reading(channel_id: int, load_id: int, start: int, value: int) -> Batch:
    """A batch of a single reading, Wh."""
    series = IntervalSeries(
        channel=METER,
        start=np.array([start], np.int64),
        value=np.array([value], np.int64),
        quality=np.zeros(1, np.int8),
        scale=SCALE,
    )
    return Batch(channel_id=channel_id, load_id=load_id, series=series)


def _pair(folder: Path, number: int) -> None:
    for place, size in ((folder / "data", 2_000), (folder / "log", 800)):
        place.mkdir(exist_ok=True)
        path = place / f"{number}"
        path.write_bytes(b"x" * size)
        sync(path)
        sync(place)


def _seconds(run: Callable[[], object]) -> float:
    begin = perf_counter()
    run()
    return perf_counter() - begin
