"""Data files of several tables as one source for Daft, each row with the number of the question it is for.

The files are those that the Delta log lists, as our own reader of the log has them: the same snapshot that the local
engine would read, pruned by the log's bounds, without a listing of folders or a request a file, and with one way to
sign in to an object store. What Daft gets to know of each file (rows, bytes, bounds) is what the log says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import daft
import numpy as np
import pyarrow as pa
from daft.daft import StorageConfig
from daft.io import IOConfig, S3Config
from daft.io.partitioning import PartitionField
from daft.io.pushdowns import Pushdowns
from daft.io.source import DataSource, DataSourceTask
from daft.recordbatch import RecordBatch
from daft.schema import Schema

from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import MICROS, TIME
from meterbook.store.readings.places.place import Place

PART = "part"
"""Column with the number of the question that a row is for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """The files that one question needs.

    Attributes:
        number: of the question.
        place: of the table.
        schema: columns of the table without its partition.
        files: data files of it.
    """

    number: int
    place: Place
    schema: pa.Schema
    files: Sequence[LakeFile]

    def of(self, files: Sequence[LakeFile]) -> Part:
        """The part with other files."""
        return replace(self, files=files)


class LakeSource(DataSource):
    """The rows of data files.

    Args:
        parts: which files; at least one part, all of tables with the same columns.
        threads: whether each reader of a file uses several connections; off on a cluster, where each worker has them.
    """

    def __init__(self, parts: Sequence[Part], *, threads: bool) -> None:
        self._parts = parts
        self._schema = Schema.from_pyarrow_schema(parts[0].schema.append(pa.field(PART, pa.int32())))
        self._threads = threads

    @property
    def name(self) -> str:
        """What Daft calls it in its plans."""
        return "meterbook readings"

    @property
    def schema(self) -> Schema:
        """The table's columns and :data:`PART`."""
        return self._schema

    def get_partition_fields(self) -> list[PartitionField]:
        """The column that is not in the files."""
        return [PartitionField.create(field) for field in self._schema if field.name == PART]

    async def get_tasks(self, pushdowns: Pushdowns) -> AsyncIterator[DataSourceTask]:
        """A task a file."""
        for part in self._parts:
            storage = StorageConfig(self._threads, io_config(part.place.storage_options()))
            number = _batch(PART, pa.array([part.number], pa.int32()))
            for file in part.files:
                yield DataSourceTask.parquet(
                    path=address(part.place, file),
                    schema=self._schema,
                    pushdowns=pushdowns,
                    num_rows=file.rows,
                    size_bytes=file.size,
                    partition_values=number,
                    stats=_bounds(file),
                    storage_config=storage,
                )


def address(place: Place, file: LakeFile) -> str:
    """Where a file lies, for Daft."""
    root = place.uri if "://" in place.uri else str(Path(place.uri).absolute())  # not a URL: Daft would not unescape it
    return f"{root}/{file.path}"


def io_config(options: dict[str, str]) -> IOConfig:
    """The way to an object store from a place's storage options."""
    if not options:
        return IOConfig()
    endpoint = options.get("aws_endpoint")
    return IOConfig(
        s3=S3Config(
            region_name=options.get("aws_region"),
            endpoint_url=endpoint,
            key_id=options.get("aws_access_key_id"),
            access_key=options.get("aws_secret_access_key"),
            session_token=options.get("aws_session_token"),
            use_ssl=endpoint is None or not endpoint.startswith("http://"),
            num_tries=5,
        )
    )


def _bounds(file: LakeFile) -> RecordBatch:
    instants = pa.array((np.array(file.span, np.int64) * MICROS).view("datetime64[us]"), TIME)
    columns = {
        "channel_id": pa.array(file.channels, pa.int32()),
        "ts": instants,
        "load_id": pa.array(file.loads, pa.int32()),
    }
    return RecordBatch.from_pydict({name: daft.Series.from_arrow(column, name) for name, column in columns.items()})


def _batch(name: str, column: pa.Array) -> RecordBatch:
    return RecordBatch.from_pydict({name: daft.Series.from_arrow(column, name)})
