"""Bills that are unusually high or low for the weather, by a robust fit to the same account's past.

Use a day is explained by heating and cooling degree days a day, as the account's earlier bills show it (Huber's fit,
which a few odd bills do not bend). A bill is unusual if it lies further off than five robust sigmas of that past, than
a third of what was expected, and than some kWh a day. Where the intervals agree with the bill the use was real: it is
told as a note, for the bill is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from meterbook.analysis.bills.checks.robust import Floats, huber, spread
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_key, number, the_bill, told
from meterbook.analysis.bills.degree_days import degree_days
from meterbook.analysis.bills.history import days_of, services_of, usage_of
from meterbook.analysis.bills.standing import middle
from meterbook.model.bill_kinds import ReadType
from meterbook.model.statement import Statement

NEEDED = 9
"""Earlier bills without which nothing can be said: fewer do not hold both a winter and a summer."""
FULL_YEAR = 12
"""With fewer earlier bills some weeks of the year were never seen: then it is a note, not a warning."""
LOOKED_BACK = 36
SIGMAS = 5.0
LEAST_SHARE = 0.35
LEAST_A_DAY = {"kWh": 4.0}
"""Unusual only if so much a day off, by unit; a house that stands empty uses next to nothing, and any use is much."""
LEAST_OTHER = 0.0
FLOOR_SHARE = 0.06
"""Sigma is taken to be at least this share of the usual: a short past may happen to fit too well."""
SHORTEST_DAYS = 10
YEAR_DAYS = 365.25
SAME_WEEKS = 20
"""Days that the middles of two periods may lie apart in the year to be the same season."""
BASES = ((65.0, 65.0), (60.0, 65.0), (55.0, 65.0), (60.0, 70.0), (55.0, 70.0), (65.0, 70.0))
"""Balance points tried for heating and cooling; the first, 65 °F, is kept unless another fits clearly better."""
CLEARLY = 0.8
"""The share of the deviation that another balance point may leave to be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """A bill as a day's use and a day's weather.

    Attributes:
        bill: which.
        use: in its unit, a day.
        unit: its unit.
        days: how many.
        weather: degree days a day, heating and cooling, for each of the balance points; None if unknown.
        estimated: a reading of it was estimated.
    """

    bill: Statement
    use: float
    unit: str
    days: int
    weather: tuple[tuple[float, float], ...] | None
    estimated: bool


def unusual(run: BillRun, real: frozenset[str]) -> Iterator[BillFinding]:
    """Bills further off than the account's weather-adjusted past allows.

    Args:
        run: the bills.
        real: keys (:func:`~meterbook.analysis.bills.checks.told.bill_key`) of bills whose kWh the intervals confirm.
    """
    for chain in run.chains:
        service = services_of(chain[-1])[0]
        past = [one for one in (_day(run, bill, service) for bill in chain) if one is not None]
        beyond: list[int] = []
        for place, one in enumerate(past):
            before = [each for each in past[:place] if each.unit == one.unit and not each.estimated][-LOOKED_BACK:]
            if one.estimated or len(before) < NEEDED:
                continue
            expected, sigma = _expected(one, before)
            off = one.use - expected
            least = max(LEAST_SHARE * abs(expected), LEAST_A_DAY.get(one.unit, LEAST_OTHER))
            if abs(off) <= max(SIGMAS * sigma, least) or _as_in_other_years(one, before):
                continue
            goes_on = bool(beyond) and beyond[-1] == place - 1
            beyond.append(place)
            yield _unusual(
                run, one, expected, sigma, confirmed=bill_key(one.bill) in real, goes_on=goes_on, past=len(before)
            )


def _as_in_other_years(one: _Day, before: Sequence[_Day]) -> bool:
    """Whether the same weeks of an earlier year had about the same use: a summer house, a school, a pump."""
    day = middle(one.bill)
    for each in before:
        apart = (day - middle(each.bill)).days
        off_year = abs(apart - round(apart / YEAR_DAYS) * YEAR_DAYS)
        if apart > YEAR_DAYS / 2 and off_year <= SAME_WEEKS and abs(one.use - each.use) <= LEAST_SHARE * abs(each.use):
            return True
    return False


def too_few(run: BillRun) -> str | None:
    """A sentence where no chain of bills is long enough to tell what is usual."""
    most = max((len(chain) for chain in run.chains), default=0)
    if most > NEEDED:
        return None
    return f"{most} bills are too few to tell an unusual one; it takes {NEEDED + 1}."


def _day(run: BillRun, bill: Statement, service: str) -> _Day | None:
    used, days = usage_of(bill, service), days_of(bill)
    if used is None or days is None or days < SHORTEST_DAYS:
        return None
    return _Day(
        bill=bill,
        use=float(used[0]) / days,
        unit=used[1],
        days=days,
        weather=_weather(run.temperatures, bill),
        estimated=any(row.read_type is ReadType.ESTIMATED for row in bill.meters),
    )


def _weather(known: Mapping[date, tuple[float, float]], bill: Statement) -> tuple[tuple[float, float], ...] | None:
    """Degree days a day for each of the balance points, from days where most are known, else from the bill's means."""
    daily: list[tuple[float, float]] = []
    if bill.period_start is not None and bill.period_end is not None:
        length = (bill.period_end - bill.period_start).days
        days = [bill.period_start + timedelta(days=one) for one in range(length)]
        daily = [known[day] for day in days if day in known]
        daily = daily if len(daily) * 10 >= length * 9 else []
    if not daily and bill.temperature_low is not None and bill.temperature_high is not None:
        daily = [(float(bill.temperature_low), float(bill.temperature_high))]
    if not daily:
        return None
    lows, highs = [low for low, _ in daily], [high for _, high in daily]
    found = []
    for heating, cooling in BASES:
        cold, warm = degree_days(lows, highs, heating).heating, degree_days(lows, highs, cooling).cooling
        found.append((cold / len(daily), warm / len(daily)))
    return tuple(found)


def _expected(one: _Day, before: Sequence[_Day]) -> tuple[float, float]:
    """Use a day that the past makes expect, and the sigma of the past about it."""
    values = np.array([each.use for each in before])
    with_weather = one.weather is not None and all(each.weather is not None for each in before)
    best: tuple[float, float] | None = None
    for place in range(len(BASES)) if with_weather else (None,):
        columns = np.array([_columns(each, place) for each in before])
        found = huber(columns, values)
        if place is not None and bool((found[1:] < 0).any()):  # use that falls as it gets colder is not heating
            found = _only_rising(columns, values, found)
        sigma = spread(values - columns @ found)
        expected = float(np.array(_columns(one, place)) @ found)
        if best is None or sigma < best[1] * CLEARLY:
            best = expected, sigma
    assert best is not None
    expected = max(best[0], 0.0) if float(values.min()) >= 0 else best[0]  # a member with solar may send more back
    return expected, max(best[1], FLOOR_SHARE * abs(float(np.median(values))))


def _only_rising(columns: Floats, values: Floats, found: Floats) -> Floats:
    """The fit without the columns whose slope came out negative."""
    kept = np.append(True, found[1:] >= 0)
    again = np.zeros(len(found))
    again[kept] = huber(columns[:, kept], values)
    return again


def _columns(one: _Day, place: int | None) -> tuple[float, ...]:
    if place is None or one.weather is None:
        return (1.0,)
    return (1.0, *one.weather[place])


def _unusual(
    run: BillRun, one: _Day, expected: float, sigma: float, *, confirmed: bool, goes_on: bool, past: int
) -> BillFinding:
    high = one.use > expected
    total, usual = _rounded(one.use * one.days), _rounded(expected * one.days)
    weather = "for its weather " if one.weather is not None else ""
    message = f"{the_bill(one.bill)} is unusually {'high' if high else 'low'}: {number(total)} {one.unit}; "
    message += f"{number(usual)} were to be expected {weather}by the {past} bills before."
    if confirmed:
        message += " The intervals show the same use."
    advice = "The bill is right; look at when it was used: meterbook usage --by day"
    if not confirmed:
        advice = "Read the meter and compare; ask the utility to check the reading."
    if goes_on:
        message += " So was the bill before."
    note = confirmed or goes_on or past < FULL_YEAR
    return told(
        "high" if high else "low",
        one.bill,
        run.zone,
        message,
        advice=advice,
        severity=Severity.NOTE if note else Severity.WARNING,
        usage=total,
        expected=usual,
        unit=one.unit,
        sigmas=f"{abs(one.use - expected) / sigma:.1f}" if sigma else None,
        past=past,
        confirmed=confirmed,
    )


def _rounded(value: float) -> Decimal:
    return Decimal(round(value))
