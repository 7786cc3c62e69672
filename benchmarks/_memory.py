"""`python -m benchmarks._memory load FOLDER METERS`: one task in a process of its own, for its peak memory."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks._coop import Coop
from meterbook.store.readings import ReadingsLake

DAY = 1_772_323_200  # 1 March 2026


def load(folder: Path, meters: int) -> None:
    """A month of the whole co-op, then a day of the next with late revisions of its last three days, as they come."""
    lake, coop = ReadingsLake.open(folder), Coop(meters=meters)
    lake.load(coop.month("2026-02"), load_id=1)
    lake.load([coop.daily(DAY)], load_id=2)


if __name__ == "__main__":
    load(Path(sys.argv[1]), int(sys.argv[2]))
