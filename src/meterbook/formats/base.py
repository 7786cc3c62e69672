"""What every format shares: its description, whose readings a file holds, and what reading one gives back."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from meterbook.model.errors import MalformedRecord, Where
from meterbook.model.finding import Finding
from meterbook.model.series import IntervalSeries

GZIP_MAGIC = b"\x1f\x8b"
SNIFF_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatSpec:
    """One format, as the command line and the pages list it.

    Attributes:
        name: what ``--format`` takes.
        title: what a person calls it.
        extensions: file endings, with the dot; the first is used for new files.
        sniff: whether the first bytes of a file (unpacked, at least 8 KiB if it has them) look like this format.
        can_read: files of it can be imported.
        can_write: readings can be written to it.
        loses: what a reading has that the format can't hold, a sentence part each.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    can_read: bool
    can_write: bool
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """Whose readings a file holds, as far as the file does not say it itself.

    Attributes:
        utility: catalogue slug of the utility.
        account: account number, digits as text.
        service_location: the utility's number of the service location.
        meter: serial number of the meter.
    """

    utility: str
    account: str = ""
    service_location: str = ""
    meter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file held.

    Attributes:
        series: one for each channel, never empty ones.
        findings: everything that is doubtful or was not taken over as it stood.
        rows_read: records seen, header lines not counted.
        rows_skipped: records that gave no reading of their own: without a value, doubled, or added to another. In a
            file with several value columns each is counted.
    """

    series: tuple[IntervalSeries, ...]
    findings: tuple[Finding, ...]
    rows_read: int
    rows_skipped: int


def plain(content: bytes, source: str) -> bytes:
    """A file's content, unpacked if it is a gzip file.

    Raises:
        MalformedRecord: a gzip file that is cut short or damaged.
    """
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as err:
        raise MalformedRecord(
            "the file is packed with gzip but can't be unpacked",
            where=Where(source=source),
            expected="a whole gzip file",
            hint="Download it again; it may have been cut short.",
        ) from err


def sniffed(content: bytes) -> bytes:
    """The first bytes of a file, unpacked if it is a gzip file, for :attr:`FormatSpec.sniff`."""
    if not content.startswith(GZIP_MAGIC):
        return content[:SNIFF_BYTES]
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, SNIFF_BYTES)
    except zlib.error:
        return b""


def text(content: bytes, source: str) -> str:
    """A text file's content: UTF-8 with or without its mark, or UTF-16 with its mark (spreadsheets write both).

    Raises:
        MalformedRecord: neither.
    """
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        raise MalformedRecord(
            f"the file is not {encoding.upper().removesuffix('-SIG')} text",
            where=Where(source=source, record=f"line {line}"),
            expected="UTF-8",
            hint="Save it again as CSV UTF-8.",
        ) from err
