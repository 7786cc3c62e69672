"""Plans as bytes: what goes to workers with every file that they are to read, so it is kept small.

A calendar of a year's quarter hours is 35,041 edges that rise evenly: as differences, compressed, they take 100 bytes
instead of 700,000. Labels stay here, and classes, which only the records know, become groups of channels.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from meterbook.store.readings.query.calendar import Calendar
from meterbook.store.readings.query.classes import Classes
from meterbook.store.readings.query.plan import Groups, Plan
from meterbook.store.readings.values import Int32

Integers = NDArray[np.integer[Any]]


def shipped(plan: Plan, channels: Int32, classes: Classes) -> bytes:
    """A plan as workers take it.

    Args:
        plan: what is asked.
        channels: every channel number that can come, increasing.
        classes: tells which may be summed.
    """
    groups = plan.groups
    if groups is not None and groups.classes is not None:
        groups = replace(groups, channels=channels, group=groups.of_channels(channels, classes), classes=None)
    fields = {
        "edges": _steps(plan.calendar.edges),
        "period": _steps(plan.calendar.period),
        "periods": len(plan.calendar),
        "channels": _steps(plan.channels),
        "groups": None
        if groups is None
        else {
            "channels": _steps(groups.channels),
            "group": _steps(groups.group),
            "labels": len(groups.labels),
        },
        "measures": plan.measures,
        "as_of": plan.as_of,
    }
    content = pickle.dumps(fields, protocol=5)
    body: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return len(content).to_bytes(8, "little") + body


@lru_cache(maxsize=128)
def unshipped(content: bytes) -> Plan:
    """The plan of :func:`shipped`; labels are empty."""
    size = int.from_bytes(content[:8], "little")
    # Our own bytes, which came the way that Ray's own pickles come.
    fields = pickle.loads(pa.decompress(content[8:], size, codec="zstd", asbytes=True))  # noqa: S301
    return Plan(
        calendar=Calendar(
            edges=_whole(fields["edges"]), period=_whole(fields["period"]), labels=("",) * fields["periods"]
        ),
        channels=None if fields["channels"] is None else _whole(fields["channels"]),
        groups=None if fields["groups"] is None else _groups(fields["groups"]),
        measures=fields["measures"],
        as_of=fields["as_of"],
    )


def _groups(fields: Mapping[str, Any]) -> Groups:
    return Groups(
        channels=None if fields["channels"] is None else _whole(fields["channels"]),
        group=_whole(fields["group"]),
        labels=("",) * fields["labels"],
    )


def _steps(values: Integers | None) -> Integers | None:
    return None if values is None else np.diff(values, prepend=values.dtype.type(0))


def _whole(steps: Integers) -> Any:
    return np.cumsum(steps, dtype=steps.dtype)
