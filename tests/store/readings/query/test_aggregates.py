"""Aggregates, from rollups and from readings, against a plain dictionary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.readings.lake_model import batch

from meterbook.model.errors import StoreError
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.files import datafile
from meterbook.store.readings.files.parquet import read_file
from meterbook.store.readings.query import calendar, engine, rollup
from meterbook.store.readings.query.classes import ChannelClass, Classed, Classes
from meterbook.store.readings.query.plan import Aggregates, Groups, Measure, Plan, channel_numbers

NEW_YORK = "America/New_York"
KWH, WATER = "electricity usage delivered kWh 900", "water usage gal 3600"
ALL = frozenset(Measure)
SUMS = frozenset({Measure.SUM, Measure.COUNT})
START = int(datetime(2025, 3, 7, tzinfo=ZoneInfo(NEW_YORK)).timestamp())
END = int(datetime(2025, 3, 12, tzinfo=ZoneInfo(NEW_YORK)).timestamp())

History = dict[tuple[int, int], int]


def two_classes(zone: str = NEW_YORK) -> Classes:
    """Channels from 100 on measure water."""

    def classes(channels: np.ndarray) -> Classed:
        known = (ChannelClass(label=KWH, zone=zone), ChannelClass(label=WATER, zone=zone))
        return Classed(classes=known, of=(channels >= 100).astype(np.int32))

    return classes


@pytest.fixture(autouse=True)
def _small_files_have_rollups(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rollup, datafile, engine):
        monkeypatch.setattr(module, "ROLLUP_ROWS", 3)


def wall(zone: str, instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(zone))


def expected(
    history: History, key_of: Callable[[int], object], period_of: Callable[[int], str | None]
) -> dict[tuple[object, str], tuple[int, int, int, int, int]]:
    found: dict[tuple[object, str], list[tuple[int, int]]] = defaultdict(list)
    for (channel, start), value in sorted(history.items()):
        key, period = key_of(channel), period_of(start)
        if key is not None and period is not None:
            found[(key, period)].append((start, value))
    return {
        at: (
            sum(value for _, value in rows),
            len(rows),
            max(value for _, value in rows),
            min(value for _, value in rows),
            min(start for start, value in rows if value == max(one for _, one in rows)),
        )
        for at, rows in found.items()
    }


def given_by(answer: Aggregates, plan: Plan) -> dict[tuple[object, str], tuple[int, ...]]:
    keys = [plan.groups.labels[key] for key in answer.key] if plan.groups is not None else answer.key.tolist()
    columns = [answer.sum, answer.count, answer.max, answer.min, answer.max_at]
    periods = [plan.calendar.labels[period] for period in answer.period]
    values = zip(*(column.tolist() for column in columns if column is not None), strict=True)
    return dict(zip(zip(keys, periods, strict=True), values, strict=True))


def held(tmp: Path, history: History, *, zone: str = NEW_YORK, scale: int = 3) -> ReadingsLake:
    lake = ReadingsLake.open(tmp, classes=two_classes(zone))
    channels = sorted({channel for channel, _ in history})
    batches = [
        batch(one, 1, {start: value for (channel, start), value in history.items() if channel == one}, scale=scale)
        for one in channels
    ]
    lake.write(batches)
    return lake


def rollups_of(folder: Path) -> list[Path]:
    return sorted((folder / "readings/_rollups").glob("*"))


@st.composite
def histories(draw: st.DrawFn) -> History:
    slots = st.integers(-8, (END - START) // 900 + 8)
    channels = st.sampled_from([1, 2, 3, 100])
    keys = draw(st.lists(st.tuples(channels, slots), min_size=1, max_size=60, unique=True))
    return {(channel, START + 900 * slot): draw(st.integers(-50, 5_000)) for channel, slot in keys}


PLANS = {
    "days": lambda zone: calendar.days(START, END, zone),
    "hours": lambda zone: calendar.hours(START, END, zone),
    "months": lambda zone: calendar.months(START, END, zone),
    "hours of the day": lambda zone: calendar.hours_of_day(START, END, zone),
    "part of a day": lambda zone: calendar.days(START + 7_200, END - 7_200, zone),
}


@settings(deadline=None)
@given(histories(), st.sampled_from(sorted(PLANS)), st.sampled_from([NEW_YORK, "UTC", "Asia/Kathmandu"]), st.data())
def test_every_aggregate_is_what_a_dictionary_says_with_rollups_and_without(
    tmp_path_factory: pytest.TempPathFactory, history: History, name: str, zone: str, data: st.DataObject
) -> None:
    lake = held(tmp_path_factory.mktemp("lake"), history)
    if data.draw(st.booleans(), label="compact"):
        lake.compact()
    made = PLANS[name](zone)
    groups = data.draw(
        st.sampled_from([None, Groups.together(), Groups.of({1: "a", 2: "b", 3: "a"}), Groups.by_class([WATER, KWH])])
    )
    measures = data.draw(st.sampled_from([ALL, SUMS, SUMS | {Measure.MAX}]))
    channels = channel_numbers([1, 3, 100]) if groups is None and data.draw(st.booleans()) else None
    plan = Plan(calendar=made, groups=groups, measures=measures, channels=channels)

    def key_of(channel: int) -> object:
        if groups is None:
            return channel if channels is None or channel in channels else None
        if groups.classes is not None:
            return WATER if channel >= 100 else KWH
        if groups.channels is None:
            return "all"
        return {1: "a", 2: "b", 3: "a"}.get(channel)

    def period_of(start: int) -> str | None:
        number = int(made.of(np.array([start]))[0])
        return made.labels[number] if number >= 0 else None

    columns = {ALL: 5, SUMS: 2}.get(measures, 3)
    wanted = {at: values[:columns] for at, values in expected(history, key_of, period_of).items()}
    for rollups in (True, False):
        assert given_by(lake.aggregate(plan, rollups=rollups), plan) == wanted


@settings(deadline=None)
@given(histories(), histories(), st.integers(0, 2))
def test_as_of_a_load_aggregates_are_what_was_known_then(
    tmp_path_factory: pytest.TempPathFactory, first: History, second: History, as_of: int
) -> None:
    lake = held(tmp_path_factory.mktemp("lake"), first)
    lake.write([batch(channel, 2, {start: value}) for (channel, start), value in second.items()])
    history = {0: {}, 1: first, 2: first | second}[as_of]
    made = calendar.days(START, END, NEW_YORK)
    plan = Plan(calendar=made, groups=Groups.by_class([KWH, WATER]), measures=ALL, as_of=as_of)

    def period_of(start: int) -> str | None:
        number = int(made.of(np.array([start]))[0])
        return made.labels[number] if number >= 0 else None

    assert given_by(lake.aggregate(plan), plan) == expected(
        history, lambda channel: WATER if channel >= 100 else KWH, period_of
    )


def test_of_several_channels_with_the_same_highest_value_the_earliest_start_counts(tmp_path: Path) -> None:
    early, late = START + 1_800, START + 9_000
    quiet = {START + 900 * slot: 1 for slot in range(20)}
    history = {(1, at): 1 for at in quiet} | {(2, at): 1 for at in quiet} | {(1, late): 678, (2, early): 678}
    plan = Plan(calendar=calendar.days(START, END, NEW_YORK), groups=Groups.together(), measures=ALL)
    answer = held(tmp_path, history).aggregate(plan)
    assert answer.max_at is not None
    assert answer.max_at.tolist() == [early]


def test_a_day_of_23_hours_is_summed_as_such(tmp_path: Path) -> None:
    lake = held(tmp_path, {(1, start): 1 for start in range(START, END, 900)})
    plan = Plan(calendar=calendar.days(START, END, NEW_YORK))
    assert lake.aggregate(plan).count.tolist() == [96, 96, 92, 96, 96]


def test_rollups_are_read_and_not_the_readings_when_they_can_answer(tmp_path: Path) -> None:
    lake = held(tmp_path, {(channel, start): channel for channel in (1, 2, 100) for start in range(START, END, 900)})
    (data,) = (tmp_path / "readings").glob("month=*/*.parquet")
    data.write_bytes(b"not to be read")
    by_day = Plan(calendar=calendar.days(START, END, NEW_YORK), measures=SUMS | {Measure.MAX})
    assert int(lake.aggregate(by_day).sum.sum()) == (1 + 2 + 100) * 476
    by_hour = Plan(calendar=calendar.hours_of_day(START, END, NEW_YORK), groups=Groups.by_class([KWH]), measures=SUMS)
    assert lake.aggregate(by_hour).sum.tolist() == [60, 60, 48] + [60] * 21  # two o'clock came on four days only


def test_days_of_another_zone_are_answered_from_the_readings(tmp_path: Path) -> None:
    lake = held(tmp_path, {(1, start): 1 for start in range(START, END, 900)}, zone="UTC")
    plan = Plan(calendar=calendar.days(START, END, NEW_YORK))
    assert lake.aggregate(plan).count.tolist() == [96, 96, 92, 96, 96]


def test_a_book_from_before_rollups_answers_the_same(tmp_path: Path) -> None:
    held(tmp_path, {(1, start): 1 for start in range(START, END, 900)})
    for path in rollups_of(tmp_path):
        path.unlink()
    plan = Plan(calendar=calendar.days(START, END, NEW_YORK))
    again = ReadingsLake.open(tmp_path, classes=two_classes())
    assert again.aggregate(plan).count.tolist() == [96, 96, 92, 96, 96]


def test_a_rollup_that_lies_is_found_out(tmp_path: Path) -> None:
    lake = held(tmp_path, {(1, start): 1 for start in range(START, END, 900)})
    table = lake._readings
    (file,) = table.files()
    maker = rollup.RollupMaker(classes=two_classes())
    maker.add(read_file(table.place, file))
    assert rollup.rollup_problems(table.place, file.path, maker.made()) == []
    (days,) = (path for path in rollups_of(tmp_path) if ".days." in path.name)
    stored = pq.read_table(days)
    pq.write_table(stored.set_column(3, stored.schema.field("sum"), pa.array([1] * len(stored), pa.int64())), days)
    (problem,) = rollup.rollup_problems(table.place, file.path, maker.made())
    assert days.name in problem


def test_rollups_go_with_their_data_files(tmp_path: Path) -> None:
    lake = held(tmp_path, {(channel, start): 1 for channel in (1, 2) for start in range(START, END, 900)})
    lake.write([batch(1, 2, {START: 7})])
    assert len(rollups_of(tmp_path)) == 4
    lake.vacuum(older_than_s=0)
    assert len(rollups_of(tmp_path)) == 2
    lake.delete([1, 2])
    assert rollups_of(tmp_path) == []


def test_values_of_several_scales_are_summed_at_the_finest(tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path, classes=two_classes())
    lake.write([batch(1, 1, {START: 5, START + 900: 6, START + 1_800: 7}, scale=0)])
    lake.write([batch(1, 2, {START + 900: 6_250, START + 2_700: 1}, scale=3)])
    plan = Plan(calendar=calendar.days(START, END, NEW_YORK), measures=ALL)
    for rollups in (True, False):
        answer = lake.aggregate(plan, rollups=rollups)
        assert (answer.sum.tolist(), answer.scale, answer.count.tolist()) == ([18_251], 3, [4])


def test_a_file_with_a_channel_of_unknown_class_has_no_rollup_and_is_answered_whole(tmp_path: Path) -> None:
    def unknown(channels: np.ndarray) -> Classed:
        return Classed(
            classes=(ChannelClass(label=KWH, zone="UTC"),), of=np.where(channels == 2, -1, 0).astype(np.int32)
        )

    lake = ReadingsLake.open(tmp_path, classes=unknown)
    lake.write([batch(channel, 1, {START + 900 * slot: 1 for slot in range(9)}) for channel in (1, 2)])
    assert rollups_of(tmp_path) == []
    plan = Plan(calendar=calendar.whole(START, END), groups=Groups.together(), measures=SUMS)
    assert lake.aggregate(plan).sum.tolist() == [18]


def test_a_sum_that_does_not_fit_is_refused_and_not_wrapped(tmp_path: Path) -> None:
    lake = held(tmp_path, {(channel, START): 2**62 for channel in (1, 2, 3)})
    with pytest.raises(StoreError, match="does not fit"):
        lake.aggregate(Plan(calendar=calendar.whole(START, END), groups=Groups.together(), measures=SUMS))


@pytest.mark.parametrize("measures", [ALL, SUMS])
def test_one_absurd_reading_among_many_does_not_keep_their_sum_from_being_told(
    tmp_path: Path, measures: frozenset[Measure]
) -> None:
    absurd = 2**53  # times 2,000 readings it is more than 64 bits hold, as a sum it is not
    values = {(1, START + 900 * slot): 5 for slot in range(2_000)} | {(1, START): absurd}
    found = held(tmp_path, values).aggregate(Plan(calendar=calendar.whole(START, END), measures=measures))
    inside = sum(1 for _, start in values if start < END)
    assert (found.sum.tolist(), found.count.tolist()) == ([absurd + 5 * (inside - 1)], [inside])


def test_nothing_stored_gives_no_rows_under_the_right_names(tmp_path: Path) -> None:
    plan = Plan(calendar=calendar.days(START, END, NEW_YORK), groups=Groups.together(), measures=ALL)
    table = ReadingsLake.open(tmp_path).aggregate(plan).to_arrow(plan)
    assert (len(table), table.column_names[:2]) == (0, ["group", "period"])
    assert Path(tmp_path, "readings").exists() is False
