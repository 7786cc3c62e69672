"""Packed files are looked at before they are read: what unpacks to no sensible size is refused."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from meterbook.formats.base import GZIP_MAGIC
from meterbook.model.errors import InputError, MalformedRecord, Where

UNPACKED_MAX = 1 << 29
"""Bytes that a file may unpack to: a workbook of a million rows and ten columns takes about as many."""
CELLS_MAX = 30_000_000
"""Cells of a sheet from its first corner to its last, empty ones too, since readers hold them all."""
_MAIN = "xl/workbook.xml"
_COLUMNS = re.compile(rb"""\br=["']([A-Z]{2,3})\d""")
_ROWS = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d+)""")
_FAR_CELLS = re.compile(rb"""\br=["'][A-Z]{1,3}(\d{5,})""")
_LETTERS = 26


def unpacked(content: bytes, source: str) -> bytes:
    """A text file's content, unpacked if it is a gzip file.

    Raises:
        MalformedRecord: a gzip file that is cut short or damaged.
        InputError: it unpacks to more than :data:`UNPACKED_MAX`.
    """
    if not content.startswith(GZIP_MAGIC):
        return content
    opened = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = opened.decompress(content, UNPACKED_MAX)
    except zlib.error as err:
        raise _damaged("file", source) from err
    if opened.unconsumed_tail:
        raise _too_large("file", source)
    if not opened.eof:
        raise _damaged("file", source)
    return plain


def check_package(content: bytes, source: str) -> bool:
    """Refuse workbooks that unpack to no sensible size, or span more cells than :data:`CELLS_MAX`.

    Returns:
        Whether days count from 1904, as in old Macintosh workbooks.

    Raises:
        MalformedRecord: no whole XLSX file.
        InputError: too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            if sum(member.file_size for member in members) > UNPACKED_MAX:
                raise _too_large("workbook", source)
            if _MAIN not in {member.filename for member in members}:
                raise _damaged("workbook", source)
            for member in members:
                body = package.read(member)  # all of it: a member that is larger than it says is found here
                if member.filename.startswith("xl/worksheets/") and _cells(body) > CELLS_MAX:
                    raise _too_large("workbook", source)
            main = package.read(_MAIN).replace(b"'", b'"')
            return b'date1904="1"' in main or b'date1904="true"' in main
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as err:
        raise _damaged("workbook", source) from err


def _cells(sheet: bytes) -> int:
    """Rows times columns up to the last cell of a sheet, by the places that its rows and cells name."""
    wide = set(_COLUMNS.findall(sheet))
    columns = max((_number(letters) for letters in wide), default=_LETTERS)
    rows = max((int(number) for number in (*_ROWS.findall(sheet), *_FAR_CELLS.findall(sheet))), default=0)
    return rows * columns


def _number(letters: bytes) -> int:
    """Number of a column, ``AA`` being 27."""
    found = 0
    for letter in letters:
        found = found * _LETTERS + letter - ord("A") + 1
    return found


def _too_large(what: str, source: str) -> InputError:
    return InputError(
        f"the {what} unpacks to more than can be a billing report",
        where=Where(source=source),
        expected=f"at most {UNPACKED_MAX >> 20:,} MiB and {CELLS_MAX:,} cells a sheet",
        hint="Split it, or save the sheet as CSV. Nothing was stored.",
    )


def _damaged(what: str, source: str) -> MalformedRecord:
    return MalformedRecord(
        f"the {what} can't be unpacked",
        where=Where(source=source),
        expected="a whole XLSX file, or text that may be packed with gzip",
        hint="Download it again; it may have been cut short. Save other workbooks as XLSX.",
    )
