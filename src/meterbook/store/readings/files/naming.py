"""Names of data files: each tells by itself whether the bytes under it are those that were written.

Parquet's page checksums cover neither page headers nor the footer, and readers look at different parts of both: a bit
that flipped there may spoil what one engine reads and not what another does. So a sum over the whole file goes into its
name, which the log holds, and which no reader of the table takes for more than a name.
"""

from __future__ import annotations

import re
import uuid
import zlib

import pyarrow as pa

_SUM = re.compile(r"/part-[0-9a-f]{32}-([0-9a-f]{8})\.parquet\Z")


def new_name(month: str, content: bytes | pa.Buffer) -> str:
    """A name that no file ever had.

    Args:
        month: partition.
        content: the whole file.
    """
    return f"month={month}/part-{uuid.uuid4().hex}-{_sum(content)}.parquet"


def as_written(name: str, content: bytes | pa.Buffer) -> bool:
    """Whether a file holds what its name was made of; True for a name without a sum, as older books have them.

    >>> name = new_name("2025-11", b"PAR1 and so on")
    >>> as_written(name, b"PAR1 and so on"), as_written(name, b"PAR1 and so No"), as_written("part-1f.parquet", b"")
    (True, False, True)
    """
    told = _SUM.search(name)
    return told is None or told[1] == _sum(content)


def _sum(content: bytes | pa.Buffer) -> str:
    return f"{zlib.crc32(content):08x}"
