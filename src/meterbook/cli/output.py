"""Where answers go that are not for looking at: to a pipe as they come, to a file whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO


class OutputFormat(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"


_BINARY = (OutputFormat.PARQUET, OutputFormat.ARROW)


def format_of(named: OutputFormat | None, output: Path | None) -> OutputFormat:
    """The format that was named, or that a file's name ends in; a table where nothing is written.

    Raises:
        UsageError: a table is to be written to a file, or the name tells no format.
    """
    from meterbook.model.errors import UsageError

    if named is OutputFormat.TABLE and output is not None:
        raise UsageError("a table is for looking at", where="-o", expected="--format csv, json, parquet or arrow")
    if named is not None or output is None:
        return named or OutputFormat.TABLE
    ending = output.suffix.lstrip(".").lower()
    if ending in ("csv", "json", "parquet", "arrow"):
        return OutputFormat(ending)
    raise UsageError("the file's name tells no format", where=str(output), expected="--format, or a name such as x.csv")


def write_bytes(output: Path | None, format_: str, content: bytes) -> bool:
    """Have bytes that are ready written; see :func:`write_to`."""

    def write(sink: BinaryIO) -> None:
        sink.write(content)

    return write_to(output, format_, write)


PICTURES = (".svg", ".png")


def picture_kind(output: Path) -> str:
    """What kind of picture a file's name tells: ``.svg`` or ``.png``.

    Raises:
        UsageError: it tells none.
    """
    from meterbook.model.errors import UsageError

    ending = output.suffix.casefold()
    if ending not in PICTURES:
        raise UsageError(
            "the file's name tells no picture format", where=str(output), expected="a name in .svg or .png"
        )
    return ending


def write_picture(output: Path, svg: str) -> None:
    """Write a drawing as the kind of picture that the file's name tells.

    Raises:
        UsageError: it tells none.
        StoreError: the file can't be written.
    """
    ending = picture_kind(output)
    if ending == ".png":
        from meterbook.report.typeset import png

        write_bytes(output, "png", png(svg))
    else:
        write_bytes(output, "svg", svg.encode())


def write_to(output: Path | None, format_: str, write: Callable[[BinaryIO], None]) -> bool:
    """Have something written to a file, or to standard output.

    Args:
        output: file, replaced whole or not at all; a pipe or a device is written to as it is; standard output without
            one, or for ``-``.
        format_: ``csv``, ``json``, ``parquet`` or ``arrow``.
        write: writes it.

    Returns:
        Whether it went to a file.

    Raises:
        UsageError: a binary format would go to a terminal.
        StoreError: the file can't be written; one that was there before is as it was.
    """
    from meterbook.model.errors import StoreError, UsageError

    if output is None or str(output) == "-":
        if format_ in _BINARY and sys.stdout.isatty():
            raise UsageError(f"{format_} is binary", expected="-o FILE, or a pipe")
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return False
    try:
        if output.exists() and not output.is_file() and not output.is_dir():  # a pipe or a device: nothing to replace
            with output.open("wb") as sink:
                write(sink)
        else:
            _replace(output.resolve(), write)
    except OSError as err:
        raise StoreError(
            f"the file can't be written: {err.strerror}", where=str(output), hint="Choose another place with -o."
        ) from err
    return True


def _replace(output: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write beside the file, then take its name: whoever looks sees the old one or the new one, whole."""
    if output.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as sink:
            write(sink)
            sink.flush()
            os.fsync(sink.fileno())
        partial.replace(output)
    except BaseException:  # a full disk, an interrupt: nothing is left lying about
        partial.unlink(missing_ok=True)
        raise
