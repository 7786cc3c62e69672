"""A sync that is killed goes on where it was: nothing lost, nothing doubled, nothing stored asked for again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from full_counts import Count
from house import log_in

from meterbook.book import Book
from meterbook.book.connecting import Wanted, Ways
from meterbook.practice.settings import Settings, default_today

MEMBER = "solar"  # three flows and cost: the most channels that one meter has
SETTINGS = Settings(today=default_today("America/New_York", None))


@dataclass(frozen=True, kw_only=True)
class Served:
    """A practice portal in a process of its own, and what it was asked."""

    url: str

    def reset(self) -> None:
        self._get("DELETE")

    def repeated(self) -> int:
        """Windows that were answered more than once."""
        return sum(poll["complete"] - 1 for poll in self._get("GET")["polls"] if poll["complete"] > 1)

    def weather_calls(self) -> int:
        paths: dict[str, int] = self._get("GET")["paths"]
        return paths.get("/services/secured/weather-data", 0)

    def _get(self, method: str) -> Any:
        request = urllib.request.Request(f"{self.url}/practice/requests", method=method)
        with urllib.request.urlopen(request) as reply:
            body = reply.read()
        return json.loads(body) if body else None


@contextmanager
def served(*options: str) -> Iterator[Served]:
    words = [sys.executable, "-m", "meterbook", "practice", "serve", "--port", "0", "--json", *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Served(url=json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate()


def connected(folder: Path, url: str) -> None:
    member = log_in(SETTINGS, MEMBER)
    with Book.open(folder) as book:
        book.connect(
            Wanted(utility="practice", user=str(member["email"]), host=url, zone=SETTINGS.zone),
            ways=Ways(password=lambda: str(member["password"])),
        )


def sync(folder: Path, *, in_flight: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "meterbook", "--book", str(folder), "sync", "--json"]
    return subprocess.Popen(
        [*words, "--in-flight", str(in_flight)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def finished(process: subprocess.Popen[bytes]) -> None:
    assert process.wait() == 0


def contents(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Everything that a book holds of readings, by channel, its accounts and its findings."""
    with Book.open(folder) as book:
        assert book.lake.verify().ok
        stored = book.records.channels()
        read = book.lake.read([item.id for item in stored], 0, 2**40)
        held: dict[str, tuple[Any, ...]] = {}
        for item in stored:
            one = read[item.id]
            held[item.channel.key] = (one.start.tolist(), one.value.tolist(), one.quality.tolist(), one.scale)
        held["accounts"] = tuple(repr(stored.account) for stored in book.records.accounts())
        held["findings"] = tuple(sorted(repr(stored.finding) for stored in book.records.findings()))
        return held


@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_killed_sync_goes_on_where_it_was(in_flight: int, tmp_path: Path, count: Count) -> None:
    trials = count(f"sync killed, {in_flight} in flight", quick=2, full=20)
    kill_and_go_on(trials, in_flight=in_flight, folder=tmp_path)


def test_a_killed_sync_that_learns_late_that_a_register_is_net_comes_to_the_same_book(
    tmp_path: Path, count: Count
) -> None:
    trials = count("sync of a forward register killed", quick=1, full=10)
    kill_and_go_on(trials, "--export-flow", "forward", in_flight=8, folder=tmp_path)


def kill_and_go_on(trials: Iterable[int], *options: str, in_flight: int, folder: Path) -> None:
    """Kill a sync at random moments, let it go on, and hold the book against an undisturbed one."""
    with served(*options) as portal:
        fresh = folder / "fresh"
        connected(fresh, portal.url)
        whole = folder / "whole"
        shutil.copytree(fresh, whole)
        portal.reset()
        began = time.monotonic()
        finished(sync(whole, in_flight=in_flight))
        lasted = time.monotonic() - began
        undisturbed = contents(whole)
        undisturbed_weather = portal.weather_calls()
        for trial in trials:
            moment = Random(trial).uniform(0.25, 1.0) * lasted
            book = folder / "killed"
            shutil.rmtree(book, ignore_errors=True)
            shutil.copytree(fresh, book)
            portal.reset()
            process = sync(book, in_flight=in_flight)
            time.sleep(moment)
            process.kill()
            process.wait()
            finished(sync(book, in_flight=in_flight))
            assert contents(book) == undisturbed
            repeated = portal.repeated() + max(0, portal.weather_calls() - undisturbed_weather)
            assert repeated <= in_flight, f"{repeated} windows were asked for again"
