"""Three questions to all co-ops of a folder, by one engine: what they cost, and a digest of the answers, as JSON.

``python -m benchmarks._cluster_job FOLDER WORKERS ROUNDS``; without workers the local engine answers from the
readings. ``rollups`` in place of their number lets it use its rollups.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks._nodes import loopback_bytes, nodes, processor_s
from meterbook.store.readings.engines.question import Question
from meterbook.store.readings.engines.registry import CarryOut, EngineChoice, EngineName, carrier
from meterbook.store.readings.engines.tables import Tables
from meterbook.store.readings.query import calendar
from meterbook.store.readings.query.engine import LocalEngine
from meterbook.store.readings.query.plan import Aggregates, Groups, Measure, Plan

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
SUMS = frozenset({Measure.SUM, Measure.COUNT})
ON_PEAK = calendar.Window(name="on-peak", start_minute=6 * 60, end_minute=10 * 60, weekdays=frozenset(range(5)))


def plans(zone: str) -> dict[str, Plan]:
    """The questions to a co-op in a zone."""
    july, march, year = (_span(zone, *edges) for edges in (((2025, 7), (2025, 8)), ((2025, 3), (2025, 4)),
                                                           ((2025, 1), (2026, 1))))  # fmt: skip
    return {
        "Q3 load shape of July": Plan(
            calendar=calendar.hours_of_day(*july, zone), groups=Groups.together(), measures=SUMS
        ),
        "Q4 totals by interval, a year": Plan(
            calendar=calendar.intervals(*year, 900), groups=Groups.together(), measures=SUMS
        ),
        "Q5 on-peak by meter, March": Plan(calendar=calendar.time_of_use(*march, zone, [ON_PEAK]), measures=SUMS),
        "months by meter, with peaks": Plan(calendar=calendar.months(*year, zone), measures=frozenset(Measure)),
    }


def main(folder: Path, engine: str, rounds: int) -> None:
    """Ask, and print what it cost."""
    with _carrier(engine) as carry_out:
        print(json.dumps({name: _measured(ask, carry_out, rounds) for name, ask in _questions(folder).items()}))


def _questions(folder: Path) -> dict[str, list[Question]]:
    tables = [Tables.open(path) for path in sorted(folder.iterdir())]
    asked: dict[str, list[Question]] = {}
    for number, one in enumerate(tables):
        for name, plan in plans(ZONES[number % len(ZONES)]).items():
            asked.setdefault(name, []).append(Question(tables=one, plan=plan))
    return asked


@contextmanager
def _carrier(engine: str) -> Iterator[CarryOut]:
    if engine == "rollups":
        yield carrier(EngineChoice())
    elif engine == "0":
        yield _from_readings
    else:
        with nodes(int(engine)) as address:
            yield carrier(EngineChoice(name=EngineName.DAFT, ray=address))


def _from_readings(questions: Sequence[Question]) -> list[Aggregates]:
    engines = (
        LocalEngine(one.tables.readings, one.tables.revisions, one.tables.classes, rollups=False) for one in questions
    )
    return [engine.aggregate(one.plan) for engine, one in zip(engines, questions, strict=True)]


def _measured(questions: list[Question], carry_out: CarryOut, rounds: int) -> dict[str, object]:
    digests, spent = set(), []
    carry_out(questions[:1])  # what starts up with the first question
    for _ in range(rounds):
        answers, cost = _cost(lambda: carry_out(questions))
        digests.add(_digest(answers))
        spent.append(cost)
    wall, processor, moved = (median(costs) for costs in zip(*spent, strict=True))
    assert len(digests) == 1, "the same question was answered in two ways"
    return {"wall_s": wall, "processor_s": processor, "bytes": moved, "digest": digests.pop()}


def _cost(work: Callable[[], list[Aggregates]]) -> tuple[list[Aggregates], tuple[float, float, float]]:
    begin, processor, moved = perf_counter(), processor_s(), loopback_bytes()
    answers = work()
    return answers, (perf_counter() - begin, processor_s() - processor, loopback_bytes() - moved)


def _digest(answers: list[Aggregates]) -> str:
    digest = hashlib.sha256()
    for answer in answers:
        columns = [answer.key, answer.period, answer.sum, answer.count, answer.max, answer.min, answer.max_at]
        for column in columns:
            digest.update(b"-" if column is None else np.ascontiguousarray(column, np.int64).tobytes())
        digest.update(f"{answer.scale};".encode())
    return digest.hexdigest()


def _span(zone: str, start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
    first, last = (int(datetime(*edge, 1, tzinfo=ZoneInfo(zone)).timestamp()) for edge in (start, end))
    return first, last


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
