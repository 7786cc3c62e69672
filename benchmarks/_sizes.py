"""Bytes a reading: ours beside the evidence's layout and beside the entropy of the values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from benchmarks._building import Built
from benchmarks.figure import Figure


def sizes(built: Built) -> Iterator[Figure]:
    """What lies on disk, by the tables' own logs; what other readings-tables keep beside it is told apart."""
    ours, rows = _live(built.folder / "readings")
    evidence = built.evidence
    if rows != evidence.rows:
        raise RuntimeError(f"ours holds {rows:,} readings, the evidence's layout {evidence.rows:,}")
    here, there = ours / rows, evidence.size / evidence.rows
    yield Figure(name="bytes a reading", ours=here, peer="evidence", floor=there, unit="B", target=1.02)
    closed, closed_rows = _live(built.folder / "readings", "month=2025-")
    yield Figure(
        name="bytes a reading, closed months",
        ours=closed / closed_rows,
        peer="values' entropy",
        floor=built.entropy.bytes_each,
        unit="B",
        target=1.2,
    )
    revised, count = _live(built.folder / "revisions")
    history = sum(path.stat().st_size for path in evidence.history)
    yield Figure(
        name=f"history, {count:,} superseded", ours=revised / 1e6, peer="a file a batch", floor=history / 1e6, unit="MB"
    )
    rollups = sum(path.stat().st_size for path in (built.folder / "readings").rglob("_rollups/**/*") if path.is_file())
    yield Figure(name="rollups", ours=rollups / 1e6, peer="readings", floor=ours / 1e6, unit="MB")


def _live(folder: Path, beginning: str = "") -> tuple[int, int]:
    """Bytes and rows of a table's files, or of those whose path begins so."""
    if not folder.exists():
        return 0, 0
    added = pa.table(DeltaTable(folder).get_add_actions(flatten=True))
    rows = added.select(["path", "size_bytes", "num_records"]).to_pylist()
    found = [row for row in rows if row["path"].startswith(beginning)]
    return sum(row["size_bytes"] for row in found), sum(row["num_records"] for row in found)
