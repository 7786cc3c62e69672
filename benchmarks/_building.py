"""Both stores filled with the same co-op, the clock running: a year of closed months, then days.

Readings lie ready as Arrow columns before either side starts, mapped into memory, so that what is timed is storing
them. Sides take turns at going first; what either left to the disk is flushed before the other starts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter

import pyarrow as pa

from benchmarks._by_meterbook import classes
from benchmarks._coop import Coop
from benchmarks._entropy import Entropy
from benchmarks._evidence import Evidence, write_durably
from benchmarks._questions import days
from meterbook.store.readings import ReadingsLake

MONTHS = tuple(f"2025-{number:02d}" for number in range(1, 13))
FIRST_DAY = date(2026, 1, 1)
QUIET_DAYS = 3
"""Days of the open month before the first batch that revises any."""


@dataclass(slots=True, kw_only=True)
class Built:
    """The two stores, and what it took to fill them, in seconds: a month or a day each.

    Attributes:
        bulk, bulk_raw: ours, and the raw engine writing the same rows once.
        daily, daily_raw: ours, and the raw engine writing, with fsync, the day files that a batch replaces.
        daily_whole: reading, joining and writing those days by hand.
        entropy: of the values of the closed months.
        last_week: the load after which `as of` asks.
        bulk_rows, batch_rows: readings of the closed months, and of the last batch.
    """

    lake: ReadingsLake
    meters: int
    folder: Path
    evidence: Evidence
    bulk: list[float] = field(default_factory=list)
    bulk_raw: list[float] = field(default_factory=list)
    daily: list[float] = field(default_factory=list)
    daily_raw: list[float] = field(default_factory=list)
    daily_whole: list[float] = field(default_factory=list)
    entropy: Entropy = field(default_factory=Entropy)
    last_week: int = 0
    bulk_rows: int = 0
    batch_rows: int = 0


def build(folder: Path, coop: Coop, batches: int) -> Built:
    """Fill both stores.

    Args:
        folder: an empty one.
        batches: daily batches with revisions, each timed.
    """
    for name in ("book", "evidence", "scratch"):
        (folder / name).mkdir()
    book = folder / "book"
    evidence = Evidence(folder=folder / "evidence")
    built = Built(lake=ReadingsLake.open(book, classes=classes), meters=coop.meters, folder=book, evidence=evidence)
    load = 0
    for month in MONTHS:
        load += 1
        _month(built, coop, month, load, folder / "scratch")
    for number, day in enumerate(days(FIRST_DAY, QUIET_DAYS + batches)):
        load += 1
        _day(built, coop.daily(day) if number >= QUIET_DAYS else coop.readings(day, day + 86_400), load, folder)
        if number == QUIET_DAYS:
            built.last_week = load
    del built.daily[:QUIET_DAYS], built.daily_raw[:QUIET_DAYS], built.daily_whole[:QUIET_DAYS]
    return built


def ready(path: Path, chunks: Iterator[pa.Table]) -> None:
    """Put readings on disk as plain Arrow columns, a batch a chunk."""
    writer = None
    for chunk in chunks:
        writer = writer or pa.ipc.new_file(path, chunk.schema)
        writer.write_table(chunk.combine_chunks())
    assert writer is not None, "a month has readings"
    writer.close()


def chunks_of(path: Path) -> list[pa.Table]:
    """What was put ready, mapped, not copied."""
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    return [pa.Table.from_batches([reader.get_batch(number)]) for number in range(reader.num_record_batches)]


def _month(built: Built, coop: Coop, month: str, load: int, scratch: Path) -> None:
    path = scratch / "month.arrow"
    ready(path, coop.month(month))
    for chunk in chunks_of(path):
        built.entropy.add(chunk)
        built.bulk_rows += len(chunk)
    sides: list[Callable[[], None]] = [
        lambda: built.bulk.append(_timed(lambda: built.lake.load(chunks_of(path), load_id=load))),
        lambda: built.bulk_raw.append(_timed(lambda: built.evidence.add_month(month, chunks_of(path), load))),
    ]
    for side in sides if load % 2 else reversed(sides):
        side()
    path.unlink()


def _day(built: Built, batch: pa.Table, load: int, folder: Path) -> None:
    batch = batch.combine_chunks()
    built.batch_rows = len(batch)

    def ours() -> None:
        built.daily.append(_timed(lambda: built.lake.load([batch], load_id=load)))

    def raw() -> None:
        written = []
        built.daily_whole.append(_timed(lambda: written.extend(built.evidence.upsert(batch, load))))
        built.daily_raw.append(_timed(lambda: write_durably(folder / "scratch", written)))

    for side in (ours, raw) if load % 2 else (raw, ours):
        side()


def _timed(run: Callable[[], object]) -> float:
    os.sync()
    begin = perf_counter()
    run()
    return perf_counter() - begin
