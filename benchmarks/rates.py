"""The tariff engine: a meter-year by itself and among many, and a whole co-op under six schedules out of the lake.

Beside it: the time to read the same column from memory, plain NumPy written by hand for the same schedule, NREL's PySAM
(all of it, and its execution alone), ratebook and ts-tariffs on what they can express, each where it is installed; and
for the co-op the time to read the same readings and do nothing with them. Answers are compared before timing.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks._rates_others import Peer, agrees, kwh_of, others, year_of
from benchmarks._rates_peers import ZONE, Case, cases, pysam_executed, pysam_model, pysam_year
from benchmarks.command import Ran, run
from benchmarks.figure import METERS, Figure, Options, paired
from meterbook.model.tariff import Tariff
from meterbook.tariffs.batch import price_batch
from meterbook.tariffs.inputs import Usage, months
from meterbook.tariffs.plan import Plan, plan
from meterbook.tariffs.pricing import price

SCALE, STEP = 3, 900
BATCH, SCHEDULES, LIMIT_S, CORES = 128, 6, 180, 2
START, END = 1_514_782_800, 1_546_318_800
"""2018 by a clock five hours behind UTC."""
IN_TURN = 16
"""Meters that are priced one after the other in a timed run, so that a run is long beside the clock."""
PARTS = (100, 40, 20)
"""Sizes of a co-op at which pricing it has to grow as its meters do, and memory not at all."""
ROOM, MORE_MIB = 1.2, 60
"""Times by which a meter more may take longer at the largest size, and MiB that may be held more than at the least."""
ALONE, TOGETHER = 10, 30
"""How many times as fast as all of PySAM a meter has to be by itself, and among many."""
Column = np.ndarray[tuple[int], np.dtype[np.int64]]


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    dice = np.random.default_rng(20250309)
    wh = dice.gamma(2, 120, (8 if options.quick else BATCH, 35_040)).astype(np.int64)
    made = cases()
    for case in made:
        yield from _one(case, wh, options)
    for peer in others(made):
        yield _beside(peer, wh[0], options)
    yield from _coop(options)


def _one(case: Case, wh: np.ndarray[tuple[int, int], np.dtype[np.int64]], options: Options) -> Iterator[Figure]:
    made, usage, kwh = _plan(case.tariff), _usage(wh[0]), kwh_of(wh[0])
    meters = [_usage(row) for row in wh[:IN_TURN]]
    ours = sum((bill.total for bill in price(made, usage)), start=Decimal(0))
    assert abs(float(ours) - case.by_hand(kwh)) < 1e-4, f"{case.name}: {ours} is not {case.by_hand(kwh)}"
    batch = price_batch(made, wh, scale=SCALE)
    assert Decimal(int(batch.amount[0].sum())).scaleb(-batch.places) == ours

    def alone() -> object:
        return [price(made, one) for one in meters]

    def together() -> object:
        return price_batch(made, wh, scale=SCALE)

    one, many, turns = f"{case.name}, one by one", f"{case.name}, {len(wh)} together", len(meters)
    yield _figure(one, alone, "read from memory", lambda: [row.sum() for row in wh[:turns]], options, of=(turns, turns))
    yield _figure(one, alone, "NumPy by hand", lambda: case.by_hand(kwh), options, of=(turns, 1))
    yield _figure(many, together, "read from memory", wh.sum, options, of=(len(wh), len(wh)))
    if importlib.util.find_spec("PySAM") is None:
        return
    if not case.demand:  # its ratchet is another one
        assert abs(pysam_year(case, kwh) - float(ours)) < 1e-3 * float(ours), case.name
    model = pysam_model(case, kwh)

    def peer() -> object:
        return pysam_year(case, kwh)

    yield _figure(one, alone, "PySAM, executing", lambda: pysam_executed(model), options, of=(turns, 1))
    yield _figure(one, alone, "PySAM, all of it", peer, options, of=(turns, 1), target=1 / ALONE)
    yield _figure(many, together, "PySAM, all of it", peer, options, of=(len(wh), 1), target=1 / TOGETHER)


def _beside(peer: Peer, wh: Column, options: Options) -> Figure:
    """One meter beside another engine, on the schedule and the load that it can take."""
    own = year_of(peer, wh)
    made, usage, kwh = _plan(peer.tariff, 3600 if peer.hourly else STEP), _usage(own), kwh_of(own)
    total = sum((bill.total for bill in price(made, usage)), start=Decimal(0))
    assert agrees(peer, total, kwh), f"{peer.name}, {peer.what}: {total} is not {peer.priced(kwh)}"
    name = f"{peer.what}, {'hourly, ' if peer.hourly else ''}one by one"
    usages = [usage] * IN_TURN
    return _figure(
        name,
        lambda: [price(made, one) for one in usages],
        peer.name,
        lambda: peer.priced(kwh),
        options,
        of=(IN_TURN, 1),
    )


def _plan(tariff: Tariff, step: int = STEP) -> Plan:
    return plan(tariff, months(START, END, ZoneInfo(ZONE)), first=START, end=END, step_s=step)


def _usage(wh: Column) -> Usage:
    return Usage(first=START, step_s=(END - START) // len(wh), scale=SCALE, delivered=wh)


def _figure(
    name: str,
    ours: Callable[[], object],
    peer: str,
    theirs: Callable[[], object],
    options: Options,
    *,
    of: tuple[int, int],
    target: float | None = None,
) -> Figure:
    """A meter-year's milliseconds of two ways, of which one run each is of so many meters."""
    took = paired(ours, theirs, options.rounds, process_time if options.cpu else perf_counter)
    return Figure(
        name=name, ours=took.ours_s * 1000 / of[0], peer=peer, floor=took.peer_s * 1000 / of[1], unit="ms",
        target=target, each="meter-years",
    )  # fmt: skip


# -- a whole co-op ----------------------------------------------------------------------------------------------------


def _coop(options: Options) -> Iterator[Figure]:
    """A year of parts of a co-op under six schedules, each in one pass and a process of its own."""
    sizes = [32, 64] if options.quick else [-(-METERS // part) for part in PARTS]
    found: list[tuple[int, float, float]] = []
    with tempfile.TemporaryDirectory(prefix="meterbook-rates-", dir=options.folder) as folder:
        for meters in sizes:
            book = Path(folder) / f"book-{meters}"
            _apart("fill", book, meters)
            runs = [_apart("price", book, meters) for _ in range(1 if options.quick else 3)]
            pricing = sorted(_took(one, options, CORES) for one in runs)[len(runs) // 2]
            reading = _took(_apart("read", book, meters), options, 1)
            found.append((meters, pricing, max(one.peak_mib for one in runs)))
            yield Figure(
                name=f"{meters:,} meters × {SCHEDULES} schedules",
                ours=pricing, peer="reading, a core", floor=reading, unit="s",
            )  # fmt: skip
    (few, first, small), (most, last, large) = found[0], found[-1]
    steps = [(later - sooner) / (more - less) for (less, sooner, _), (more, later, _) in pairwise(found)]
    if len(steps) > 1:
        yield Figure(
            name=f"a meter more, up to {most:,}", ours=steps[-1] * 1000, peer=f"up to {found[1][0]:,}",
            floor=steps[0] * 1000, unit="ms", target=ROOM,
        )  # fmt: skip
    yield Figure(
        name=f"memory, {most:,} meters", ours=large, peer=f"{few:,} meters", floor=small, unit="MiB", allowance=MORE_MIB
    )
    slope = (last - first) / (most - few)
    yield Figure(
        name=f"a whole co-op, {METERS:,} meters, along that line",
        ours=last + slope * (METERS - most), peer="the limit", floor=LIMIT_S, unit="s", target=1,
    )  # fmt: skip


def _took(one: Ran, options: Options, cores: int) -> float:
    """Seconds of a process's work; on a busy machine what its cores would take if they were its own, start and all."""
    return one.cpu_s / cores if options.cpu else float(json.loads(one.output))


def _apart(work: str, book: Path, meters: int) -> Ran:
    return run([sys.executable, "-m", "benchmarks._rates_fleet", work, str(book), str(meters)])
