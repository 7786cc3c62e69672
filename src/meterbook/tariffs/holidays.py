"""Holidays of a schedule: well-known days by name, others by rule, and when they are observed.

Which days ``thanksgiving`` and the like are comes from the ``holidays`` library; Easter from ``dateutil`` that it
brings. A schedule's own words say what happens to one on a weekend, for utilities differ.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from meterbook.model.errors import InputError
from meterbook.model.tariff import Holiday, Holidays

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_SATURDAY, _SUNDAY = 5, 6
_KNOWN = {
    "new-years-day": "New Year's Day",
    "martin-luther-king-day": "Martin Luther King Jr. Day",
    "presidents-day": "Washington's Birthday",
    "memorial-day": "Memorial Day",
    "juneteenth": "Juneteenth National Independence Day",
    "independence-day": "Independence Day",
    "labor-day": "Labor Day",
    "columbus-day": "Columbus Day",
    "veterans-day": "Veterans Day",
    "thanksgiving": "Thanksgiving Day",
    "christmas-day": "Christmas Day",
}
_RULES = {
    "good-friday": Holiday(name="Good Friday", easter=-2),
    "easter-monday": Holiday(name="Easter Monday", easter=1),
    "christmas-eve": Holiday(name="Christmas Eve", date="12-24"),
    "new-years-eve": Holiday(name="New Year's Eve", date="12-31"),
    "day-after-thanksgiving": Holiday(name="Day after Thanksgiving", month=11, weekday="thu", nth=4, plus=1),
}
NAMES = (*_KNOWN, *_RULES)
"""Names that a schedule may use."""


def observed(calendar: Holidays, first: date, last: date) -> frozenset[date]:
    """The days from ``first`` to ``last`` on which holidays are observed.

    Raises:
        InputError: a name that is not known, or a rule that names no day.

    >>> some = Holidays(days=["new-years-day"], saturday="friday")
    >>> sorted(observed(some, date(2027, 12, 1), date(2028, 1, 31)))
    [datetime.date(2027, 12, 31)]
    """
    years = range(first.year - 1, last.year + 2)  # one observed on a Friday may lie in the year before
    found = (_moved(day, calendar) for entry in calendar.days for year in years for day in _days(entry, year))
    return frozenset(day for day in found if first <= day <= last)


def _moved(day: date, calendar: Holidays) -> date:
    where = {_SATURDAY: calendar.saturday, _SUNDAY: calendar.sunday}.get(day.weekday(), "none")
    if where == "friday":
        return day - timedelta(days=day.weekday() - 4)
    return day + timedelta(days=7 - day.weekday()) if where == "monday" else day


def _days(entry: str | Holiday, year: int) -> list[date]:
    if isinstance(entry, Holiday):
        return [by_rule(entry, year)]
    if entry in _RULES:
        return [by_rule(_RULES[entry], year)]
    if entry not in _KNOWN:
        raise InputError(f"holiday {entry!r} is not known", expected=f"one of {', '.join(NAMES)}, or a rule")
    return list(_of_year(year).get(_KNOWN[entry], ()))


def by_rule(rule: Holiday, year: int) -> date:
    """The day of a rule in a year, before it is moved.

    Raises:
        InputError: the rule names no day.

    >>> by_rule(Holiday(name="Memorial Day", month=5, weekday="mon", nth=-1), 2026)
    datetime.date(2026, 5, 25)
    """
    try:
        return _by_rule(rule, year) + timedelta(days=rule.plus)
    except (ValueError, TypeError) as err:
        raise InputError(
            f"the rule of the holiday {rule.name!r} names no day in {year}",
            expected="a date (MM-DD), a month with weekday and nth, or easter with a number of days",
        ) from err


def _by_rule(rule: Holiday, year: int) -> date:
    if rule.date is not None:
        return date(year, int(rule.date[:2]), int(rule.date[3:]))
    if rule.easter is not None:
        from dateutil.easter import easter  # noqa: PLC0415 - brought by the holidays library

        return easter(year) + timedelta(days=rule.easter)
    if rule.month is None or rule.weekday is None or not rule.nth:
        raise ValueError("no day")
    wanted = _WEEKDAYS[rule.weekday]
    if rule.nth > 0:
        first = date(year, rule.month, 1)
        day = first + timedelta(days=(wanted - first.weekday()) % 7 + 7 * (rule.nth - 1))
    else:
        last = date(year + rule.month // 12, rule.month % 12 + 1, 1) - timedelta(days=1)
        day = last - timedelta(days=(last.weekday() - wanted) % 7 + 7 * (-rule.nth - 1))
    if day.month != rule.month:
        raise ValueError("no such weekday in the month")
    return day


@lru_cache(maxsize=256)
def _of_year(year: int) -> dict[str, tuple[date, ...]]:
    """Days by the library's names, without its own ideas of when they are observed."""
    import holidays  # noqa: PLC0415 - only needed by schedules with holidays

    found: dict[str, list[date]] = {}
    for day, names in holidays.country_holidays("US", years=year, observed=False).items():
        for name in names.split("; "):
            found.setdefault(name, []).append(day)
    return {name: tuple(days) for name, days in found.items()}
