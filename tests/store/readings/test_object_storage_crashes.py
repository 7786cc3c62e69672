"""What was acknowledged is in the object store, whole and in order, whoever is killed or stopped meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from full_counts import Count
from store.readings.lake_model import ALL_TIME
from store.readings.object_server import ObjectServer
from store.readings.object_writer import LEASE_S, START, batches, lake_at

from meterbook.store.readings import ReadingsLake

SCRIPT = Path(__file__).with_name("object_writer.py")


class Writer:
    """A writer's process."""

    def __init__(self, url: str, channel: int, numbers: Path) -> None:
        self.channel = channel
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), url, str(channel), str(numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # so that reading a line takes no more than the line
        )
        self._said: list[bytes] = []

    def wait_for_one(self) -> None:
        """Return once a load is acknowledged."""
        assert self._process.stdout is not None
        self._said.append(self._process.stdout.readline())

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def end(self) -> list[int]:
        """Let it end; the numbers that it said were stored."""
        said, errors = self._process.communicate(b"\n")
        assert self._process.returncode == 0, errors.decode()
        return self._numbers(said)

    def kill(self) -> list[int]:
        """Kill it; the numbers that it said were stored."""
        self.send(signal.SIGKILL)
        said, _ = self._process.communicate()
        return self._numbers(said)

    def _numbers(self, said: bytes) -> list[int]:
        lines = [*b"".join(self._said).split(), *said.split()]
        return [int(line) for line in lines if line.isdigit()]


@pytest.fixture
def url(object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new book; its server is in the environment."""
    for name, value in object_server.env.items():
        monkeypatch.setenv(name, value)
    return object_server.url()


def check(lake: ReadingsLake, acknowledged: dict[int, list[int]]) -> dict[int, int]:
    """All that was acknowledged is there, each load whole; gives the last load of each writer's channels."""
    report = lake.verify()
    assert report.problems == ()
    last = {}
    for channel, numbers in acknowledged.items():
        found = lake.read([channel, channel + 1], *ALL_TIME)
        values = {value for one in found.values() for value in one.value.tolist()}
        assert len(values) == 1, "torn"
        assert [len(one) for one in found.values()] == [len(START), len(START)]
        last[channel] = values.pop()
        history = [row["value"] for row in lake.history(channel, int(START[0]), int(START[0]) + 1).to_pylist()]
        assert history == sorted(set(history)), "a load twice, or out of order"
        assert set(numbers) <= set(history), "an acknowledged load is lost"
        assert len(set(history) - set(numbers)) <= 1, "only the last one may be stored and not said to be"
    return last


@pytest.mark.full
def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(url: str, tmp_path: Path, count: Count) -> None:
    acknowledged: list[int] = []
    for trial in count("writer to an object store killed", quick=1, full=200):
        writer = Writer(url, 1, tmp_path / "numbers")
        writer.wait_for_one()
        time.sleep(random.Random(trial).uniform(0, 0.5))
        acknowledged = writer.kill() if not acknowledged else [*acknowledged, *writer.kill()]
        lake = lake_at(url)
        held = [row["value"] for row in lake.history(1, int(START[0]), int(START[0]) + 1).to_pylist()]
        assert set(acknowledged) <= set(held), f"trial {trial.number}"
        acknowledged = held  # what was stored and not said to be counts from here on
        check(lake, {1: acknowledged})
    writer = Writer(url, 1, tmp_path / "numbers")
    writer.wait_for_one()
    check(lake_at(url), {1: [*acknowledged, *writer.end()]})


@pytest.mark.full
def test_two_writers_lose_nothing_and_whoever_follows_them_misses_nothing(
    object_server: ObjectServer, url: str, tmp_path: Path, count: Count
) -> None:
    for trial in count("written to an object store by two at once", quick=1, full=10):
        compete(f"{url}/{trial.number}", tmp_path / f"numbers-{trial.number}", lambda _: time.sleep(0.05), seconds=1)


@pytest.mark.full
def test_a_writer_stopped_for_longer_than_its_lease_spoils_nothing(url: str, tmp_path: Path, count: Count) -> None:
    for trial in count("writer to an object store stopped and continued", quick=1, full=20):
        chance = random.Random(trial)

        def stop_one(writers: list[Writer], chance: random.Random = chance) -> None:
            writer = chance.choice(writers)
            time.sleep(chance.uniform(0, 0.2))
            writer.send(signal.SIGSTOP)
            time.sleep(chance.uniform(0.5, 2.5) * LEASE_S)
            writer.send(signal.SIGCONT)

        compete(f"{url}/{trial.number}", tmp_path / f"numbers-{trial.number}", stop_one, seconds=3)


def compete(url: str, numbers: Path, disturb: Callable[[list[Writer]], None], seconds: float) -> None:
    """Two writers, a reader of everything and one that follows the changes, while something happens to the writers."""
    writers = [Writer(url, channel, numbers) for channel in (1, 3)]
    for writer in writers:
        writer.wait_for_one()
    lake, follower = lake_at(url), lake_at(url)
    cursor, followed = 0, dict.fromkeys((1, 2, 3, 4), 0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        disturb(writers)
        found = lake.read([1, 2, 3, 4], *ALL_TIME)
        for first in (1, 3):
            values = {value for one in (first, first + 1) for value in found[one].value.tolist()}
            assert len(values) <= 1, "half a write was seen"
        cursor = follow(follower, cursor, followed)
    acknowledged = {writer.channel: writer.end() for writer in writers}
    follow(follower, cursor, followed)
    last = check(lake_at(url), acknowledged)
    assert followed == {1: last[1], 2: last[1], 3: last[3], 4: last[3]}, "a load came with a number that was passed"


def follow(lake: ReadingsLake, cursor: int, followed: dict[int, int]) -> int:
    for part in lake.changes(cursor):
        for channel, load in zip(part["channel_id"].to_pylist(), part["load_id"].to_pylist(), strict=True):
            followed[channel] = max(followed[channel], load)
    return max([cursor, *followed.values()])


@pytest.mark.full
def test_a_server_killed_in_the_middle_of_writes_loses_nothing_acknowledged(
    object_server: ObjectServer, url: str, tmp_path: Path, count: Count
) -> None:
    for trial in count("object store's server killed", quick=1, full=20):
        book = f"{url}/{trial.number}"
        writer = Writer(book, 1, tmp_path / f"numbers-{trial.number}")
        writer.wait_for_one()
        time.sleep(random.Random(trial).uniform(0, 0.5))
        object_server.kill()
        time.sleep(random.Random(trial + 1).uniform(0, 1))
        object_server.start()
        writer.wait_for_one()  # it goes on by itself
        writer.wait_for_one()
        acknowledged = writer.end()
        lake = lake_at(book)
        held = {row["value"] for row in lake.history(1, int(START[0]), int(START[0]) + 1).to_pylist()}
        assert set(acknowledged) <= held
        assert lake.verify().problems == ()
        lake.write(batches(1, max(held) + 1))
        assert lake.verify().ok
    assert os.environ["AWS_ENDPOINT_URL"].endswith(f":{object_server.port}")
