"""Numbers and amounts as reports write them, to plain decimal text. No floats."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.bill_reports.sheets import Bools

BLANK = frozenset(
    {"", "-", "--", "n/a", "na", "nan", "null", "not available", "not applicable", "#n/a", "\N{EM DASH}", "$-", "$ -"}
)
"""Texts, case-folded, by which a report says nothing."""
_CLEAN = r"^-?[0-9]{1,13}(\.[0-9]{1,9})?$"
_NUMBER = re.compile(r"(?P<whole>\d{1,3}(?:,\d{3})+|\d*)(?:\.(?P<part>\d*))?", re.ASCII)
_MOST = 13
_LONGEST = 15  # letters of an amount that is looked at by its bytes
_ZERO, _POINT, _MINUS, _DOLLAR = b"0.-$"


def read_numbers(column: Any, decimal_mark: str) -> tuple[Any, Bools]:
    """A column of numbers as plain decimal text.

    Args:
        column: n texts, an Arrow string array: ``$1,234.50``, ``-5``, ``(51.23)``, ``51.23-``, ``51.23 CR``, ``.81`` …
        decimal_mark: point or comma.

    Returns:
        n texts such as ``-51.23``, null where nothing is told, and marks of those that are no number.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    bad = np.zeros(len(column), np.bool_)
    if not len(column):
        return column, bad
    bare = _bare(column) if decimal_mark == "." else None
    if bare is not None:
        return bare, bad
    if decimal_mark == ".":
        # Most reports have a dollar sign before, or a blank after, every one: two passes for all of them together.
        trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(column, r"^\s*(-?)\$\s*", r"\1"))
        clean = pc.match_substring_regex(trimmed, _CLEAN)
        marks = clean.to_numpy(zero_copy_only=False)
        if marks.all():
            return trimmed, bad
        column = trimmed
    coded = column.dictionary_encode()
    texts: list[str | None] = []
    wrong = np.zeros(len(coded.dictionary), np.bool_)
    for index, text in enumerate(coded.dictionary.to_pylist()):
        if text.strip().casefold() in BLANK or text.casefold().startswith("not applicable"):
            texts.append(None)
            continue
        texts.append(plain_number(text, decimal_mark))
        wrong[index] = texts[-1] is None
    return pa.array(texts, pa.string()).take(coded.indices), wrong[coded.indices.to_numpy()]


def _bare(column: Any) -> Any | None:
    """The column itself, without the dollar sign that each amount may begin with; None unless all are plain decimals.

    It looks at the bytes of all texts together, which costs a tenth of what a pattern costs: most reports are clean.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    _, ends, data = column.buffers()
    if column.null_count or data is None:
        return None
    offsets = np.frombuffer(ends, np.int32)[column.offset : column.offset + len(column) + 1]
    letters = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    offsets = offsets - offsets[0]
    if not (np.diff(offsets) > 0).all():
        return None
    if (letters[offsets[:-1]] == _DOLLAR).all():
        keep = np.ones(len(letters), np.bool_)
        keep[offsets[:-1]] = False
        letters = letters[keep]
        offsets = (offsets - np.arange(len(offsets))).astype(np.int32)
        column = pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(letters))
    return column if _plain_decimals(letters, offsets) else None


def _plain_decimals(letters: NDArray[np.uint8], offsets: NDArray[np.int32]) -> bool:
    """Whether every text is digits, with one minus before and one point between them at most."""
    lengths = np.diff(offsets)
    if not ((lengths > 0) & (lengths <= _LONGEST)).all():
        return False
    digit = (letters >= _ZERO) & (letters <= _ZERO + 9)
    point, minus = letters == _POINT, letters == _MINUS
    first, last = offsets[:-1], offsets[1:] - 1
    if not (digit | point | minus).all() or not digit[last].all():
        return False
    signed = minus[first]
    if int(minus.sum()) != int(signed.sum()) or not digit[first + signed].all():
        return False
    points = np.concatenate([np.zeros(1, np.int32), np.cumsum(point, dtype=np.int32)])
    return bool((points[offsets[1:]] - points[offsets[:-1]] <= 1).all())


def plain_number(text: str, decimal_mark: str = ".") -> str | None:
    """A number or amount as plain decimal text; None if it is none.

    >>> [plain_number(text) for text in ("$1,234.50 ", "(51.23)", "51.23CR", "$-117.00", ".81", "1,23", "5 kWh")]
    ['1234.50', '-51.23', '-51.23', '-117.00', '0.81', None, None]
    """
    rest = text.strip().replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ")
    signs = 0
    if rest.startswith("(") and rest.endswith(")"):
        rest, signs = rest[1:-1].strip(), signs + 1
    if rest[-2:].casefold() == "cr":
        rest, signs = rest[:-2].strip(), signs + 1
    elif rest.endswith("-"):
        rest, signs = rest[:-1].strip(), signs + 1
    rest, before = _unsigned(rest)
    rest, after = _unsigned(rest.removeprefix("$").strip())
    signs += before + after
    if decimal_mark == ",":
        rest = rest.replace(".", "\0").replace(",", ".").replace("\0", ",")
    found = _NUMBER.fullmatch(rest)
    if found is None or signs > 1 or not (found["whole"] or found["part"]) or len(found["whole"]) > _MOST:
        return None
    whole = found["whole"].replace(",", "").lstrip("0") or "0"
    number = whole + (f".{found['part']}" if found["part"] else "")
    return f"-{number}" if signs and Decimal(number) else number


def _unsigned(text: str) -> tuple[str, int]:
    if text.startswith("-"):
        return text[1:].strip(), 1
    return text.removeprefix("+").strip(), 0
