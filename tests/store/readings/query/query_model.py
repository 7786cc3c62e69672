"""Readings as a plain dictionary that answers plans, to hold the lake's engines against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa

from meterbook.store.readings.query.plan import Aggregates, Plan

Held = Mapping[int, Mapping[int, tuple[int, int]]]
"""Value and scale by channel and start."""


class DictionaryEngine:
    """An engine that looks at one reading after the other."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def aggregate(self, plan: Plan) -> Aggregates:
        found: dict[tuple[int, int], list[tuple[int, Fraction]]] = {}
        scale = 0
        for channel, readings in sorted(self.held.items()):
            key = channel if plan.groups is None else int(plan.groups.of_channels(np.array([channel], np.int32))[0])
            if key < 0 or (plan.groups is None and plan.channels is not None and channel not in plan.channels.tolist()):
                continue
            for start, (value, digits) in sorted(readings.items()):
                period = period_of(plan, start)
                if period >= 0:
                    found.setdefault((key, period), []).append((start, Fraction(value, 10**digits)))
                    scale = max(scale, digits)
        rows = []
        for (key, period), readings_of in sorted(found.items()):
            values = [value for _, value in readings_of]
            at = min(start for start, value in readings_of if value == max(values))
            numbers = [int(one * 10**scale) for one in (sum(values), max(values), min(values))]
            rows.append((key, period, numbers[0], len(values), numbers[1], numbers[2], at))
        columns = np.array(rows, np.int64).reshape(len(rows), 7).T
        return Aggregates(
            key=columns[0].astype(np.int32),
            period=columns[1].astype(np.int32),
            sum=columns[2],
            count=columns[3],
            max=columns[4],
            min=columns[5],
            max_at=columns[6],
            scale=scale,
        )


def period_of(plan: Plan, start: int) -> int:
    """The period of an instant, found piece by piece."""
    calendar = plan.calendar
    for low, high, period in zip(
        calendar.edges[:-1].tolist(), calendar.edges[1:].tolist(), calendar.period.tolist(), strict=True
    ):
        if low <= start < high:
            return int(period)
    return -1


def table(held: Held) -> pa.Table:
    """The readings as a load takes them."""
    rows = [
        (channel, start, value, scale)
        for channel, readings in sorted(held.items())
        for start, (value, scale) in sorted(readings.items())
    ]
    return pa.table(
        {
            "channel_id": pa.array([row[0] for row in rows], pa.int32()),
            "ts": pa.array([datetime.fromtimestamp(row[1], UTC) for row in rows], pa.timestamp("us", "UTC")),
            "value": pa.array([row[2] for row in rows], pa.int64()),
            "scale": pa.array([row[3] for row in rows], pa.int8()),
            "quality": pa.array([0] * len(rows), pa.int8()),
        }
    )
