"""`python -m benchmarks.peers PEER --size 1/100`: load it, ask it, and print each figure beside ours of the same run.

Exit codes: 0 done, 2 usage, 3 not installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import _questions as ask
from benchmarks.__main__ import lines_of, meters_of
from benchmarks._answers import listed
from benchmarks._building import Built, build
from benchmarks._by_hand import Polars, answer
from benchmarks._by_meterbook import Meterbook
from benchmarks._coop import Coop
from benchmarks._evidence import SCHEMA
from benchmarks.figure import Figure, paired
from benchmarks.peers.peer import Kind
from benchmarks.peers.server import NotInstalled

PEERS = ("influxdb", "postgresql", "victoriametrics")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--size", type=meters_of, default=meters_of("1/100"), metavar="1/100")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--programs", type=Path, action="append", default=[], help="folder with the server's programs")
    parser.add_argument("--folder", type=Path, help="where large files go")
    wanted = parser.parse_args(arguments)
    kind: Kind = import_module(f"benchmarks.peers.{wanted.peer}").started
    with tempfile.TemporaryDirectory(dir=wanted.folder, prefix="meterbook-peer-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        for name in ("both", "peer"):
            (folder / name).mkdir()
        try:
            with kind(folder / "peer", tuple(wanted.programs)) as peer:
                print(f"{peer.name}: {peer.remark}; {wanted.size:,} meters")
                built = build(folder / "both", Coop(meters=wanted.size), batches=1)
                for figure in _figures(built, peer, wanted.rounds):
                    print("\n".join(lines_of(figure)), flush=True)
        except NotInstalled as missing:
            print(f"{wanted.peer} is left out: {missing} is not installed.", file=sys.stderr)
            return 3
    return 0


def _figures(built: Built, peer: Any, rounds: int) -> Iterator[Figure]:
    rows = built.evidence.rows
    took = peer.load(_tables(built))
    yield Figure(name=f"load of {rows / 1e6:.1f} M", ours=sum(built.bulk), peer=peer.name, floor=took, unit="s")
    yield Figure(name="bytes a reading", ours=_bytes(built) / rows, peer=peer.name, floor=peer.size() / rows, unit="B")
    truth, ours = Polars(built.evidence), Meterbook(built.lake, built.meters, rollups=True)
    for question in listed(built.evidence.files[0].meters[1] // 2 + 1, built.last_week):
        theirs = getattr(peer, question.call, None)
        if theirs is None or question.asked.as_of is not None:
            continue
        expected = answer(question.call, getattr(truth, question.call)(question.asked))
        try:
            found = peer.answer(question.call, theirs(question.asked))
        except TimeoutError as slow:
            print(f"  {question.name}: {slow}", flush=True)
            continue
        if not ask.same({name: expected[name] for name in found}, found):  # not every peer keeps qualities
            raise RuntimeError(f"{question.name}: {peer.name} answers differently")
        mine = getattr(ours, question.call)
        pair = paired(lambda: mine(question.asked), lambda: theirs(question.asked), rounds)  # noqa: B023
        yield Figure(name=question.name, ours=pair.ours_s * 1000, peer=peer.name, floor=pair.peer_s * 1000, unit="ms")


def _tables(built: Built) -> Iterator[pa.Table]:
    """What holds, file by file in the order of time, a million rows at a time."""
    for file in sorted(built.evidence.files, key=lambda file: (file.span, file.meters)):
        whole = pq.read_table(file.path, schema=SCHEMA)
        for first in range(0, len(whole), 1_000_000):
            yield whole.slice(first, 1_000_000).combine_chunks()


def _bytes(built: Built) -> int:
    """Everything in the book's folder that its readings need: data, log and rollups."""
    return sum(path.stat().st_blocks * 512 for path in (built.folder / "readings").rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
