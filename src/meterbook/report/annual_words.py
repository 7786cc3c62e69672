"""The sentences of the annual report: a member's words, exact figures, and what is not known said plainly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.history import BillMonth
from meterbook.analysis.metered_year import MeteredYear
from meterbook.analysis.year import YearFacts
from meterbook.model.calendar import next_month
from meterbook.model.wording import counted
from meterbook.report.words import amount, dollars, rounded

LISTED = 6
"""Sentences a list on the second page has room for."""
STEPS = {900: "quarter-hours", 1800: "half-hours", 3600: "hours", 86_400: "days", 2_629_746: "months"}


def sentence(facts: YearFacts) -> str:
    """The year in one sentence."""
    total, metered = facts.total, facts.metered
    if not facts.billed and metered is None:
        return f"The book has neither bills nor readings of {facts.year}."
    if not facts.billed and metered is not None:
        counted = f"The meters counted {amount(metered.total)} {metered.unit} {_span(facts)}"
        daily = f"{rounded(metered.per_day, 1)} a day{_against(facts)}"
        bills = "the book has no bills of this year" if facts.prepaid is None else "the account is paid ahead"
        return f"{counted}, {daily}; {bills}."
    parts = [
        f"{amount(total.usage)} {total.unit} were used" if total.usage is not None else "What was used is not told"
    ]
    if facts.cost is not None:
        parts.append(f"and {dollars(facts.cost)} were billed")
    words = f"{' '.join(parts)} {_span(facts)}"
    details = []
    if total.per_day is not None:
        details.append(f"{rounded(total.per_day, 1)} {total.unit} a day{_against(facts)}")
    if total.cost_per_unit is not None:
        details.append(f"{rounded(total.cost_per_unit * 100, 1)} cents a {total.unit}, {_counting(facts)}")
    return f"{words}: {'; '.join(details)}." if details else f"{words}."


def _counting(facts: YearFacts) -> str:
    """Which charges a price a unit is made of: a bill may be for water too."""
    return "all charges counted" if facts.total.cost == facts.cost else "electric charges counted"


def weather_words(facts: YearFacts) -> str:
    """What the bills tell of the weather, where the days are not known."""
    told = [one for one in facts.months if one.per_day is not None and one.low_f is not None and one.high_f is not None]
    words = "There are no daily temperatures to hold the days against."
    if len(told) < 2:
        return words
    most = max(told, key=lambda one: one.per_day or Decimal(0))
    least = min(told, key=lambda one: one.per_day or Decimal(0))
    return f"{words} By the bills, a day took most in {_weathered(most)}, and least in {_weathered(least)}."


def _weathered(month: BillMonth) -> str:
    degrees = f"{rounded(month.low_f, 0)} to {rounded(month.high_f, 0)} °F"
    return f"{month.month:%B}, {rounded(month.per_day, 1)} {month.unit} at {degrees}"


def key_figures(facts: YearFacts) -> list[dict[str, str]]:
    """Up to four figures to be seen first."""
    total, metered = facts.total, facts.metered
    found = []
    if total.usage is not None:
        found.append(_key(amount(total.usage), total.unit or "", f"billed, {_months(len(total.months))}"))
    elif metered is not None:
        found.append(_key(amount(metered.total), metered.unit, f"metered, {rounded(metered.days, 0)} days of readings"))
    if facts.cost is not None:
        found.append(_key(dollars(facts.cost), "", "all charges of the bills"))
    elif facts.prepaid is not None:
        found.append(_key(dollars(facts.prepaid.charged), "", f"paid ahead, {counted(facts.prepaid.days, 'day')}"))
    per_day = total.per_day if total.per_day is not None else metered.per_day if metered is not None else None
    if per_day is not None:
        found.append(
            _key(rounded(per_day, 1), f"{total.unit or 'kWh'} a day", _against(facts).strip(", ") or "mean use")
        )
    if metered is not None and metered.peak is not None:
        at = datetime.fromtimestamp(metered.peak.start, ZoneInfo(facts.zone))
        found.append(_key(rounded(metered.peak.kw, 2), "kW", f"peak, {at:%a} {at.day} {at:%b %H:%M}"))
    elif total.cost_per_unit is not None:
        found.append(_key(rounded(total.cost_per_unit * 100, 1), f"cents a {total.unit}", _counting(facts)))
    return found


def most_words(facts: YearFacts) -> list[dict[str, str]]:
    """Highest day, hour and demand, what was sent back, and what time of use saved."""
    found = []
    metered, tz = facts.metered, ZoneInfo(facts.zone)
    if metered is not None and metered.highest_day is not None:
        day = datetime.fromtimestamp(metered.highest_day.start, tz)
        found.append(_pair("Highest day", f"{_day(day)}, {rounded(metered.highest_day.usage, 1)} {metered.unit}"))
    if metered is not None and metered.highest_hour is not None:
        hour = datetime.fromtimestamp(metered.highest_hour.start, tz)
        used = f"{rounded(metered.highest_hour.usage, 2)} {metered.unit}"
        found.append(_pair("Highest hour", f"{_day(hour)} from {hour:%H:%M}, {used}"))
    if metered is not None and metered.peak is not None:
        start, end = (datetime.fromtimestamp(one, tz) for one in (metered.peak.start, metered.peak.end))
        found.append(
            _pair("Highest demand", f"{_day(start)} {start:%H:%M} to {end:%H:%M}, {rounded(metered.peak.kw, 2)} kW")
        )
    if facts.sent_back is not None:
        found.append(_pair("Sent back", f"{amount(facts.sent_back)} kWh to the supplier"))
    if facts.saved is not None:
        word = "saved" if facts.saved >= 0 else "lost"
        found.append(_pair("Time of use", f"{dollars(abs(facts.saved))} {word} against the standard rate"))
    billed = [one for one in facts.months if one.cost is not None]
    if billed:
        most = max(billed, key=lambda one: one.cost or Decimal(0))
        found.append(_pair("Dearest bill", f"{most.month:%B}, {dollars(most.cost)}"))
    return found


def missing_words(facts: YearFacts) -> list[str]:
    """What is not there, not sure, or does not add up; a sentence even if nothing is."""
    found = [*_bill_gaps(facts), *_reading_gaps(facts)]
    if facts.wrong:
        found.append(
            f"{counted(facts.wrong, 'bill')} of the year {'does' if facts.wrong == 1 else 'do'} not add up as printed."
        )
    if facts.estimated:
        found.append(f"Billed by an estimated reading: {_listed(facts.estimated)}.")
    return found[:LISTED] or ["Nothing: every bill and every reading of the year is there, and every bill adds up."]


def source_words(facts: YearFacts) -> list[str]:
    """Where the figures come from."""
    found = [one[:1].upper() + one[1:] + "." for one in facts.sources]
    if len(found) > LISTED - 1:
        found = [*found[: LISTED - 2], f"And {len(found) - LISTED + 2} sources more."]
    return [*found, f"Hours and days are local, {facts.zone}; a night the clock is changed has 23 or 25 hours."]


def _bill_gaps(facts: YearFacts) -> list[str]:
    if not facts.billed and facts.prepaid is not None:
        taken = f"{dollars(facts.prepaid.charged)} were taken in {counted(facts.prepaid.days, 'day')}"
        return [f"The account is paid ahead and gets no bills: {taken} that the portal told."]
    if not facts.billed:
        return ["No bill of this year is in the book."]
    found = []
    if facts.unbilled:
        found.append(f"Bills missing: {_listed(facts.unbilled)}.")
    open_months = [one.month for one in facts.months if not one.bills and one.month not in facts.unbilled]
    if open_months and facts.today <= date(facts.year, 12, 31) + timedelta(days=45):
        found.append(f"Not billed yet: {_listed(open_months)}.")
    elif open_months:
        found.append(f"No bill, before the first known one or after the last: {_listed(open_months)}.")
    return found


def _reading_gaps(facts: YearFacts) -> list[str]:
    metered = facts.metered
    if metered is None:
        return ["No reading of a meter of this year is in the book."]
    step = STEPS.get(metered.interval_s, "intervals")
    missing = metered.expected - metered.present
    found = []
    if metered.first > date(facts.year, 1, 1) or metered.last < min(date(facts.year, 12, 31), facts.today):
        found.append(f"Readings run from {_date(metered.first)} to {_date(metered.last)} only.")
    if missing:
        share = Decimal(metered.present) / metered.expected * 100
        found.append(f"{missing:,} of {metered.expected:,} {step} have no reading ({rounded(share, 1)} % are there).")
    if metered.estimated:
        found.append(f"{metered.estimated:,} readings are estimated or edited.")
    return found


def _span(facts: YearFacts) -> str:
    """Which part of the year the figures are for."""
    if facts.billed:
        months = facts.total.months
        if len(months) == 12:
            return f"in {facts.year}"
        if len(months) == 1:
            return f"in {months[0].month:%B %Y}"
        return f"in {len(months)} months of {facts.year}"
    metered = facts.metered
    assert metered is not None
    return (
        f"in {facts.year}" if _whole(metered, facts.year) else f"from {_date(metered.first)} to {_date(metered.last)}"
    )


def _whole(metered: MeteredYear, year: int) -> bool:
    return metered.first == date(year, 1, 1) and metered.last == date(year, 12, 31)


def _against(facts: YearFacts) -> str:
    """How use a day compares with the year before, beginning with a comma; nothing where it can't be said."""
    ratio = facts.daily_change
    if ratio is None:
        return ""
    whole = round(ratio * 100)
    how = f"{abs(whole)} % {'more' if whole > 0 else 'less'} than" if whole else "as much as"
    if not facts.billed:
        return f", {how} in the same months of {facts.year - 1}"
    if not facts.like_whole:  # said of those months alone
        return f", in {_listed([one.month for one, _ in facts.pairs])} {how} in {facts.year - 1}"
    same = "" if len(facts.pairs) == 12 else "the same months of "
    return f", {how} in {same}{facts.year - 1}"


def _listed(months: Sequence[date]) -> str:
    """Names of months, three and more in a row by the first and the last."""
    runs: list[list[date]] = []
    for one in months:
        if runs and one == next_month(runs[-1][-1]):
            runs[-1].append(one)
        else:
            runs.append([one])
    words = []
    for run in runs:
        names = [f"{one:%B}" for one in run]
        words += names if len(names) < 3 else [f"{names[0]} to {names[-1]}"]
    return ", ".join(words)


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"


def _date(day: date) -> str:
    return f"{day.day} {day:%B}"


def _key(value: str, unit: str, name: str) -> dict[str, str]:
    return {"value": value, "unit": unit, "name": name}


def _pair(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _months(number: int) -> str:
    return counted(number, "month")
