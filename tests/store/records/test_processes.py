"""Two processes at one book, and processes killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterbook.consent import audit
from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.errors import Locked
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.store.records import Records, WindowState, database

T0 = datetime(2026, 3, 1, tzinfo=UTC)
WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite"


@pytest.fixture
def run_id(path: Path) -> Iterator[int]:
    with Records.open(path) as records:
        grant = records.add_authorization(
            Authorization(
                id=0,
                grantor="a",
                grantee="a",
                relation=Relation.SELF,
                purpose="",
                scopes=frozenset(Scope),
                starts=T0,
            )
        )
        connection = records.add_connection(
            utility="u", name="n", host="h", zone="UTC", user="a", authorization_id=grant.id, created_at=T0
        )
        yield records.start_run(connection.id, 0, T0).id


def worker(path: Path, run_id: int, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), str(path), str(run_id), str(rounds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_get_the_same_channels_and_windows_and_never_the_same_load(path: Path, run_id: int) -> None:
    rounds = 30
    both = [worker(path, run_id, rounds) for _ in range(2)]
    for process in both:
        start(process)
    told = [[line.split() for line in process.communicate()[0].splitlines()] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    one, other = told
    assert [line[:6] for line in one] == [line[:6] for line in other]  # round, three channels, two windows
    loads = [int(number) for line in one + other for number in line[6:]]
    assert sorted(loads) == list(range(1, 4 * rounds + 1))
    assert all(int(line[7]) == int(line[6]) + 1 for line in one + other)  # consecutive
    with Records.open(path) as records:
        assert len(records.channels()) == rounds + 2
        assert len(records.windows()) == rounds + 1
        assert len(records.findings()) == rounds
        assert audit.verify(records) == 2 * rounds


def test_a_kill_at_any_moment_loses_nothing_that_was_told_and_leaves_nothing_half_done(path: Path, run_id: int) -> None:
    dice = random.Random(3)
    last = 0
    for _ in range(6):
        process = worker(path, run_id, 10_000)
        start(process)
        assert process.stdout is not None
        told = [process.stdout.readline().split()]
        time.sleep(dice.random() * 0.06)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        rest = process.stdout.read()
        told += [line.split() for line in rest[: rest.rfind("\n") + 1].splitlines()]
        for stream in (process.stdout, process.stdin):
            assert stream is not None
            stream.close()
        with Records.open(path) as records:
            windows = {window.id: window for window in records.windows()}
            for line in told:
                first, second = (windows[int(number)] for number in line[4:6])
                assert first.state is second.state is WindowState.DONE
            loads = records.loads()
            assert [load.id for load in loads] == list(range(1, len(loads) + 1))
            assert len(loads) % 2 == 0  # both loads of a call, or none
            numbers = {load.id for load in loads}
            assert all(window.load_id in numbers for window in windows.values() if window.state is WindowState.DONE)
            audit.verify(records)
            counted = records.last_load_at(T0)
            assert counted > last
            last = counted
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


def test_waiting_too_long_for_another_process_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    with Records.open(path) as records:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(Locked) as caught:
            records.set_setting("a", "b")
        assert records.setting("a") is None  # reading goes on meanwhile
        raw.execute("ROLLBACK")
        raw.close()
        assert "again" in (caught.value.hint or "")
        records.set_setting("a", "b")


def test_threads_of_one_process_share_the_records(path: Path) -> None:
    with Records.open(path) as records:
        one = [Provenance(kind=SourceKind.FILE, source="f", at=T0)]
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: records.begin_loads(one)[0], range(64)))
        assert sorted(numbers) == list(range(1, 65))
