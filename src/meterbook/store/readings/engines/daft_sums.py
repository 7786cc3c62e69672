"""Partial answers worked out within Daft: an aggregate function that runs where the rows were read.

Of each batch of rows the aggregate function makes a partial answer, and only these, a few kilobytes each, go to the
worker that adds them up. What is added up, and how exactly, is what the local engine does: there is one such code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import daft
import numpy as np
import pyarrow as pa
from daft import DataType, Series

from meterbook.model.errors import StoreError
from meterbook.store.readings.engines.shipping import unshipped
from meterbook.store.readings.engines.states import combined, failed, packed
from meterbook.store.readings.files.rows import MICROS, Rows
from meterbook.store.readings.query.classes import one_class
from meterbook.store.readings.query.local import of_rows
from meterbook.store.readings.query.partial import Extremes, Partial, summed, united
from meterbook.store.readings.query.plan import Plan
from meterbook.store.readings.values import Int8, Int32, Int64

COLUMNS = ("part", "channel_id", "ts", "value", "scale")
"""Columns that the function takes, in this order."""


class PartialSums:
    """The partial answer of rows of one part.

    Args:
        plans: the plan of each part, as :func:`~meterbook.store.readings.engines.shipping.shipped` gives it.
    """

    def __init__(self, plans: Mapping[int, bytes]) -> None:
        self._plans = plans

    def aggregate(self, part: Series, channel_id: Series, ts: Series, value: Series, scale: Series) -> bytes:
        """The state of some rows, all of one part."""
        plan = unshipped(self._plans[int(part.to_arrow()[0].as_py())])
        micros = np.asarray(ts.to_arrow().cast(pa.int64()))
        columns = [np.asarray(column.to_arrow()) for column in (channel_id, value, scale)]
        try:
            return packed(_partial(plan, micros, *columns))
        except StoreError as error:
            return failed(error)

    def combine(self, states: Series) -> bytes:
        """Several states as one."""
        return combined(states.to_pylist())

    def finalize(self, state: bytes) -> bytes:
        """The state is the answer."""
        return state


# Called rather than written above the class, so that the class itself can be found by its name in other processes.
partial_sums = daft.udaf(return_dtype=DataType.binary(), state=DataType.binary())(PartialSums)


def _partial(plan: Plan, micros: Int64, channel_id: Int32, value: Int64, scale: Int8) -> Partial:
    if plan.all_together and plan.extremes is Extremes.NONE and scale.min() == scale.max():
        slots = plan.calendar.slots_of_micros(micros)
        if slots is not None:  # a place for each slot, which is quicker than a sort by it
            slot, period = slots
            sums = summed(slot, value, int(scale[0]))
            return united([replace(sums, code=period[sums.code].astype(np.int64)).only(period[sums.code] >= 0)])
    same = np.broadcast_to(np.int32(0), len(micros))
    rows = Rows(
        channel_id=channel_id,
        start=micros // MICROS,
        value=value,
        scale=scale,
        quality=np.broadcast_to(np.int8(0), len(micros)),
        load_id=same,
        superseded_by=same,
    ).sorted()
    if plan.groups is None and plan.channels is not None:
        rows = rows.of_channels(plan.channels)
    return of_rows(rows, plan, one_class)
