"""A year of a part of a co-op under six schedules, in a process of its own: ``python -m benchmarks._rates_fleet``.

Arguments are a folder and a number of meters. The lake is filled first, by a process that is another one, so that what
is counted as memory is that of pricing. Prints seconds of pricing, and of reading the same readings and nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks._by_meterbook import classes
from benchmarks._coop import Coop
from benchmarks._rates_peers import ZONE, cases
from meterbook.book.fleet import TOGETHER, price_channels
from meterbook.store.readings import ReadingsLake
from meterbook.tariffs.inputs import Account, months
from meterbook.tariffs.plan import plan

SCHEDULES = 6
YEAR = (1_735_707_600, 1_767_243_600)
"""2025 by a clock five hours behind UTC."""
STEP = 900


def fill(folder: Path, meters: int) -> None:
    """A year of readings, month by month as they come."""
    lake, coop = ReadingsLake.open(folder, classes=classes), Coop(meters=meters)
    for load, month in enumerate([f"2025-{number:02d}" for number in range(1, 13)] + ["2026-01"], start=1):
        lake.load(coop.month(month), load_id=load)


def priced(folder: Path, meters: int) -> float:
    """Seconds that it takes to price every meter under every schedule."""
    lake = ReadingsLake.open(folder, classes=classes)
    four = [case.tariff for case in cases()]
    spans = months(*YEAR, ZoneInfo(ZONE))
    begin = perf_counter()
    plans = [plan(one, spans, first=YEAR[0], end=YEAR[1], step_s=STEP) for one in [*four, *four][:SCHEDULES]]
    done = 0
    for part in price_channels(lake, range(1, meters + 1), plans, [Account()] * len(plans)):
        done += len(part.channels)
    assert done == meters
    return perf_counter() - begin


def read(folder: Path, meters: int) -> float:
    """Seconds that it takes to read the same and do nothing with it, on one core."""
    lake = ReadingsLake.open(folder, classes=classes)
    begin = perf_counter()
    for low in range(1, meters + 1, TOGETHER):
        lake.read(range(low, min(low + TOGETHER, meters + 1)), *YEAR)
    return perf_counter() - begin


if __name__ == "__main__":
    work = {"fill": fill, "price": priced, "read": read}[sys.argv[1]]
    print(json.dumps(work(Path(sys.argv[2]), int(sys.argv[3]))))
