"""Gaps of many channels at once: what find_gaps finds series by series, and values worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.analysis.gaps import find_gaps
from meterbook.model.channel import DAY_S, MONTH_S, Channel
from meterbook.model.errors import UsageError
from meterbook.model.series import IntervalSeries
from meterbook.store.readings.files.rows import NO_ROWS, Rows, concat
from meterbook.store.readings.lake import ReadingsLake
from meterbook.store.readings.places.folder_place import FolderPlace
from meterbook.store.readings.query.expected import Expected, Service
from meterbook.store.readings.query.gaps import Gaps, gaps, gaps_of

ZONES = ("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
MARCH = int(datetime(2025, 3, 1, tzinfo=UTC).timestamp())


def of_channel(channel: int, start: list[int]) -> Rows:
    count = len(start)
    return Rows(
        channel_id=np.full(count, channel, np.int32),
        start=np.array(sorted(start), np.int64),
        value=np.ones(count, np.int64),
        scale=np.zeros(count, np.int8),
        quality=np.zeros(count, np.int8),
        load_id=np.ones(count, np.int32),
        superseded_by=np.zeros(count, np.int32),
    )


def told(found: Gaps) -> list[tuple[int, int, int, int]]:
    return list(zip(*(x.tolist() for x in (found.channel_id, found.start, found.end, found.intervals)), strict=True))


def by_series(services: list[Service], starts: dict[int, list[int]], start: int, end: int) -> list[tuple[int, ...]]:
    """The same, a channel at a time, by the rules for one series."""
    found = []
    for one in sorted(services, key=lambda service: service.channel_id):
        low, high = max(start, one.start), min(end, one.end)
        real = np.array(sorted(at for at in starts[one.channel_id] if low <= at < high), np.int64)
        series = IntervalSeries(
            channel=Channel(utility="u", account="1", service_location="1", meter="m", interval_s=one.interval_s),
            start=real,
            value=np.ones(len(real), np.int64),
            quality=np.zeros(len(real), np.int8),
            scale=0,
        )
        found += [
            (one.channel_id, gap.start, gap.end, gap.intervals)
            for gap in find_gaps(series, low, high, ZoneInfo(one.zone))
        ]
    return found


def test_a_missing_hour_and_both_ends_are_told_by_their_bounds() -> None:
    quarters = [MARCH + 900 * slot for slot in range(2, 92) if not 40 <= slot < 44]
    found = gaps_of(of_channel(7, quarters), Expected.alike([7]), MARCH, MARCH + DAY_S)
    assert told(found) == [
        (7, MARCH, MARCH + 1800, 2),
        (7, MARCH + 36_000, MARCH + 39_600, 4),
        (7, MARCH + 82_800, MARCH + 86_400, 4),
    ]


def test_nothing_is_missing_before_service_begins_or_after_it_ends() -> None:
    service = Service(channel_id=7, start=MARCH + 3600, end=MARCH + 7200)
    rows = of_channel(7, [MARCH + 3600, MARCH + 5400, MARCH + 6300])
    assert told(gaps_of(rows, Expected.of([service]), MARCH, MARCH + DAY_S)) == [(7, MARCH + 4500, MARCH + 5400, 1)]


def test_a_channel_without_any_reading_is_one_gap() -> None:
    found = gaps_of(NO_ROWS, Expected.alike([3, 9], 3600), MARCH, MARCH + DAY_S)
    assert told(found) == [(3, MARCH, MARCH + DAY_S, 24), (9, MARCH, MARCH + DAY_S, 24)]


def test_the_days_of_a_clock_change_are_days() -> None:
    # 9 March 2025 has 23 hours in New York; the reading of the 10th bears 23:30 UTC-4 of that day.
    midnights = [int(datetime(2025, 3, day, tzinfo=ZoneInfo("America/New_York")).timestamp()) for day in range(7, 13)]
    rows = of_channel(1, [midnights[0], midnights[1], midnights[3] + 84_600, midnights[4]])
    expected = Expected.alike([1], DAY_S, "America/New_York")
    found = told(gaps_of(rows, expected, midnights[0], midnights[5]))
    assert found == [(1, midnights[2], midnights[3], 1)]
    assert found[0][2] - found[0][1] == 23 * 3600


def test_channels_next_to_each_other_are_not_taken_for_one() -> None:
    rows = concat([of_channel(1, [MARCH, MARCH + 900]), of_channel(2, [MARCH + 1800, MARCH + 2700])])
    assert told(gaps_of(rows, Expected.alike([1, 2]), MARCH, MARCH + 3600)) == [
        (1, MARCH + 1800, MARCH + 3600, 2),
        (2, MARCH, MARCH + 1800, 2),
    ]


def test_readings_out_of_step_cover_the_interval_they_start_in() -> None:
    # The meter's clock was set back by seven minutes at noon: no interval lacks a reading.
    starts = [MARCH + 900 * slot for slot in range(48)] + [MARCH + 900 * slot + 480 for slot in range(48, 96)]
    assert told(gaps_of(of_channel(1, starts), Expected.alike([1]), MARCH, MARCH + DAY_S)) == []


def test_gaps_reach_across_files_and_days_without_readings_in_between(tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    april = MARCH + 31 * DAY_S
    starts = [april - 1800, april - 900, april + 1800, april + 2700]
    for load, at in enumerate(starts, 1):
        lake.load([_chunk({4: [at], 5: [april]})], load_id=load)
    place = FolderPlace(tmp_path).within("readings")
    found = gaps(place, lake._readings.files(), Expected.alike([4]), april - 1800, april + 3600)
    assert told(found) == [(4, april, april + 1800, 2)]


def test_a_span_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="all time"):
        gaps_of(NO_ROWS, Expected.alike([1]), -(2**50), MARCH)


def test_a_channel_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="named twice"):
        Expected.of([Service(channel_id=1), Service(channel_id=1, interval_s=3600)])


def test_as_arrow_gaps_have_instants() -> None:
    table = gaps_of(NO_ROWS, Expected.alike([3], 3600), MARCH, MARCH + 3600).to_arrow()
    assert table.to_pylist() == [
        {
            "channel_id": 3,
            "start": datetime(2025, 3, 1, tzinfo=UTC),
            "end": datetime(2025, 3, 1, 1, tzinfo=UTC),
            "intervals": 1,
        }
    ]


@st.composite
def channels_of_a_lake(draw: st.DrawFn) -> tuple[list[Service], dict[int, list[int]]]:
    services, starts = [], {}
    for channel in draw(st.sets(st.integers(1, 9), min_size=1, max_size=4)):
        length = draw(st.sampled_from([900, 900, 1800, 3600, DAY_S, MONTH_S]))
        zone = draw(st.sampled_from(ZONES))
        begin = MARCH + draw(st.integers(-5, 5)) * 3600 + draw(st.sampled_from([0, 0, 900, 450]))
        step = length if length < DAY_S else draw(st.sampled_from([DAY_S, DAY_S - 3600]))
        count = 60 if length < DAY_S else 130
        held = draw(st.lists(st.booleans(), min_size=count, max_size=count))
        sparse = draw(st.booleans())
        at = [begin + slot * step for slot, there in enumerate(held) if there or (not sparse and slot % 7)]
        if length == MONTH_S:
            at = at[:: draw(st.integers(15, 40))]
        if draw(st.booleans()):
            at += [
                begin + slot * step + draw(st.sampled_from([300, 450])) for slot in draw(st.sets(st.integers(0, 50)))
            ]
        service = draw(st.tuples(st.integers(-10, 20), st.integers(-10, 200)))
        services.append(
            Service(
                channel_id=channel,
                interval_s=length,
                zone=zone,
                start=MARCH + service[0] * 7_000,
                end=MARCH + service[1] * 70_000,
            )
        )
        starts[channel] = sorted(set(at))
    return services, starts


@settings(deadline=None)
@given(channels_of_a_lake(), st.integers(-20, 20), st.integers(1, 5_000))
def test_many_channels_have_the_gaps_that_each_has_alone(
    lake: tuple[list[Service], dict[int, list[int]]], begin: int, length: int
) -> None:
    services, starts = lake
    start = MARCH + begin * 1_800
    end = start + length * 1_800
    rows = concat([of_channel(channel, starts[channel]) for channel in sorted(starts)])
    assert told(gaps_of(rows, Expected.of(services), start, end)) == by_series(services, starts, start, end)


@settings(deadline=None, max_examples=20)
@given(channels_of_a_lake(), st.integers(1, 4), st.data())
def test_files_however_they_are_cut_have_the_same_gaps(
    tmp_path_factory: pytest.TempPathFactory,
    lake: tuple[list[Service], dict[int, list[int]]],
    loads: int,
    data: st.DataObject,
) -> None:
    services, starts = lake
    folder = tmp_path_factory.mktemp("lake")
    real = ReadingsLake.open(folder)
    part_of = {(channel, at): data.draw(st.integers(1, loads)) for channel, some in starts.items() for at in some[::11]}
    for load in range(1, loads + 1):
        part = {
            channel: [at for at in some if part_of.get((channel, at), at // DAY_S % loads + 1) == load]
            for channel, some in starts.items()
        }
        real.load([_chunk(part)], load_id=load)
    start, end = MARCH - DAY_S, MARCH + 90 * DAY_S
    found = gaps(FolderPlace(folder).within("readings"), real._readings.files(), Expected.of(services), start, end)
    assert told(found) == by_series(services, starts, start, end)


def _chunk(starts: dict[int, list[int]]) -> pa.Table:
    rows = [(channel, at) for channel, some in sorted(starts.items()) for at in some]
    count = len(rows)
    return pa.table(
        {
            "channel_id": pa.array([channel for channel, _ in rows], pa.int32()),
            "ts": pa.array(np.array([at * 1_000_000 for _, at in rows], "datetime64[us]"), pa.timestamp("us", "UTC")),
            "value": pa.array([1] * count, pa.int64()),
            "scale": pa.array([0] * count, pa.int8()),
            "quality": pa.array([0] * count, pa.int8()),
        }
    )
