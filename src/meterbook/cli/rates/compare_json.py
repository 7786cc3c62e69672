"""A comparison of schedules as JSON values. One amount is only given where nothing assumed is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from meterbook.book.comparing_rates import RateComparison
    from meterbook.tariffs.assumed import Assumed
    from meterbook.tariffs.compare import Comparison, Option, OptionYear
    from meterbook.tariffs.ranging import Range


def plain(found: RateComparison, changed: Comparison | None, what_if: Sequence[str], *, hours: bool) -> dict[str, Any]:
    """All that a comparison tells; numbers are strings, so that no digit is lost."""
    load = found.load
    made: dict[str, Any] = {
        "account": found.account,
        "utility": load.utility,
        "zone": load.zone.key,
        "meters": list(load.meters),
        "own": found.own,
        "notes": list(found.notes),
        "years": [
            {
                "year": one.year,
                "whole": one.whole,
                "months": [f"{month:%Y-%m}" for month in one.months],
                "left_out": [f"{month:%Y-%m}" for month in one.left_out],
                "intervals": one.intervals,
                "filled": one.missing,
                "estimated": one.estimated,
                "kwh": str(one.kwh),
            }
            for one in load.years
        ],
        "not_compared": [{"schedule": one.name, "name": one.title, "why": one.why} for one in found.refused],
        "portal_ledger": [
            {"month": f"{one.month:%Y-%m}", "saved": str(one.saved)}
            | {
                name: str(value)
                for name, value in (("tou_cost", one.tou_cost), ("standard_cost", one.standard_cost))
                if value is not None
            }
            for one in found.ledger
        ],
    }
    if found.comparison is not None:
        made |= _comparison(found.comparison, hours=hours)
    if changed is not None:
        made["what_if"] = {"changes": list(what_if), **_comparison(changed, hours=False)}
        made["what_if"]["against_now"] = _against_now(found.comparison, changed)
        made["what_if"]["energy"] = _energy(found.comparison, changed)
    return made


def of_range(one: Range) -> dict[str, Any]:
    """A range; ``amount`` only where it is one, and sure; neither where nothing is stated that it may range over."""
    made: dict[str, Any] = {"amount": str(one.held)} if one.sure else {"low": str(one.low), "high": str(one.high)}
    if one.untold:
        made = {}
    made["way"] = one.way
    if one.swings:
        made["assumed"] = [{**_assumed(number), "moves": str(swing)} for number, swing in one.swings]
    if one.open:
        made["no_alternatives"] = [_assumed(number) for number in one.open]
    return made


def _comparison(found: Comparison, *, hours: bool) -> dict[str, Any]:
    return {
        "against": found.against,
        "schedules": [_option(one, hours=hours) for one in found.options],
        "best": {
            str(year): {
                "schedule": one.name,
                "among": list(one.among),
                "lead": None if one.lead is None else of_range(one.lead),
                "settled_by": [_assumed(number) for number in one.settles],
            }
            for year, one in found.best.items()
        },
    }


def _against_now(before: Comparison | None, after: Comparison) -> dict[str, Any]:
    """How far each schedule's years move, with the same numbers in both."""
    from meterbook.tariffs.compare import difference

    return {
        new.candidate.name: {
            str(year): of_range(difference(new.priced[year], old.priced[year], new.years[year].months))
            for year in new.years
            if year in old.years
        }
        for old, new in zip(before.options if before is not None else (), after.options, strict=True)
    }


def _energy(before: Comparison | None, after: Comparison) -> dict[str, Any]:
    """kWh drawn and sent back in each year, as it would be and is, by schedule: what changes goes by its prices."""
    from meterbook.tariffs.compare import flows

    def of(option: Option, year: int, months: Sequence[date]) -> dict[str, str]:
        drawn, back = flows(option.priced[year], months)
        return {"drawn_kwh": str(drawn), "sent_back_kwh": str(back)}

    return {
        new.candidate.name: {
            str(year): {
                "then": of(new, year, new.years[year].months),
                "now": of(old, year, new.years[year].months),
            }
            for year in new.years
            if year in old.years
        }
        for old, new in zip(before.options if before is not None else (), after.options, strict=True)
    }


def _option(option: Option, *, hours: bool) -> dict[str, Any]:
    candidate = option.candidate
    made: dict[str, Any] = {
        "schedule": candidate.name,
        "name": candidate.tariff.name,
        "own": candidate.yours,
        "conditions": list(candidate.conditions),
        "years": {str(year): _year(one) for year, one in option.years.items()},
        "not_priced": {str(year): why for year, why in option.unpriced.items()},
    }
    if hours and option.years:
        made["hours"] = _hours(option, max(option.years))
    return made


def _year(one: OptionYear) -> dict[str, Any]:
    made: dict[str, Any] = {"total": of_range(one.total)}
    if one.difference is not None:
        made["difference"] = of_range(one.difference)
    made["months"] = [
        {"month": f"{month:%Y-%m}", "total": of_range(total)}
        | ({"difference": of_range(one.by_month_difference[at])} if one.by_month_difference else {})
        for at, (month, total) in enumerate(zip(one.months, one.by_month, strict=True))
    ]
    return made


def _hours(option: Option, year: int) -> dict[str, Any]:
    from meterbook.model.calendar import utc
    from meterbook.tariffs.marginal import marginal_costs, peaks

    priced, account = option.priced[year], option.candidate.account
    return {
        "dollars_a_kwh_by_weekday_and_hour": [
            [None if cost is None else str(round(cost, 6)) for cost in day]
            for day in marginal_costs(priced.plan, priced.usage, account)
        ],
        "highest_demands": [
            {"start": utc(one.start).isoformat(), "kw": str(one.kw), "charge": one.charge}
            for one in peaks(priced.plan, priced.usage, account)
        ],
    }


def _assumed(one: Assumed) -> dict[str, Any]:
    made: dict[str, Any] = {
        "what": one.what,
        "value": str(one.value),
        "alternatives": [str(value) for value in one.others],
        "status": one.status,
    }
    if one.how:
        made["how"] = one.how
    if one.source is not None:
        made["source"] = one.source.title + (f" ({one.source.page})" if one.source.page else "")
    return made
