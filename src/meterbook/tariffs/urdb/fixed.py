"""Fixed charges and minimums of a record: dollars a month, a day or a year."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from meterbook.model.tariff import Figure, Fixed, Minimum
from meterbook.tariffs.urdb.options import Options
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remarks
from meterbook.tariffs.urdb.structures import SOURCE

HIGH = Decimal(20_000)
"""Dollars a month above which a charge looks wrong."""
Per = Literal["month", "day", "year"]
_PER: dict[str, Per] = {"$/month": "month", "$/day": "day", "$/year": "year"}
DAYS_A_YEAR = 365


def fixed(record: Record, options: Options, remarks: Remarks) -> list[Fixed]:
    """The charges for having service."""
    if "fixed" in remarks.leave_out:
        remarks.odd("fixedchargefirstmeter", "left out as asked: fixed charges")
        return []
    first, older = record.number("fixedchargefirstmeter"), record.number("fixedmonthlycharge")
    field, further = "fixedchargefirstmeter", record.number("fixedchargeeaaddl")
    per: Per | None = "month"
    if first or further:
        per = _per(record, "fixedchargeunits", "fixed", remarks)
    if first is None:
        first, field = older, "fixedmonthlycharge"
        per = "month" if older is not None else per
    elif older is not None and older != first:
        remarks.odd("fixedmonthlycharge", f"{older:f} is not used: fixedchargefirstmeter is {first:f}")
    if per is None:
        return []
    found = []
    if first:
        _sane(first, field, remarks)
        figure, unit = _amount(first, per, options, remarks)
        found.append(Fixed(name="Customer charge", amount=figure, per=unit))
    if further:
        _sane(further, "fixedchargeeaaddl", remarks)
        figure, unit = _amount(further, per, options, remarks)
        found.append(Fixed(name="Further meters", amount=figure, per=unit, each="further-meter"))
    return found


def minimum(record: Record, options: Options, remarks: Remarks) -> list[Minimum]:
    """The least that a bill, or a year of bills, comes to."""
    if "minimum" in remarks.leave_out:
        remarks.odd("mincharge", "left out as asked: the minimum charge")
        return []
    newer = record.number("mincharge")
    per = _per(record, "minchargeunits", "minimum", remarks) if newer is not None else "month"
    monthly = newer if newer is not None and per != "year" else None
    yearly = newer if per == "year" else None
    if newer is None:
        monthly, yearly = record.number("minmonthlycharge"), record.number("annualmincharge")
    if per is None:
        return []
    found = []
    if monthly:
        _sane(monthly, "mincharge", remarks)
        amount, unit = _amount(monthly, per, options, remarks)
        found.append(Minimum(name="Minimum charge", amount=amount, per=unit))
    if yearly:
        remarks.convention("the minimum of a year is held against a calendar year's bills, in December's")
        figure = Figure(value=yearly, source=SOURCE)
        found.append(Minimum(name="Minimum charge of the year", amount=figure, per="year", settle="year"))
    return found


def _amount(amount: Decimal, per: Per, options: Options, remarks: Remarks) -> tuple[Figure, Per]:
    """An amount as our charges have it; with ``day_charges=month`` a day's is 365 of them a year."""
    if per != "day":
        return Figure(value=amount, source=SOURCE), per
    remarks.convention(f"dollars a day are times the {_DAYS[options.day_charges]} (day-charges={options.day_charges})")
    if options.day_charges == "days":
        return Figure(value=amount, source=SOURCE), "day"
    return Figure(value=amount * DAYS_A_YEAR, source=SOURCE, how=f"{amount:f} a day x 365"), "year"


_DAYS = {"days": "days of the bill", "month": "365/12 days of a mean month"}


def _per(record: Record, field: str, part: str, remarks: Remarks) -> Per | None:
    written = record.text(field)
    if written is None:
        remarks.odd(field, "is missing; dollars are taken to be by the month")
        return "month"
    found = _PER.get(written.casefold().replace(" ", ""))
    if found is None:
        remarks.refuse(part, field, f"the unit {written!r} is not known", f"one of {', '.join(_PER)}")
    return found


def _sane(amount: Decimal, field: str, remarks: Remarks) -> None:
    if amount < 0 or amount > HIGH:
        remarks.odd(field, f"{amount:f} dollars {'is negative' if amount < 0 else 'looks far too high'}")
