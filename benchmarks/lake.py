"""A whole co-op in the readings lake: bytes, loading and questions, each beside a floor or a hand-written peer.

The same readings go into ours and into the evidence's layout (`benchmarks._evidence`), a closed year and then day by
day with late revisions. Questions are asked of ours by the read API, and of the other by queries written by hand
for DuckDB and for Polars (`benchmarks._by_hand`), of which the faster one counts. Answers are compared first; one that
differs ends the benchmark.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks._answers import questions
from benchmarks._building import Built, build
from benchmarks._coop import Coop
from benchmarks._growth import growth
from benchmarks._sizes import sizes
from benchmarks._trickle import trickle
from benchmarks.command import run
from benchmarks.figure import Figure, Options

MEMORY_LIMIT_MIB, OPENING_LIMIT_MS = 2_048, 20
BATCHES = 9
QUICK_METERS = 48


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    if options.growth:
        yield from growth(options, at_size)
    else:
        yield from at_size(options, QUICK_METERS if options.quick else options.meters)


def at_size(options: Options, meters: int) -> Iterator[Figure]:
    """All figures of a co-op of so many meters."""
    with _place(options.folder) as folder:
        (folder / "both").mkdir()
        built = build(folder / "both", Coop(meters=meters), batches=2 if options.quick else BATCHES)
        yield from sizes(built)
        yield from _loading(built)
        yield from _memory(folder / "memory", built)
        yield from _trickling(folder, options)
        yield from questions(built, options)


def _loading(built: Built) -> Iterator[Figure]:
    yield Figure(
        name=f"bulk load, {built.bulk_rows / 1e6:,.1f} M readings",
        ours=sum(built.bulk),
        peer="raw write, once",
        floor=sum(built.bulk_raw),
        unit="s",
        target=1.5,
    )
    yield Figure(
        name=f"daily batch, {built.batch_rows / 1e3:,.0f} k readings",
        ours=median(built.daily) * 1000,
        peer="its days, fsync",
        floor=median(built.daily_raw) * 1000,
        unit="ms",
        target=2,
    )
    yield Figure(
        name="daily batch",
        ours=median(built.daily) * 1000,
        peer="read, join, write",
        floor=median(built.daily_whole) * 1000,
        unit="ms",
    )


def _memory(folder: Path, built: Built) -> Iterator[Figure]:
    for name, task, place in (("load and batch", "load", folder), ("all questions", "ask", built.folder)):
        peak = run([sys.executable, "-m", "benchmarks._memory", task, str(place), str(built.meters)]).peak_mib
        yield Figure(
            name=f"peak memory, {name}", ours=peak, peer="the limit", floor=MEMORY_LIMIT_MIB, unit="MiB", target=1
        )
    shutil.rmtree(folder)


def _trickling(folder: Path, options: Options) -> Iterator[Figure]:
    (folder / "trickle").mkdir()
    count = 40 if options.quick else 3_000
    found = trickle(folder / "trickle", count, timed=count // 10)
    yield Figure(
        name=f"one reading stored, after {count:,}",
        ours=found.commit * 1000,
        peer="two files, fsync",
        floor=found.bare * 1000,
        unit="ms",
    )
    yield Figure(
        name="opened after that, a day read",
        ours=found.opened * 1000,
        peer="the limit",
        floor=OPENING_LIMIT_MS,
        unit="ms",
        target=1,
    )


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder, prefix="meterbook-lake-") as made:
        yield Path(made)
