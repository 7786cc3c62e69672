"""What was acknowledged is there, whole, whatever ended the writer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
from full_counts import Count
from store.readings.lake_model import ALL_TIME, batch, exact
from store.readings.writer_process import START, batches

from meterbook.model.errors import StoreError
from meterbook.store.readings import ReadingsLake, Verified

SCRIPT = Path(__file__).with_name("writer_process.py")


def start_writer(folder: Path, channel: int, first: int, count: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(SCRIPT), str(folder), str(channel), str(first), str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.full
def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged_and_leaves_nothing_torn(
    tmp_path: Path, count: Count
) -> None:
    step = 1
    for trial in count("readings writer killed", quick=3, full=200):
        process = start_writer(tmp_path, 1, step, 10_000)
        assert process.stdout is not None
        process.stdout.readline()  # running
        time.sleep(random.Random(trial).uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        acknowledged = max([step, *(int(line) for line in said.split())])
        where = f"trial {trial.number}, acknowledged {acknowledged}"

        lake = ReadingsLake.open(tmp_path)
        assert lake.verify().problems == (), where
        found = lake.read([1, 2], *ALL_TIME)
        values = {value for one in found.values() for value in one.value.tolist()}
        assert len(values) == 1, f"torn: {where}"
        assert [len(one) for one in found.values()] == [len(START), len(START)], where
        value = values.pop()
        assert value in {acknowledged, acknowledged + 1}, where
        history = lake.history(1, int(START[0]), int(START[0]) + 1).to_pylist()
        assert [row["value"] for row in history] == list(range(1, value + 1)), where
        assert [row["superseded_by"] for row in history] == [*range(2, value + 1), None], where
        step = value + 1
    lake = ReadingsLake.open(tmp_path)  # also where a resumed count had no trial left
    lake.write(batches(1, step, step))
    assert lake.verify().left_over == 0, "the next write cleans up"
    lake.vacuum(older_than_s=0)
    assert lake.verify().ok


@pytest.mark.full
def test_two_writers_at_once_lose_nothing_and_readers_see_no_half_write(tmp_path: Path, count: Count) -> None:
    for trial in count("readings written by two at once", quick=1, full=8):
        two_writers_at_once(tmp_path / str(trial.number), steps=20)


def two_writers_at_once(folder: Path, steps: int) -> None:
    writers = [start_writer(folder, channel, 1, steps) for channel in (1, 3)]
    lake, reads = ReadingsLake.open(folder), 0
    while any(writer.poll() is None for writer in writers):
        found = lake.read([1, 2, 3, 4], *ALL_TIME)
        for first in (1, 3):
            values = {value for one in (first, first + 1) for value in found[one].value.tolist()}
            assert len(values) <= 1
            assert len(found[first]) == len(found[first + 1])
        reads += 1
    for writer in writers:
        _, errors = writer.communicate()
        assert writer.returncode == 0, errors
    assert reads > 0
    found = lake.read([1, 2, 3, 4], *ALL_TIME)
    assert [set(one.value.tolist()) for one in found.values()] == [{steps}] * 4
    for channel in (1, 2, 3, 4):
        assert len(lake.history(channel, *ALL_TIME)) == steps * len(START)
    assert lake.verify().ok


def test_a_writer_that_died_between_its_two_commits_is_as_if_it_had_never_written(tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {0: 10, 900: 20})])

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    dying = ReadingsLake.open(tmp_path)
    dying._readings.commit = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        # Channel 2 comes new and is revised within the same write: nothing of it may be known afterwards.
        dying.write([batch(1, 2, {0: 11}), batch(2, 2, {0: 1}), batch(2, 3, {0: 2}), batch(1, 3, {0: 12})])

    lake = ReadingsLake.open(tmp_path)
    assert lake.verify().problems == ()
    assert lake.verify().left_over > 0
    for as_of in (None, 1, 2, 3):
        found = lake.read([1, 2], *ALL_TIME, as_of=as_of)
        assert exact(found[1]) == {0: (Fraction(10, 1000), 0, 1), 900: (Fraction(20, 1000), 0, 1)}
        assert len(found[2]) == 0
    assert lake.history(1, *ALL_TIME)["superseded_by"].to_pylist() == [None, None]

    lake.write([batch(2, 4, {0: 5})])
    lake.write([batch(1, 4, {0: 13})])
    assert lake.verify().left_over == 0
    assert lake.history(1, 0, 1)["value"].to_pylist() == [10, 13]
    assert lake.history(2, 0, 1)["value"].to_pylist() == [5]
    assert lake.read([1], 0, 1, as_of=3)[1].value.tolist() == [10]


def test_left_overs_alone_are_dropped_by_the_next_write_of_the_same_reading(tmp_path: Path) -> None:
    dying = ReadingsLake.open(tmp_path)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    dying._readings.commit = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        dying.write([batch(2, 1, {0: 1}), batch(2, 2, {0: 2})])
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(2, 3, {0: 5})])
    assert lake.verify() == Verified(files=1, readings=1, revisions=0, left_over=0, problems=())
    assert ReadingsLake.open(tmp_path).history(2, 0, 1)["value"].to_pylist() == [5]


DISK_FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from store.readings.lake_model import batch
from meterbook.store.readings import ReadingsLake
from meterbook.model.errors import StoreError
lake = ReadingsLake.open(Path({folder!r}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
try:
    lake.write([batch(1, 2, {{900 * n: n * n % 977 for n in range(3_000)}})])
except StoreError as err:
    print(type(err).__name__, err.hint)
"""


@pytest.mark.parametrize("limit", [0, 100, 700, 2_000])
def test_a_disk_that_takes_no_more_is_a_store_error_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {0: 10, 900: 20})])
    before = exact(lake.read([1], *ALL_TIME)[1])
    script = DISK_FULL.format(tests=str(Path(__file__).parents[2]), folder=str(tmp_path), limit=limit)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("StoreError Nothing that was stored is lost"), done.stderr
    for one in (lake, ReadingsLake.open(tmp_path)):
        assert exact(one.read([1], *ALL_TIME)[1]) == before
        assert one.verify().ok
    lake.write([batch(1, 2, {1800: 30})])
    assert len(lake.read([1], *ALL_TIME)[1]) == 3


READ_ONLY = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from store.readings.lake_model import batch, exact
from meterbook.store.readings import ReadingsLake
from meterbook.model.errors import StoreError
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
lake = ReadingsLake.open(Path({folder!r}))
print(len(lake.read([1], 0, 10_000)[1]))
try:
    lake.write([batch(1, 2, {{0: 11}})])
except StoreError as err:
    print(type(err).__name__, err.what)
"""


def test_a_folder_that_may_only_be_read_is_read_and_a_write_is_a_store_error(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    ReadingsLake.open(folder).write([batch(1, 1, {0: 10, 900: 20})])
    for path in [*tmp_path.parents, tmp_path]:
        if path.stat().st_uid == os.getuid() and path.name:
            path.chmod(path.stat().st_mode | 0o055)
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    script = READ_ONLY.format(tests=str(Path(__file__).parents[2]), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.stdout.splitlines() == ["2", "StoreError the book can't be written: Permission denied"], done.stderr


def test_a_lock_that_another_holds_too_long_is_said_to_be_one(tmp_path: Path) -> None:
    held, waiting = ReadingsLake.open(tmp_path), ReadingsLake.open(tmp_path, lock_timeout_s=0.05)
    with held.writing(), held.writing():
        with pytest.raises(StoreError, match="another process is writing"):
            waiting.write([batch(1, 1, {0: 1})])
        held.write([batch(1, 1, {0: 2})])
    waiting.write([batch(1, 2, {0: 3})])
    assert held.read([1], 0, 1)[1].value.tolist() == [3]
