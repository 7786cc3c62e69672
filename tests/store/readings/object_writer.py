"""A writer to an object store, to be killed, stopped, or to compete: ``object_writer.py URL CHANNEL NUMBERS``.

Each load takes the next number from the file NUMBERS while it holds the lock, as the journal of a book on two machines
would give it, and sets each of 60 instants over two months, of two channels, to that number. A line with the number is
printed only after the write returned. Now and then it tidies up. ``failed`` is printed for a load that could not be
written; it ends on a line of standard input.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from pathlib import Path

import numpy as np

from meterbook.model.channel import Channel
from meterbook.model.errors import StoreError
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake
from meterbook.store.readings.places.object_address import address
from meterbook.store.readings.places.object_place import ObjectPlace, ObjectStore

LEASE_S = 1.0
START = np.int64(1_763_000_000) // 900 * 900 + 64_800 * np.arange(60, dtype=np.int64)
MEASURED = Channel(utility="practice", account="1", service_location="1", meter="m")


def batches(channel: int, load: int) -> list[Batch]:
    """The batches of one load."""
    series = IntervalSeries(
        channel=MEASURED,
        start=START,
        value=np.full(len(START), load, np.int64),
        quality=np.zeros(len(START), np.int8),
        scale=3,
    )
    return [Batch(channel_id=one, load_id=load, series=series) for one in (channel, channel + 1)]


def lake_at(url: str) -> ReadingsLake:
    """The lake, with a lease that is given up soon."""
    return ReadingsLake(ObjectPlace(ObjectStore(address(url, os.environ), lease_s=LEASE_S)))


def next_number(path: Path) -> int:
    """Take a number that nobody else gets, nor gets again, whenever its taker is killed: it is written in one step."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        number = int(os.pread(file, 12, 0) or 0) + 1
        os.pwrite(file, b"%012d" % number, 0)
    finally:
        os.close(file)
    return number


def main(url: str, channel: int, numbers: Path) -> None:
    """Write loads until told to end, or killed."""
    ending = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), ending.set()), daemon=True).start()
    lake = lake_at(url)
    step = 0

    def store() -> int:
        number = next_number(numbers)
        lake.write(batches(channel, number))
        return number

    while not ending.is_set():
        step += 1
        try:
            print(lake.storing(store), flush=True)
            if step % 5 == 0:
                lake.compact()
            if step % 7 == 0:
                lake.vacuum(older_than_s=0)
        except StoreError as err:
            print("failed", flush=True)
            print(type(err).__name__, err, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
