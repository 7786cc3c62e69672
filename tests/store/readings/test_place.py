"""What every place must do, wherever it lies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from full_counts import Count
from store.readings.lake_model import ALL_TIME, LakeModel, batch, exact
from store.readings.object_server import SECRET, ObjectServer

from meterbook.model.errors import Locked
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.places.opening import open_place
from meterbook.store.readings.places.place import ROLLUPS, Place

PLACES = ("folder", "object store")
Opener = Callable[[], Place]


@pytest.fixture(params=PLACES)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens one new place, as often as it is called."""
    if request.param == "folder":
        return lambda: open_place(tmp_path / "book")
    server: ObjectServer = request.getfixturevalue("object_server")
    url = server.url()
    return lambda: open_place(url, server.env)


@pytest.fixture
def place(opener: Opener) -> Place:
    """A new place."""
    return opener()


def names(place: Place, prefix: str) -> set[str]:
    return {one.name for one in place.listing(prefix)}


def parquet(rows: int) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    noise = np.random.default_rng(rows).integers(0, 2**40, rows)
    pq.write_table(pa.table({"n": np.arange(rows), "noise": noise}), sink, row_group_size=10_000)
    return sink.getvalue()


def test_both_places_are_looked_at() -> None:
    assert len(PLACES) == 2


def test_what_was_put_is_read_listed_and_deleted(place: Place) -> None:
    table = place.within("readings")
    assert table.name == "readings"
    assert table.where.endswith("/readings")
    assert table.listing("month=2025-11/") == []
    for name in ("month=2025-11/part-1.parquet", "month=2025-12/part-2.parquet", "_rollups/x/part-1.days.parquet"):
        table.write(name, name.encode())
    table.sync(["month=2025-11/part-1.parquet", "month=2025-12/part-2.parquet", "_rollups/x/part-1.days.parquet"])
    assert table.read("month=2025-12/part-2.parquet") == b"month=2025-12/part-2.parquet"
    assert [(one.name, one.size) for one in table.listing("month=2025-11/")] == [("month=2025-11/part-1.parquet", 28)]
    assert table.existing(["month=2025-11/part-1.parquet", "month=2025-11/part-9.parquet"]) == {
        "month=2025-11/part-1.parquet"
    }
    table.delete(["month=2025-11/part-1.parquet", "month=2025-11/part-9.parquet"])
    assert names(table, "") == {"month=2025-12/part-2.parquet", "_rollups/x/part-1.days.parquet"}
    assert place.within("revisions").listing("") == []


def test_what_is_not_there_is_a_missing_file(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        place.read("month=2025-11/part-1.parquet")
    with pytest.raises(FileNotFoundError):
        place.open("month=2025-11/part-1.parquet")
    with place.log_folder() as folder:
        assert folder is None


def test_a_large_file_is_read_in_parts(place: Place) -> None:
    content = parquet(100_000)
    place.write("month=2025-11/part-1.parquet", content)
    place.sync(["month=2025-11/part-1.parquet"])
    file = place.open("month=2025-11/part-1.parquet")
    assert file.num_row_groups == 10
    assert file.read_row_group(7).column("n").to_pylist() == list(range(70_000, 80_000))
    assert file.read().equals(pq.read_table(pa.BufferReader(content)))
    assert place.open("month=2025-11/part-1.parquet", file.metadata).read_row_group(3, ["n"])["n"][0].as_py() == 30_000


def test_a_name_is_given_once_whoever_is_first(opener: Opener) -> None:
    place = opener()
    place.put_if_absent("_delta_log/1.json", b"one")
    with pytest.raises(FileExistsError):
        place.put_if_absent("_delta_log/1.json", b"two")
    assert place.read("_delta_log/1.json") == b"one"
    places = [opener() for _ in range(6)]
    for number in range(10):
        won: list[int] = []

        def attempt(writer: int, here: Place, name: str, won: list[int] = won) -> None:
            try:
                here.put_if_absent(name, f"{writer}".encode())
            except FileExistsError:
                return
            won.append(writer)

        threads = [
            threading.Thread(target=attempt, args=(writer, here, f"_delta_log/race-{number}.json"))
            for writer, here in enumerate(places)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert place.read(f"_delta_log/race-{number}.json") == f"{won[0]}".encode()


def test_strays_are_what_no_list_names_counted_from_when_they_left(place: Place) -> None:
    mine, other = "month=2025-11/part-aa.parquet", "month=2025-11/part-bb.parquet"
    rollups = [f"{ROLLUPS}/days/part-aa.parquet", f"{ROLLUPS}/days/part-bb.parquet"]
    for name in (mine, other, *rollups):
        place.write(name, b"x")
    place.sync([mine, other, *rollups])
    place.put_if_absent("_delta_log/00000000000000000000.json", b"{}")
    assert {one.name for one in place.stray([mine], 0)} == {other, rollups[1]}
    assert place.stray([mine], 3_600) == []
    place.mark_removed([mine])
    assert {one.name for one in place.stray([], 0)} == {mine, other, *rollups}
    place.delete([mine, other, *rollups])
    assert place.stray([], 0) == []
    assert names(place, "month=2025-11/") == set()


def test_one_writer_at_a_time_and_the_same_one_again(opener: Opener) -> None:
    one, other = opener().writer_lock(0.1), opener().writer_lock(0.1)
    with one.held() as taken_over, one.held() as again:
        assert (taken_over, again) == (False, False)
        with pytest.raises(Locked, match="another process is writing"), other.held():
            pass
        refused: list[bool] = []

        def attempt() -> None:
            try:
                with one.held():
                    refused.append(False)
            except Locked:
                refused.append(True)

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        assert refused == [True]
    with other.held() as taken_over:
        assert not taken_over


def test_nothing_said_of_a_place_holds_a_secret(place: Place) -> None:
    said = [place.where, place.uri, place.name, repr(place), str(place), repr(vars(place))]
    assert not any(SECRET in text for text in said)


@pytest.mark.full
def test_a_lake_answers_as_a_dictionary_does(opener: Opener, count: Count) -> None:
    for trial in count(f"random histories in a place, {opener().where[:2]}", quick=2, full=40):
        random_history(opener, np.random.default_rng(trial))


def random_history(opener: Opener, random: np.random.Generator) -> None:
    base = opener().within(f"{random.integers(2**60)}")
    lake, model = ReadingsLake(base), LakeModel()
    instants = [1_764_547_200 + 900 * step for step in range(-6, 6)]
    for load in range(1, 9):
        batches = [
            batch(int(channel), load, {int(at): int(random.integers(-9, 9)) for at in random.choice(instants, 4)})
            for channel in random.choice([1, 2, 700], 2, replace=False)
        ]
        lake.write(batches)
        model.write(batches)
        match random.integers(5):
            case 0:
                lake.compact()
            case 1:
                lake.vacuum(older_than_s=0)
            case 2:
                lake.checkpoint()
            case 3:
                lake = ReadingsLake(base)
        for reader in (lake, ReadingsLake(base)):
            found = reader.read([1, 2, 700], *ALL_TIME)
            held = {(channel, start): value for channel, one in found.items() for start, value in exact(one).items()}
            assert held == {key: last_of(values) for key, values in model.held.items()}
    assert lake.verify().problems == ()
    for channel in (1, 2, 700):
        told = lake.history(channel, *ALL_TIME).to_pylist()
        assert len(told) == sum(len(values) for (one, _), values in model.held.items() if one == channel)


def last_of(values: list[tuple[int, Fraction, int]]) -> tuple[Fraction, int, int]:
    load, value, quality = values[-1]
    return value, quality, load
