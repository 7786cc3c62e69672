"""Entries of a table's log: the files that a commit added and removed, as the protocol's JSON, a line an action.

Source: Delta Transaction Log Protocol, actions; reader version 1, writer version 2.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa
from deltalake import Schema

from meterbook.model.calendar import utc
from meterbook.model.errors import BookDamaged
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import MONTH_FIELD
from meterbook.store.readings.places.place import entry_name

_SUM = "crc32"
_CONFIGURATION = {
    "delta.checkpointInterval": "1000000",  # we make them, so that they are on disk before the entries they replace go
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 0 seconds",  # the age of files that left is on the files
}


def entry(
    adds: Iterable[LakeFile],
    removes: Iterable[LakeFile],
    *,
    now_ms: int,
    operation: str,
    new_data: bool,
    schema: pa.Schema | None = None,
) -> bytes:
    """The entry of a commit.

    Args:
        adds: files that join the table.
        removes: files that leave it.
        now_ms: the time, milliseconds since 1970.
        operation: name for the table's history.
        new_data: False when the same rows were only arranged anew.
        schema: columns without the partition, in a table's first entry.
    """
    actions: list[dict[str, Any]] = []
    if schema is not None:
        actions += [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, _metadata(schema, now_ms)]
    actions += [{"remove": _remove(file, now_ms, new_data)} for file in removes]
    actions += [{"add": _add(file, now_ms, new_data)} for file in adds]
    content = "".join(json.dumps(action, separators=(",", ":")) + "\n" for action in actions).encode()
    # The protocol leaves what is in here to the writer, and nobody else reads it.
    commit = {"timestamp": now_ms, "operation": operation, "engineInfo": "meterbook", _SUM: _sum(content)}
    return json.dumps({"commitInfo": commit}, separators=(",", ":")).encode() + b"\n" + content


def intact(content: bytes) -> bool:
    """Whether an entry is as it was written; one without a sum, of another program's making, if it can be read.

    >>> whole = entry([], [], now_ms=0, operation="WRITE", new_data=True, schema=pa.schema([("ts", pa.int64())]))
    >>> intact(whole), intact(whole[:-1]), intact(whole.replace(b"ts", b"tz"))
    (True, False, False)
    """
    first, _, rest = content.partition(b"\n")
    try:
        told = json.loads(first)
        commit = told.get("commitInfo") if isinstance(told, dict) else None
        expected = commit.get(_SUM) if isinstance(commit, dict) else None
        if expected is not None:
            return bool(expected == _sum(rest))
        for line in rest.splitlines():
            json.loads(line)
    except ValueError:
        return False
    return True


def changes(content: bytes) -> tuple[list[LakeFile], set[str]]:
    """The files that an entry adds, and the paths of those it removes.

    Raises:
        ValueError: it holds something else than such files as Meterbook writes them.
    """
    adds, gone = [], set()
    for line in content.splitlines():
        ((action, fields),) = json.loads(line).items()
        if action == "add":
            adds.append(added(fields))
        elif action == "remove":
            gone.add(str(fields["path"]))
        elif action != "commitInfo":
            raise ValueError(f"a log entry with {action}")
    return adds, gone


def followed(version: int, files: dict[str, LakeFile], read: Callable[[int], bytes]) -> tuple[int, dict[str, LakeFile]]:
    """The last version after one, and its files, from the entries in between.

    Args:
        version: where to begin.
        files: its files by path, brought up to date in place.
        read: gives the entry of a version.

    Raises:
        BookDamaged: an entry is not as it was written.
        ValueError: an entry holds something else than Meterbook writes.
        OSError: an entry is there and can't be read.
    """
    while True:
        try:
            content = read(version + 1)
        except FileNotFoundError:
            return version, files
        if not intact(content):
            raise BookDamaged(
                "an entry of the log of the book's readings is not as it was written",
                where=entry_name(version + 1),
                hint="Restore this file from a backup of the book.",
            )
        adds, gone = changes(content)
        for name in gone:
            files.pop(name, None)
        files |= {file.path: file for file in adds}
        version += 1


def _sum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"


def _metadata(schema: pa.Schema, now_ms: int) -> dict[str, Any]:
    return {
        "metaData": {
            "id": str(uuid.uuid4()),
            "format": {"provider": "parquet", "options": {}},
            "schemaString": Schema.from_arrow(schema.append(MONTH_FIELD)).to_json(),
            "partitionColumns": [MONTH_FIELD.name],
            "createdTime": now_ms,
            "configuration": _CONFIGURATION,
        }
    }


def _add(file: LakeFile, now_ms: int, new_data: bool) -> dict[str, Any]:
    low, high = (
        {"channel_id": file.channels[edge], "ts": _instant(file.span[edge]), "load_id": file.loads[edge]}
        for edge in (0, 1)
    )
    statistics = {
        "numRecords": file.rows,
        "minValues": low,
        "maxValues": high,
        "nullCount": {"channel_id": 0, "ts": 0, "load_id": 0},
    }
    return {
        "path": file.path,
        "partitionValues": {MONTH_FIELD.name: file.month},
        "size": file.size,
        "modificationTime": now_ms,
        "dataChange": new_data,
        "stats": json.dumps(statistics, separators=(",", ":")),
    }


def added(fields: dict[str, Any]) -> LakeFile:
    """The file that an ``add`` action lists.

    Raises:
        ValueError: without the bounds that Meterbook writes.
    """
    try:
        statistics = json.loads(fields["stats"])
        low, high = statistics["minValues"], statistics["maxValues"]
        return LakeFile(
            path=fields["path"],
            month=fields["partitionValues"][MONTH_FIELD.name],
            size=fields["size"],
            rows=statistics["numRecords"],
            channels=(low["channel_id"], high["channel_id"]),
            span=(_seconds(low["ts"]), _seconds(high["ts"])),
            loads=(low["load_id"], high["load_id"]),
        )
    except (KeyError, TypeError) as err:
        raise ValueError("a file is listed without its bounds") from err


def _remove(file: LakeFile, now_ms: int, new_data: bool) -> dict[str, Any]:
    return {
        "path": file.path,
        "deletionTimestamp": now_ms,
        "dataChange": new_data,
        "extendedFileMetadata": True,
        "partitionValues": {MONTH_FIELD.name: file.month},
        "size": file.size,
    }


def _instant(seconds: int) -> str:
    return utc(seconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())
