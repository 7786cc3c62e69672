"""Readings priced under a schedule: which periods, what to do about missing intervals, and the statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from meterbook.book.filling import filled
from meterbook.book.load_file import LoadFile
from meterbook.book.priced_periods import with_registers, with_service
from meterbook.book.selection import Selection, span_of
from meterbook.model.calendar import local_date
from meterbook.model.channel import DAY_S
from meterbook.model.errors import InputError, UsageError
from meterbook.model.tariff import Tariff
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.inputs import Account, Span, Usage, between, months, usage_of
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

Missing = Literal["refuse", "zero", "estimate"]
MONTHS = "months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Statements of a load under a schedule.

    Attributes:
        tariff: the schedule.
        statements: in the order of time.
        notes: what a reader should know of the readings and the periods.
    """

    tariff: Tariff
    statements: tuple[PricedStatement, ...]
    notes: tuple[str, ...] = ()


def price_load(
    tariff: Tariff,
    load: LoadFile,
    *,
    since: str | None = None,
    until: str | None = None,
    periods: str = MONTHS,
    account: Account | None = None,
    missing: Missing | None = None,
    peaks: Sequence[str] = (),
    registers: Sequence[str] = (),
    service: tuple[str | None, str | None] = (None, None),
) -> Priced:
    """Price a load.

    Args:
        tariff: the schedule.
        load: readings.
        since: first local day, month or instant.
        until: local day, month or instant at which to end; not included.
        periods: ``months``, or days of the reads with commas between them.
        account: what the schedule asks of the account.
        missing: what to do where intervals are missing; what the schedule says without it.
        peaks: local times at which the supplier's peak intervals began, for demand that coincides with them.
        registers: kWh of each period as registers tell them; see :mod:`meterbook.book.priced_periods`.
        service: day on which service began, and the day after its last, for schedules that prorate those bills.

    Raises:
        UsageError: no period to price.
        InputError: readings and schedule do not go together.
    """
    zone = ZoneInfo(tariff.zone)
    series = load.delivered
    step = series.channel.interval_s
    if step > DAY_S:
        raise InputError("monthly readings have no intervals to price", expected="interval readings, or daily ones")
    low, high = _bounds(load, since, until, zone)
    notes = [*load.notes, *(tariff.note or "").splitlines()]
    reads = None if periods == MONTHS else _reads(periods)
    if reads is None:
        spans = months(low, high, zone)
        _left_out(spans, low, high, zone, notes)
    else:
        spans = [span for span in between(reads, zone) if span.start >= low and span.end <= high]
    if not spans:
        raise UsageError(
            f"no {'whole month' if reads is None else 'period'} lies in the readings, "
            f"which run from {local_date(low, zone)} to {local_date(high - 1, zone)}",
            expected="readings of at least one whole month, or --periods with days of reads",
        )
    spans = with_service(with_registers(_with_peaks(spans, peaks, zone), registers), *service, zone)
    first, end = spans[0].start, spans[-1].end
    usage = usage_of(load.delivered, load.received, load.reactive, start=_grid(first, series.start, step), end=end)
    usage, tariff = _completed(usage, tariff, missing)
    made = plan(tariff, spans, first=usage.first, end=usage.end, step_s=step)
    return Priced(tariff=tariff, statements=tuple(price(made, usage, account)), notes=tuple(notes))


def _grid(first: int, starts: np.ndarray[tuple[int], np.dtype[np.int64]], step: int) -> int:
    """The first start of the readings' own grid within the first period, or at it."""
    return first - (first - int(starts[0])) % step


def _bounds(load: LoadFile, since: str | None, until: str | None, zone: ZoneInfo) -> tuple[int, int]:
    series = load.delivered
    low, high = int(series.start[0]), int(series.start[-1]) + series.channel.interval_s
    if since is not None or until is not None:
        wanted = span_of(Selection(since=since, until=until), zone)
        low, high = max(low, wanted[0]), min(high, wanted[1])
    return low, high


def _reads(text: str) -> list[date | datetime]:
    """Days of reads, or local times of them."""
    try:
        return [_read(part.strip()) for part in text.split(",")]
    except ValueError as err:
        raise UsageError(
            f"{text!r} is neither 'months' nor days of reads",
            where="--periods",
            expected="months, or days such as 2025-01-06,2025-02-04,2025-03-06, or with times: 2025-01-06T07:45",
        ) from err


def _read(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _with_peaks(spans: list[Span], peaks: Sequence[str], zone: ZoneInfo) -> list[Span]:
    """Periods with the supplier's peak that lies in each."""
    try:
        times = [datetime.fromisoformat(text) for text in peaks]
    except ValueError as err:
        raise UsageError(
            f"{peaks[0] if len(peaks) == 1 else 'a time'} is no time of a peak",
            where="--coincident",
            expected="local times such as 2025-01-14T07:00",
        ) from err
    instants = [int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()) for at in times]
    found = []
    for span in spans:
        inside = [at for at in instants if span.start <= at < span.end]
        if len(inside) > 1:
            raise UsageError(
                f"two peaks lie in the period from {local_date(span.start, zone)}",
                where="--coincident",
                expected="one a period",
            )
        found.append(replace(span, coincident=inside[0]) if inside else span)
    return found


def _left_out(spans: Sequence[Span], low: int, high: int, zone: ZoneInfo, notes: list[str]) -> None:
    if not spans:
        return
    if low < spans[0].start:
        notes.append(f"readings before {local_date(spans[0].start, zone)} are of no whole month and left out")
    if high > spans[-1].end:
        notes.append(f"readings from {local_date(spans[-1].end, zone)} on are of no whole month and left out")


def _completed(usage: Usage, tariff: Tariff, missing: Missing | None) -> tuple[Usage, Tariff]:
    """The readings, and the schedule, with what is wanted where intervals are missing."""
    if usage.missing is None:
        return usage, tariff
    wanted = missing or tariff.versions[-1].missing
    if wanted != "estimate":
        if missing is None:
            return usage, tariff
        versions = [msgspec.structs.replace(version, missing="refuse") for version in tariff.versions]
        return replace(usage, nothing=missing == "zero"), msgspec.structs.replace(tariff, versions=versions)
    gone = usage.missing
    delivered = filled(usage.delivered, gone, gone, usage.step_s)
    received = None if usage.received is None else filled(usage.received, gone, gone, usage.step_s)
    return replace(usage, delivered=delivered, received=received, missing=None, estimated=gone), tariff
