"""Records of OpenEI's rate database taken into a book as schedules of one's own, and schedules written as records.

A record comes from a file, or from the database itself when its label is given and a key is set; nothing else asks the
network.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from meterbook.book.schedules import FOLDER
from meterbook.model.errors import (
    AccessRefused,
    HostUnreachable,
    InputError,
    NotFound,
    PortalUnavailable,
    StoreError,
    TooManyRequests,
    UsageError,
)
from meterbook.model.tariff import Tariff
from meterbook.tariffs.checking import problems
from meterbook.tariffs.urdb import LEAVE_OUT, Options, Reading, examine, only, write
from meterbook.tariffs.urdb.options import check_choice
from meterbook.utilities import catalogue, tariff_loader
from meterbook.utilities.tariff_writer import dump

KEY = "METERBOOK_URDB_KEY"
URL = "METERBOOK_URDB_URL"
DEFAULT_URL = "https://api.openei.org/utility_rates"
_LABEL = re.compile(r"^[0-9a-fA-F]{24}$")
_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]*$")
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
_HERE = re.compile(r"^http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)")
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A record that was taken in.

    Attributes:
        name: ``utility/CODE``.
        path: the tariff file.
        reading: the schedule, and what is to be said of it.
    """

    name: str
    path: Path
    reading: Reading


def import_record(
    source: str,
    options: Options,
    book: Path,
    *,
    name: str | None = None,
    label: str | None = None,
    replace: bool = False,
    ask: Callable[[str], bytes] | None = None,
) -> Imported:
    """Take a record into the book's folder as a tariff file.

    Args:
        source: a file of one record or more, JSON or rows of the bulk file (CSV); or a label, 24 hexadecimal digits.
        options: how the record is read where it leaves something open; an empty zone is that of the catalogue's
            utility of the name's slug, or of the record's company.
        book: the book's folder.
        name: ``utility/CODE`` to file it under; made of the company's name and the label without it.
        label: which record, of a file with several.
        replace: write over a file that is there.
        ask: fetches a label's answer; the database without it.

    Raises:
        NotFound: no such file or record.
        InputError: the record has a defect, or a part that can't be represented.
        UsageError: the name is none, a file of it is there, or no zone is known.
        StoreError: the file can't be written.
    """
    record = _record(source, label, ask or fetch)
    if not options.zone:
        options = dataclasses.replace(options, zone=_zone(record, name))
    reading = examine(record, options)
    utility, code = _named(name, reading.tariff)
    tariff = msgspec.structs.replace(reading.tariff, utility=utility, code=code)
    for problem in problems(tariff):
        raise InputError(problem.what, where=f"URDB record, {problem.field}", expected=problem.expected)
    path = book / FOLDER / utility / f"{code}.yaml"
    if path.exists() and not replace:
        raise UsageError(
            f"there is a schedule {utility}/{code} already",
            where=str(path),
            expected="--as with another name, or --force",
        )
    _write(path, _HEADER + dump(tariff))
    tariff_loader.load(path)  # what was written is what was meant, or this says so now
    return Imported(
        name=f"{utility}/{code}",
        path=path,
        reading=Reading(tariff=tariff, conventions=reading.conventions, oddities=reading.oddities),
    )


def fetch(label: str) -> bytes:
    """A record by its label, from the database.

    Raises:
        UsageError: no key is set.
        PortalError: the database does not answer, or not with a record.
    """
    import httpx2  # noqa: PLC0415 - only where the network is asked

    key, url = os.environ.get(KEY), os.environ.get(URL) or DEFAULT_URL
    if not key:
        raise UsageError(
            "fetching a record needs a key of OpenEI's, which is free",
            expected=f"{KEY} in the environment, or a file",
            hint="Get one at https://openei.org/services/api/signup, or download the record and name the file.",
        )
    if not url.startswith("https://") and not _HERE.match(url):
        raise UsageError(f"{URL} would send the key in the open", expected="an address that begins with https://")
    wanted = {"version": "8", "format": "json", "detail": "full", "getpage": label, "api_key": key}
    try:
        answer = httpx2.get(url, params=wanted, timeout=_TIMEOUT_S, follow_redirects=False)
    except httpx2.TimeoutException as err:
        raise PortalUnavailable("OpenEI's database did not answer in time", where=url, hint=_LATER) from err
    except httpx2.HTTPError:
        # The cause holds the address with the key in it, so it is not passed on.
        hint = f"Check the network and {URL}, or name a file."
        raise HostUnreachable("OpenEI's database can't be reached", where=url, hint=hint) from None
    _check(answer.status_code, url)
    return answer.content


def exported(
    tariff: Tariff, *, on: date | None = None, leave_out: Sequence[str] = (), today: date | None = None
) -> bytes:
    """A schedule as a record of version 8: JSON text, numbers to the last digit.

    Args:
        tariff: the schedule.
        on: whose prices; today's without it, or the last ones of a schedule that has ended.
        leave_out: kinds of parts to do without, with commas or one by one.
        today: the day it is.

    Raises:
        UsageError: a kind is not known.
        InputError: it has something that the format can't express.
    """
    parts = [part.strip() for word in leave_out for part in word.split(",") if part.strip()]
    for part in parts:
        check_choice("leave-out", part, LEAVE_OUT)
    if on is None:
        today = today or datetime.now(ZoneInfo(tariff.zone)).date()
        last = tariff.versions[-1] if tariff.versions else None
        ended = last is None or last.start > today or (last.end is not None and last.end < today)
        on = None if ended else today
    plain: bytes = msgspec.json.Encoder(decimal_format="number").encode(write(tariff, on=on, leave_out=parts))
    return msgspec.json.format(plain, indent=1) + b"\n"


_LATER = "Run the same command later, or name a file."
_HEADER = """\
# Made of a record of OpenEI's Utility Rate Database (CC0). The note at the end says how it was read where the record
# leaves something open, and what is not in it; check it against the utility's sheet before a bill is judged by it.
"""


def _check(status: int, url: str) -> None:
    if status in (401, 403):
        raise AccessRefused("OpenEI's database refused the key", where=url, hint=f"Check {KEY}.")
    if status == 429:
        raise TooManyRequests("OpenEI's database asked for a pause", wait_s=3600, where=url, hint=_LATER)
    if status != 200:
        raise PortalUnavailable(f"OpenEI's database answered with status {status}", where=url, hint=_LATER)


def _record(source: str, label: str | None, ask: Callable[[str], bytes]) -> dict[str, Any]:
    path = Path(source)
    if path.exists():
        try:
            return only(path.read_bytes(), path.name, label)
        except OSError as err:
            raise InputError("the file can't be read", where=str(path), expected="a file of records") from err
    if not _LABEL.match(source):
        raise NotFound(
            f"there is no file {source!r}", expected="a file, or the label of a record: 24 hexadecimal digits"
        )
    return only(ask(source), f"answer for {source}", None)


def _zone(record: dict[str, Any], name: str | None) -> str:
    """The zone of the utility that a schedule is filed under or that a record is of, if the catalogue knows one."""
    company = str(record.get("utility") or record.get("utilityname") or "").strip().casefold()
    slug = (name or "").partition("/")[0]
    for entry in catalogue.utilities():
        if entry.slug == slug or (company and entry.name.casefold() == company):
            zones = (entry.zone,) if entry.zone else entry.zones_offered
            if len(zones) == 1:
                return zones[0]
    raise UsageError(
        "a record does not tell the zone of its clock times",
        expected="--zone with an IANA name such as America/New_York",
    )


def _named(name: str | None, tariff: Tariff) -> tuple[str, str]:
    if name is None:
        return _slug(tariff.utility), tariff.code
    utility, _, code = name.partition("/")
    if not _SLUG.match(utility) or not _CODE.match(code):
        raise UsageError(f"{name!r} names no schedule", where="--as", expected="UTILITY/CODE, such as ccec/R")
    return utility, code


def _slug(company: str) -> str:
    """A folder's name of a company's.

    >>> _slug("Jackson Electric Member Corp")
    'jackson-electric-member-corp'
    """
    return re.sub(r"[^a-z0-9]+", "-", company.casefold()).strip("-") or "unknown"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as err:
        raise StoreError(f"the file can't be written: {err.strerror}", where=str(path)) from err
