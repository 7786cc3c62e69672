"""Plans carried out by Daft in this process, held against the local engine and a plain dictionary."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.readings.lake_model import batch

from meterbook.model.errors import BookDamaged, StoreError
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.engines.lake import EngineLake
from meterbook.store.readings.engines.question import Question
from meterbook.store.readings.engines.registry import CarryOut, EngineChoice, EngineName, carrier
from meterbook.store.readings.engines.tables import Tables
from meterbook.store.readings.engines.together import together
from meterbook.store.readings.query import calendar
from meterbook.store.readings.query.classes import ChannelClass, Classed
from meterbook.store.readings.query.coincident import coincident_peak
from meterbook.store.readings.query.plan import Aggregates, Groups, Measure, Plan, channel_numbers

pytest.importorskip("daft", reason="Daft is not installed (extra cluster)")

NEW_YORK, KATHMANDU = "America/New_York", "Asia/Kathmandu"
EVERYTHING = frozenset(Measure)
START = int(datetime(2025, 3, 7, tzinfo=ZoneInfo(NEW_YORK)).timestamp())
END = int(datetime(2025, 3, 12, tzinfo=ZoneInfo(NEW_YORK)).timestamp())  # the clock goes forward on 9 March


@pytest.fixture(scope="session")
def daft() -> CarryOut:
    """Daft in this process."""
    return carrier(EngineChoice(name=EngineName.DAFT))


def rows(answer: Aggregates) -> list[tuple[int, ...]]:
    columns = [answer.key, answer.period, answer.sum, answer.count, answer.max, answer.min, answer.max_at]
    return [(*row, answer.scale) for row in zip(*(one.tolist() for one in columns if one is not None), strict=True)]


def ask(daft: CarryOut, folder: Path, plan: Plan) -> Aggregates:
    return daft([Question(tables=Tables.open(folder), plan=plan)])[0]


def days(**rest: object) -> Plan:
    return Plan(calendar=calendar.days(START, END, NEW_YORK), measures=EVERYTHING, **rest)  # type: ignore[arg-type]


slots = st.integers(-8, 5 * 96 + 8).map(lambda slot: START + slot * 900)
values = st.integers(-5_000, 5_000)
loads = st.lists(
    st.dictionaries(st.tuples(st.integers(1, 4), slots), st.tuples(values, st.sampled_from([0, 2, 3])), max_size=12),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=loads, as_of=st.none() | st.integers(0, 4), wanted=st.none() | st.sets(st.integers(1, 5), min_size=1))
def test_any_history_is_answered_as_the_local_engine_does(
    daft: CarryOut, history: list[dict[tuple[int, int], tuple[int, int]]], as_of: int | None, wanted: set[int] | None
) -> None:
    with tempfile.TemporaryDirectory() as name:
        lake = ReadingsLake.open(Path(name))
        for number, brought in enumerate(history, start=1):
            lake.write(
                [
                    batch(channel, number, {start: value}, scale=scale)
                    for (channel, start), (value, scale) in sorted(brought.items())
                ]
            )
        channels = None if wanted is None else channel_numbers(sorted(wanted))
        named = None if wanted is None else Groups.of({one: "odd" if one % 2 else "even" for one in wanted})
        plans = [
            days(channels=channels, as_of=as_of),
            days(groups=named or Groups.together(), as_of=as_of),
            Plan(calendar=calendar.intervals(START, END, 900), groups=Groups.together(), as_of=as_of),
        ]
        tables = Tables.open(Path(name))
        answers = daft([Question(tables=tables, plan=plan) for plan in plans])
        for plan, answer in zip(plans, answers, strict=True):
            assert rows(answer) == rows(lake.aggregate(plan))


def test_months_of_time_of_use_across_a_clock_change_are_exact(daft: CarryOut, tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {START + slot * 900: slot for slot in range(5 * 96 - 4)})])  # 9 March has 23 hours
    windows = [calendar.Window(name="on-peak", start_minute=7 * 60, end_minute=11 * 60, weekdays=frozenset(range(5)))]
    plan = Plan(calendar=calendar.time_of_use(START, END, NEW_YORK, windows), measures=EVERYTHING)
    answer = ask(daft, tmp_path, plan)
    expected: dict[str, list[int]] = {"on-peak": [], "off-peak": []}
    for slot in range(5 * 96 - 4):
        wall = datetime.fromtimestamp(START + slot * 900, UTC).astimezone(ZoneInfo(NEW_YORK))
        on_peak = wall.weekday() < 5 and 7 <= wall.hour < 11
        expected["on-peak" if on_peak else "off-peak"].append(slot)
    assert answer.sum.tolist() == [sum(expected[name]) for name in plan.calendar.labels]
    assert answer.count.tolist() == [len(expected[name]) for name in plan.calendar.labels]


def test_a_replaced_file_that_still_lies_in_the_folder_is_not_counted(daft: CarryOut, tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    for load in range(1, 6):
        lake.write([batch(1, load, {START: load, START + load * 900: 100})])
    lake.compact()
    on_disk = list((tmp_path / "readings").glob("month=*/*.parquet"))
    assert len(on_disk) > len(Tables.open(tmp_path).readings.files()), "replaced files are there to be counted twice"
    answer = ask(daft, tmp_path, days(groups=Groups.together()))
    assert (answer.sum.tolist(), answer.count.tolist()) == ([505], [6])


def test_readings_of_several_months_in_one_file_are_found_by_time(daft: CarryOut, tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    month = 31 * 86_400
    lake.write([batch(1, 1, {START - month: 1, START: 2, START + month: 4})])
    assert {file.month for file in Tables.open(tmp_path).readings.files()} == {"mixed"}
    assert ask(daft, tmp_path, days()).sum.tolist() == [2]


def test_files_that_can_hold_nothing_of_the_question_are_not_opened(daft: CarryOut, tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    later = START + 62 * 86_400
    lake.write([batch(1, 1, {START: 1})])
    lake.write([batch(2, 2, {later: 1})])
    for file in Tables.open(tmp_path).readings.files():
        if file.channels == (2, 2):
            (tmp_path / "readings" / file.path).write_bytes(b"not to be opened")
    assert ask(daft, tmp_path, days()).sum.tolist() == [1]
    far = calendar.days(START, later + 900, NEW_YORK)
    assert ask(daft, tmp_path, Plan(calendar=far, channels=channel_numbers([1]))).sum.tolist() == [1]
    with pytest.raises(BookDamaged, match="can't be read") as raised:
        ask(daft, tmp_path, Plan(calendar=far))
    assert str(raised.value.where).endswith(".parquet")


def test_a_file_that_a_vacuum_took_is_looked_up_anew_and_one_that_is_missing_is_damage(
    daft: CarryOut, tmp_path: Path
) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {START: 1})])
    tables = Tables.open(tmp_path)
    (listed,) = tables.readings.files()
    # As a reader sees it that listed files just before they were replaced and deleted.
    lake.write([batch(1, 2, {START + 900: 2})])
    lake.vacuum(older_than_s=0)
    tables.readings._files, tables.readings._refresh = [listed], lambda: 0  # type: ignore[method-assign]
    forgotten: list[bool] = []

    def forget() -> None:
        forgotten.append(True)
        del tables.readings._refresh
        tables.readings._version = None

    tables.readings.forget = forget  # type: ignore[method-assign]
    (answer,) = daft([Question(tables=tables, plan=days())])
    assert (answer.sum.tolist(), forgotten) == ([3], [True])
    (now,) = Tables.open(tmp_path).readings.files()
    (tmp_path / "readings" / now.path).unlink()
    with pytest.raises(BookDamaged, match="missing"):
        ask(daft, tmp_path, days())


def test_what_was_superseded_by_a_write_that_never_came_counts_as_it_is(daft: CarryOut, tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {START: 10, START + 900: 20})])

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    dying = ReadingsLake.open(tmp_path)
    dying._readings.commit = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        dying.write([batch(1, 2, {START: 11}), batch(1, 3, {START: 12})])
    for as_of in (None, 1, 2, 3):
        assert ask(daft, tmp_path, days(as_of=as_of)).sum.tolist() == [30]


def test_a_sum_that_does_not_fit_is_refused_and_not_wrong(daft: CarryOut, tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {START: 2**62, START + 900: 2**62}), batch(2, 1, {START: 2**62, START + 900: -(2**62)})])
    with pytest.raises(StoreError, match="64 bits"):
        ask(daft, tmp_path, days(groups=Groups.together()))


def test_an_empty_lake_and_a_question_nobody_meets_answer_nothing(daft: CarryOut, tmp_path: Path) -> None:
    assert len(ask(daft, tmp_path / "none", days())) == 0
    ReadingsLake.open(tmp_path).write([batch(1, 1, {START: 1})])
    assert len(ask(daft, tmp_path, days(channels=channel_numbers([7])))) == 0
    assert len(ask(daft, tmp_path, days(as_of=0))) == 0


def test_classes_that_only_the_records_know_group_channels_on_workers_too(daft: CarryOut, tmp_path: Path) -> None:
    def classes(channels: np.ndarray) -> Classed:
        known = (ChannelClass(label="kWh", zone=NEW_YORK), ChannelClass(label="gal", zone=NEW_YORK))
        return Classed(classes=known, of=(channels >= 100).astype(np.int32))

    ReadingsLake.open(tmp_path).write([batch(1, 1, {START: 1}), batch(2, 1, {START: 2}), batch(100, 1, {START: 50})])
    plan = days(groups=Groups.by_class(["gal", "kWh"]))
    (answer,) = daft([Question(tables=Tables.open(tmp_path, classes), plan=plan)])
    assert [(plan.groups.labels[key], total) for key, total in zip(answer.key, answer.sum.tolist(), strict=True)] == [
        ("gal", 50),
        ("kWh", 3),
    ]


@pytest.mark.parametrize("name", ["a book", "buch #1 ü", "what?", "a&b=c"])
def test_a_book_may_lie_in_a_folder_of_any_name(daft: CarryOut, tmp_path: Path, name: str) -> None:
    ReadingsLake.open(tmp_path / name).write([batch(1, 1, {START: 7})])
    assert ask(daft, tmp_path / name, days()).sum.tolist() == [7]


def test_lakes_in_several_zones_are_answered_in_one_job_each_by_its_own_clock(daft: CarryOut, tmp_path: Path) -> None:
    questions, lakes = [], []
    for number, zone in enumerate([NEW_YORK, KATHMANDU, NEW_YORK]):
        folder = tmp_path / str(number)
        lakes.append(ReadingsLake.open(folder))
        lakes[-1].write([batch(1, 1, {START + slot * 900: number * 1000 + slot for slot in range(400)})])
        plan = Plan(calendar=calendar.days(START, END, zone), measures=EVERYTHING)
        questions.append(Question(tables=Tables.open(folder), plan=plan))
    for question, lake, answer in zip(questions, lakes, daft(questions), strict=True):
        assert rows(answer) == rows(lake.aggregate(question.plan))


def test_work_on_several_lakes_asks_together(daft: CarryOut, tmp_path: Path) -> None:
    jobs: list[int] = []

    def counting(questions: list[Question]) -> list[Aggregates]:
        jobs.append(len(questions))
        return daft(questions)

    def peak_of(number: int) -> Callable[..., int]:
        ReadingsLake.open(tmp_path / str(number)).write([batch(1, 1, {START: number, START + 900: 10 * number})])

        def work(engine_of: Callable[..., object]) -> int:
            lake = EngineLake(ReadingsLake.open(tmp_path / str(number)), engine_of)  # type: ignore[arg-type]
            peaks = coincident_peak(lake, calendar.days(START, END, NEW_YORK), Groups.together(), 900)
            if number == 2:  # one asks twice
                lake.aggregate(days())
            return int(peaks.sum[0])

        return work

    assert together([peak_of(number) for number in range(1, 6)], counting) == [10, 20, 30, 40, 50]  # type: ignore[arg-type]
    assert jobs == [5, 1]


def test_a_failure_of_one_piece_of_work_or_of_the_engine_ends_all_of_them(tmp_path: Path) -> None:
    tables = Tables.open(tmp_path)

    def failing(questions: object) -> list[Aggregates]:
        raise StoreError("no cluster")

    def work(engine_of: Callable[..., object]) -> None:
        engine_of(tables).aggregate(days())  # type: ignore[attr-defined]

    with pytest.raises(StoreError, match="no cluster"):
        together([work, work], failing)  # type: ignore[list-item]

    def broken(engine_of: Callable[..., object]) -> None:
        raise BookDamaged("torn")

    none = None

    def answered(questions: list[Question]) -> list[Aggregates]:
        return [none] * len(questions)  # type: ignore[list-item]

    with pytest.raises(BookDamaged, match="torn"):
        together([work, broken, work], answered)  # type: ignore[list-item,arg-type]


def test_an_object_store_is_read_with_the_keys_of_the_environment(
    daft: CarryOut, object_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in object_server.env.items():  # type: ignore[attr-defined]
        monkeypatch.setenv(name, value)
    url = object_server.url("daft")  # type: ignore[attr-defined]
    lake = ReadingsLake.open(url)
    lake.write([batch(1, 1, {START: 1, START + 900: 2}), batch(2, 1, {START: 4})])
    lake.write([batch(1, 2, {START: 8})])
    for as_of in (None, 1):
        plan = days(groups=Groups.together(), as_of=as_of)
        assert rows(daft([Question(tables=Tables.open(url), plan=plan)])[0]) == rows(lake.aggregate(plan))
