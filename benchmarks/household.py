"""One household's meter, end to end: decoding, a first sync, start-up and memory.

* A poll's answer to UTC readings, beside the typed decoder alone on the same bytes.
* A first sync of three years, beside raw requests for the same windows at the same pace, with nothing parsed: log-in,
  discovery, balances, PENDING answers and all. Each run has a portal and a book of its own; only the asking is timed.
* ``meterbook --help`` beside ``python -c pass``.
* Peak memory of a sync of twelve accounts over three years, above the same command for one day.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import msgspec

from benchmarks._practice import Portal, connected, member, portal
from benchmarks._raw import Request, recorded, replay, sample_answer
from benchmarks.command import run
from benchmarks.figure import Figure, Options, paired

MEMBER = "household"
SYNC_ROUNDS = 5


def figures(options: Options) -> Iterator[Figure]:
    """Measure, one figure after the other."""
    with portal() as server:
        yield _decoding(server, options)
    yield _first_sync(options)
    yield _start_up(options)
    yield _memory(options)


def _decoding(server: Portal, options: Options) -> Figure:
    from meterbook.portals.smarthub import adapter, wire  # noqa: PLC0415 - only this figure needs them

    body, asked = sample_answer(server, MEMBER)
    decoder = msgspec.json.Decoder(wire.Poll)

    def ours() -> object:
        return adapter.read_usage(body, asked)

    def peer() -> object:
        return decoder.decode(body)

    batch = 2 if options.quick else 20
    pair = paired(lambda: [ours() for _ in range(batch)], lambda: [peer() for _ in range(batch)], options.rounds)
    scale = 1000 / batch
    return Figure(
        name="poll answer, 30 days → readings",
        ours=pair.ours_s * scale,
        peer="msgspec alone",
        floor=pair.peer_s * scale,
        unit="ms",
        target=2.5,
    )


def _first_sync(options: Options) -> Figure:
    ours: list[float] = []
    raw: list[float] = []
    rounds = 1 if options.quick else min(options.rounds, SYNC_ROUNDS)
    since = date.today() - timedelta(days=60) if options.quick else None  # noqa: DTZ011 - a span, not an instant
    requests, _ = _timed_sync(since)
    for number in range(rounds):
        for which in ("ours", "raw") if number % 2 == 0 else ("raw", "ours"):
            if which == "ours":
                ours.append(_timed_sync(since)[1])
            else:
                raw.append(_timed_replay(requests))
    return Figure(
        name=f"first sync, {len(requests)} windows",
        ours=median(ours),
        peer="raw requests",
        floor=median(raw),
        unit="s",
        target=1.3,
    )


def _timed_sync(since: date | None) -> tuple[list[Request], float]:
    from meterbook.sync.settings import Settings  # noqa: PLC0415

    with portal() as server, tempfile.TemporaryDirectory() as folder, connected(Path(folder), server, MEMBER) as book:
        begin = perf_counter()
        report = book.sync(settings=Settings(since=since))
        took = perf_counter() - begin
        if not report.complete:
            raise RuntimeError("the sync was not complete")
        return recorded(book), took


def _timed_replay(requests: list[Request]) -> float:
    log_in = member(MEMBER)
    with portal() as server:
        begin = perf_counter()
        replay(server, log_in, requests)
        return perf_counter() - begin


def _start_up(options: Options) -> Figure:
    def ours() -> object:
        return run([sys.executable, "-m", "meterbook", "--help"])

    def peer() -> object:
        return run([sys.executable, "-c", "pass"])

    pair = paired(ours, peer, options.rounds)
    return Figure(
        name="meterbook --help",
        ours=pair.ours_s * 1000,
        peer="python -c pass",
        floor=pair.peer_s * 1000,
        unit="ms",
        target=15,
    )


def _memory(options: Options) -> Figure:
    yesterday = str(date.today() - timedelta(days=1))  # noqa: DTZ011 - a span, not an instant
    peaks = []
    for words in ([] if not options.quick else ["--since", yesterday], ["--since", yesterday]):
        with portal() as server, tempfile.TemporaryDirectory() as folder:
            with connected(Path(folder), server, "portfolio"):
                pass
            peaks.append(run([sys.executable, "-m", "meterbook", "--book", folder, "sync", "--json", *words]).peak_mib)
    return Figure(
        name="peak memory, 12 accounts × 3 years",
        ours=peaks[0],
        peer="one day",
        floor=peaks[1],
        unit="MiB",
        allowance=150,
    )
