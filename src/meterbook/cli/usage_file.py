"""Readings written out: to a pipe as they come, to a file whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from meterbook.cli.context import counted
from meterbook.formats import registry
from meterbook.model.errors import StoreError, UsageError

if TYPE_CHECKING:
    from meterbook.book import ReadingSet

BINARY = ("parquet", "arrow")


def write_readings(readings: ReadingSet, format_: str, output: Path | None) -> None:
    """Write readings, a missing interval as a row without a value.

    Args:
        readings: what to write.
        format_: ``csv``, ``json``, ``parquet`` or ``arrow``.
        output: file; standard output without one, or for ``-``.

    Raises:
        UsageError: a binary format would go to a terminal.
        StoreError: the file can't be written; one that was there before is as it was.
    """
    if output is None or str(output) == "-":
        if format_ in BINARY and sys.stdout.isatty():
            raise UsageError(f"{format_} is binary", expected="-o FILE, or a pipe")
        registry.write(format_, readings.for_export(missing=True), sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        if output.exists() and not output.is_file() and not output.is_dir():  # a pipe or a device: nothing to replace
            with output.open("wb") as sink:
                registry.write(format_, readings.for_export(missing=True), sink)
        else:
            _replace(readings, format_, output.resolve())
    except OSError as err:
        raise StoreError(
            f"the file can't be written: {err.strerror}", where=str(output), hint="Choose another place with -o."
        ) from err
    written = f"{counted(len(readings), 'reading')} of {counted(len(readings.channels), 'channel')}"
    typer.echo(f"{written} written to {output}", err=True)


def _replace(readings: ReadingSet, format_: str, output: Path) -> None:
    """Write beside the file, then take its name: whoever looks sees the old one or the new one, whole."""
    if output.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as sink:
            registry.write(format_, readings.for_export(missing=True), sink)
            sink.flush()
            os.fsync(sink.fileno())
        partial.replace(output)
    except BaseException:  # a full disk, an interrupt: nothing is left lying about
        partial.unlink(missing_ok=True)
        raise
