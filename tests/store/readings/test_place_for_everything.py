"""A lake does the same and says the same whether it lies in a folder or in an object store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from store.readings.lake_model import ALL_TIME, batch
from store.readings.object_server import ObjectServer

from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.places.opening import open_place
from meterbook.store.readings.places.place import ROLLUPS, Place
from meterbook.store.readings.query import calendar
from meterbook.store.readings.query.plan import Groups, Measure, Plan

DAY = 86_400
START = 1_740_787_200  # 1 March 2025
END = START + 31 * DAY
CHANNELS = np.arange(1, 41, dtype=np.int32)


def chunk(start: int, end: int, load: int) -> pa.Table:
    """Quarter hours of all channels; a month of them is enough for rollups."""
    ts = np.arange(start, end, 900)
    value = (np.arange(len(ts) * len(CHANNELS)) * 7 + load * 13) % 901
    return pa.table(
        {
            "channel_id": np.repeat(CHANNELS, len(ts)),
            "ts": pa.array(np.tile(ts, len(CHANNELS)) * 1_000_000, pa.timestamp("us", tz="UTC")),
            "value": value,
            "scale": pa.array(np.full(len(value), 3, np.int8)),
            "quality": pa.array(np.zeros(len(value), np.int8)),
        }
    )


def everything(place: Place) -> list[Any]:
    """What a lake says while a co-op's month comes in, is revised, tidied up and partly deleted."""
    lake = ReadingsLake(place)
    said: list[Any] = [lake.load([chunk(START, END, 1)], load_id=1)]
    said.append(lake.load([chunk(START, END, 1)], load_id=2))
    said.append(lake.load([chunk(END - DAY, END + DAY, 3)], load_id=3))
    said.append(lake.write([batch(5, 4, {START + 900 * step: step for step in range(20)})]))
    said.append(answers(lake))
    said.append(lake.compact())
    said.append(lake.vacuum(older_than_s=0).files > 0)
    said.append(answers(ReadingsLake(place)))
    said.append(lake.withdraw([5], 4))
    said.append(lake.delete([7, 8]))
    said.append(answers(lake))
    report = lake.verify()
    said += [report.problems, report.readings, report.revisions, report.left_over]
    sizes = lake.sizes()
    said += [sizes.readings.rows, sizes.readings.months, sizes.readings.stray_files, sizes.span]
    names = {one.name for one in place.within("readings").listing("")}
    said.append(sum(name.startswith(ROLLUPS) for name in names) > 0)
    said.append(lake.repair_rollups([file.path for file in lake._readings.files()]))
    said.append(lake.verify().problems)
    return said


def answers(lake: ReadingsLake) -> list[Any]:
    """Reads of every kind."""
    shape = Plan(calendar=calendar.hours_of_day(START, END, "America/New_York"), groups=Groups.together())
    peaks = Plan(calendar=calendar.days(START, END, "UTC"), measures=frozenset(Measure), as_of=2)
    found: list[Any] = [lake.coverage([1, 5, 7])]
    for plan in (shape, peaks):
        for rollups in (True, False):
            made = lake.aggregate(plan, rollups=rollups)
            found.append((made.sum.tolist(), made.count.tolist()))
    found.append([len(part) for part in lake.read([1, 5, 7], *ALL_TIME).values()])
    found.append(lake.history(5, START, START + DAY).to_pylist())
    found.append(pa.Table.from_batches(list(lake.stream([1, 5], START, END))).to_pylist()[::97])
    found.append(sum(len(part) for part in lake.changes(2)))
    return found


def test_a_lake_says_the_same_wherever_it_lies(object_server: ObjectServer, tmp_path: Path) -> None:
    pytest.importorskip("obstore")
    here = everything(open_place(tmp_path))
    there = everything(open_place(object_server.url(), object_server.env))
    for mine, other in zip(here, there, strict=True):
        assert other == mine
    assert () in here
