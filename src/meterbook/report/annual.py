"""The annual report of an account: two printed pages, tagged and readable aloud, from a year's facts."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any, NamedTuple

from meterbook.analysis.bills.comparing import change
from meterbook.analysis.bills.history import BillMonth
from meterbook.analysis.year import YearFacts
from meterbook.report.annual_words import key_figures, missing_words, most_words, sentence, source_words, weather_words
from meterbook.report.bill_chart import bill_chart, described
from meterbook.report.heat_map import described as heat_words
from meterbook.report.heat_map import heat_map
from meterbook.report.letters import printable
from meterbook.report.small_charts import band_chart, band_words, cost_chart, cost_words
from meterbook.report.typeset import page_count, pdf
from meterbook.report.words import amount, percent, rounded

FONTS = "Libertinus Serif"
PAGES = 2
WIDTH, HEAT_WIDTH, BAND_WIDTH = 700, 520, 260
NAME_LETTERS, PLACE_LETTERS = 48, 90


class Heights(NamedTuple):
    """Pixels of the charts of the first page."""

    use: int
    cost: int


HEIGHTS = (Heights(325, 130), Heights(240, 100), Heights(170, 80))
"""From the ample to the narrow."""
EMPTY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def annual_report(facts: YearFacts) -> bytes:
    """A PDF of two Letter pages, PDF/UA-1; the same facts give the same bytes.

    Charts give way where there is much to be told beside them.

    Args:
        facts: the year; whatever of it is not known is said to be missing.
    """
    source = files("meterbook.report").joinpath("annual.typ").read_text(encoding="utf-8")
    body = b""
    for height in HEIGHTS:
        told, pictures = content(facts, height)
        body = pdf(source, {"told": json.dumps(_printable(told)), **pictures}, day=facts.today)
        if page_count(body) <= PAGES:
            break
    return body


def content(facts: YearFacts, height: Heights = HEIGHTS[0]) -> tuple[dict[str, Any], dict[str, str]]:
    """What the pages say, and their pictures as SVG."""
    months = shown_months(facts)
    blank = frozenset(one.month for one in months if one.usage is None and one.month not in facts.unbilled)
    of = "bill" if facts.billed else "month"
    pictures = {
        "use": bill_chart(
            months, title=str(facts.year), width=WIDTH, height=height.use, fonts=FONTS, headed=False, of=of, blank=blank
        ),
        "cost": EMPTY_SVG,
        "heat": EMPTY_SVG,
        "bands": EMPTY_SVG,
    }
    told = _words(facts, months, of)
    if told["cost"] is not None:
        warm = any(one.low_f is not None and one.high_f is not None for one in months)
        pictures["cost"] = cost_chart(months, width=WIDTH, height=height.cost, right=76 if warm else 24, fonts=FONTS)
    if facts.metered is not None and facts.metered.shape is not None:
        pictures["heat"] = heat_map(facts.metered.shape, width=HEAT_WIDTH, fonts=FONTS)
    if facts.metered is not None and facts.metered.bands:
        pictures["bands"] = band_chart(facts.metered.bands, facts.metered.unit, width=BAND_WIDTH, fonts=FONTS)
    return told, pictures


def shown_months(facts: YearFacts) -> tuple[BillMonth, ...]:
    """The months of the chart: by bill where there are bills, else by what the meters counted."""
    if facts.billed or facts.metered is None:
        return facts.months
    return tuple(
        BillMonth(month=one.month, usage=one.total, unit=facts.metered.unit, low_f=one.low_f, high_f=one.high_f)
        if one.readings
        else BillMonth(month=one.month)
        for one in facts.metered.months
    )


def _words(facts: YearFacts, months: tuple[BillMonth, ...], of: str) -> dict[str, Any]:
    metered = facts.metered
    unit = next((one.unit for one in months if one.unit), "kWh")
    costs = [one for one in months if one.cost is not None]
    source = (
        "bills, each counted for the month in which most of it lies" if of == "bill" else "meters, by calendar month"
    )
    every, running = facts.cost, facts.today <= date(facts.year, 12, 31)
    utility, account = _cut(facts.utility, NAME_LETTERS), f"account {_cut(facts.account, NAME_LETTERS // 2)}"
    return {
        "title": f"{facts.year}{', so far' if running else ''}: a year of electricity",
        "owner": " · ".join(one for one in (utility, account, _cut(facts.place, PLACE_LETTERS)) if one),
        "footer": f"{utility} · {account} · {facts.year} · made by Meterbook on {facts.today.day} {facts.today:%b %Y}",
        "sentence": sentence(facts),
        "keys": key_figures(facts),
        "use": {
            "alt": described(months, of),
            "caption": f"{unit} by the {source}; lines: mean daily high and low, °F.",
        }
        if not facts.billed or any(one.usage is not None for one in months)
        else None,
        "no_use": "The bills of this year are for no use that they tell, such as lamps alone.",
        "cost": {"alt": cost_words(costs), "caption": "Dollars by bill, electric service."} if costs else None,
        "groups": [
            {
                "name": one.group.value.capitalize(),
                "amount": rounded(one.amount, 2),
                "share": f"{rounded(one.amount / every * 100, 0)} %" if every else "",
            }
            for one in facts.groups
        ],
        "all": rounded(every, 2),
        "no_groups": "The book has no bill of this year, so what was charged is not known."
        if facts.prepaid is None
        else "An account that is paid ahead gets no bills that say it.",
        "most": most_words(facts),
        "no_most": "The book has no readings by the hour or day of this year.",
        "heat": {"alt": heat_words(metered.shape), "caption": "Mean kW by hour of the local day; darker is more."}
        if metered is not None and metered.shape is not None
        else None,
        "no_shape": "The book has no readings by the hour of this year, so the shape of a day is not known.",
        "bands": {"alt": band_words(metered.bands, metered.unit), "caption": band_words(metered.bands, metered.unit)}
        if metered is not None and metered.bands
        else None,
        "no_bands": weather_words(facts),
        **_table(facts),
        "table": "Use in kWh; missing: readings of meters that should be there and are not.",
        "missing": missing_words(facts),
        "sources": source_words(facts),
    }


def _table(facts: YearFacts) -> dict[str, Any]:
    """The same as the charts, in figures."""
    metered = {one.month: one for one in facts.metered.months} if facts.metered is not None else {}
    rows = []
    for one in facts.months:
        read = metered.get(one.month)
        there = read is not None and read.readings > 0
        rows.append(
            [
                f"{one.month:%B}",
                str(one.days or "–"),
                amount(one.usage),
                amount(read.total) if read is not None and there else "–",
                rounded(one.per_day, 1),
                rounded(one.cost, 2),
                rounded(one.cost_per_unit * 100, 1) if one.cost_per_unit is not None else "–",
                f"{rounded(one.low_f, 0)} / {rounded(one.high_f, 0)}" if one.low_f is not None else "–",
                _rise(facts, one.month),
                "–" if read is None or not there else str(read.missing) if read.missing else "none",
            ]
        )
    total = facts.total
    whole = facts.metered
    return {
        "columns": [
            "Month", "days", "billed", "metered", "a day", "$", "¢ a kWh", "low/high °F",
            f"on {facts.year - 1}", "missing",
        ],
        "rows": rows,
        "sums": [
            str(facts.year),
            str(total.days or "–"),
            amount(total.usage),
            amount(whole.total) if whole is not None else "–",
            rounded(total.per_day, 1),
            rounded(total.cost, 2),
            rounded(total.cost_per_unit * 100, 1) if total.cost_per_unit is not None else "–",
            "",
            percent(facts.daily_change) if facts.like_whole else "–",
            f"{whole.expected - whole.present:,}" if whole is not None else "–",
        ],
    }  # fmt: skip


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _rise(facts: YearFacts, month: date) -> str:
    """By how much use a day rose on the same month of the year before, by the bills."""
    pair = next((one for one in facts.pairs if one[0].month == month), None)
    return percent(change(pair[0].per_day, pair[1].per_day)) if pair is not None else "–"


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _printable(one) for name, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list) else value
