"""A guess at what a report's columns mean, by the words of their headings; never taken without a person's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from meterbook.formats.bill_reports import sheets
from meterbook.formats.bill_reports.headings import bracketed, key, plain
from meterbook.formats.bill_reports.mapping import BillMapping, Field
from meterbook.formats.bill_reports.report import read_report
from meterbook.formats.bill_reports.units import bill_unit
from meterbook.model.errors import InputError, MalformedRecord, Where

# Headings that reports of utilities have, letters only.
WORDS: Mapping[Field, tuple[str, ...]] = {
    Field.ACCOUNT: (
        "account", "accountnumber", "account#", "accountno", "acct", "acctno", "acct#", "acctnbr", "acctnumber",
    ),
    Field.LOCATION: ("location", "servicelocation", "locationnumber", "premise", "premiseid", "serviceaddress", "map"),
    Field.METER: ("meter", "meternumber", "meter#", "meterno", "meterid"),
    Field.SERVICE: ("service", "servicetype", "commodity", "type", "utilitytype", "industry"),
    Field.START: (
        "start", "startdate", "from", "fromdate", "periodstart", "servicefrom", "previousreaddate", "prevreaddate",
        "billingperiodstart", "billstart", "readfrom", "servicestart", "begindate", "beginningdate",
    ),
    Field.END: (
        "end", "enddate", "to", "todate", "periodend", "serviceto", "presentreaddate", "currentreaddate",
        "billingperiodend", "billend", "readto", "readdate", "serviceend", "endingdate",
    ),
    Field.MONTH: ("month", "billmonth", "billingmonth"),
    Field.DAYS: ("days", "daysinbill", "billingdays", "numberofdays", "dayscount", "#days", "servicedays"),
    Field.BILL_DATE: ("billdate", "billingdate", "statementdate", "invoicedate", "dateissued"),
    Field.DUE_DATE: ("duedate", "due", "paymentdue"),
    Field.NUMBER: ("billnumber", "invoicenumber", "invoice", "invoice#", "statementnumber", "bill#", "statementid"),
    Field.RATE: ("rate", "rateschedule", "ratecode", "tariff", "rateclass"),
    Field.USAGE: ("usage", "kwh", "usagekwh", "totalkwh", "kwhused", "kwhusage", "consumption", "quantity"),
    Field.UNIT: ("unit", "units", "uom", "usageunits", "unitofmeasure"),
    Field.DEMAND: ("demand", "kw", "demandkw", "billeddemand", "peakkw", "kwdemand"),
    Field.PREVIOUS_READING: ("previousreading", "priorreading", "prevread", "beginreading"),
    Field.PRESENT_READING: ("presentreading", "currentreading", "presentread", "currentread", "endreading"),
    Field.MULTIPLIER: ("multiplier", "mult", "constant"),
    Field.COST: (
        "cost", "currentcharges", "charges", "totalcharges", "amount", "billedamount", "totalcost", "billamount",
        "charge", "billtotal",
    ),
    Field.PREVIOUS_BALANCE: ("previousbalance", "priorbalance"),
    Field.PAYMENTS: ("payments", "paymentsreceived", "payment"),
    Field.ADJUSTMENTS: ("adjustments",),
    Field.AMOUNT_DUE: ("amountdue", "totaldue", "totalamountdue", "balancedue"),
    Field.ESTIMATED: ("estimated", "estimation", "readtype", "estimate", "readcode"),
    Field.NOTES: ("notes", "note", "comments", "remarks"),
}  # fmt: skip
_LEAST = 3
_WEEKS = 20  # days
_MONEY = {Field.COST, Field.AMOUNT_DUE}
_OF_BILLS = {
    Field.BILL_DATE, Field.DUE_DATE, Field.NUMBER, Field.DAYS, Field.PREVIOUS_READING, Field.PRESENT_READING,
    Field.PREVIOUS_BALANCE, Field.PAYMENTS, Field.AMOUNT_DUE,
}  # fmt: skip
"""What readings have no columns of."""
_OF_DAYS = {Field.ACCOUNT, Field.START, Field.END}


def guess_mapping(content: bytes, source: str) -> BillMapping:
    """A mapping by the words of the headings, from the row that has the most of them.

    Raises:
        MalformedRecord: no row looks like headings of bills.
    """
    best: dict[Field, tuple[str, ...]] = {}
    for sheet in sheets.sheets(content, source):
        for _, cells in sheet.top:
            found = _known(cells)
            if len(found) > len(best):
                best = found
    periods = {Field.START, Field.END, Field.MONTH} & best.keys()
    values = {Field.USAGE, Field.COST, Field.AMOUNT_DUE} & best.keys()
    if len(best) < _LEAST or not periods or not values:
        raise MalformedRecord(
            "no row looks like the headings of a billing report",
            where=Where(source=source),
            expected="columns for a period and for usage or cost",
            hint="Name them, such as --column account='Acct No' --column start='Read From' --column cost='Total $'.",
        )
    return BillMapping(columns=best)


def looks_like_bills(content: bytes, source: str) -> bool:
    """Whether a table is of bills, by its headings and the length of its periods, and not of readings.

    Readings may have columns of usage and cost too, but no period of some weeks. Where the rows can't be read it goes
    by the headings, so that what is wrong with a billing report is said of it as such.
    """
    try:
        mapping = guess_mapping(content, source)
    except InputError:
        return False
    if not _MONEY & mapping.columns.keys():
        return False
    try:
        rows = read_report(content, replace(mapping, account=source, unit="kWh", service="electric"), source).rows
    except InputError:
        return _is_of_bills(content, source, mapping)
    if rows is None:
        return False
    return float(np.median(rows.days[Field.END].astype(np.int64) - rows.days[Field.START])) >= _WEEKS


def _is_of_bills(content: bytes, source: str, mapping: BillMapping) -> bool:
    """Whether the headings are those of bills, or of periods of an account whose cells name no time of day."""
    if _OF_BILLS & mapping.columns.keys():
        return True
    clocked = any(":" in cell for sheet in sheets.sheets(content, source) for _, cells in sheet.top for cell in cells)
    return mapping.columns.keys() >= _OF_DAYS and not clocked


def _known(cells: tuple[str, ...]) -> dict[Field, tuple[str, ...]]:
    found: dict[Field, tuple[str, ...]] = {}
    for cell in cells:
        letters = key(cell)
        unit = bracketed(cell)
        bare = letters.removesuffix(key(unit)) if unit and (bill_unit(unit) or unit == "$") else letters
        for name, words in WORDS.items():
            if name not in found and (letters in words or bare in words):
                found[name] = (plain(cell),)
                break
    return found
