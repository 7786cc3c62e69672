"""A table as of its last commit, put together from its last summary and the entries since.

The library does this as well and needs some 15 ms where dozens of entries have come since the summary; a home's book
gets an entry every quarter of an hour and is opened for every command. Whatever is not as Meterbook writes it is left
to the library, which reads all that the protocol allows, and says what is wrong with the rest.

Source: Delta Transaction Log Protocol, "Checkpoints" and "Last Checkpoint File"; reader version 1, writer version 2.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.log.entries import added, followed
from meterbook.store.readings.places.place import LAST_CHECKPOINT, entry_name, summary_name

READER, WRITER = 1, 2
"""The protocol's versions that this reads and writes."""

_COLUMNS = ["add.path", "add.partitionValues", "add.size", "add.stats", "protocol"]
_FURTHER = "add.deletionVector.storageType"


def snapshot(folder: Path) -> tuple[int, list[LakeFile]] | None:
    """The last version and its files, in no order.

    Args:
        folder: the table's, with the log in it.

    Returns:
        None where the library has to tell: without a summary, with one in parts, or of another program's making.
    """
    try:
        version = _summed_up_at(folder)
        summary = folder / summary_name(version)
        version, files = followed(version, _summary(summary), lambda number: (folder / entry_name(number)).read_bytes())
        # The end of the log was met, unless a writer dropped an entry since: then the summary went before it.
        return (version, list(files.values())) if summary.exists() else None
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def _summed_up_at(folder: Path) -> int:
    told = json.loads((folder / LAST_CHECKPOINT).read_bytes())
    if told.get("parts"):
        raise ValueError("a summary in parts")
    return int(told["version"])


def _summary(path: Path) -> dict[str, LakeFile]:
    with pq.ParquetFile(path, memory_map=False) as file:
        vectors = any(file.schema.column(at).path == _FURTHER for at in range(len(file.schema)))
        rows = file.read(columns=[*_COLUMNS, *([_FURTHER] if vectors else [])], use_threads=False).to_pylist()
    files: dict[str, LakeFile] = {}
    known = False
    for row in rows:
        add, protocol = row["add"], row["protocol"]
        if protocol is not None:
            known = protocol["minReaderVersion"] <= READER and protocol["minWriterVersion"] <= WRITER
        if add is not None:
            one = added(_plain(add))
            files[one.path] = one
    if not known:
        raise ValueError("a summary of another protocol")
    return files


def _plain(add: dict[str, Any]) -> dict[str, Any]:
    vector = add.get("deletionVector")
    if vector is not None and vector.get("storageType") is not None:
        raise ValueError("rows deleted by another program")
    return {**add, "partitionValues": dict(add["partitionValues"])}
