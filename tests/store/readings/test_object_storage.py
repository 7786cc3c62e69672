"""Readings in an object store: where it is, what it must be able to do, and what a writer is told."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from store.readings.lake_model import ALL_TIME, batch
from store.readings.object_server import ACCESS, BUCKET, SECRET, CarelessStore, LossyProxy, ObjectServer, client_env

from meterbook.model.errors import ChangedMeanwhile, MeterbookError, StoreError, UsageError
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.places.object_address import address
from meterbook.store.readings.places.object_place import ObjectPlace, ObjectStore
from meterbook.store.readings.places.opening import open_place

LEASE_S = 0.6


def lake_at(url: str, env: dict[str, str], *, lease_s: float = LEASE_S) -> ReadingsLake:
    return ReadingsLake(ObjectPlace(ObjectStore(address(url, env), lease_s=lease_s)))


@pytest.fixture
def env(object_server: ObjectServer) -> dict[str, str]:
    """The environment of the server's clients."""
    return object_server.env


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "gs://bucket/book",
        "https://bucket.example.com/book",
        "s3://",
        "s3:///book",
        "s3://b",
        "s3://UPPER/book",
        "s3://bucket/a//b",
        "s3://bucket/../other",
        "s3://bucket/%41",
        f"s3://{ACCESS}:{SECRET}@bucket/book",
        f"s3://bucket/book?secret={SECRET}",
        f"s3://bucket/book#{SECRET}",
    ],
)
def test_a_url_that_is_no_place_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_place(url, {})
    assert SECRET not in str(refused.value.to_problem())
    assert SECRET not in str(refused.value)


def test_an_address_is_made_of_a_url_and_the_environment() -> None:
    found = address("s3://books/co-op/2025/", {"HOME": "/nonexistent", "AWS_DEFAULT_REGION": "eu-central-1"})
    assert (found.url, found.bucket, found.prefix) == ("s3://books/co-op/2025", "books", "co-op/2025")
    assert (found.region, found.endpoint, found.allow_http, dict(found.keys)) == ("eu-central-1", None, False, {})
    assert address("s3://books", {"HOME": "/nonexistent"}).url == "s3://books"


def test_keys_of_a_profile_are_used_where_the_environment_has_none(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        f"[co-op]\naws_access_key_id = A\naws_secret_access_key = {SECRET}\n"
    )
    (tmp_path / ".aws" / "config").write_text(
        "[profile co-op]\nregion = eu-west-1\nendpoint_url = https://s3.example\n"
    )
    env = {"HOME": str(tmp_path), "AWS_PROFILE": "co-op"}
    found = address("s3://books/b", env)
    assert dict(found.keys) == {"aws_access_key_id": "A", "aws_secret_access_key": SECRET}
    assert (found.region, found.endpoint) == ("eu-west-1", "https://s3.example")
    assert SECRET not in repr(found)
    both = address("s3://books/b", env | {"AWS_ACCESS_KEY_ID": "B", "AWS_SECRET_ACCESS_KEY": "C", "AWS_REGION": "r"})
    assert dict(both.keys) == {"aws_access_key_id": "B", "aws_secret_access_key": "C"}
    assert both.region == "r"
    with pytest.raises(UsageError, match="AWS_PROFILE"):
        address("s3://books/b", {"HOME": str(tmp_path), "AWS_PROFILE": "nobody"})


def test_readings_travel_unencrypted_only_if_that_is_allowed() -> None:
    env = client_env(1)
    assert address("s3://books/b", env).endpoint == "http://127.0.0.1:1"
    for allowed in ("", "false", "0"):
        with pytest.raises(UsageError, match="unencrypted"):
            address("s3://books/b", env | {"AWS_ALLOW_HTTP": allowed})
    for endpoint in ("ftp://host", "host:80", f"https://{ACCESS}:{SECRET}@host", "https://["):
        with pytest.raises(UsageError, match="no address of a server") as refused:
            address("s3://books/b", env | {"AWS_ENDPOINT_URL": endpoint})
        assert SECRET not in str(refused.value)


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(UsageError) as refused:
        open_place("s3://books/b", client_env(1))
    assert refused.value.hint == "pip install 'meterbook[object-storage]'"


def test_a_book_in_a_folder_loads_nothing_of_it() -> None:
    script = "import sys, meterbook.store.readings; print([m for m in sys.modules if 'obstore' in m or 'object_' in m])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# What a user is told


def told(error: BaseException) -> str:
    """All that a traceback would print, and the problem document."""
    problem = error.to_problem() if isinstance(error, MeterbookError) else ""
    return "".join(traceback.format_exception(error)) + f"{problem}{vars(error)}"


def test_refused_keys_are_a_store_error_and_no_secret_is_told(
    object_server: ObjectServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "not/the+secret-9d2b77"
    lake = lake_at(object_server.url(), client_env(object_server.port, secret))
    for use in (lambda: lake.version, lambda: lake.write([batch(1, 1, {0: 1})])):
        with pytest.raises(StoreError, match="refuses the credentials") as refused:
            use()
        assert "403" in str(refused.value)
        assert not any(word in told(refused.value) for word in (secret, SECRET, ACCESS))
    assert secret not in caplog.text


def test_a_store_that_does_not_answer_is_a_store_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterbook.store.readings.places.objects._RETRY_S", 0.5)
    lake = lake_at("s3://books/b", client_env(1))
    with pytest.raises(StoreError, match="does not answer") as refused:
        lake.read([1], *ALL_TIME)
    assert SECRET not in told(refused.value)
    with pytest.raises(StoreError, match="can't be written"):
        lake.write([batch(1, 1, {0: 1})])


def test_a_store_that_ignores_conditions_is_refused_and_says_why() -> None:
    careless = CarelessStore()
    try:
        lake = lake_at("s3://books/b", client_env(careless.port))
        with pytest.raises(StoreError, match="ignores conditions") as refused:
            lake.write([batch(1, 1, {0: 1})])
        assert "If-None-Match" in str(refused.value.expected)
    finally:
        careless.close()


# Commits


@pytest.fixture
def lossy(object_server: ObjectServer) -> Iterator[LossyProxy]:
    """A way to the server on which the first reply to each conditional write gets lost."""
    seen: set[str] = set()

    def loses(request: str) -> bool:
        watched = request.startswith("PUT") and ("_delta_log/" in request or "_writer.lease" in request)
        first = watched and request not in seen
        seen.add(request)
        return first

    proxy = LossyProxy(object_server.port, loses)
    yield proxy
    proxy.close()


def test_a_commit_whose_reply_was_lost_is_made_once(object_server: ObjectServer, lossy: LossyProxy) -> None:
    url = object_server.url()
    lake = lake_at(url, client_env(lossy.port), lease_s=30)
    assert lake.write([batch(1, 1, {0: 10, 900: 20})])[0].new == 2
    assert lake.write([batch(1, 2, {0: 11})])[0].revised == 1
    assert len(lossy.lost) == 4, "the lock and three entries"
    other = lake_at(url, object_server.env)
    assert other.version == 1
    assert other.history(1, 0, 1)["value"].to_pylist() == [10, 11]
    assert other.verify().ok


def test_a_writer_that_slept_through_its_lease_is_shut_out_and_begins_anew(
    object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = object_server.url()
    sleeper, other = lake_at(url, object_server.env), lake_at(url, object_server.env)
    sleeper.write([batch(1, 1, {0: 1})])
    numbers = iter(range(2, 10))
    monkeypatch.setattr(sleeper._lock, "_renew", lambda _: None)
    tried: list[int] = []

    def store() -> None:
        number = next(numbers)
        tried.append(number)
        if len(tried) == 1:  # it reserved its number, then its machine slept
            with other.writing():
                other.write([batch(2, next(numbers), {0: 5})])
        sleeper.write([batch(1, number, {0: 7})])

    sleeper.storing(store)
    assert tried == [2, 4], "the number is older than the other writer's, so a new one was reserved"
    for lake in (sleeper, other, lake_at(url, object_server.env)):
        assert lake.read([1], 0, 1)[1].load_id.tolist() == [4]
        assert lake.read([2], 0, 1)[2].load_id.tolist() == [3]
        assert lake.verify().problems == ()
        assert lake.verify().left_over == 0


@pytest.mark.parametrize("looked_again", [False, True])
def test_a_sleeper_can_commit_nothing_even_if_the_one_who_took_over_wrote_nothing(
    object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch, looked_again: bool
) -> None:
    url = object_server.url()
    sleeper, other = lake_at(url, object_server.env), lake_at(url, object_server.env)
    monkeypatch.setattr(sleeper._lock, "_renew", lambda _: None)
    with sleeper.writing():  # of a table that is not there yet
        other.vacuum(older_than_s=0)
        if looked_again:  # a reader beside it did, in the same process
            sleeper._readings.forget()
            assert sleeper.version == 0
        with pytest.raises(ChangedMeanwhile):
            sleeper.write([batch(1, 1, {0: 1})])
        with pytest.raises(ChangedMeanwhile, match="took over"):
            sleeper.vacuum(older_than_s=0)
    assert sleeper.write([batch(1, 2, {0: 2})])[0].new == 1
    assert lake_at(url, object_server.env).read([1], 0, 1)[1].value.tolist() == [2]


def test_a_sleeper_finds_its_version_taken_though_the_log_was_summed_up_since(
    object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = object_server.url()
    sleeper, other = lake_at(url, object_server.env), lake_at(url, object_server.env)
    sleeper.write([batch(1, 1, {0: 1})])
    monkeypatch.setattr(sleeper._lock, "_renew", lambda _: None)
    with sleeper.writing():
        for load in range(3, 7):
            other.write([batch(2, load, {900 * load: load})])
        other.compact()  # which drops the entries that the summary replaces, were they not so new
        with pytest.raises(ChangedMeanwhile):
            sleeper.write([batch(1, 2, {900: 2})])
    for lake in (other, lake_at(url, object_server.env)):
        assert lake.read([1], 0, 1)[1].value.tolist() == [1]
        assert lake.verify().problems == ()


def test_a_sleeper_whose_files_were_vacuumed_begins_anew(
    object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = object_server.url()
    sleeper, other = lake_at(url, object_server.env), lake_at(url, object_server.env)
    sleeper.write([batch(1, 1, {0: 1})])
    monkeypatch.setattr(sleeper._lock, "_renew", lambda _: None)
    numbers = iter((2, 4))

    def store() -> None:
        number = next(numbers)
        if number == 2:
            other.write([batch(1, 3, {0: 3, 900: 3})])
            other.vacuum(older_than_s=0)
            sleeper._readings.place.forget()
        sleeper.write([batch(1, number, {0: number})])

    sleeper.storing(store)
    assert other.history(1, 0, 1)["value"].to_pylist() == [1, 3, 4]
    assert other.verify().ok


def test_a_living_writer_keeps_its_lease_however_long_it_takes(object_server: ObjectServer) -> None:
    url = object_server.url()
    slow, other = lake_at(url, object_server.env, lease_s=0.3), lake_at(url, object_server.env, lease_s=0.3)
    order: list[str] = []

    def write_other() -> None:
        with other.writing():
            order.append("other")
            other.write([batch(2, 2, {0: 2})])

    with slow.writing():
        thread = threading.Thread(target=write_other)
        thread.start()
        time.sleep(1)
        order.append("slow")
        slow.write([batch(1, 1, {0: 1})])
    thread.join()
    assert order == ["slow", "other"]
    assert lake_at(url, object_server.env).read([2], 0, 1)[2].value.tolist() == [2]


def test_readers_begin_anew_when_a_vacuum_took_a_file_under_them(object_server: ObjectServer) -> None:
    url = object_server.url()
    reader, writer = lake_at(url, object_server.env), lake_at(url, object_server.env)
    writer.write([batch(1, 1, {0: 1})])
    listed = reader._readings.files()
    writer.write([batch(1, 2, {0: 2})])
    writer.vacuum(older_than_s=0)
    reader._readings._pins = 1  # as if it had looked just before
    assert reader._readings.files() == listed
    assert reader.read([1], 0, 1)[1].value.tolist() == [2]


def test_another_engine_reads_it_there_by_its_log(object_server: ObjectServer) -> None:
    url = object_server.url()
    lake = lake_at(url, object_server.env)
    for load in range(1, 5):
        lake.write([batch(1, load, {900 * step: 100 * load + step for step in range(50)})])
    lake.compact()
    lake.write([batch(1, 9, {0: 9_000})])
    place = ObjectPlace(ObjectStore(address(url, object_server.env))).within("readings")
    scanned = pl.scan_delta(place.uri, storage_options=place.storage_options()).select(
        pl.len(), pl.col("value").sum().alias("sum")
    )
    assert scanned.collect().row(0) == (50, 9_000 + sum(400 + step for step in range(1, 50)))


def test_the_bucket_and_prefix_are_all_that_is_touched(object_server: ObjectServer) -> None:
    url = object_server.url()
    lake_at(f"{url}/a", object_server.env).write([batch(1, 1, {0: 1})])
    whole = ObjectPlace(ObjectStore(address(url, object_server.env)))
    assert {one.name.split("/", 1)[0] for one in whole.listing("")} == {"a"}
    assert url.startswith(f"s3://{BUCKET}/")
