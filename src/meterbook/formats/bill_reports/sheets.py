"""The tables in a report file: delimited text or the sheets of a workbook, as columns of text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.bill_reports.packages import check_package, unpacked
from meterbook.formats.exact import FLOAT_DIGITS
from meterbook.model.errors import MalformedRecord, Where

TOP = 80
"""Rows in which the headings are looked for."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DELIMITERS = (",", "\t", ";", "|")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
THREADS = 2
"""Columns worked on at once."""
Bools = NDArray[np.bool_]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """The rows below the headings.

    Attributes:
        columns: Arrow string arrays of n rows, one for each column.
        typed: for each column the rows that were a real date or number in a workbook; None where all was text.
        extra: rows that have something right of the last heading.
        row: number of a row in the file, from 1, as a text editor or spreadsheet shows it.
        seen: what :meth:`coded` has worked out.
    """

    columns: tuple[Any, ...]
    typed: tuple[Bools | None, ...]
    extra: Bools
    row: Callable[[int], int]
    seen: dict[int, tuple[list[str], Int64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.extra)

    def code(self, places: Iterable[int]) -> None:
        """Work out :meth:`coded` of several columns, side by side: Arrow lets go of the interpreter meanwhile."""
        left = [place for place in dict.fromkeys(places) if place not in self.seen]
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self.coded, left))

    def coded(self, place: int) -> tuple[list[str], Int64]:
        """The distinct texts of a column without blanks at their ends, and which of them each row has."""
        if place not in self.seen:
            coded = self.columns[place].dictionary_encode()
            texts = [text.strip() for text in coded.dictionary.to_pylist()]
            self.seen[place] = texts, coded.indices.to_numpy().astype(np.int64)
        return self.seen[place]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """One table.

    Attributes:
        name: of the sheet; None in a text file.
        top: its first rows, each with its number from 1; empty rows left out.
        body: the rows below a row of that number; so many columns.
        epoch_1904: days are counted from 1904, as old Macintosh workbooks do.
    """

    name: str | None
    top: tuple[tuple[int, tuple[str, ...]], ...]
    body: Callable[[int, int], Body]
    epoch_1904: bool = False


def is_workbook(content: bytes) -> bool:
    """Whether a file is a spreadsheet's, not text."""
    return content.startswith((_ZIP, _OLE))


def sheets(content: bytes, source: str) -> Iterator[Sheet]:
    """The tables of a file, in their order.

    Args:
        content: the file as it is on disk; text may be packed with gzip.
        source: its name, for messages.

    Raises:
        InputError: the file can't be read as what it is, or unpacks to more than is sensible.
    """
    if is_workbook(content):
        yield from _workbook(content, source)
    else:
        yield _text(unpacked(content, source), source)


# -- text ------------------------------------------------------------------------------------------------------------


def decoded(content: bytes) -> str:
    """Text in whatever encoding spreadsheets and portals write: UTF-8, UTF-16 with or without mark, Windows-1252.

    >>> decoded("Größe".encode("cp1252")), decoded("a\\tb".encode("utf-16-le"))
    ('Größe', 'a\\tb')
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    if len(content) > 3 and content[1:200:2].count(0) > len(content[1:200:2]) * 0.6:
        return content.decode("utf-16-le", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _text(content: bytes, source: str) -> Sheet:
    if b"\0" in content[:64] and content[:2] not in (b"\xff\xfe", b"\xfe\xff") and content[:1] == b"\0":
        raise MalformedRecord("the file is not text", where=Where(source=source), expected="CSV, TSV or XLSX")
    whole = decoded(content)
    delimiter = _delimiter(whole)
    top = []
    try:
        for number, row in _rows(whole, delimiter):
            if any(cell.strip() for cell in row):
                top.append((number, tuple(row)))
            if len(top) >= TOP:
                break
    except csv.Error as err:
        raise _unreadable(top[-1][0] + 1 if top else 1, source) from err

    def body(heading: int, width: int) -> Body:
        return _text_body(whole, delimiter, heading, width, source)

    return Sheet(name=None, top=tuple(top), body=body)


def _rows(whole: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line on which each begins."""
    reader = csv.reader(_lines(whole), delimiter=delimiter, strict=True)
    before = 0
    for row in reader:
        yield before + 1, row
        before = reader.line_num


def _delimiter(whole: str) -> str:
    """The mark that stands in the most of the first lines, and most often."""
    lines = [line for line in whole[:20_000].splitlines()[:TOP] if line.strip()]
    return max(
        _DELIMITERS,
        key=lambda mark: (sum(mark in line for line in lines), sum(map(len, (x.split(mark) for x in lines)))),
    )


def _text_body(whole: str, delimiter: str, heading: int, width: int, source: str) -> Body:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    def row(index: int) -> int:
        below = (number for number, cells in _rows(whole, delimiter) if number > heading and cells)
        return next((number for place, number in enumerate(below) if place == index), heading + 1 + index)

    try:
        body = _regular(whole, delimiter, heading, width, row)
    except pa.ArrowInvalid:
        body = _irregular(whole, delimiter, heading, width, source)
    if '"' in whole:
        _check_quotes(body, delimiter, source)
    return body


def _check_quotes(body: Body, delimiter: str, source: str) -> None:
    """Refuse a cell that holds whole rows: two quotes in different rows, of which each lacks its partner."""
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    for column in body.columns:
        broken = pc.match_substring_regex(column, r"[\r\n]").to_numpy(zero_copy_only=False)
        for index in np.flatnonzero(broken).tolist():
            if column[index].as_py().count(delimiter) >= max(2, len(body.columns) - 1):
                raise _unreadable(body.row(index), source)


def _regular(whole: str, delimiter: str, heading: int, width: int, row: Callable[[int], int]) -> Body:
    """Rows read by Arrow, which refuses rows of unequal length."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    from pyarrow import csv as arrow_csv  # noqa: PLC0415 - slow to load

    start = _offset_below(whole, delimiter, heading)
    data = whole[start:].encode()
    names = [f"c{index}" for index in range(width)]
    if not data.strip():
        return Body(
            columns=tuple(pa.array([], pa.string()) for _ in names),
            typed=(None,) * width,
            extra=np.zeros(0, np.bool_),
            row=row,
        )
    table = arrow_csv.read_csv(
        pa.py_buffer(data),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=1 << 20),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    columns = tuple(table.column(name).combine_chunks() for name in names)
    return Body(columns=columns, typed=(None,) * width, extra=np.zeros(len(columns[0]), np.bool_), row=row)


def _offset_below(whole: str, delimiter: str, heading: int) -> int:
    """Where the text below the row of headings begins."""
    last = next(end for end, number in _ends(whole, delimiter) if number == heading)
    return sum(map(len, islice(_lines(whole), last)))


def _ends(whole: str, delimiter: str) -> Iterator[tuple[int, int]]:
    reader = csv.reader(_lines(whole), delimiter=delimiter, strict=True)
    before = 0
    for _ in reader:
        yield reader.line_num, before + 1
        before = reader.line_num


def _lines(whole: str) -> Iterator[str]:
    """Lines with their ends, taken as they are wanted: a report of a whole co-op is not copied for its first rows.

    >>> list(_lines("a\\r\\nb\\rc\\n\\nd"))
    ['a\\r\\n', 'b\\r', 'c\\n', '\\n', 'd']
    """
    return (found[0] for found in _LINE.finditer(whole))


def _irregular(whole: str, delimiter: str, heading: int, width: int, source: str) -> Body:
    """Rows read one by one: short ones end in nothing, and what long ones have more is remembered."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    kept: list[list[str]] = []
    numbers: list[int] = []
    extra: list[bool] = []
    try:
        for number, cells in _rows(whole, delimiter):
            if number <= heading or not cells:
                continue
            kept.append(cells[:width] + [""] * (width - len(cells)))
            extra.append(any(cell.strip() for cell in cells[width:]))
            numbers.append(number)
    except csv.Error as err:
        raise _unreadable((numbers[-1] if numbers else heading) + 1, source) from err
    columns = tuple(pa.array([cells[place] for cells in kept], pa.string()) for place in range(width))
    return Body(columns=columns, typed=(None,) * width, extra=np.array(extra, np.bool_), row=numbers.__getitem__)


def _unreadable(line: int, source: str) -> MalformedRecord:
    return MalformedRecord(
        "a row can't be read",
        where=Where(source=source, record=f"row {line}"),
        expected="valid CSV: a quote may be left open",
        hint="Nothing of the file was stored.",
    )


# -- workbooks -------------------------------------------------------------------------------------------------------


def _workbook(content: bytes, source: str) -> Iterator[Sheet]:
    import python_calamine  # noqa: PLC0415 - only for workbooks

    epoch_1904 = check_package(content, source) if content.startswith(_ZIP) else False
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = list(book.sheet_names)
    except Exception as err:  # the reader's own errors share no public root
        raise MalformedRecord(
            "the workbook can't be opened",
            where=Where(source=source),
            expected="an XLSX or XLS file without a password",
            hint="Open it in a spreadsheet program and save it anew as XLSX.",
        ) from err
    for name in names:
        try:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except Exception as err:
            raise MalformedRecord(
                "a sheet of the workbook can't be read", where=Where(source=source, record=f"sheet {name!r}")
            ) from err
        yield _sheet(name, rows, epoch_1904=epoch_1904)


def _sheet(name: str, rows: Sequence[Sequence[Any]], *, epoch_1904: bool) -> Sheet:
    top = []
    for number, row in enumerate(rows[: 4 * TOP], start=1):
        cells = tuple(_written(cell) for cell in row)
        if any(cell.strip() for cell in cells):
            top.append((number, cells))
        if len(top) >= TOP:
            break

    def body(heading: int, width: int) -> Body:
        return _sheet_body(rows, heading, width)

    return Sheet(name=name, top=tuple(top), body=body, epoch_1904=epoch_1904)


def _sheet_body(rows: Sequence[Sequence[Any]], heading: int, width: int) -> Body:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    below = rows[heading:]
    columns, typed = [], []
    for cells in zip(*(row[:width] for row in below), strict=True) if below else [() for _ in range(width)]:
        columns.append(pa.array([_written(cell) for cell in cells], pa.string()))
        typed.append(np.fromiter((not isinstance(cell, str) for cell in cells), np.bool_, len(cells)))
    extra = np.fromiter((any(cell != "" for cell in row[width:]) for row in below), np.bool_, len(below))
    return Body(columns=tuple(columns), typed=tuple(typed), extra=extra, row=lambda index: heading + 1 + index)


def _written(cell: Any) -> str:
    """A cell as text: days as ISO, numbers without the noise of a binary float."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < 1e15
        return str(int(cell)) if whole else f"{FLOAT_DIGITS.create_decimal(repr(cell)):f}"
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    return str(cell)
