"""Questions asked of both sides: answers compared, then timed in turns, beside the faster of two hand-written ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks import _questions as ask
from benchmarks._building import Built
from benchmarks._by_hand import DuckDb, Polars, answer
from benchmarks._by_meterbook import Meterbook
from benchmarks._questions import Asked
from benchmarks.figure import Figure, Options, paired

TARGET, LIMIT = 1.3, 1.5
ROLLUP_TARGET = 1 / 20
WARM_LIMIT_MS = 20
TRIES = 3
"""Runs of each hand-written query that decide which is the faster one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question by name; ``call`` is what both sides name it."""

    name: str
    call: str
    asked: Asked


def listed(meter: int, as_of: int) -> list[Question]:
    """The questions of one meter and of all."""
    return [
        Question(name="Q1 a meter's year", call="series", asked=ask.meter_year(meter)),
        Question(name="Q2 kWh and peak kW, 13 months", call="months", asked=ask.thirteen_months(meter)),
        Question(name="Q3 hourly shape, July", call="hours", asked=ask.july()),
        Question(name="Q4 monthly coincident peak", call="peaks", asked=ask.everything()),
        Question(name="Q5 time-of-use split, March", call="split", asked=ask.march()),
        Question(name="Q6 gaps, July", call="gaps", asked=ask.july()),
        Question(name="Q8 a meter's year, as of last week", call="series", asked=ask.last_week(meter, as_of)),
    ]


def questions(built: Built, options: Options) -> Iterator[Figure]:
    """A figure a question; and of those that rollups answer another, beside the scan."""
    by_hand = (DuckDb(built.evidence), Polars(built.evidence))
    scan, rolled = (Meterbook(built.lake, built.meters, rollups=one) for one in (False, True))
    meter = built.evidence.files[0].meters[1] // 2 + 1
    for question in listed(meter, built.last_week):
        peer = _fastest(question, by_hand)
        _compare(question, scan, by_hand)
        pair = _timed(question, scan, peer, options)
        yield _figure(question.name, pair, peer.name, target=TARGET, limit=LIMIT)
        if question.name.startswith("Q1"):
            yield _figure("Q1 warm", (pair[0], WARM_LIMIT_MS / 1000), "the limit", target=1, limit=None)
        if question.call in ("hours", "peaks"):
            _compare(question, rolled, by_hand)
            pair = _timed(question, rolled, peer, options)
            yield _figure(f"{question.name[:2]} from rollups", pair, peer.name, target=ROLLUP_TARGET, limit=None)


def _figure(name: str, pair: tuple[float, float], peer: str, *, target: float, limit: float | None) -> Figure:
    ours, floor = pair
    return Figure(name=name, ours=ours * 1000, peer=peer, floor=floor * 1000, unit="ms", target=target, limit=limit)


def _call(side: Any, question: Question) -> Callable[[], Any]:
    method = getattr(side, question.call)
    return lambda: method(question.asked)


def _compare(question: Question, ours: Meterbook, by_hand: tuple[Any, ...]) -> None:
    mine = ours.answer(question.call, _call(ours, question)(), question.asked)
    for side in by_hand:
        theirs = answer(question.call, _call(side, question)())
        if not ask.same(mine, theirs):
            raise RuntimeError(f"{question.name}: Meterbook and {side.name} differ")


def _fastest(question: Question, by_hand: tuple[Any, ...]) -> Any:
    def took(side: Any) -> float:
        call, times = _call(side, question), []
        for _ in range(TRIES):
            begin = perf_counter()
            call()
            times.append(perf_counter() - begin)
        return median(times)

    return min(by_hand, key=took)


def _timed(question: Question, ours: Meterbook, peer: Any, options: Options) -> tuple[float, float]:
    clock = process_time if options.cpu else perf_counter
    pair = paired(_call(ours, question), _call(peer, question), options.rounds, clock)
    return pair.ours_s, pair.peer_s
