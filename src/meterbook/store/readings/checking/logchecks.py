"""The log of a table: is every entry there since the last summary, and as it was written?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError

from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import MICROS, MONTH_FIELD, TIME
from meterbook.store.readings.log.entries import intact
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.places.place import LOG, SUMMARY, entry_name

_NO_MATTER = ("modification_time",)


def check_log(table: LakeTable) -> list[str]:
    """What is wrong with the entries of a log, a few words each with the entry's name. Summaries are read by opening.

    Raises:
        StoreError: the place can't be listed.
    """
    names = {one.name.rsplit("/", 1)[-1] for one in table.place.listing(f"{LOG}/")}
    entries = {int(name[:20]): name for name in names if name[:20].isdigit() and name[20:] == ".json"}
    summaries = [int(name[:20]) for name in names if name[:20].isdigit() and name[20:].startswith(SUMMARY)]
    if not entries and not summaries:
        return []
    first, newest = max(summaries, default=-1) + 1, max([*entries, *summaries])
    missing = [number for number in range(first, newest + 1) if number not in entries]
    found = [f"{entry_name(number)}: is missing" for number in missing]
    found += [f"{LOG}: says that {problem}" for problem in _as_others_read(table)]
    for _, name in sorted(entries.items()):
        try:
            content = table.place.read(f"{LOG}/{name}")
        except FileNotFoundError:  # summed up and dropped since it was listed
            continue
        if not intact(content):
            found.append(f"{LOG}/{name}: is not as it was written")
    return found


def _as_others_read(table: LakeTable) -> list[str]:
    """What a log says of the table and its files that is not so; other engines read, and leave out, files by it."""
    version, files = table.version, table.files()
    with table.place.log_folder() as folder:
        if folder is None:
            return []
        opened = _opened(folder)
        if opened is None:
            return ["it can't be read by other programs"]
        found = []
        if opened.schema().to_json() != Schema.from_arrow(table.schema.append(MONTH_FIELD)).to_json():
            found.append("the columns are others")
        if opened.metadata().partition_columns != [MONTH_FIELD.name]:
            found.append("the partitions are others")
        if version == opened.version() == table.version:  # no writer was faster
            found += _files(opened, files)
        return found


def _files(opened: DeltaTable, files: Sequence[LakeFile]) -> list[str]:
    """The files of which the library reads something else than we do."""
    listed = pa.table(opened.get_add_actions(flatten=True))
    instants = [at for at, column in enumerate(listed.columns) if pa.types.is_timestamp(column.type)]
    for at in instants:  # as numbers: what a flipped bit makes of one may be no date
        listed = listed.set_column(at, listed.field(at).name, listed.column(at).cast(TIME).cast(pa.int64()))
    rows = listed.to_pylist()
    told = {row["path"]: {name: row[name] for name in row if name not in _NO_MATTER} for row in rows}
    known = {file.path: file for file in files}
    if len(rows) != len(files) or told.keys() != known.keys():
        return ["the files are others"]
    return [f"{path} is other than it is" for path in known if told[path] != _row(known[path], told[path])]


def _row(file: LakeFile, names: Iterable[str]) -> dict[str, object]:
    """A file as the library lists it."""
    row: dict[str, object] = dict.fromkeys(names)
    row |= {"path": file.path, "size_bytes": file.size, "num_records": file.rows}
    row[f"partition.{MONTH_FIELD.name}"] = file.month
    for name, (low, high) in {"channel_id": file.channels, "ts": file.span, "load_id": file.loads}.items():
        unit = MICROS if name == "ts" else 1
        row |= {f"min.{name}": low * unit, f"max.{name}": high * unit, f"null_count.{name}": 0}
    return row


def _opened(folder: Path) -> DeltaTable | None:
    """The table as the library reads it, tried again, for a writer may just have dropped an entry; None if it can't."""
    for pause_s in (0.05, 0.2, 0.0):
        try:
            return DeltaTable(folder)
        except (DeltaError, OSError):
            time.sleep(pause_s)
    return None
