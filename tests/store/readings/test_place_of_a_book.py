"""A book whose readings lie elsewhere remembers where, and takes no readings but its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from store.readings.lake_model import ALL_TIME, batch
from store.readings.object_server import SECRET, CarelessStore, ObjectServer, client_env

from meterbook.book.opened import OpenBook
from meterbook.model.errors import StoreError, UsageError
from meterbook.store.readings import ReadingsLake

Elsewhere = Callable[[str], str]


@pytest.fixture(params=["folder", "object store"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """Names places other than the book's folder."""
    monkeypatch.delenv("METERBOOK_READINGS", raising=False)
    if request.param == "folder":
        return lambda name: str(tmp_path / name)
    server: ObjectServer = request.getfixturevalue("object_server")
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    base = server.url()
    return lambda name: f"{base}/{name}"


def values(book: OpenBook) -> list[int]:
    return list(book.lake.read([1], *ALL_TIME)[1].value)


def test_a_book_remembers_where_its_readings_are(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METERBOOK_READINGS", elsewhere("mine"))
    with OpenBook.open(tmp_path / "book") as book:
        book.lake.write([batch(1, 1, {0: 1, 900: 2})])
    assert not (tmp_path / "book" / "readings").exists()
    monkeypatch.delenv("METERBOOK_READINGS")
    with OpenBook.open(tmp_path / "book") as book:
        assert values(book) == [1, 2]
        assert SECRET not in str(book.records.settings())
    with OpenBook.open(tmp_path / "another") as book:
        assert values(book) == []


def test_a_place_with_readings_of_another_book_is_refused(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ReadingsLake.open(elsewhere("taken")).write([batch(1, 1, {0: 1})])
    monkeypatch.setenv("METERBOOK_READINGS", elsewhere("taken"))
    with pytest.raises(StoreError, match="not this book's"):
        OpenBook.open(tmp_path / "book")
    monkeypatch.delenv("METERBOOK_READINGS")
    with OpenBook.open(tmp_path / "book") as book:
        assert values(book) == []


def test_a_book_moves_only_with_its_readings(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenBook.open(tmp_path / "book") as book:
        book.lake.write([batch(1, 1, {0: 1})])
        book.lake.write([batch(1, 2, {0: 2})])
        here = book.lake._readings.place
    monkeypatch.setenv("METERBOOK_READINGS", elsewhere("new"))
    with pytest.raises(StoreError, match="without the readings that this book has"):
        OpenBook.open(tmp_path / "book")
    source, target = ReadingsLake.open(tmp_path / "book"), ReadingsLake.open(elsewhere("new"))
    for mine, other in ((source._readings, target._readings), (source._revisions, target._revisions)):
        # What a tool that copies objects does; the log last.
        for one in sorted(mine.place.listing(""), key=lambda one: "_delta_log" in one.name):
            other.place.put_if_absent(one.name, mine.place.read(one.name))
    with OpenBook.open(tmp_path / "book") as book:
        assert values(book) == [2]
        assert book.lake._readings.place.where != here.where
        book.lake.write([batch(1, 3, {0: 3})])
    monkeypatch.delenv("METERBOOK_READINGS")
    shutil.rmtree(tmp_path / "book" / "readings")
    with OpenBook.open(tmp_path / "book") as book:
        assert values(book) == [3]
        assert len(book.lake.history(1, 0, 1)) == 3


def test_a_store_that_is_no_good_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    careless = CarelessStore()
    for name, value in client_env(careless.port).items():
        monkeypatch.setenv(name, value)
    try:
        for place, error in (("s3://books/b", StoreError), ("gs://books/b", UsageError)):
            monkeypatch.setenv("METERBOOK_READINGS", place)
            with pytest.raises(error):
                OpenBook.open(tmp_path / "book")
    finally:
        careless.close()
    monkeypatch.delenv("METERBOOK_READINGS")
    with OpenBook.open(tmp_path / "book") as book:
        assert book.records.settings() == {}
