"""The practice co-op's bills, whose biller is not this engine, give back the prices of its printed sheet."""

from __future__ import annotations

import re
import sys
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[2] / "analysis" / "bills"))

from practice_history import accounts
from tariffs.fit.practice_sheet import SHEET

from meterbook.cli.app import app
from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import Statement
from meterbook.model.tariff import Tariff
from meterbook.tariffs.fit.determinants import BilledOnce, determinants
from meterbook.tariffs.fit.joint import Case, Outcome, fit
from meterbook.tariffs.fit.shape import shaped
from meterbook.utilities.tariff_loader import TARIFF

CHANGED = date(2026, 3, 16)
RIDER = re.compile(r"^  (\d{4}) +(.+)$", re.MULTILINE)


@cache
def bills() -> tuple[tuple[Statement, ...], ...]:
    """Bills of each account of one service, of whole periods since the last change of prices."""
    found = []
    for one in accounts(24, months=9):
        kept = [
            bill
            for bill in one.run.bills
            if bill.bill_type is BillType.REGULAR and bill.period_start is not None and bill.period_start >= CHANGED
        ]
        if len(one.contract.places) == 1 and kept:
            found.append(tuple(kept))
    return tuple(found)


def under(code: str, kind: str) -> list[BilledOnce]:
    made: list[BilledOnce] = []
    for account, some in enumerate(bills()):
        for bill in some:
            if bill.rate == code:
                one = determinants(bill, number=len(made), account=account, kind=kind)
                assert one is not None
                made.append(one)
    return made


@cache
def sheet() -> str:
    return CliRunner().invoke(app, ["practice", "tariff", "--today", "2026-11-24"]).stdout


def printed(chapter: str, row: str) -> Decimal:
    """The last number of a row of the printed sheet."""
    part = sheet().split(chapter, 1)[1]
    line = next(line for line in part.splitlines() if line.strip().startswith(row))
    return Decimal(line.split()[-1])


def wpca(year: str) -> list[Decimal]:
    """Twelve values of a year as printed in two tables."""
    part = sheet().split("5.2   ", 1)[1].split("6  Rider REPS", 1)[0]
    rows = [values for found, values in RIDER.findall(part) if found == year]
    return [Decimal(text) for row in rows for text in row.split()]


def numbers(outcome: Outcome) -> dict[str, Decimal]:
    assert all(one.low <= one.high for one in outcome.fitted)
    return {str(one.place): one.low for one in outcome.fitted if one.only}


def shell(code: str) -> Tariff:
    fields = {
        "format": "meterbook-tariff/1", "utility": "practice", "code": code, "name": code, "zone": "America/New_York",
        "versions": [{"start": "2014-01-01"}],
    }  # fmt: skip
    return msgspec.convert(fields, Tariff, strict=False)


def test_small_general_service_is_built_from_nothing_but_its_bills() -> None:
    some = under("GS", "commercial")
    assert len({one.account for one in some}) >= 3
    tariff = shaped(shell("GS"), some)
    found = fit([Case(tariff=tariff, bill=one) for one in some])
    assert found.spoiled == ()
    known = numbers(found)
    chapter = "2.5  Schedule GS"
    assert known["Facilities Charge"] == printed(chapter, "Facilities Charge")
    assert known["Energy, first 1500 kWh"] == printed(chapter, "First 1,500 kWh")
    assert known["Energy, over 1500 kWh"] == printed(chapter, "Over 1,500 kWh")
    assert known["NC Sales Tax"] == Decimal("0.07")
    for month in range(5, 11):
        name = f"Wholesale Power Cost Adj. of 2026-{month:02}"
        assert known[name] == wpca("2026")[month - 1], name


TIMES = """\
format: meterbook-tariff/1
utility: practice
code: R-TOU
name: Residential Time-of-Use Service
zone: America/New_York
seasons: {price: {summer: {months: [6, 7, 8, 9, 10]}, winter: {rest: true}}}
periods:
  tou:
    on-peak: [{days: [mon, tue, wed, thu, fri], start: "14:00", end: "19:00"}]
    super-off-peak: [{start: "00:00", end: "05:00"}]
    off-peak: rest
versions:
  - start: 2014-01-01
    charges:
      - {charge: fixed, name: Facilities Charge, amount: {value: null}}
      - charge: energy
        name: Energy
        season_by: read
        rates:
          - {season: summer, period: on-peak, rate: {value: null}}
          - {season: winter, period: on-peak, rate: {value: null}}
          - {period: off-peak, rate: {value: null}}
          - {period: super-off-peak, rate: {value: null}}
"""


def test_prices_of_times_of_use_are_told_apart_by_their_labels() -> None:
    some = under("R-TOU", "residential")
    tariff, _ = TARIFF.parse(TIMES.encode(), "R-TOU.yaml")
    found = fit([Case(tariff=tariff, bill=one) for one in some])
    assert found.spoiled == ()
    known = numbers(found)
    chapter = "2.2  Schedule R-TOU"
    for name, row in (
        ("Energy, summer, on peak", "On Peak Energy, Summer"),
        ("Energy, off peak", "Off Peak Energy"),
        ("Energy, super off peak", "Super Off-Peak Energy"),
    ):
        assert known[name] == printed(chapter, row)


def test_demand_is_fitted_by_the_kw_that_bills_print() -> None:
    some = under("LGS-D", "industrial")
    tariff = shaped(shell("LGS-D"), some)
    known = numbers(fit([Case(tariff=tariff, bill=one) for one in some]))
    assert known["Demand Charge"] == printed("2.6  Schedule LGS-D", "Demand Charge")
    assert known["Energy Charge"] == printed("2.6  Schedule LGS-D", "Energy Charge")


def test_residential_service_has_both_seasons_and_the_mandate_of_its_class() -> None:
    some = under("R", "residential")
    open_ = re.sub(r"(rate|amount): (31.50|33.75|0\.\d+)", r"\1: {value: null}", SHEET)
    never = "values: [{start: 2014-01, value: null}]"
    open_ = re.sub(r"(rider: \w+\n *unit: \w+)\n", rf"\1\n        {never}\n", open_)
    open_ = re.sub(r"(rider: \w+, unit: \w+)\}", rf"\1, {never}}}", open_)
    tariff, _ = TARIFF.parse(open_.encode(), "R.yaml")
    found = fit([Case(tariff=tariff, bill=one) for one in some])
    assert found.spoiled == ()
    known = numbers(found)
    chapter = "2.1  Schedule R"
    assert known["Facilities Charge"] == printed(chapter, "Facilities Charge")
    assert known["Energy Charge, summer"] == printed(chapter, "Energy Charge, Summer")
    assert known["Energy Charge, winter"] == printed(chapter, "Energy Charge, Winter")
    assert known["NC Sales Tax"] == Decimal("0.0700")
    assert known["Renewable & EE Mandate of 2026-08"] == Decimal("0.79")
    assert known["Wholesale Power Cost Adj. of 2026-08"] == wpca("2026")[7]
    proofs = {str(one.place): one for one in found.fitted}
    assert proofs["Energy Charge, summer"].accounts >= 8
