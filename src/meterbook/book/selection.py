"""Which readings: what a caller names, and the time it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from meterbook.model.calendar import day_start
from meterbook.model.channel import FlowDirection, Quantity
from meterbook.model.errors import UsageError
from meterbook.model.units import Unit

FOREVER = (0, 253_402_300_800)  # 1970 to 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which readings. Fields left empty choose all.

    Attributes:
        account: account number, or any external identifier of an account.
        location: number of a service location, or any external identifier of one.
        meter: meter number, or any external identifier of one.
        since: first local day or instant.
        until: local day or instant at which to end (that day is not included).
        flow: delivered, received or net.
        unit: unit of the channels.
        quantities: what to read; usage alone unless said.
        interval_s: one interval length instead of the finest of each register.
        tou: time-of-use shares too, which repeat what the main channels hold.
        as_of: what the book knew at this instant, instead of what it knows now.
    """

    account: str | None = None
    location: str | None = None
    meter: str | None = None
    since: date | datetime | str | None = None
    until: date | datetime | str | None = None
    flow: FlowDirection | None = None
    unit: Unit | None = None
    quantities: frozenset[Quantity] = frozenset({Quantity.USAGE})
    interval_s: int | None = None
    tou: bool = False
    as_of: datetime | None = None


def span_of(wanted: Selection, tz: ZoneInfo) -> tuple[int, int]:
    """The time that a selection means in a zone, UTC epoch seconds; :data:`FOREVER` where it is open.

    Raises:
        UsageError: a date that can't be read, or an end that is not after the start.
    """
    start = instant_of(wanted.since, tz, "--since") if wanted.since is not None else FOREVER[0]
    end = instant_of(wanted.until, tz, "--until") if wanted.until is not None else FOREVER[1]
    if end <= start:
        raise UsageError(
            "the end of the time asked for is not after its start",
            where="--until",
            expected="a later day than --since; the day named by --until is itself not included",
        )
    return start, end


def instant_of(when: date | datetime | str, tz: ZoneInfo, name: str) -> int:
    """UTC epoch seconds of a local day's start or of an instant.

    Args:
        when: a date, a datetime (without a zone it is local), or ISO text of either; ``today`` and ``yesterday`` too.
        tz: the zone meant where none is said.
        name: argument it came from, for errors.

    Raises:
        UsageError: text that is neither.
    """
    if isinstance(when, str):
        when = _parsed(when, tz, name)
    try:
        if isinstance(when, datetime):
            return int((when if when.tzinfo is not None else when.replace(tzinfo=tz)).timestamp())
        return day_start(when, tz)
    except OverflowError as err:
        raise UsageError(f"{when} lies outside of the calendar", where=name, expected="years 2 to 9998") from err


def _parsed(text: str, tz: ZoneInfo, name: str) -> date | datetime:
    word = text.strip().lower()
    today = datetime.now(tz).date()
    if word in ("today", "yesterday"):
        return today if word == "today" else today - timedelta(days=1)
    try:
        if len(word) == 4:  # a year: 2026
            return date(int(word), 1, 1)
        if len(word) == 7:  # a month: 2026-01
            return date.fromisoformat(f"{word}-01")
        return date.fromisoformat(word) if len(word) == 10 else datetime.fromisoformat(text.strip())
    except ValueError as err:
        raise UsageError(
            f"{text!r} is not a day or an instant",
            where=name,
            expected="2026-01-31, 2026-01, 2026 or 2026-01-31T06:00-05:00",
        ) from err
