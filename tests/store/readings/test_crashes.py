"""What was acknowledged is there, whole, whatever ended the writer."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import numpy as np
import pytest
from full_counts import Count
from store.readings.lake_model import ALL_TIME, batch, exact
from store.readings.operations import CHANNELS, OPERATIONS, Operation, holds, same
from store.readings.writer_process import read_on, strike_on, tidy_on, write_on

from meterbook.model.errors import StoreError
from meterbook.store.readings import ReadingsLake, Verified

FRESH_AFTER_STEPS = 40
"""Steps after which the next trial begins with a new lake, since what is kept of every step is compared."""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["meterbook.store.readings", "unittest.mock"])


@pytest.mark.full
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged_and_leaves_nothing_torn(
    tmp_path: Path, count: Count, name: str
) -> None:
    operation, folder, last, took_s = OPERATIONS[name], tmp_path / "lake", 0, 0.03
    for trial in count(f"{name} killed", quick=2, full=200):
        if last > FRESH_AFTER_STEPS:
            shutil.rmtree(folder)
            last = 0
        struck = killed(folder, name, last + 1, Random(trial), took_s)
        took_s = struck.get("took", took_s)
        stored = max(last, struck.get("stored", 0), struck.get("done", 0))
        last = checked(folder, operation, stored, f"trial {trial.number}, {struck}")
        if trial % 3 == 0:  # whatever was half done is done anew by the next who passes, at the very same version
            ReadingsLake.open(folder).compact()
            assert checked(folder, operation, last, f"compacted after trial {trial.number}, {struck}") == last
    lake = ReadingsLake.open(folder)  # also where a resumed count had no trial left
    step = last + 1
    if operation.prepare is not None:
        operation.prepare(lake, step)
    operation.strike(lake, step)
    assert checked(folder, operation, step, "at last") == step
    if name == "delete":
        assert len(lake.read([99], *ALL_TIME)[99]) == 0
        assert len(lake.history(99, *ALL_TIME)) == 0
    assert lake.verify().left_over == 0, "the next write cleans up"
    lake.compact()
    lake.vacuum(older_than_s=0)
    assert checked(folder, operation, step, "tidied up") == step
    assert not list(folder.rglob("*.tmp")), "nothing of the killed ones is left in the log"
    sizes = lake.sizes()
    assert sizes.readings.stray_files == sizes.revisions.stray_files == 0


def killed(folder: Path, name: str, first: int, random: Random, took_s: float) -> dict[str, Any]:
    """Let a process repeat an operation, and kill it at some moment; gives what it had said by then."""
    mine, its = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=strike_on, args=(folder, name, first, 10_000, its))
    process.start()
    its.close()
    said: dict[str, Any] = {}
    for _ in range(random.choice([1, 1, 2, 3])):
        while True:
            word = mine.recv()
            _hear(said, word)
            if word[0] == "begun":
                break
    sleep(random.uniform(0, 1.3 * took_s))
    process.kill()
    process.join()
    try:
        while mine.poll():
            _hear(said, mine.recv())
    except (EOFError, OSError):
        pass
    mine.close()
    assert process.exitcode == -signal.SIGKILL, f"{name} ended by itself"
    return said


def _hear(said: dict[str, Any], word: tuple[Any, ...]) -> None:
    said[word[0]] = word[1]
    if word[0] == "done":
        said["took"] = word[2]


def checked(folder: Path, operation: Operation, stored: int, where: str) -> int:
    """Hold the lake against what it must be after step ``stored`` or the one after it; gives which of them it is."""
    lake = ReadingsLake.open(folder)
    verified = lake.verify()
    assert verified.problems == (), where
    found = holds(lake, CHANNELS)
    if not len(found[0]):
        assert stored == 0, where
        return 0
    step = int(found[2].max())
    assert step in {stored, stored + 1}, f"acknowledged was lost: {where}"
    assert same(found, operation.state(step)), f"torn: {where}"
    channels = np.unique(found[0])
    if step > 1:
        earlier = holds(lake, channels, as_of=step - 1)
        assert same(earlier, operation.state(step - 1)), f"as of the step before: {where}"
    for at in (0, len(found[0]) // 2, len(found[0]) - 1):
        channel, start = int(found[0][at]), int(found[1][at])
        history = lake.history(channel, start, start + 1).to_pylist()
        steps = operation.history(step, channel, start)
        assert [row["value"] for row in history] == steps, where
        assert [row["superseded_by"] for row in history] == [*steps[1:], None], where
    return step


@pytest.mark.full
def test_readers_never_see_half_a_write_of_two_writers_while_others_tidy_up(tmp_path: Path, count: Count) -> None:
    for trial in count("readings written by two at once", quick=1, full=8):
        two_writers_at_once(tmp_path / str(trial.number), steps=9)


def two_writers_at_once(folder: Path, steps: int) -> None:
    """Two writers, five readers and one that compacts, closes months and vacuums, each a process."""
    names = ("bulk load", "daily load")
    spawned = multiprocessing.get_context("spawn")
    writers = [
        spawned.Process(target=write_on, args=(folder, name, 100 * number, steps)) for number, name in enumerate(names)
    ]
    pipes: list[Connection] = []
    others = []
    for number in range(6):
        mine, its = spawned.Pipe()
        pipes.append(mine)
        work, what = (read_on, (folder, names, its)) if number else (tidy_on, (folder, its))
        others.append(spawned.Process(target=work, args=what))
    for process in [*others, *writers]:
        process.start()
    for process in writers:
        process.join()
    for pipe in pipes:
        pipe.send("stop")
    told = [pipe.recv() for pipe in pipes]
    for process in others:
        process.join()
    assert [process.exitcode for process in [*writers, *others]] == [0] * 8
    assert all(isinstance(one, int) for one in told), told
    assert all(told), "each has read or tidied at least once"
    lake = ReadingsLake.open(folder)
    for number, name in enumerate(names):
        channel, start, step = OPERATIONS[name].state(steps)
        assert same(holds(lake, CHANNELS + 100 * number), (channel + 100 * number, start, step))
    assert lake.verify().problems == ()
    assert lake.verify().left_over == 0


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
