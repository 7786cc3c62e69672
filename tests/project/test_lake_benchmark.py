"""The lake's benchmark: its invented co-op is always the same and like a real one, and its peers answer truly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import _questions as ask
from benchmarks import peers
from benchmarks.__main__ import meters_of
from benchmarks._answers import listed
from benchmarks._building import Built, build
from benchmarks._by_hand import DuckDb, Polars, answer
from benchmarks._by_meterbook import Meterbook
from benchmarks._coop import SCHEMA, Coop, month_bounds
from benchmarks._entropy import Entropy
from benchmarks._evidence import Evidence
from benchmarks._growth import growth
from benchmarks._sizes import sizes
from benchmarks._trickle import trickle
from benchmarks.figure import Figure, Options
from benchmarks.peers.__main__ import main as peers_main

METERS = 12
GOLDEN_WH = 49_133_364
DAY = 86_400


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("both"), Coop(meters=METERS), batches=2)


@pytest.fixture(scope="module")
def held(built: Built) -> dict[tuple[int, int], int]:
    """What holds, as a plain dictionary: meter and start to Wh, put together from the co-op alone."""
    readings: dict[tuple[int, int], int] = {}
    coop = Coop(meters=METERS)
    days = ask.days(date(2026, 1, 1), 5)
    for table in (coop.readings(month_bounds("2025-01")[0], days[3]), *map(coop.daily, days[3:])):
        start = table["ts"].to_numpy().view(np.int64) // 1_000_000
        keys = zip(table["channel_id"].to_pylist(), start.tolist(), strict=True)
        readings.update(zip(keys, table["value"].to_pylist(), strict=True))
    return readings


def test_a_reading_is_the_same_whether_made_by_month_by_day_or_for_one_meter() -> None:
    coop = Coop(meters=300)
    start, end = month_bounds("2025-03")  # the clock changes in it
    whole = pa.concat_tables(coop.month("2025-03", channels=128))
    alone = pa.concat_tables([coop.readings(day, day + DAY, 257, 257) for day in range(start, end, DAY)])
    assert whole.schema == SCHEMA
    assert whole.filter(pc.equal(whole["channel_id"], 257)).equals(alone)
    assert not Coop(meters=300, seed=2).readings(start, start + DAY).equals(coop.readings(start, start + DAY))


def test_the_invented_co_op_stays_what_it_was() -> None:
    table = Coop(meters=200).readings(1_751_328_000, 1_751_328_000 + 7 * DAY)
    assert len(table) == pytest.approx(134_400, rel=0.01)
    assert pc.sum(table["value"]).as_py() == pytest.approx(GOLDEN_WH, rel=1e-5)


def test_the_invented_co_op_is_neither_constant_nor_noise() -> None:
    table = Coop(meters=400).readings(*month_bounds("2025-07"))
    entropy = Entropy()
    entropy.add(table)
    assert 0.8 < entropy.bytes_each < 1.2
    value, channel = table["value"].to_numpy(), table["channel_id"].to_numpy()
    assert 250 < value.mean() < 500
    assert value.min() >= 0
    local_hour = (table["ts"].to_numpy().view(np.int64) // 3_600_000_000 - 4) % 24
    shape = [value[local_hour == hour].mean() for hour in range(24)]
    assert 15 <= int(np.argmax(shape)) <= 20
    assert max(shape) > 2.5 * min(shape)
    tens = [bool((value[channel == one] % 10 == 0).all()) for one in range(1, 401)]
    assert 0.1 < np.mean(tens) < 0.2
    following = np.corrcoef(value[:-1], value[1:])[0, 1]
    assert 0.4 < following < 0.9


def test_readings_are_missed_lost_in_outages_and_estimated_as_often_as_said() -> None:
    start, end = month_bounds("2025-05")
    table = Coop(meters=2_000).readings(start, end)
    slots = (end - start) // 900
    count = np.bincount(table["channel_id"].to_numpy())[1:]
    missing = slots - count
    outages = missing >= 4
    assert 0.015 < outages.mean() < 0.045
    assert 0.0001 < missing[~outages].mean() / slots < 0.0003
    assert 0.0003 < table["quality"].to_numpy().mean() < 0.0007


def test_a_daily_batch_is_a_day_and_a_hundredth_of_the_three_before_revised() -> None:
    coop, day = Coop(meters=500), 1_767_225_600
    batch = coop.daily(day)
    start = batch["ts"].to_numpy().view(np.int64) // 1_000_000
    revised = batch.filter(pa.array(start < day))
    assert len(batch) - len(revised) == len(coop.readings(day, day + DAY))
    assert 0.008 < len(revised) / (3 * 500 * 96) < 0.012
    assert pc.unique(revised["quality"]).to_pylist() == [2]
    before = coop.readings(day - 3 * DAY, day).join(
        revised, ["channel_id", "ts"], right_suffix=" new", join_type="inner"
    )
    more = np.asarray(before["value new"]) - np.asarray(before["value"])
    assert 1 <= more.min() <= more.max() <= 64


def test_a_co_op_asks_for_whole_quarter_hours() -> None:
    with pytest.raises(ValueError, match="whole quarter hours"):
        Coop().readings(1, 900)
    assert len(Coop().readings(900, 900)) == 0


def test_both_stores_hold_what_a_dictionary_holds(built: Built, held: dict[tuple[int, int], int]) -> None:
    evidence = pa.concat_tables([pq.read_table(file.path) for file in built.evidence.files])
    start = evidence["ts"].to_numpy().view(np.int64) // 1_000_000
    keys = zip(evidence["meter_id"].to_pylist(), start.tolist(), strict=True)
    assert dict(zip(keys, evidence["wh"].to_pylist(), strict=True)) == held
    assert len(evidence) == len(held) == built.evidence.rows
    ours = built.lake.read(list(range(1, METERS + 1)), 0, 2**40)
    assert {
        (meter, start): value
        for meter, found in ours.items()
        for start, value in zip(found.start.tolist(), found.value.tolist(), strict=True)
    } == held


def test_every_question_has_one_answer(built: Built) -> None:
    sides = [DuckDb(built.evidence), Polars(built.evidence)]
    ours = [Meterbook(built.lake, METERS, rollups=rollups) for rollups in (False, True)]
    for question in listed(5, built.last_week):
        answers = [answer(question.call, getattr(side, question.call)(question.asked)) for side in sides]
        for side in ours:
            result = getattr(side, question.call)(question.asked)
            answers.append(side.answer(question.call, result, question.asked))
        assert all(len(column) for column in answers[0].values()), question.name
        assert all(ask.same(answers[0], other) for other in answers[1:]), question.name
    assert not ask.same({"a": np.array([1])}, {"a": np.array([2])})


def test_hand_written_answers_are_what_a_loop_finds(built: Built, held: dict[tuple[int, int], int]) -> None:
    by_hand = Polars(built.evidence)
    asked = ask.july()
    gaps = []
    for meter in range(1, METERS + 1):
        missing = [at for at in range(asked.start, asked.end, 900) if (meter, at) not in held]
        for at in missing:
            if gaps and gaps[-1][0] == meter and gaps[-1][2] == at:
                gaps[-1] = (meter, gaps[-1][1], at + 900)
            else:
                gaps.append((meter, at, at + 900))
    found = answer("gaps", by_hand.gaps(asked))
    assert list(zip(*(found[name].tolist() for name in ("meter", "start", "end")), strict=True)) == gaps
    load: dict[int, int] = {}
    for (_, at), value in held.items():
        load[at] = load.get(at, 0) + value
    peaks = answer("peaks", by_hand.peaks(ask.everything()))
    for number, (month, start, end) in enumerate(ask.local_months(ask.everything())):
        mine = {at: load[at] for at in range(start, end, 900) if at in load}
        assert peaks["month"][number] == month
        assert peaks["wh"][number] == max(mine.values())
        assert mine[int(peaks["top"][number])] == max(mine.values())
    asked = ask.march()
    on = {at for at, peak in zip(*(ask.calendar()[name].tolist() for name in ("start", "on")), strict=True) if peak}
    split = answer("split", by_hand.split(asked))
    mine = sum(held.get((3, at), 0) for at in on if asked.start <= at < asked.end)
    assert split["wh"][(split["meter_id"] == 3) & (split["peak"] == 1)].tolist() == [mine]


def test_the_calendar_has_every_hour_of_both_clock_changes() -> None:
    calendar = ask.calendar()
    assert len(calendar["start"]) == 96 * 396
    march = calendar["month"] == 202503
    assert np.bincount(calendar["hour"][march])[:4].tolist() == [124, 124, 120, 124]
    november = calendar["month"] == 202511
    assert np.bincount(calendar["hour"][november])[:3].tolist() == [120, 124, 120]


def test_sizes_are_told_beside_the_evidence_and_the_entropy(built: Built) -> None:
    figures = list(sizes(built))
    assert [figure.peer for figure in figures] == ["evidence", "values' entropy", "a file a batch", "readings"]
    assert 1.0 < figures[0].ours < figures[0].floor < 2.0


def test_entropy_of_a_known_source_is_found_without_bias() -> None:
    value = np.random.default_rng(3).integers(0, 256, 2_976 * 100)
    entropy = Entropy()
    entropy.add(pa.table({"channel_id": np.repeat(np.arange(100), 2_976), "value": value}))
    assert entropy.bytes_each == pytest.approx(1.0, abs=0.002)


def test_files_of_the_evidence_are_picked_by_their_bounds(tmp_path: Path) -> None:
    evidence = Evidence(folder=tmp_path)
    coop = Coop(meters=2_100)
    start, _ = month_bounds("2025-06")
    evidence.add_month(
        "2025-06", (coop.readings(start, start + DAY, low, min(low + 511, 2_100)) for low in range(1, 2_101, 512)), 1
    )
    assert [file.meters for file in evidence.files] == [(1, 2_048), (2_049, 2_100)]
    assert len(evidence.pick(start, start + DAY)) == 2
    assert evidence.pick(start, start + DAY, 2_049) == [str(evidence.files[1].path)]
    assert evidence.pick(start + DAY, start + 2 * DAY) == []


def test_a_home_trickles_into_a_book_of_its_own(tmp_path: Path) -> None:
    found = trickle(tmp_path, 6, timed=2)
    assert min(found.commit, found.bare, found.opened) > 0


def test_growth_holds_the_largest_size_against_what_the_smallest_lets_expect() -> None:
    def at_size(options: Options, meters: int) -> Iterator[Figure]:
        yield Figure(name=f"bulk load, {meters}", ours=meters * 2.0, peer="raw", floor=meters, unit="s", target=1.5)
        yield Figure(name="Q1 a meter's year", ours=10.0, peer="DuckDB", floor=9.0, unit="ms", target=1.3)

    figures = list(growth(Options(), at_size))
    assert [figure.name for figure in figures[:2]] == ["1/100 bulk load, 432", "1/100 Q1 a meter's year"]
    assert [(figure.name, figure.ratio) for figure in figures[6:]] == [
        ("bulk load, 1/5", pytest.approx(1.0)),
        ("Q1 a meter's year, 1/5", 1.0),
    ]


def test_a_limit_leaves_room_above_the_target() -> None:
    figure = Figure(name="Q1", ours=1.4, peer="DuckDB", floor=1.0, unit="ms", target=1.3, limit=1.5)
    assert figure.met
    assert not Figure(name="Q1", ours=1.6, peer="DuckDB", floor=1.0, unit="ms", target=1.3, limit=1.5).met


@pytest.mark.parametrize(("size", "meters"), [("full", 43_136), ("1/20", 2_157), ("1/5", 8_628)])
def test_sizes_of_a_co_op(size: str, meters: int) -> None:
    assert meters_of(size) == meters


def test_a_peer_that_is_not_installed_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert peers_main(["victoriametrics"]) == 3
    assert capsys.readouterr().err == "victoriametrics is left out: victoria-metrics is not installed.\n"
    assert peers.__doc__
    assert "benchmarks.peers.victoriametrics" in sys.modules
