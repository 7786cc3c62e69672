"""Totals of a class count only while all that they were made of is of that class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.files import datafile
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query import engine, rollup
from meterbook.store.readings.query.calendar import whole
from meterbook.store.readings.query.classes import ChannelClass, Classed, Classes
from meterbook.store.readings.query.membership import channels_of, spelled
from meterbook.store.readings.query.partial import Partial
from meterbook.store.readings.query.plan import Groups, Measure, Plan
from meterbook.store.readings.values import Int32
from tests.store.readings.query.query_model import Held, table

HELD: Held = {channel: {900 * slot: (10**channel, 0) for slot in range(4)} for channel in (1, 2, 3)}
PLAN = Plan(
    calendar=whole(0, 86_400),
    groups=Groups.by_class(["delivered", "net"]),
    measures=frozenset({Measure.SUM, Measure.COUNT}),
)


@pytest.fixture(autouse=True)
def _small_files_have_rollups(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rollup, datafile, engine):
        monkeypatch.setattr(module, "ROLLUP_ROWS", 3)


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Data files whose readings were looked at."""
    looked_at: list[str] = []
    scanned = engine.scanned

    def noted(place: Place, files: Sequence[LakeFile], plan: Plan, classes: Classes) -> Partial:
        looked_at.extend(file.path for file in files)
        return scanned(place, files, plan, classes)

    monkeypatch.setattr(engine, "scanned", noted)
    return looked_at


def named(label_of: Callable[[int], str]) -> Callable[[Int32], Classed]:
    def classes(channels: Int32) -> Classed:
        labels = [label_of(channel) for channel in channels.tolist()]
        known = tuple(sorted(set(labels)))
        return Classed(
            classes=tuple(ChannelClass(label=label, zone="UTC") for label in known),
            of=np.array([known.index(label) for label in labels], np.int32),
        )

    return classes


def totals(lake: ReadingsLake) -> dict[str, int]:
    found = lake.aggregate(PLAN)
    names = PLAN.groups.labels if PLAN.groups is not None else ()
    return {names[key]: total for key, total in zip(found.key.tolist(), found.sum.tolist(), strict=True)}


@given(st.sets(st.integers(1, 400)))
def test_numbers_come_back_as_they_were_spelled(numbers: set[int]) -> None:
    channels = np.array(sorted(numbers), np.int32)
    assert channels_of(spelled(channels)).tolist() == channels.tolist()


def test_a_bucket_of_every_third_channel_is_a_few_letters() -> None:
    assert spelled(np.arange(2, 6145, 3, dtype=np.int32)) == "2-6143/3"


def test_a_channel_renamed_after_it_was_summed_counts_in_its_new_class(tmp_path: Path) -> None:
    net: set[int] = set()
    lake = ReadingsLake.open(tmp_path, classes=named(lambda channel: "net" if channel in net else "delivered"))
    lake.load([table(HELD)], load_id=1)
    assert list((tmp_path / "readings/_rollups").iterdir())
    assert totals(lake) == {"delivered": 4 * 1_110}
    net.add(2)
    assert totals(lake) == {"delivered": 4 * 1_010, "net": 4 * 100}


def test_a_lake_written_without_classes_answers_by_class(tmp_path: Path) -> None:
    ReadingsLake.open(tmp_path).load([table(HELD)], load_id=1)
    assert list((tmp_path / "readings/_rollups").iterdir())
    lake = ReadingsLake.open(tmp_path, classes=named(lambda channel: "net" if channel == 3 else "delivered"))
    assert totals(lake) == {"delivered": 4 * 110, "net": 4 * 1_000}


def test_totals_are_taken_from_rollups_where_nothing_changed(tmp_path: Path, scans: list[str]) -> None:
    lake = ReadingsLake.open(tmp_path, classes=named(lambda _: "net"))
    lake.load([table(HELD)], load_id=1)
    assert totals(lake) == {"net": 4 * 1_110}
    assert not scans
    assert lake.verify().problems == ()


def test_rollups_made_anew_are_seen_at_once(tmp_path: Path, scans: list[str]) -> None:
    net: set[int] = set()
    lake = ReadingsLake.open(tmp_path, classes=named(lambda channel: "net" if channel in net else "delivered"))
    lake.load([table(HELD)], load_id=1)
    assert totals(lake) == {"delivered": 4 * 1_110}
    net.add(2)
    assert totals(lake) == {"delivered": 4 * 1_010, "net": 4 * 100}
    assert len(scans) == 1
    assert len(lake.verify().problems) == 2
    assert lake.repair_rollups(scans) == 1
    assert totals(lake) == {"delivered": 4 * 1_010, "net": 4 * 100}
    assert len(scans) == 1
    assert lake.verify().problems == ()
