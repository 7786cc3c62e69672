"""When a record holds, and when it was last touched."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from meterbook.tariffs.urdb.options import Options
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remarks

FLOOR = date(1900, 1, 1)
"""First day of a record that does not tell any."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$")
_ARTEFACT = timedelta(days=2)
_TEXTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y", "%m/%d/%y", "%m/%d/%Y %H:%M")


def in_force(record: Record, options: Options, remarks: Remarks) -> tuple[date, date | None]:
    """First and last day that a record holds; without an end it is not known to have ended."""
    start, end = day(record, "startdate", remarks), day(record, "enddate", remarks)
    if options.dates == "always":
        said = f"from {start or 'an unknown day'}" + (f" to {end}" if end else "")
        remarks.convention(f"prices are taken to hold always; the record's are {said} (dates=always)")
        return FLOOR, None
    if start is None:
        remarks.odd("startdate", "there is none; prices are taken to have held ever before")
    if start is not None and end is not None and end < start:
        if start - end <= _ARTEFACT:
            remarks.odd("enddate", f"{end} is before the start, {start}, as time zones make it; the end is not used")
            end = None
        else:
            remarks.refuse(
                "",
                "enddate",
                f"the record ends on {end}, before it begins on {start}",
                "an end after it; or --dates always",
            )
    return start or FLOOR, end


def day(record: Record, name: str, remarks: Remarks) -> date | None:
    """A day of a record; None without one, and for the epoch, which stands for none."""
    value = record.get(name)
    if value is None:
        return None
    found = _of(record, name, value)
    if found == _EPOCH.date():
        remarks.odd(name, "1970-01-01 stands for a day that is not known")
        return None
    if found.year < 100:
        mended = found.replace(year=found.year + 2000)
        remarks.odd(name, f"the year {found.year:04d} has two digits; read as {mended}")
        return mended
    return found


def touched(record: Record) -> date | None:
    """The day a record was last changed."""
    value = record.get("latest_update")
    if value is None and (edits := record.items("revisions")):
        value = edits[-1]
    return None if value is None else _of(record, "latest_update", value)


def _of(record: Record, name: str, value: object) -> date:
    """Seconds since 1970, or a text. The day is that of UTC: records hold local midnights of the Americas."""
    text = str(value).strip()
    if not _NUMBER.match(text):
        for form in _TEXTS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        raise record.malformed(name, f"{text!r} is no day", "seconds since 1970, or YYYY-MM-DD")
    try:
        return (_EPOCH + timedelta(seconds=int(record.as_number(text, name) or 0))).date()
    except (OverflowError, ValueError) as err:
        raise record.malformed(name, f"{text!r} is no day", "seconds since 1970, or YYYY-MM-DD") from err
