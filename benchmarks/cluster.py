"""Twenty co-ops in twenty tables, asked as one by Daft on a Ray cluster of 1, 2 and 4 workers on this machine.

What counts is processor time, beside that of the local engine on the same questions, and the bytes that workers send
each other, beside those of the files. Answers are the same to the last digit, or the benchmark ends. Wall time is told
and proves nothing here: the workers share the cores of one machine.

``--size`` is that of all co-ops together; ``full`` are 1.5 billion readings, 2 GB. In ``--folder`` co-ops stay, and
are taken up again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks._coop import Coop
from benchmarks._nodes import alone
from benchmarks.figure import Figure, Options
from meterbook.store.readings import ReadingsLake

COOPS, QUICK_COOPS = 20, 3
WORKERS = (1, 2, 4)
MONTHS = tuple(f"2025-{month:02}" for month in range(1, 13))
ROUNDS = 3


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    coops, meters = (QUICK_COOPS, 4) if options.quick else (COOPS, -(-options.meters // COOPS))
    rounds = 1 if options.quick else min(options.rounds, ROUNDS)
    with _folder(options.folder) as folder:
        size = sum(_made(folder / f"coop-{number:02}", number, meters) for number in range(1, coops + 1))
        local, rollups = _asked(folder, "0", rounds), _asked(folder, "rollups", rounds)
        _compare(local, rollups, "rollups")
        for workers in WORKERS[:2] if options.quick else WORKERS:
            found = _asked(folder, str(workers), rounds)
            _compare(local, found, f"{workers} workers")
            for name, cost in found.items():
                yield from _figures(f"{name}, {workers} w.", cost, local[name], size)


def _figures(name: str, cost: dict[str, Any], local: dict[str, Any], size: int) -> Iterator[Figure]:
    yield Figure(name=name, ours=cost["processor_s"], peer="local, one core", floor=local["processor_s"], unit="core s")
    yield Figure(name="  sent between workers", ours=cost["bytes"] / 1e6, peer="the files", floor=size / 1e6, unit="MB")
    yield Figure(name="  wall time, proves nothing", ours=cost["wall_s"], peer="local", floor=local["wall_s"], unit="s")


def _made(folder: Path, number: int, meters: int) -> int:
    """Bytes of a co-op's data files; the co-op is made, month by month, as far as it is not there."""
    coop, lake = Coop(meters=meters, seed=number), ReadingsLake.open(folder)
    for load, month in list(enumerate(MONTHS, start=1))[lake.version + 1 :]:
        lake.load(coop.month(month), load_id=load)
    return lake.sizes().readings.size


def _asked(folder: Path, engine: str, rounds: int) -> dict[str, dict[str, Any]]:
    words = [sys.executable, "-m", "benchmarks._cluster_job", str(folder), engine, str(rounds)]
    done = subprocess.run(
        alone(words) if engine.isdigit() and engine != "0" else words, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"the engine {engine} failed:\n{done.stderr[-4_000:]}")
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _compare(expected: dict[str, dict[str, Any]], found: dict[str, dict[str, Any]], engine: str) -> None:
    for name, one in expected.items():
        if one["digest"] != found[name]["digest"]:
            raise RuntimeError(f"{name}: {engine} did not answer as the readings do")


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        named.mkdir(parents=True, exist_ok=True)
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="meterbook-coops-") as folder:
        yield Path(folder)
