"""Every format, for the command line, the API and the pages to list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from meterbook.formats import columnar, delimited, smarthub_csv, usage_csv, usage_json
from meterbook.formats.base import FormatSpec, sniffed
from meterbook.formats.usage_rows import UsageRows
from meterbook.model.errors import UsageError

# In the order in which they are tried on a file: the particular ones before those that fit almost anything.
FORMATS: tuple[FormatSpec, ...] = (
    smarthub_csv.SPEC,
    usage_csv.SPEC,
    usage_json.SPEC,
    columnar.PARQUET,
    columnar.ARROW,
    delimited.SPEC,
)
_WRITERS = {
    usage_csv.SPEC.name: usage_csv.write,
    usage_json.SPEC.name: usage_json.write,
    columnar.PARQUET.name: columnar.write_parquet,
    columnar.ARROW.name: columnar.write_arrow,
}


def by_name(name: str) -> FormatSpec:
    """The format of that name.

    Raises:
        UsageError: there is none.
    """
    for spec in FORMATS:
        if spec.name == name:
            return spec
    raise UsageError(f"there is no format {name!r}", expected=f"one of {', '.join(spec.name for spec in FORMATS)}")


def detect(content: bytes) -> FormatSpec | None:
    """The first format that a file's content looks like, unpacked if it is a gzip file; None if none does."""
    head = sniffed(content)
    return next((spec for spec in FORMATS if spec.sniff(head)), None)


def write(name: str, rows: Iterable[UsageRows], sink: BinaryIO) -> None:
    """Write readings to a binary file in the format of that name.

    Raises:
        UsageError: there is no such format, or it can only be read.
    """
    writer = _WRITERS.get(by_name(name).name)
    if writer is None:
        raise UsageError(f"{name} can only be read", expected=f"one of {', '.join(_WRITERS)}")
    writer(rows, sink)
