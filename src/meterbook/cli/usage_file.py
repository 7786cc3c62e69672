"""Readings written out: to a pipe as they come, to a file whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from meterbook.cli.output import write_to
from meterbook.formats import registry
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book import ReadingSet


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
    if write_to(output, format_, lambda sink: registry.write(format_, readings.for_export(missing=True), sink)):
        written = f"{counted(len(readings), 'reading')} of {counted(len(readings.channels), 'channel')}"
        typer.echo(f"{written} written to {output}", err=True)
