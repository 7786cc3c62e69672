"""Delimited text to columns of text. Arrow reads files that are regular; the rest is read record by record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.model.errors import MalformedRecord, UsageError, Where

Int64 = NDArray[np.int64]

HEADER_SEARCH = 40  # lines in which the header is looked for: some files begin with a name and an address


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """A column of text.

    Attributes:
        texts: n texts, an Arrow string array.
    """

    texts: Any

    def __getitem__(self, row: int) -> str:
        return str(self.texts[row].as_py()).strip()

    def encoded(self) -> tuple[list[str], Int64]:
        """The distinct texts, blanks at both ends taken off, and which of them each row has."""
        coded = self.texts.dictionary_encode()
        return [text.strip() for text in coded.dictionary.to_pylist()], coded.indices.to_numpy().astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Columns of a delimited text.

    Attributes:
        columns: by name, each of n rows.
        rows: n.
        source: the file's name.
        line: line in the file of a row, both from 1 and from 0; found by reading once more, for messages only.
    """

    columns: dict[str, Column]
    rows: int
    source: str
    line: Callable[[int], int]

    def where(self, row: int, field: str) -> Where:
        """Where a row's field stands, for messages."""
        return Where(source=self.source, record=f"line {self.line(row)}", field=field)

    def groups(self, names: Sequence[str]) -> list[Int64]:
        """Rows by what the named columns hold, those of a group in the order of the file."""
        which = np.zeros(self.rows, np.int64)
        for name in names:
            _, codes = self.columns[name].encoded()
            _, which = np.unique(which * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
        return split_by(which)


def split_by(which: Int64) -> list[Int64]:
    """Row numbers by code, in the order in which the codes first occur."""
    if not len(which):
        return []
    _, first, codes = np.unique(which, return_index=True, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.searchsorted(codes[order], np.arange(1, len(first))))
    return [parts[code] for code in np.argsort(first, kind="stable").tolist()]


def read_table(content: str, names: Sequence[str], delimiter: str, *, header: bool, source: str) -> Table:
    """The named columns of a delimited text.

    Lines before the header are passed over (some utilities put name and address there), and so are empty ones.

    Args:
        content: the file's text.
        names: columns wanted, each once: headers, or numbers from "1" where there is no header.
        delimiter: what stands between fields.
        header: whether there is a line of column names.
        source: the file's name, for messages.

    Raises:
        UsageError: a column is not there.
        MalformedRecord: a record has fewer fields than the columns need, or a quote is left open.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    reader = _reader(content, delimiter)
    places, body = _header(reader, names, source) if header else ([_number(name) for name in names], 0)
    try:
        texts = _regular(content, places, delimiter, body)
    except (pa.ArrowInvalid, csv.Error):
        texts = _irregular(content, places, delimiter, body, source)

    def line(row: int) -> int:
        records = enumerate(_records(content, delimiter, body))
        try:
            return next(number for index, (number, _) in records if index == row)
        except (StopIteration, csv.Error):
            return body + row + 1  # right in a file without empty lines or line breaks in quotes

    columns = {name: Column(texts=column) for name, column in zip(names, texts, strict=True)}
    return Table(columns=columns, rows=len(texts[0]), source=source, line=line)


def _reader(content: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)


def _header(reader: Any, names: Sequence[str], source: str) -> tuple[list[int], int]:
    """Place of each column, and the number of the header's line."""
    wanted = set(names)
    first: list[str] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if wanted <= set(cells):
                return [cells.index(name) for name in names], reader.line_num
            first = first if len(first) >= len(cells) else cells
            if reader.line_num >= HEADER_SEARCH:
                break
    except csv.Error as err:
        raise _unreadable(reader.line_num, source) from err
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
            hint="Count the columns from the left.",
        )
    return int(name) - 1


def _regular(content: str, places: Sequence[int], delimiter: str, body: int) -> list[Any]:
    """Columns read by Arrow, which refuses records of unequal length."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    from pyarrow import csv as arrow_csv  # noqa: PLC0415 - slow to load

    start = 0
    for _ in range(body):
        start = content.find("\n", start) + 1
    data = content[start:].encode()
    if (body and not start) or not data.strip():
        return [pa.array([], pa.string()) for _ in places]
    first = next(_records(content, delimiter, body))[1]
    names = [f"c{index}" for index in range(len(first))]
    if max(places) >= len(names):
        raise pa.ArrowInvalid("too few fields")
    wanted = [names[place] for place in places]
    table = arrow_csv.read_csv(
        pa.py_buffer(data),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=1 << 24),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()), include_columns=list(dict.fromkeys(wanted))
        ),
    )
    return [table.column(name).combine_chunks() for name in wanted]


def _irregular(content: str, places: Sequence[int], delimiter: str, body: int, source: str) -> list[Any]:
    """Columns read record by record; what a record has more than the columns need is nobody's."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    need = max(places) + 1
    columns: list[list[str]] = [[] for _ in places]
    number = body
    try:
        for number, row in _records(content, delimiter, body):
            if len(row) < need:
                raise MalformedRecord(
                    f"a record has {len(row)} fields",
                    where=Where(source=source, record=f"line {number}"),
                    expected=f"at least {need}",
                    hint="Look at that line: a field or a quote may be missing, or another delimiter be used.",
                )
            for column, place in zip(columns, places, strict=True):
                column.append(row[place])
    except csv.Error as err:
        raise _unreadable(number + 1, source) from err
    return [pa.array(column, pa.string()) for column in columns]


def _records(content: str, delimiter: str, body: int) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each record after the header, empty lines left out."""
    reader = _reader(content, delimiter)
    for row in reader:
        if row and reader.line_num > body:
            yield reader.line_num, row


def _unreadable(line: int, source: str) -> MalformedRecord:
    return MalformedRecord(
        "a record can't be read", where=Where(source=source, record=f"line {line}"), expected="valid CSV"
    )
