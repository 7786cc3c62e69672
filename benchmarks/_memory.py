"""One task in a process of its own, for its peak memory: `python -m benchmarks._memory load FOLDER METERS`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks._answers import listed
from benchmarks._by_meterbook import Meterbook, classes
from benchmarks._coop import Coop
from meterbook.store.readings import ReadingsLake

DAY = 1_772_323_200  # 1 March 2026


def load(folder: Path, meters: int) -> None:
    """A month of the whole co-op, then a day of the next with late revisions of its last three days, as they come."""
    lake, coop = ReadingsLake.open(folder, classes=classes), Coop(meters=meters)
    lake.load(coop.month("2026-02"), load_id=1)
    lake.load([coop.daily(DAY)], load_id=2)


def ask(folder: Path, meters: int) -> None:
    """Every question once, all of them from the readings themselves."""
    lake = ReadingsLake.open(folder, classes=classes)
    for question in listed(meters // 2, as_of=16):
        getattr(Meterbook(lake, meters, rollups=False), question.call)(question.asked)


if __name__ == "__main__":
    {"load": load, "ask": ask}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
