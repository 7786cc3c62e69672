"""Rollups made anew from the data files that they sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from meterbook.store.readings.files.parquet import read_groups
from meterbook.store.readings.files.rows import from_arrow
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.rolled import forget_rollup
from meterbook.store.readings.query.rollup import RollupMaker, days_name, intervals_name, write_rollup


def make_rollups_anew(table: LakeTable, paths: Sequence[str]) -> int:
    """Replace the rollups of some data files by what their rows come to. The writer lock is held.

    Killed in between, or where a sum does not fit, a file is left without one, and is summed when it is asked for.

    Returns:
        How many were made; files that have left the table since are passed over.

    Raises:
        StoreError: the place would not take one.
        BookDamaged: a data file can't be read.
    """
    made = 0
    for file in [one for one in table.files() if one.path in set(paths)]:
        assert table.classes is not None, "a table without rollups"
        maker = RollupMaker(classes=table.classes)
        for part in read_groups(table.place, file):
            maker.add(from_arrow(part))
        rollup = maker.made()
        table.place.delete([days_name(file.path), intervals_name(file.path)])
        if rollup is not None:
            write_rollup(cast(Place, _Whole(table.place)), file.path, rollup)
            made += 1
        forget_rollup(table.place, file.path)
    return made


@dataclass(frozen=True, slots=True)
class _Whole:
    """A place whose files appear whole, since others may look for them under these names at any time."""

    place: Place

    def write(self, name: str, content: bytes | pa.Buffer) -> None:
        self.place.put_if_absent(name, content if isinstance(content, bytes) else content.to_pybytes())
