"""What a time-of-use schedule saved or lost against the standard one: by month as the supplier has it, and by year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from meterbook.analysis.bills.standing import months_of, standing
from meterbook.model.statement import Statement
from meterbook.model.tou_ledger import TouMonth

_TOLD = re.compile(r"\b(time[ -]of[ -]use|t\.?o\.?u\.?|tod)\b.*\b(sav|loss|lost)", re.IGNORECASE)
"""A line of a bill that tells it. Only the words of both are trusted: a credit for something else is no saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouYear:
    """A calendar year of a ledger.

    Attributes:
        year: which.
        months: how many months the ledger has of it.
        saved: dollars saved in them; negative is a loss.
    """

    year: int
    months: int
    saved: Decimal


def tou_years(months: Iterable[TouMonth]) -> tuple[TouYear, ...]:
    """The sums of a ledger's years, in order."""
    found: dict[int, list[Decimal]] = {}
    for one in months:
        found.setdefault(one.month.year, []).append(one.saved)
    return tuple(
        TouYear(year=year, months=len(saved), saved=sum(saved, start=Decimal(0)))
        for year, saved in sorted(found.items())
    )


def told_by_lines(statements: Iterable[Statement]) -> tuple[TouMonth, ...]:
    """Savings that bills themselves tell in a line, for accounts whose portal keeps no ledger.

    A saving lowers a bill, so that its amount is negative there.
    """
    every = standing(statements)
    found = []
    for month, statement in zip(months_of(every), every, strict=True):
        amounts = [line.amount for line in statement.lines if _TOLD.search(line.label)]
        if amounts:
            found.append(
                TouMonth(
                    account=statement.account,
                    month=month,
                    saved=-sum(amounts, start=Decimal(0)),
                    source_id=statement.source_id,
                    tou_rate=statement.rate,
                )
            )
    return tuple(found)
