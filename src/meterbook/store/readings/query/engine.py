"""The engine of this process: rollups where they can answer, readings where they can't, and both added up."""

from __future__ import annotations

import numpy as np

from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.classes import Classes
from meterbook.store.readings.query.local import answer, of_rows, scanned
from meterbook.store.readings.query.partial import Partial, united
from meterbook.store.readings.query.plan import Aggregates, Plan
from meterbook.store.readings.query.rolled import rolled, whole_days
from meterbook.store.readings.query.rollup import ROLLUP_ROWS
from meterbook.store.readings.reading import channel_chunks, rows_as_of
from meterbook.store.readings.threads import in_threads
from meterbook.store.readings.values import Int32

_ANY = (int(np.iinfo(np.int32).min), int(np.iinfo(np.int32).max))
"""Lowest and highest channel number that there can be."""


class LocalEngine:
    """Carries out plans in this process.

    Args:
        readings: the table of values that hold.
        revisions: the table of superseded ones.
        classes: what may be summed together.
        rollups: False to work everything out from the readings.
    """

    def __init__(self, readings: LakeTable, revisions: LakeTable, classes: Classes, *, rollups: bool = True) -> None:
        self._readings = readings
        self._revisions = revisions
        self._classes = classes
        self._rollups = rollups

    def aggregate(self, plan: Plan) -> Aggregates:
        """The answer to a plan."""
        if plan.as_of is not None:
            return answer(self._as_of(plan, plan.as_of), plan)
        place, files = self._readings.place, self._meeting(plan)
        large = [file for file in files if self._rollups and file.rows >= ROLLUP_ROWS]
        days = whole_days(plan) if large else None
        found = in_threads(
            lambda file: rolled(place, file, plan, days, self._classes), large, 30_000 * len(large), far=place.far
        )
        from_rollups = [part for part in found if part is not None]
        answered = {file.path for file, part in zip(large, found, strict=True) if part is not None}
        rest = [file for file in files if file.path not in answered]
        return answer(united([*from_rollups, scanned(place, rest, plan, self._classes)]), plan)

    def _meeting(self, plan: Plan) -> list[LakeFile]:
        start, end = plan.span
        low, high = _ANY if plan.wanted is None else (int(plan.wanted[0]), int(plan.wanted[-1]))
        return [file for file in self._readings.files() if file.may_hold(low, high, start, end)]

    def _as_of(self, plan: Plan, as_of: int) -> Partial:
        files = [*self._readings.files(), *self._revisions.files()]
        channels = plan.wanted if plan.wanted is not None else _every_channel(files)
        start, end = plan.span
        parts = []
        for chunk in channel_chunks(files, channels, start, end):
            rows = rows_as_of(self._readings, self._revisions, chunk, start, end, as_of=as_of)
            if len(rows):
                parts.append(of_rows(rows, plan, self._classes))
        return united(parts)


def _every_channel(files: list[LakeFile]) -> Int32:
    """Every number that any of the files can hold."""
    if not files:
        return np.zeros(0, np.int32)
    low = min(file.channels[0] for file in files)
    return np.arange(low, max(file.channels[1] for file in files) + 1, dtype=np.int32)
