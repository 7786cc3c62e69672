"""The tariff engine: a meter-year by itself and among many, and a whole co-op under six schedules out of the lake.

Beside it: NREL's PySAM by its full path where it is installed, plain NumPy written by hand for the same schedule, and
for the co-op the time to read the same readings and do nothing with them. Answers are compared before timing.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks._by_meterbook import classes
from benchmarks._coop import Coop
from benchmarks._rates_peers import ZONE, Case, Load, cases, pysam_year
from benchmarks.figure import METERS, Figure, Options, paired
from meterbook.book.fleet import TOGETHER, price_channels
from meterbook.store.readings import ReadingsLake
from meterbook.tariffs.batch import price_batch
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.plan import Plan, plan
from meterbook.tariffs.pricing import price

SCALE, STEP = 3, 900
BATCH, SCHEDULES, LIMIT_S = 128, 6, 180
START, END = 1_514_782_800, 1_546_318_800
"""2018 by a clock five hours behind UTC."""
YEAR = (1_735_707_600, 1_767_243_600)
"""2025 by that clock: what the co-op's readings are priced for."""


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    dice = np.random.default_rng(20250309)
    wh = dice.gamma(2, 120, (8 if options.quick else BATCH, 35_040)).astype(np.int64)
    for case in cases():
        yield from _one(case, wh, options)
    yield from _coop(options)


def _one(case: Case, wh: np.ndarray[tuple[int, int], np.dtype[np.int64]], options: Options) -> Iterator[Figure]:
    zone = ZoneInfo(ZONE)
    made = plan(case.tariff, months(START, END, zone), first=START, end=END, step_s=STEP)
    usage = Usage(first=START, step_s=STEP, scale=SCALE, delivered=wh[0])
    kwh: Load = wh[0] / 1000
    ours = sum((bill.total for bill in price(made, usage)), start=Decimal(0))
    assert abs(float(ours) - case.by_hand(kwh)) < 1e-4, f"{case.name}: {ours} is not {case.by_hand(kwh)}"
    by_hand = paired(lambda: price(made, usage), lambda: case.by_hand(kwh), options.rounds * 3)
    yield Figure(
        name=f"{case.name}, a meter-year of lines",
        ours=by_hand.ours_s * 1000,
        peer="NumPy, a sum",
        floor=by_hand.peer_s * 1000,
        unit="ms",
    )
    together = paired(lambda: price_batch(made, wh, scale=SCALE), lambda: wh.sum(axis=1), options.rounds)
    yield Figure(
        name=f"{case.name}, one of {len(wh)}",
        ours=together.ours_s * 1000 / len(wh),
        peer="read from memory",
        floor=together.peer_s * 1000 / len(wh),
        unit="ms",
    )
    if importlib.util.find_spec("PySAM") is None:
        return
    if not case.demand:  # its ratchet is another one
        assert abs(pysam_year(case, kwh) - float(ours)) < 1e-3 * float(ours), case.name
    alone = paired(lambda: price(made, usage), lambda: pysam_year(case, kwh), options.rounds)
    yield Figure(
        name=f"{case.name}, a meter-year of lines",
        ours=alone.ours_s * 1000,
        peer="PySAM, all of it",
        floor=alone.peer_s * 1000,
        unit="ms",
        target=0.1,
    )
    yield Figure(
        name=f"{case.name}, one of {len(wh)}",
        ours=together.ours_s * 1000 / len(wh),
        peer="PySAM, all of it",
        floor=alone.peer_s * 1000,
        unit="ms",
        target=1 / 30,
    )


def _coop(options: Options) -> Iterator[Figure]:
    """A year of a part of a co-op under six schedules, in one pass; half of it shows that it is linear."""
    meters = 64 if options.quick else options.meters
    with tempfile.TemporaryDirectory(prefix="meterbook-rates-", dir=options.folder) as folder:
        lake = ReadingsLake.open(Path(folder) / "book", classes=classes)
        coop = Coop(meters=meters)
        for load, month in enumerate([f"2025-{number:02d}" for number in range(1, 13)] + ["2026-01"], start=1):
            lake.load(coop.month(month), load_id=load)
        zone = ZoneInfo(ZONE)
        spans = months(*YEAR, zone)
        four = [case.tariff for case in cases()]
        chosen = [*four, *four][:SCHEDULES]
        plans = [plan(one, spans, first=YEAR[0], end=YEAR[1], step_s=STEP) for one in chosen]
        half = _seconds(lake, meters // 2, plans)
        whole = _seconds(lake, meters, plans)
        reading = _read(lake, meters)
    yield Figure(
        name=f"{meters:,} meters × {SCHEDULES} schedules", ours=whole, peer="reading them", floor=reading, unit="s"
    )
    yield Figure(
        name="that, a meter", ours=whole / meters * 1000, peer="half of them", floor=half / (meters // 2) * 1000,
        unit="ms", target=1.3,
    )  # fmt: skip
    yield Figure(
        name="a whole co-op at that pace", ours=whole / meters * METERS, peer="the limit", floor=LIMIT_S, unit="s",
        target=1,
    )  # fmt: skip


def _seconds(lake: ReadingsLake, meters: int, plans: list[Plan]) -> float:
    begin = perf_counter()
    done = 0
    for part in price_channels(lake, range(1, meters + 1), plans, [Account()] * len(plans)):
        done += len(part.channels)
    assert done == meters
    return perf_counter() - begin


def _read(lake: ReadingsLake, meters: int) -> float:
    begin = perf_counter()
    for low in range(1, meters + 1, TOGETHER):
        lake.read(range(low, min(low + TOGETHER, meters + 1)), *YEAR)
    return perf_counter() - begin
