"""A writer in a process of its own, to be killed, or to compete: ``writer_process.py FOLDER CHANNEL FIRST COUNT``.

Step n sets each of 200 instants over three months, of two channels, to n, with load n. A line ``n`` is printed only
after the write returned, so what was acknowledged is known. Every few steps it compacts and vacuums.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from meterbook.model.channel import Channel
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake

START = np.int64(1_762_000_000) // 900 * 900 + 32_400 * np.arange(200, dtype=np.int64)
MEASURED = Channel(utility="practice", account="1", service_location="1", meter="m")


def batches(channel: int, step: int, load: int) -> list[Batch]:
    """The batches of one step."""
    series = IntervalSeries(
        channel=MEASURED,
        start=START,
        value=np.full(len(START), step, np.int64),
        quality=np.zeros(len(START), np.int8),
        scale=3,
    )
    return [Batch(channel_id=one, load_id=load, series=series) for one in (channel, channel + 1)]


def main(folder: str, channel: int, first: int, count: int) -> None:
    """Write steps until done or killed."""
    lake = ReadingsLake.open(Path(folder))
    for step in range(first, first + count):
        with lake.writing():
            lake.write(batches(channel, step, step))
        print(step, flush=True)
        if step % 5 == 0:
            lake.compact()
        if step % 7 == 0:
            lake.vacuum(older_than_s=0)


if __name__ == "__main__":
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:5]))
