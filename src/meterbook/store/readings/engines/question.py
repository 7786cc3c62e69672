"""A question: a plan, and the lake that it is asked of."""

from __future__ import annotations

from dataclasses import dataclass

from meterbook.store.readings.engines.tables import Tables
from meterbook.store.readings.query.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """A plan, and the lake that it is asked of."""

    tables: Tables
    plan: Plan
