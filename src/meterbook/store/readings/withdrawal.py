"""Taking back what one load brought, which only estimates are: a source's readings are revised and never withdrawn."""

from __future__ import annotations

import numpy as np

from meterbook.store.readings.parquet import read_file
from meterbook.store.readings.table import LakeTable
from meterbook.store.readings.values import Int32
from meterbook.store.readings.writing import Exchange


def drop_load(table: LakeTable, channels: Int32, load_id: int) -> int:
    """Write each file that holds rows of a load anew without them; gives the rows left out. The writer lock is held.

    Args:
        table: of values that hold; what the load brought and later ones replaced is history and stays.
        channels: sorted; the load brought readings of no others.
        load_id: the load.
    """
    exchange, dropped = Exchange(table=table), 0
    try:
        for file in table.files():
            low, high = np.searchsorted(channels, (file.channels[0], file.channels[1] + 1))
            if low == high:
                continue
            rows = read_file(table.place, file)
            keep = (rows.load_id != load_id) | ~np.isin(rows.channel_id, channels)
            if not bool(keep.all()):
                exchange.put(file.month, rows.take(keep), [file])
                dropped += len(rows) - int(keep.sum())
        exchange.commit("DELETE")
    except BaseException:
        exchange.discard()
        raise
    return dropped
