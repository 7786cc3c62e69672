"""Reports of the shapes that portals and ENERGY STAR write, made anew with invented values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from meterbook.formats.bill_reports import SHIPPED, from_profile, guess_mapping, read_report, recognized, to_profile
from meterbook.model.bill_kinds import LineKind, ReadType
from tests.report_files import COOP, HEADINGS, bills_of, coop, csv_of, workbook

PORTAL = """\
Name,PAT EXAMPLE
Address,"1 SAMPLE LANE, NOWHERE NC 28000"
Account Number,0070001
Service,Service 1

TYPE,START DATE,END DATE,USAGE,UNITS,COST,NOTES
Electric billing,2024-11-26,2024-12-26,"1,121.50",kWh,$174.89,
Electric billing,2024-12-27,2025-01-26,940,kWh,$150.00 ,* This data was estimated
"""


@pytest.mark.parametrize(
    "content",
    [
        PORTAL.encode(),
        PORTAL.encode("utf-8-sig"),
        PORTAL.encode("utf-16"),
        PORTAL.encode("utf-16-le"),
        PORTAL.replace("\n", "\r\n\r\n").encode(),
        PORTAL.replace("2024-11-26", "11/26/24").replace("2024-12-26", "12/26/24").encode("cp1252"),
        PORTAL.replace(",UNITS,", ",").replace("USAGE", "USAGE (kWh)").replace(",kWh,", ",").encode(),
        PORTAL.replace("$174.89,", "$174.89").encode(),
        PORTAL.replace("PAT EXAMPLE", "PAT EXAMPLE,,,,,,,").encode(),
        PORTAL.replace("PAT EXAMPLE", "ZOË EXAMPLE").encode("cp1252"),
    ],
    ids=[
        "plain",
        "mark",
        "utf-16",
        "utf-16-le",
        "blank-lines",
        "dates",
        "unit-in-heading",
        "short",
        "padded",
        "cp1252",
    ],
)
def test_a_portal_download_gives_the_same_bills_however_it_is_written(content: bytes) -> None:
    found = recognized(content, "portal.csv")
    assert found is not None
    assert found[0] == "portal-billing"
    report = read_report(content, found[1], "portal.csv")
    assert report.findings == ()
    first, second = bills_of(report)
    assert (first.account, first.period_start, first.period_end) == ("0070001", date(2024, 11, 26), date(2024, 12, 26))
    assert (first.usage, first.usage_unit, first.current_charges, first.days) == (
        Decimal("1121.50"),
        "kWh",
        Decimal("174.89"),
        31,
    )
    assert first.services == ("electric",)
    assert first.meters[0].read_type is None
    assert (second.current_charges, second.meters[0].read_type) == (Decimal("150.00"), ReadType.ESTIMATED)


def test_a_history_with_end_dates_and_days_counts_back_to_the_start_of_each_bill() -> None:
    text = (
        '"End Date"\t"Days In Bill"\t"Meter Read"\t"Read Type"\t"Usage (CCF)"\t"Usage (Therms)"\t"Usage (Cost)"\n'
        '"3/14/2025"\t"29"\t"812"\t"Actual"\t"61"\t"63.20"\t"$120.11"\n'
        '"2/13/2025"\t"30"\t"751"\t"Estimated"\t"70"\t"72.50"\t"$133.00"\n'
    )
    mapping = from_profile(to_profile(SHIPPED["portal-history"]) | {"account": "7"})
    report = read_report(text.encode("utf-16-le"), mapping, "history.tsv")
    newer, older = bills_of(report)
    assert (newer.period_start, newer.period_end, newer.days) == (date(2025, 2, 13), date(2025, 3, 14), 29)
    assert (newer.usage, newer.usage_unit, newer.services) == (Decimal("63.20"), "therm", ("gas",))
    assert (newer.meters[0].usage, newer.meters[0].unit, newer.meters[0].billed) == (
        Decimal(61),
        "CCF",
        Decimal("63.20"),
    )
    assert older.meters[0].read_type is ReadType.ESTIMATED


def test_add_bills_sheets_are_read_one_after_the_other_and_empty_ones_passed_over() -> None:
    headings = [
        "Meter ID\n(Pre-filled)", "Portfolio Manager ID\n(Pre-filled)", "Meter Name\n(Pre-filled)",
        "Meter Type\n(Pre-filled)", "Start Date\n(Required)", "End Date\n(Required)", "Usage\n(Required)",
        "Meter Unit\n(Pre-filled)", "Cost\n(Optional)", "Demand (kW) (Optional)", "Demand Cost ($) (Optional)",
        "Estimation (Required)",
    ]  # fmt: skip
    row = [7001.0, 99.0, "Main", "Electricity - Grid Purchase", date(2025, 1, 1), date(2025, 1, 31), "274925.3",
           "kBtu (thousand Btu)", 1200.5, 80.25, 300.25, "Yes"]  # fmt: skip
    water = [7002.0, 99.0, "Water", "Municipally Supplied Potable Water - Mixed Indoor/Outdoor", date(2025, 1, 1),
             date(2025, 1, 31), 12, "kGal (thousand gallons) (US)", None, None, None, "No"]  # fmt: skip
    content = workbook({"Instructions": [["Read me"]], "Add Bills-Electricity": [headings, row],
                        "Add Bills-Flow": [headings], "Add Bills-Water": [headings, water]})  # fmt: skip
    found = recognized(content, "bills.xlsx")
    assert found is not None
    assert found[0] == "portfolio-manager-bills"
    report = read_report(content, found[1], "bills.xlsx")
    electric, wet = bills_of(report)
    assert (electric.account, electric.usage, electric.usage_unit, electric.days) == (
        "7001",
        Decimal("274925.3"),
        "kBtu",
        31,
    )
    assert [(line.kind, line.amount) for line in electric.lines] == [
        (LineKind.OTHER, Decimal("900.25")),
        (LineKind.DEMAND, Decimal("300.25")),
    ]
    assert electric.meters[0].read_type is ReadType.ESTIMATED
    assert (wet.services, wet.usage, wet.usage_unit, wet.current_charges) == (("water",), Decimal(12000), "gal", None)
    assert report.sheets == ("Add Bills-Electricity", "Add Bills-Water")


def test_a_sheet_of_months_has_a_bill_for_each_month_that_has_a_value() -> None:
    rows = [["Report"], [], ["Property Id", "Month ", "Electricity Use (Grid)  (kBtu)", "Natural Gas Use (therms)"],
            ["44", "Jan-24", "100.5", "Not Available"], ["44", "Feb-24", "Not Available", "Not Available"],
            ["44", "Mar-24", "1.5", "20"]]  # fmt: skip
    content = workbook({"Monthly Usage": rows})
    found = recognized(content, "request.xlsx")
    assert found is not None
    assert found[0] == "portfolio-manager-monthly"
    january, march = bills_of(read_report(content, found[1], "request.xlsx"))
    assert (january.period_start, january.period_end, january.days) == (date(2024, 1, 1), date(2024, 1, 31), 31)
    assert (january.usage, january.usage_unit, january.services) == (Decimal("100.5"), "kBtu", ("electric",))
    assert march.services == ("electric", "gas")
    assert march.usage is None
    assert [(one.service, one.usage, one.unit) for one in march.meters] == [
        ("electric", Decimal("1.5"), "kBtu"),
        ("gas", Decimal(20), "therm"),
    ]


def test_columns_go_by_their_headings_in_any_order() -> None:
    row = dict(zip(HEADINGS, ("0071", "21", "1/5/2025", "2/14/2025", "800", "$99.10"), strict=True))
    turned = sorted(HEADINGS)
    content = csv_of([row[name] for name in turned], headings=[f"  {name.upper()} " for name in turned])
    (bill,) = bills_of(read_report(content, COOP, "report.csv"))
    assert (bill.account, bill.usage, bill.current_charges, bill.period_end) == (
        "0071",
        Decimal(800),
        Decimal("99.10"),
        date(2025, 2, 14),
    )


def test_two_meters_of_one_account_are_one_bill_with_two_registers() -> None:
    report = coop(
        ("71", "A", "2025-01-05", "2025-02-04", "800", "99.10"), ("71", "B", "2025-01-05", "2025-02-04", "20", "14.00")
    )
    (bill,) = bills_of(report)
    assert (bill.usage, bill.current_charges) == (Decimal(820), Decimal("113.10"))
    assert [(one.meter, one.usage) for one in bill.meters] == [("A", Decimal(800)), ("B", Decimal(20))]
    assert [line.amount for line in bill.lines] == [Decimal("99.10"), Decimal("14.00")]


def test_the_last_day_belongs_to_the_period_where_the_next_begins_the_day_after() -> None:
    service_days = coop(
        ("71", "A", "2025-01-05", "2025-02-04", "8", "9"), ("71", "A", "2025-02-05", "2025-03-04", "8", "9")
    )
    read_days = coop(
        ("71", "A", "2025-01-05", "2025-02-04", "8", "9"), ("71", "A", "2025-02-04", "2025-03-04", "8", "9")
    )
    alone = coop(("71", "A", "2025-01-05", "2025-02-04", "8", "9"))
    assert [bill.days for bill in bills_of(service_days)] == [31, 28]
    assert [bill.days for bill in bills_of(read_days)] == [30, 28]
    assert [bill.days for bill in bills_of(alone)] == [None]


def test_charge_columns_become_line_items() -> None:
    profile = to_profile(COOP) | {
        "charges": [{"heading": "Energy", "kind": "energy"}, {"heading": "Tax", "kind": "tax_sales"}]
    }
    content = csv_of(
        ("71", "A", "2025-01-05", "2025-02-04", "8", "10.70", "10.00", ".70"), headings=(*HEADINGS, "Energy", "Tax")
    )
    (bill,) = bills_of(read_report(content, from_profile(profile), "report.csv"))
    assert [(line.label, line.kind, line.amount) for line in bill.lines] == [
        ("Energy", LineKind.ENERGY, Decimal("10.00")),
        ("Tax", LineKind.TAX_SALES, Decimal("0.70")),
    ]


def test_a_guess_goes_by_the_words_of_the_headings() -> None:
    mapping = guess_mapping(csv_of(("1", "2", "2025-01-01", "2025-02-01", "3", "4")), "report.csv")
    assert {name.value: headings for name, headings in mapping.columns.items()} == {
        "account": ("Account Number",), "meter": ("Meter",), "start": ("Read From",), "end": ("Read To",),
        "usage": ("kWh",), "cost": ("Charges",),
    }  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_a_profile_survives_being_kept(name: str) -> None:
    assert from_profile(to_profile(SHIPPED[name])) == SHIPPED[name]
