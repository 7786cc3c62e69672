"""A lake whose plans another engine carries out; everything else is as in any lake."""

from __future__ import annotations

from collections.abc import Callable

from meterbook.store.readings.engines.tables import Tables
from meterbook.store.readings.lake import ReadingsLake
from meterbook.store.readings.query.plan import Aggregates, Engine, Plan


class EngineLake(ReadingsLake):
    """The same lake with another engine.

    Args:
        lake: a lake.
        engine_of: makes the engine that carries out its plans.
    """

    def __init__(self, lake: ReadingsLake, engine_of: Callable[[Tables], Engine]) -> None:
        self.__dict__.update(lake.__dict__)
        self._engine = engine_of(Tables(readings=self._readings, revisions=self._revisions, classes=self._classes))

    def aggregate(self, plan: Plan, *, rollups: bool = True) -> Aggregates:
        """The answer to a plan; whether rollups help is the engine's business."""
        del rollups
        return self._engine.aggregate(plan)
