"""A figure, and the fair timing of two things against each other.

Absolute times say more about the machine than about the code. So each figure is a pair, ours and a floor (what the
task costs at the least) or a peer (what somebody else's code takes), measured in the same run and in turns, and what
is held against the target is their ratio.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

METERS = 43_136
"""Meters of a whole co-op."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line hands to every subject.

    Attributes:
        rounds: how many times each of a pair is timed; the median counts.
        quick: small inputs and few rounds, to see that the subject runs; its figures are held against no target.
        meters: size of the co-op, for subjects that have one.
        growth: measure at several sizes and tell how figures grow, for subjects that can.
        folder: where large files go; a temporary folder without it.
        cpu: count the processors' time of questions, all threads together, instead of the time that passes: for a
            machine that is busy with something else.
    """

    rounds: int = 9
    quick: bool = False
    meters: int = METERS // 20 + 1
    growth: bool = False
    folder: Path | None = None
    cpu: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement beside its floor or peer.

    Attributes:
        name: what was measured, in a few words.
        ours: what Meterbook took, in `unit`.
        peer: what it is held against, in a few words: "msgspec alone", "raw requests".
        floor: what that took, in the same unit.
        unit: of both: "ms", "s", "MiB".
        target: the highest ratio of ours to the floor that will do; None where none was promised.
        allowance: the most that ours may lie above the floor, in `unit`; None where none was promised.
        limit: the ratio above which the target counts as missed, where machines' noise is given some room; the target
            itself without it.
        each: what one `ours`, in "ms", is the time of, in the plural: "meter-years". Then it is told how many a second
            that makes, and how many times as fast it is.
    """

    name: str
    ours: float
    peer: str
    floor: float
    unit: str
    target: float | None = None
    allowance: float | None = None
    limit: float | None = None
    each: str | None = None

    @property
    def ratio(self) -> float:
        """Ours over the floor; infinite over a floor of nothing.

        >>> Figure(name="decode", ours=15.0, peer="msgspec alone", floor=10.0, unit="ms", target=2.5).ratio
        1.5
        """
        return self.ours / self.floor if self.floor else float("inf")

    @property
    def met(self) -> bool:
        """Whether what was promised holds. Where nothing was, it does.

        >>> Figure(name="memory", ours=410.0, peer="one day", floor=280.0, unit="MiB", allowance=150.0).met
        True
        """
        limit = self.limit or self.target
        within_target = limit is None or self.ratio <= limit
        within_allowance = self.allowance is None or self.ours - self.floor <= self.allowance
        return within_target and within_allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Median wall times of two things timed in turns, in seconds."""

    ours_s: float
    peer_s: float


def paired(
    ours: Callable[[], object],
    peer: Callable[[], object],
    rounds: int = 9,
    clock: Callable[[], float] = perf_counter,
) -> Pair:
    """Time two things in turns, so that a slow spell of the machine falls on both.

    Each runs once untimed first, then `rounds` times; who goes first alternates. The collector is off while the clock
    runs, and what a run returned is let go outside of the timing.

    Args:
        ours: the code under measurement.
        peer: the floor or peer, doing the comparable work on the same input.
        rounds: timed runs of each, at least one.
        clock: what counts, in seconds: the time that passes, or the processors' time.

    Raises:
        ValueError: fewer than one round.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
    ours()
    peer()
    ours_s: list[float] = []
    peer_s: list[float] = []
    for number in range(rounds):
        turns = [(ours, ours_s), (peer, peer_s)]
        for run, times in turns if number % 2 == 0 else reversed(turns):
            times.append(_seconds(run, clock))
    return Pair(ours_s=median(ours_s), peer_s=median(peer_s))


def _seconds(run: Callable[[], object], clock: Callable[[], float]) -> float:
    with _collector_off():
        begin = clock()
        result = run()
        took = clock() - begin
    del result
    return took


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
