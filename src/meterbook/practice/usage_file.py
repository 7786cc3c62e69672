"""A real load file, read for serving: two columns, time and value, exact to the file's last decimal.

Reading the file is done here and not by ``formats/``: the practice co-op shares no code with what it tests.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.errors import InputError, MalformedRecord, NotFound, UsageError, Where

Int64 = NDArray[np.int64]

MOST_DIGITS = 15  # what a JSON number keeps through a binary float

# Unit of a value: factor to kWh, and whether it is average power, which the interval's hours turn into energy.
_UNITS = {
    "kwh": (Decimal(1), False),
    "wh": (Decimal("0.001"), False),
    "mwh": (Decimal(1000), False),
    "w": (Decimal("0.001"), True),
    "kw": (Decimal(1), True),
    "mw": (Decimal(1000), True),
}


_VALUE = re.compile(r"kwh|usage|consum|load|energy|value", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UsageFile:
    """Readings of a file.

    Attributes:
        name: the file's name without its folder.
        start: n interval starts, UTC epoch seconds, strictly increasing; a gap has no row.
        value: n energies, integers at ``scale``, in kWh; negative is energy sent back.
        scale: digits after the point.
        step_s: interval length, the most common distance of rows.
        notes: what could not be served as it stands, for a person.
    """

    name: str
    start: Int64 = field(repr=False)
    value: Int64 = field(repr=False)
    scale: int
    step_s: int
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """Start of the first reading."""
        return int(self.start[0])

    @property
    def last(self) -> int:
        """Start of the last reading."""
        return int(self.start[-1])

    @property
    def exports(self) -> bool:
        """Whether some readings are negative."""
        return bool((self.value < 0).any())


def read(
    path: Path,
    *,
    column: str | None = None,
    time_column: str | None = None,
    unit: str | None = None,
    zone: str | None = None,
    scale: Decimal = Decimal(1),
    assumed_zone: str | None = None,
) -> UsageFile:
    """A load file, plain or gzip. What is assumed of it is noted, for a person to see.

    Args:
        path: the CSV file; its first line names the columns.
        column: name of the value column; without it the only one, or the first whose name is that of energy or power.
        time_column: name of the time column; the first one if not given.
        unit: kWh, Wh, MWh, or W, kW, MW for average power; taken from the column's name where that is plain, else kWh.
        zone: IANA zone of times without an offset.
        scale: each value is multiplied by this, exactly.
        assumed_zone: the zone that such times are taken to be of where ``zone`` is not given.

    Raises:
        InputError: no such file or column, no zone, or a row that can't be read.
    """
    header, rows = _table(path)
    times = _column(header, time_column or header[0], path)
    assumed: list[str] = []
    values = _column(header, column or _value_column(header, times, path, assumed), path)
    told = unit or _plain_unit(header[values])
    if told is None and _is_ratio(header[values]):
        raise UsageError(
            f"column {header[values]!r} of {path.name} is a ratio without a unit of energy or power",
            expected="--usage-unit with one of kWh, Wh, MWh, W, kW, MW, and --usage-scale",
        )
    if told is None:
        assumed.append(f"the unit of {header[values]!r} is not told and taken to be kWh (--usage-unit)")
    factor, power = _unit(told or "kWh")
    bare = zone is None and any(_is_bare(row[times]) for row in rows)
    if bare and assumed_zone is not None:
        assumed.append(f"times have no offset and are taken to be of {assumed_zone} (--usage-zone)")
    instants, notes = _instants([row[times] for row in rows], zone or (assumed_zone if bare else None), path)
    kept = [(at, row[values].strip()) for at, row in zip(instants, rows, strict=True) if at is not None]
    step = _step([at for at, _ in kept], path)
    hours = _hours(step, path) if power else Decimal(1)
    energy = _once(_energies(kept, factor * hours * scale, path), notes, path)
    starts = np.array([at for at, _ in energy], np.int64)
    if not len(starts):
        raise InputError(f"{path.name} has no readings")
    digits = max(max(0, -_exponent(number)) for _, number in energy)
    whole = [int(number.scaleb(digits)) for _, number in energy]
    if digits > MOST_DIGITS or max(abs(number) for number in whole) >= 2**62:
        raise InputError(f"values of {path.name} have {digits} decimals", expected=f"at most {MOST_DIGITS}")
    return UsageFile(
        name=path.name,
        start=starts,
        value=np.array(whole, np.int64),
        scale=digits,
        step_s=step,
        notes=(*assumed, *notes),
    )


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise NotFound(f"load file {path} can't be read", hint="Check the path after --usage.") from err
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    rows = [row for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))) if row]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise InputError(f"{path.name} is not a table", expected="a line of column names, then rows of time and value")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise MalformedRecord(
                f"{len(row)} fields", where=Where(source=path.name, record=number), expected=f"{len(rows[0])}"
            )
    return [name.strip() for name in rows[0]], rows[1:]


def _column(header: list[str], name: str, path: Path) -> int:
    try:
        return header.index(name)
    except ValueError:
        raise UsageError(f"{path.name} has no column {name!r}", expected=f"one of {', '.join(header)}") from None


def _plain_unit(name: str) -> str | None:
    """The unit a column's name ends with, unless the name is of a ratio (``w_per_kw``, ``w_m2``).

    >>> _plain_unit("load_w"), _plain_unit("pv_w_per_kw"), _plain_unit("home1_kwh"), _plain_unit("value")
    ('w', None, 'kwh', None)
    """
    words = name.lower().replace("-", "_").split("_")
    return words[-1] if words[-1] in _UNITS and not _is_ratio(name) else None


def _is_ratio(name: str) -> bool:
    return "per" in name.lower().replace("-", "_").split("_")


def _value_column(header: list[str], times: int, path: Path, assumed: list[str]) -> str:
    """The only other column, or the first whose name is that of energy or power."""
    others = [name for number, name in enumerate(header) if number != times]
    if len(others) == 1:
        return others[0]
    likely = [name for name in others if _plain_unit(name) is not None or _VALUE.search(name)]
    if not likely:
        raise UsageError(
            f"{path.name} has {len(header)} columns",
            expected="the value column's name",
            hint=f"Add --usage-column with one of: {', '.join(others)}.",
        )
    if len(likely) > 1:
        assumed.append(f"of its columns {likely[0]!r} is taken (--usage-column)")
    return likely[0]


def _is_bare(text: str) -> bool:
    """Whether a time says no offset; what is no time at all is told where it is read."""
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is None
    except ValueError:
        return False


def _unit(unit: str) -> tuple[Decimal, bool]:
    try:
        return _UNITS[unit.lower()]
    except KeyError:
        raise UsageError(f"unit {unit!r} is not known", expected="one of kWh, Wh, MWh, W, kW, MW") from None


def _instants(texts: list[str], zone: str | None, path: Path) -> tuple[list[int | None], list[str]]:
    """Instants of times; None for one the clock never showed."""
    tz = _zone(zone) if zone else None
    found: list[int | None] = []
    notes: list[str] = []
    before = None
    for number, text in enumerate(texts, start=2):
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise MalformedRecord(
                f"time {text!r} can't be read", where=Where(source=path.name, record=number), expected="ISO 8601"
            ) from None
        if moment.tzinfo is not None:
            found.append(int(moment.timestamp()))
            continue
        if tz is None:
            raise UsageError(
                f"times of {path.name} have no offset", expected="the zone of their clock", hint="Add --usage-zone."
            )
        at = int(moment.replace(tzinfo=tz).timestamp())
        if datetime.fromtimestamp(at, tz).replace(tzinfo=None) != moment:
            notes.append(f"row {number}: {text} did not exist on the clock of {zone}; left out")
            found.append(None)
            continue
        if before is not None and at <= before:
            second = int(moment.replace(tzinfo=tz, fold=1).timestamp())
            at = second if second > before else at
        before = at
        found.append(at)
    return found, notes


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as err:
        raise UsageError(f"time zone {name!r} is not known", expected="such as Europe/Berlin") from err


def _step(instants: list[int], path: Path) -> int:
    distances = Counter(later - earlier for earlier, later in pairwise(instants))
    if not distances:
        raise InputError(f"{path.name} has fewer than two rows", expected="at least two, to know the interval")
    step = distances.most_common(1)[0][0]
    if step <= 0 or timedelta(days=1).total_seconds() % step:
        raise InputError(f"an interval of {step} s in {path.name}", expected="a length that divides a day")
    return step


def _hours(step: int, path: Path) -> Decimal:
    rest = Fraction(step, 3600).denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        raise UsageError(
            f"average power over {step} s has no exact energy in decimals", where=path.name, expected="energy values"
        )
    return Decimal(step) / 3600


def _energies(kept: list[tuple[int, str]], factor: Decimal, path: Path) -> list[tuple[int, Decimal]]:
    found = []
    for at, text in kept:
        if not text:
            continue
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            where = Where(source=path.name, record=datetime.fromtimestamp(at, UTC).isoformat())
            raise MalformedRecord(f"value {text!r} is not a number", where=where)
        found.append((at, (number * factor).normalize()))
    return found


def _once(energy: list[tuple[int, Decimal]], notes: list[str], path: Path) -> list[tuple[int, Decimal]]:
    """Each time once: a row repeated as it was is left out and noted, one that says otherwise is refused."""
    seen: dict[int, Decimal] = {}
    repeated = 0
    hint = "If the file's clock follows summer time, name a zone that does, such as Europe/Berlin."
    for at, number in energy:
        where = Where(source=path.name, record=datetime.fromtimestamp(at, UTC).isoformat())
        if at not in seen:
            if seen and at < next(reversed(seen)):
                raise MalformedRecord("times do not increase", where=where, expected="rows in order of time", hint=hint)
            seen[at] = number
        elif seen[at] == number:
            repeated += 1
        else:
            raise MalformedRecord(
                "two rows of one time hold different values", where=where, expected="one value for each time", hint=hint
            )
    if repeated:
        notes.append(f"{repeated} rows that repeat an earlier one were left out; perhaps the file's clock goes back")
    return list(seen.items())


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
