"""Twenty small co-ops asked as one on a Ray cluster of this machine, in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks._coop import Coop
from benchmarks._nodes import alone
from meterbook.store.readings import ReadingsLake

ROOT = Path(__file__).resolve().parents[4]
COOPS, WORKERS = 20, 2


@pytest.fixture(scope="module")
def coops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty lakes of three meters, two months each, in which something was revised and something replaced."""
    folder = tmp_path_factory.mktemp("coops")
    for number in range(1, COOPS + 1):
        coop, lake = Coop(meters=3, seed=number), ReadingsLake.open(folder / f"coop-{number:02}")
        lake.load(coop.month("2025-03"), load_id=1)
        lake.load(coop.month("2025-07"), load_id=2)
        lake.load([coop.daily(1_753_920_000)], load_id=3)  # 31 July again, with revisions of the days before
    return folder


def answers(folder: Path, engine: str) -> dict[str, dict[str, Any]]:
    words = [sys.executable, "-m", "benchmarks._cluster_job", str(folder), engine, "1"]
    words = alone(words) if engine == str(WORKERS) else words
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4_000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.full
def test_a_cluster_answers_as_the_local_engine_does_and_sends_no_readings(coops: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (extra cluster)")
    local, cluster = answers(coops, "0"), answers(coops, str(WORKERS))
    assert local.keys() == cluster.keys()
    assert len(local) == 4
    for name, one in local.items():
        assert cluster[name]["digest"] == one["digest"], name
