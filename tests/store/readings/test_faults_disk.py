"""A full disk, a folder that may not be written, a file system without hard links: said so, and nothing lost."""

from __future__ import annotations

import errno
import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import pytest
from full_counts import Count
from store.readings.lake_model import ALL_TIME, batch
from store.readings.operations import CHANNELS, OPERATIONS, Operation, holds, same, tiny_layout

from meterbook.model.errors import StoreError
from meterbook.store.readings import ReadingsLake

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["meterbook.store.readings", "unittest.mock"])
BLOCK = 4_096
ROOMY = 8 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB of its own; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOMY}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """Fill a disk up to some bytes; gives the file to delete again."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"\0" * 65_536)
            except OSError:
                break
    os.truncate(ballast, max(0, ballast.stat().st_size - leave))
    return ballast


@pytest.mark.full
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_full_disk_is_said_so_and_the_same_goes_on_once_there_is_room(
    small_disk: Path, count: Count, name: str
) -> None:
    operation, folder, step = OPERATIONS[name], small_disk / "lake", 0
    with tiny_layout():
        for trial in count(f"{name} on a full disk", quick=3, full=60):
            lake = ReadingsLake.open(folder)
            if operation.prepare is not None:
                step += 1
                operation.prepare(lake, step)
            following = step if operation.prepare is not None else step + 1
            ballast = fill(small_disk, leave=Random(trial).randrange(12) * BLOCK)
            refusal = None
            try:
                operation.strike(lake, following)
            except StoreError as err:
                refusal = err
            if refusal is not None:
                assert "No space left on device" in refusal.what
                assert str(folder) in str(refusal.where)
                assert "Nothing that was stored is lost" in str(refusal.hint)
            unharmed(folder, operation, following if refusal is None else step, f"trial {trial.number}, {refusal}")
            ballast.unlink()
            operation.strike(lake, following)
            step = following
            unharmed(folder, operation, step, f"trial {trial.number}, with room again")
            lake.vacuum(older_than_s=0)
            if step > 30:
                subprocess.run(["rm", "-rf", str(folder)], check=True)
                step = 0


def unharmed(folder: Path, operation: Operation, step: int, where: str) -> None:
    """Hold the lake, opened anew, against what it must be after a step."""
    lake = ReadingsLake.open(folder)
    assert lake.verify().problems == (), where
    if step:
        assert same(holds(lake, CHANNELS), operation.state(step)), where
    else:
        assert len(holds(lake, CHANNELS)[0]) == 0, where


def test_what_a_full_disk_stopped_leaves_no_files_behind(small_disk: Path) -> None:
    folder = small_disk / "lake"
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        OPERATIONS["bulk load"].strike(lake, 1)
        before = sorted(path for path in folder.rglob("*") if path.is_file())
        for blocks in range(0, 40, 3):
            ballast = fill(small_disk, leave=blocks * BLOCK)
            with pytest.raises(StoreError):
                OPERATIONS["bulk load"].strike(lake, 2)
            ballast.unlink()
            assert sorted(path for path in folder.rglob("*") if path.is_file()) == before, blocks


def test_without_hard_links_everything_works_and_a_taken_name_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    for name in ("write", "daily load", "compact", "checkpoint"):
        with tiny_layout():
            operation, lake = OPERATIONS[name], ReadingsLake.open(tmp_path / name)
            for step in range(1, 15):
                if operation.prepare is not None:
                    operation.prepare(lake, step)
                operation.strike(lake, step)
                unharmed(tmp_path / name, operation, step, f"{name} {step}")
    lake, other = ReadingsLake.open(tmp_path / "taken"), ReadingsLake.open(tmp_path / "taken")
    lake.write([batch(1, 1, {0: 1})])
    assert other.version == 0
    with pytest.raises(FileExistsError):
        lake._readings.place.put_if_absent("_delta_log/00000000000000000000.json", b"{}")
    other.write([batch(1, 2, {0: 2})])
    assert lake.read([1], *ALL_TIME)[1].value.tolist() == [2]


@pytest.mark.parametrize("name", ["write", "bulk load", "compact", "month close", "checkpoint", "vacuum"])
def test_a_folder_that_may_only_be_read_is_said_so_by_every_operation(tmp_path: Path, name: str) -> None:
    operation, folder = OPERATIONS[name], tmp_path / "lake"
    last = 3 if operation.prepare is not None else 2
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        for step in (1, 2):
            if operation.prepare is not None:
                operation.prepare(lake, step)
            operation.strike(lake, step)
        if operation.prepare is not None:
            operation.prepare(lake, 3)
    for path in [*tmp_path.parents, tmp_path]:
        if path.stat().st_uid == os.getuid() and path.name:
            path.chmod(path.stat().st_mode | 0o055)
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    mine, its = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=try_as_nobody, args=(folder, name, 3, its))
    process.start()
    its.close()  # so that a child that dies ends the wait
    told = mine.recv() if mine.poll(60) else "nothing"
    process.join(60)
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert told == ("the book can't be written: Permission denied", True, True)
    unharmed(folder, operation, last, name)


def try_as_nobody(folder: Path, name: str, step: int, said: Connection) -> None:
    """Try an operation as a user who may only read; says the error, whether it names the folder, and what it reads."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        try:
            OPERATIONS[name].strike(lake, step)
        except StoreError as err:
            said.send((err.what, str(folder) in str(err.where), bool(len(holds(lake, CHANNELS)[0]))))
        else:
            said.send("nothing was wrong")
