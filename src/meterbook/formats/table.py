"""Delimited text to columns, with the line of each record kept for messages."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterbook.model.errors import MalformedRecord, UsageError, Where

if TYPE_CHECKING:
    from _csv import Reader

CHUNK_ROWS = 8192
HEADER_SEARCH = 40  # lines in which the header is looked for: some files begin with a name and an address


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns of text.

    Attributes:
        columns: by name, each with n texts, blanks at both ends taken off.
        lines: n line numbers in the file, from 1.
    """

    columns: dict[str, list[str]]
    lines: list[int]


def read_table(content: str, names: Sequence[str], delimiter: str, *, header: bool, source: str) -> Table:
    """The named columns of a delimited text.

    Lines before the header are passed over (some utilities put name and address there), and so are empty ones.

    Args:
        content: the file's text.
        names: columns wanted: headers, or numbers from "1" where there is no header.
        delimiter: what stands between fields.
        header: whether there is a line of column names.
        source: the file's name, for messages.

    Raises:
        UsageError: a column is not there.
        MalformedRecord: a record has fewer fields than the columns need, or a quote is left open.
    """
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        places = _header(reader, names, source) if header else [_number(name) for name in names]
        need = max(places) + 1
        columns: list[list[str]] = [[] for _ in names]
        lines: list[int] = []
        while rows := _rows(reader, need, lines, source):
            turned = list(zip(*rows, strict=False))  # to the shortest: fields past the header's are nobody's
            for column, place in zip(columns, places, strict=True):
                column.extend(map(str.strip, turned[place]))
    except csv.Error as err:
        raise MalformedRecord(
            "a record can't be read", where=Where(source=source, record=f"line {reader.line_num}"), expected="valid CSV"
        ) from err
    return Table(columns=dict(zip(names, columns, strict=True)), lines=lines)


def _rows(reader: Reader, need: int, lines: list[int], source: str) -> list[list[str]]:
    """The next records, some thousand at most; their line numbers are added to ``lines``."""
    rows: list[list[str]] = []
    for row in reader:
        if len(row) < need:
            if not any(row):
                continue
            raise MalformedRecord(
                f"a record has {len(row)} fields",
                where=Where(source=source, record=f"line {reader.line_num}"),
                expected=f"at least {need}",
                hint="If the delimiter is another one, name it with --delimiter.",
            )
        rows.append(row)
        lines.append(reader.line_num)
        if len(rows) == CHUNK_ROWS:
            break
    return rows


def _header(reader: Reader, names: Sequence[str], source: str) -> list[int]:
    wanted = set(names)
    first: list[str] = []
    for row in reader:
        cells = [cell.strip() for cell in row]
        if wanted <= set(cells):
            return [cells.index(name) for name in names]
        first = first if len(first) > len(cells) else cells
        if reader.line_num >= HEADER_SEARCH:
            break
    missing = ", ".join(repr(name) for name in names if name not in first)
    raise UsageError(
        f"there is no column {missing}",
        where=Where(source=source),
        expected=f"one of {', '.join(cell for cell in first if cell)}" if first else "a line of column names",
        hint="Names are taken as they stand in the file's header, capitals too.",
    )


def _number(name: str) -> int:
    if not name.isdigit() or int(name) < 1:
        raise UsageError(
            f"column {name!r} can't be found in a file without a header",
            expected="a number from 1",
            hint="Count columns.",
        )
    return int(name) - 1
