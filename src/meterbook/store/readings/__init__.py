"""The columnar lake of interval readings. It knows channels by number; whose they are is written in the records."""

from meterbook.store.readings.changes import Cursor
from meterbook.store.readings.checking.verify import Verified
from meterbook.store.readings.lake import ReadingsLake
from meterbook.store.readings.upkeep.maintenance import Compacted, Vacuumed
from meterbook.store.readings.upkeep.sizes import Sizes, TableSize
from meterbook.store.readings.values import Batch, Coverage, Loaded, Readings, Written

__all__ = [
    "Batch",
    "Compacted",
    "Coverage",
    "Cursor",
    "Loaded",
    "Readings",
    "ReadingsLake",
    "Sizes",
    "TableSize",
    "Vacuumed",
    "Verified",
    "Written",
]
