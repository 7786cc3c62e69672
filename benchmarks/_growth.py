"""How figures grow with the co-op: reads of one meter must stay as they are, scans grow as the readings do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.figure import METERS, Figure, Options

PARTS = (100, 20, 5)
FLAT, LINEAR = ("Q1", "Q2", "Q8", "one reading"), ("Q3", "Q4", "Q5", "Q6", "bulk", "daily")
ROOM = 1.5
"""Times by which a figure may grow beyond what is expected."""


def growth(options: Options, at_size: Callable[[Options, int], Iterator[Figure]]) -> Iterator[Figure]:
    """All figures at each size, then each of the largest size beside what the smallest one lets expect."""
    meters = [-(-METERS // part) for part in PARTS]
    found: dict[str, list[Figure]] = {}
    for part, count in zip(PARTS, meters, strict=True):
        for number, figure in enumerate(at_size(options, count)):
            found.setdefault(f"{number}", []).append(figure)
            yield replace(figure, name=f"1/{part} {figure.name}")
    for same in found.values():
        first, last = same[0], same[-1]
        name = first.name.partition(",")[0]
        times = meters[-1] / meters[0] if name.startswith(LINEAR) else 1
        if len(same) == len(PARTS) and name.startswith((*FLAT, *LINEAR)):
            yield Figure(
                name=f"{name}, 1/5",
                ours=last.ours,
                peer=f"1/100 × {times:.0f}",
                floor=first.ours * times,
                unit=first.unit,
                target=ROOM,
            )
