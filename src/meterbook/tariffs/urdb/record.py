"""A record of OpenEI's Utility Rate Database: its fields by name, as numbers, texts and lists. Changes nothing in it.

Versions 3 to 8 differ in names, so records stored over the years mix them; rows of the bulk file are flattened
(``energyratestructure/period0/tier0rate``). Names are taken in any case.

Source: the API's field descriptions, https://openei.org/services/doc/rest/util_rates/?version=8
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from meterbook.model.errors import InputError, MalformedRecord, Where

_CELL = re.compile(r"^(?P<name>\w+)/period(?P<period>\d+)/tier(?P<tier>\d+)(?P<cell>[a-z]+)$")
_MONTH = re.compile(r"^flatdemandmonth_(?P<month>[a-z]{3})$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NO_VALUE = ("", "na", "nan", "none", "null")
_SHOWN = 5
_FARTHEST = 60
"""Powers of ten and digits beyond which nothing is a number of a rate; 1e38 stands for no limit."""
_NAMES = """
    _id annualmincharge approved basicinformationcomments coincidentrateschedule coincidentratestructure
    coincidentrateunit coincidentschedule country demandattrs demandcomments demandratchetpercentage
    demandratestructure demandrateunit demandreactivepowercharge demandunits demandweekdayschedule
    demandweekendschedule demandwindow description dgrules eiaid enddate energyattrs energycomments
    energyratestructure energytoulabels energyweekdayschedule energyweekendschedule fixedattrs
    fixedchargeeaaddl fixedchargefirstmeter fixedchargeunits fixedmonthlycharge flatdemandmonths flatdemandstructure
    flatdemandunit fueladjustmentsmonthly is_default label latest_update lookbackmonths lookbackpercent
    lookbackrange maxdemand mincharge minchargeunits mindemand minmonthlycharge name peakkwcapacityhistory
    peakkwcapacitymax peakkwcapacitymin peakkwhusagehistory peakkwhusagemax peakkwhusagemin phasewiring revisions sector
    servicetype source sourceparent startdate supercedes supersedes uri usenetmetering utility utilityname
    voltagecategory voltagemaximum voltageminimum
"""
KNOWN = frozenset(_NAMES.split())
"""Fields that are read."""


class Record:
    """The fields of a record.

    Attributes:
        label: its key: 24 hexadecimal digits.
    """

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self._fields = _nested({str(name).strip().casefold(): value for name, value in plain.items()})
        self.label = str(
            self._fields.get("label") or _oid(self._fields.get("_id")) or self._uri_end() or "without label"
        )

    def has(self, name: str) -> bool:
        """Whether a field is there and holds anything."""
        value = self._fields.get(name)
        return value not in (None, "", [], {}) and str(value).strip().casefold() not in _NO_VALUE

    def get(self, name: str) -> Any:
        """A field as it is; None without it."""
        return self._fields.get(name) if self.has(name) else None

    def number(self, name: str) -> Decimal | None:
        """A field as a number."""
        return self.as_number(self.get(name), name)

    def text(self, name: str) -> str | None:
        """A field as a text."""
        value = self.get(name)
        return None if value is None else re.sub(r"\s+", " ", str(value)).strip() or None

    def truth(self, name: str) -> bool | None:
        """A field as true or false, also where it is written as a text."""
        value = self.get(name)
        if value is None:
            return None
        text = str(value).strip().casefold()
        if text in ("true", "1", "yes", "1.0"):
            return True
        if text in ("false", "0", "no", "0.0"):
            return False
        raise self.malformed(name, f"{value!r} is neither true nor false", "true or false")

    def items(self, name: str) -> list[Any] | None:
        """A field as a list, also where it is written as a text."""
        value = self.get(name)
        if isinstance(value, str):
            value = _listed(value)
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise self.malformed(name, "is no list", "a list")
        return list(value)

    def unknown(self) -> Iterator[str]:
        """Names of fields that hold something and are not known."""
        yield from (name for name in self._fields if name not in KNOWN and self.has(name))

    def as_number(self, value: Any, field: str) -> Decimal | None:
        """A value as a number; None where there is none.

        Raises:
            MalformedRecord: it is no number.
        """
        if value is None or (isinstance(value, str) and value.strip().casefold() in _NO_VALUE):
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise self.malformed(field, f"{value!r} is no number", "a number")
        try:
            found = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
        except InvalidOperation as err:
            raise self.malformed(field, f"{value!r} is no number", "a number") from err
        if not found.is_finite() or abs(found.adjusted()) > _FARTHEST or len(found.as_tuple().digits) > _FARTHEST:
            raise self.malformed(field, f"{value!r} is no number", "a number")
        return found

    def malformed(self, field: str, what: str, expected: str) -> MalformedRecord:
        """The error of a field that can't be read."""
        return MalformedRecord(
            f"a field of the record can't be read: {what}",
            where=Where(source=f"URDB record {self.label}", field=field),
            expected=expected,
        )

    def _uri_end(self) -> str | None:
        uri = self._fields.get("uri")
        return str(uri).rstrip("/").rpartition("/")[2] if uri else None


def records(content: bytes, name: str) -> list[dict[str, Any]]:
    """The records of a file: one, a list, an answer of the API, or rows of the bulk file; numbers to the last digit.

    Raises:
        InputError: it is neither JSON nor CSV with those columns.
    """
    text = _decoded(unpacked(content), name)
    if text.lstrip()[:1] in ("{", "["):
        try:
            plain = json.loads(text, parse_float=Decimal, parse_constant=lambda word: word)
        except (ValueError, RecursionError) as err:
            raise _unread(name) from err
        found = plain if isinstance(plain, list) else plain.get("items", plain)
        found = found if isinstance(found, list) else [found]
        if not all(isinstance(one, dict) for one in found):
            raise _unread(name)
        return found
    return list(_rows(text, name))


def only(content: bytes, name: str, label: str | None = None) -> dict[str, Any]:
    """The one record of a file, or the one with a label.

    Raises:
        InputError: there is none, or several.
    """
    content = unpacked(content)
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        each: Iterable[dict[str, Any]] = records(content, name)
    else:
        each = _rows(_decoded(content, name), name)  # one at a time: the bulk file has some 43 million cells
    labels, found = [], None
    for record in each:
        one = Record(record).label
        if label is None or one == label:
            labels.append(one)
            found = record
    if found is None or len(labels) != 1:
        more = ", …" if len(labels) > _SHOWN else ""
        raise InputError(
            f"the file holds {len(labels):,} records" if found else "the record is not there",
            where=name,
            expected=f"--label with one of {', '.join(labels[:_SHOWN])}{more}" if found else "one record",
        )
    return found


def unpacked(content: bytes) -> bytes:
    """The bytes of a file that may be packed by gzip.

    Raises:
        InputError: it is packed and broken.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as err:
        raise InputError("the file can't be unpacked", expected="a whole gzip file") from err


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise _unread(name) from err


def _rows(text: str, name: str) -> Iterator[dict[str, Any]]:
    """Rows of the bulk file."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if "label" not in {str(column).casefold() for column in reader.fieldnames or ()}:
            raise _unread(name)
        for row in reader:
            if None in row:
                raise _unread(name)
            yield dict(row)
    except csv.Error as err:
        raise _unread(name) from err


def _unread(name: str) -> InputError:
    return InputError(
        "the record can't be read",
        where=name,
        expected="JSON of OpenEI's rate database, or rows of its bulk file (CSV)",
    )


def _oid(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((str(part) for name, part in value.items() if name in ("$oid", "oid")), None)
    return str(value) if value else None


def _listed(text: str) -> Any:
    """A list that is written as a text, as JSON or as Python has it."""
    tidy = re.sub(r"(?<=\d)L\b|\bu(?=['\"])", "", text.strip()).replace("'", '"')
    tidy = re.sub(r"\bTrue\b", "true", re.sub(r"\bFalse\b", "false", tidy))
    try:
        return json.loads(tidy, parse_float=Decimal)
    except ValueError:
        return text


def _nested(fields: dict[str, Any]) -> dict[str, Any]:
    """Flattened cells put back into lists."""
    cells: dict[str, dict[tuple[int, int], dict[str, Any]]] = {}
    months: dict[int, Any] = {}
    found: dict[str, Any] = {}
    for name, value in fields.items():
        cell, month = _CELL.match(name), _MONTH.match(name)
        if cell is None and month is None:
            found[name] = value
        elif value is None or str(value).strip().casefold() in _NO_VALUE:
            continue
        elif cell is not None:
            at = (int(cell["period"]), int(cell["tier"]))
            cells.setdefault(cell["name"], {}).setdefault(at, {})[cell["cell"]] = value
        elif month is not None and month["month"] in _MONTHS:
            months[_MONTHS.index(month["month"])] = value
    for name, some in cells.items():
        periods: list[list[dict[str, Any]]] = [[] for _ in range(max(period for period, _ in some) + 1)]
        for (period, tier), one in sorted(some.items()):
            periods[period] += [{} for _ in range(tier - len(periods[period]))]
            periods[period].append(one)
        found[name] = periods
    if months:
        found["flatdemandmonths"] = [months.get(month) for month in range(12)]
    return found
