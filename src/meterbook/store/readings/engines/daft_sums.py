"""Partial answers worked out within Daft: an aggregate function that runs where the rows were read.

Of each batch of rows the aggregate function makes a partial answer, and only these, a few kilobytes each, go to the
worker that adds them up. What is added up, and how exactly, is what the local engine does: there is one such code.
"""

from __future__ import annotations

from collections.abc import Mapping

import daft
import numpy as np
import pyarrow as pa
from daft import DataType, Series

from meterbook.model.errors import StoreError
from meterbook.store.readings.engines.shipping import unshipped
from meterbook.store.readings.engines.states import combined, failed, packed
from meterbook.store.readings.query.classes import one_class
from meterbook.store.readings.query.local import of_rows
from meterbook.store.readings.rows import MICROS, Rows

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
        rows = _rows(channel_id, ts, value, scale)
        if plan.groups is None and plan.channels is not None:
            rows = rows.of_channels(plan.channels)
        try:
            return packed(of_rows(rows, plan, one_class))
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


def _rows(channel_id: Series, ts: Series, value: Series, scale: Series) -> Rows:
    columns = [np.asarray(column.to_arrow()) for column in (channel_id, value, scale)]
    start = np.asarray(ts.to_arrow().cast(pa.int64())) // MICROS
    same = np.broadcast_to(np.int32(0), len(start))
    rows = Rows(
        channel_id=columns[0],
        start=start,
        value=columns[1],
        scale=columns[2],
        quality=np.broadcast_to(np.int8(0), len(start)),
        load_id=same,
        superseded_by=same,
    )
    return rows.sorted()
