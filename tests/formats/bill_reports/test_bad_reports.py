"""Reports that would be stored wrongly by a trusting reader: each is refused, or its rows are, by name."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats.bill_reports import from_profile, packages, read_report, to_profile
from meterbook.model.errors import InputError, MalformedRecord, UsageError
from tests.report_files import COOP, HEADINGS, bills_of, coop, csv_of, names_of, workbook

GOOD = ("71", "A", "2025-01-05", "2025-02-04", "800", "99.10")
MORE = tuple((str(80 + n), "A", "2025-01-05", "2025-02-04", "1", "1.00") for n in range(4))


@pytest.mark.parametrize(
    ("row", "name", "column"),
    [
        (("71", "A", "2025-01-05", "2025-02-04", "eight", "99.10"), "report.not-a-number", "kWh"),
        (("71", "A", "2025-01-05", "2025-02-04", "800", '"1,23"'), "report.not-a-number", "Charges"),
        (("71", "A", "2025-02-30", "2025-03-04", "800", "99.10"), "report.not-a-day", "Read From"),
        (("71", "A", "2025-03-05", "2025-02-04", "800", "99.10"), "report.period-turned", "Read To"),
        (("71", "A", "2015-03-05", "2025-02-04", "800", "99.10"), "report.period-too-long", "Read To"),
        (("", "A", "2025-01-05", "2025-02-04", "800", "99.10"), "report.no-account", "Account Number"),
        (("71", "A", "", "2025-02-04", "800", "99.10"), "report.no-period", "Read From"),
        (("71", "A", "2025-01-05", "2025-02-04", "", ""), "report.empty-row", "kWh"),
        (("71", "A", "", "2025-01-05", "2025-02-04", "800"), "report.no-period", "Read From"),
        (("71", "A", "2025-01-05", "2025-02-04", "", "800", "99.10"), "report.shifted-row", "after the last heading"),
        (("71", "A", "2025-01-05", "2025-02-04", "nan", "inf"), "report.not-a-number", "Charges"),
        (("71", "A", "2025-01-05", "2025-02-04", "1_000", "9"), "report.not-a-number", "kWh"),
        (("71", "A", "2025-01-05", "2025-02-04", "٣", "9"), "report.not-a-number", "kWh"),
    ],
)
def test_a_row_that_cant_be_read_is_named_and_the_others_are_taken(
    row: tuple[str, ...], name: str, column: str
) -> None:
    report = coop(*MORE, row)
    assert len(bills_of(report)) == 4
    assert report.refused == 1
    (finding,) = report.findings
    assert finding.name == name
    assert finding.data["file"] == "report.csv"
    assert finding.data["row"] == "row 6"
    assert finding.data["column"] == column


@pytest.mark.parametrize(
    ("text", "amount"),
    [("(51.23)", "-51.23"), ("-$51.23", "-51.23"), ("$-51.23", "-51.23"), ("51.23-", "-51.23"), ("51.23 CR", "-51.23"),
     ('"$1,051.23"', "1051.23"), (".81", "0.81"), ("$ 12", "12"), ("\N{MINUS SIGN}3", "-3")],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    (bill,) = bills_of(coop(("71", "A", "2025-01-05", "2025-02-04", "800", text)))
    assert bill.current_charges == Decimal(amount)


def test_a_signed_amount_in_brackets_is_no_amount() -> None:
    report = coop(*MORE, ("71", "A", "2025-01-05", "2025-02-04", "800", "(-5.00)"))
    assert names_of(report) == ["report.not-a-number"]


def test_dates_are_decided_by_the_whole_report() -> None:
    report = coop(
        ("71", "A", "03/04/25", "04/04/25", "8", "9"), ("71", "A", "04/04/25", "05/04/25", "8", "9"),
        ("71", "A", "05/04/25", "06/25/25", "8", "9"),
    )  # fmt: skip
    assert bills_of(report)[0].period_start == date(2025, 3, 4)
    report = coop(("71", "A", "03/04/25", "04/05/25", "8", "9"), ("71", "A", "04/05/25", "25/06/25", "8", "9"))
    assert bills_of(report)[0].period_start == date(2025, 4, 3)


def test_dates_that_leave_it_open_are_decided_by_what_periods_can_be() -> None:
    (bill,) = bills_of(coop(("71", "A", "12/05/24", "01/06/25", "8", "9")))
    assert bill.period_start == date(2024, 12, 5)
    report = coop(*(("71", "A", f"0{month}/04/25", f"0{month + 1}/04/25", "8", "9") for month in (3, 4, 5)))
    assert [bill.days for bill in bills_of(report)] == [31, 30, 31]


def test_open_dates_are_refused_unless_the_profile_says() -> None:
    row = ("71", "A", "03/04/25", "04/04/25", "8", "9")
    with pytest.raises(UsageError, match="month first or day first") as error:
        coop(row)
    assert "row 2" in str(error.value.where)
    assert "Read From" in str(error.value.where)
    told = from_profile(to_profile(COOP) | {"dates": "day-first"})
    (bill,) = bills_of(read_report(csv_of(row), told, "report.csv"))
    assert bill.period_start == date(2025, 4, 3)


def test_dates_that_contradict_each_other_are_refused_with_both_named() -> None:
    with pytest.raises(UsageError, match=r"13/02/25.*day first|02/13/25.*month first") as error:
        coop(("71", "A", "01/13/25", "02/13/25", "8", "9"), ("71", "A", "13/02/25", "13/03/25", "8", "9"))
    assert "row 2" in str(error.value)
    assert "row 3" in str(error.value)


def test_a_profile_that_says_otherwise_than_the_dates_is_refused() -> None:
    told = from_profile(to_profile(COOP) | {"dates": "day-first"})
    with pytest.raises(UsageError, match="month-first"):
        read_report(csv_of(("71", "A", "01/13/25", "02/13/25", "8", "9")), told, "report.csv")


def test_dates_that_a_spreadsheet_turned_round_are_refused() -> None:
    rows = [
        HEADINGS,
        ("71", "A", date(2025, 4, 1), "13/02/2025", 8, 9),
        ("71", "A", "13/02/2025", date(2025, 12, 3), 8, 9),
    ]
    with pytest.raises(UsageError, match="mixed"):
        read_report(workbook({"Bills": rows}), COOP, "report.xlsx")


def test_a_workbooks_bare_day_numbers_are_days_and_a_texts_only_if_all_are() -> None:
    rows = [HEADINGS, ("71", "A", 45662, date(2025, 2, 4), 8, 9.1)]
    (bill,) = bills_of(read_report(workbook({"Bills": rows}), COOP, "report.xlsx"))
    assert (bill.period_start, bill.current_charges) == (date(2025, 1, 5), Decimal("9.1"))
    (bill,) = bills_of(coop(("71", "A", "45662", "45692", "8", "9")))
    assert bill.period_end == date(2025, 2, 4)
    report = coop(*MORE, ("71", "A", "45662", "2025-02-04", "8", "9"))
    assert names_of(report) == ["report.not-a-day"]


def test_numbers_of_a_workbook_lose_the_noise_of_binary_floats() -> None:
    rows = [HEADINGS, (71, "A", date(2025, 1, 5), date(2025, 2, 4), 0.1 + 0.2, 206.58900000000003)]
    (bill,) = bills_of(read_report(workbook({"Bills": rows}), COOP, "report.xlsx"))
    assert (bill.account, bill.usage, bill.current_charges) == ("71", Decimal("0.3"), Decimal("206.589"))


def test_totals_and_notes_below_the_table_are_no_bills_and_totals_are_checked() -> None:
    report = coop(
        *MORE, ("Total", "", "", "", "4", "4.00"), ("", "", "", "", "", ""), ("Printed on 5 May", "", "", "", "", "")
    )
    assert len(bills_of(report)) == 4
    assert report.findings == ()
    report = coop(*MORE, ("Grand total", "", "2025-01-05", "2025-02-04", "4", "5.00"))
    assert len(bills_of(report)) == 4
    assert names_of(report) == ["report.total-differs"]


def test_headings_that_come_again_on_another_page_are_passed_over() -> None:
    report = coop(*MORE[:2], HEADINGS, *MORE[2:])
    assert len(bills_of(report)) == 4
    assert report.findings == ()


def test_the_same_row_twice_is_one_bill_and_two_that_differ_are_none() -> None:
    report = coop(GOOD, GOOD, *MORE)
    assert len(bills_of(report)) == 5
    assert report.repeated == 1
    assert names_of(report) == ["report.repeated-row"]
    report = coop(GOOD, (*GOOD[:5], "99.11"), *MORE)
    assert len(bills_of(report)) == 4
    assert report.refused == 2
    assert names_of(report) == ["report.contradicting-rows"] * 2


def test_overlapping_periods_are_kept_and_told() -> None:
    report = coop(GOOD, ("71", "A", "2025-01-20", "2025-02-20", "8", "9"))
    assert len(bills_of(report)) == 2
    assert names_of(report) == ["report.overlap"]


def test_two_meters_that_show_the_same_total_are_not_added_up() -> None:
    report = coop(
        *MORE,
        ("71", "A", "2025-01-05", "2025-02-04", "800", "113.10"),
        ("71", "B", "2025-01-05", "2025-02-04", "20", "113.10"),
    )
    assert len(bills_of(report)) == 4
    assert names_of(report) == ["report.rows-disagree"]


def test_a_bill_whose_charges_do_not_add_up_is_not_taken() -> None:
    profile = to_profile(COOP) | {"charges": [{"heading": "Energy", "kind": "energy"}]}
    content = csv_of((*GOOD, "98.10"), headings=(*HEADINGS, "Energy"))
    report = read_report(content, from_profile(profile), "report.csv")
    assert bills_of(report) == []
    assert names_of(report) == ["report.does-not-add-up"]


def test_a_unit_or_service_that_is_not_known_refuses_its_row() -> None:
    profile = to_profile(COOP)
    profile["columns"] |= {"unit": ["Unit"], "service": ["Kind"]}
    headings = (*HEADINGS, "Unit", "Kind")
    rows = [(*row, "kWh", "Electric") for row in MORE]
    for bad, name in (
        (("parsecs", "Electric"), "unit"),
        (("kWh", "Cable"), "service"),
        (("gal", "Electric"), "mismatch"),
    ):
        report = read_report(csv_of(*rows, (*GOOD, *bad), headings=headings), from_profile(profile), "report.csv")
        assert len(bills_of(report)) == 4
        assert name in report.findings[0].name


@pytest.mark.parametrize(
    "content",
    [
        csv_of(GOOD, headings=("Account", *HEADINGS[1:])),
        csv_of((*GOOD, "7"), headings=(*HEADINGS, "charges")),
        b"",
        b"\n\n\n",
        b'Account Number,"Meter,Read From\n1,2,3\n',
        b"PK\x03\x04 no workbook at all",
        b"\xd0\xcf\x11\xe0 nor this",
        b"\x00\x01\x02\x03" * 40,
        csv_of(*[("71", "A", "2025-01-05", "2025-02-04", "x", "y")] * 3),
        workbook({"Empty": [["Table 1"]]}),
    ],
    ids=["renamed", "twice", "nothing", "blank", "quote", "zip", "ole", "binary", "all-bad", "empty-sheet"],
)
def test_a_file_that_is_doubtful_as_a_whole_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(InputError) as error:
        read_report(content, COOP, "report.csv")
    assert "report.csv" in str(error.value.where)


def test_a_renamed_column_is_named() -> None:
    with pytest.raises(UsageError, match="'Charges'") as error:
        read_report(csv_of(GOOD, headings=(*HEADINGS[:5], "Billed")), COOP, "report.csv")
    assert "row 1" in str(error.value.where)


def test_a_file_most_of_whose_rows_cant_be_read_is_refused_with_the_first_named() -> None:
    bad = ("71", "A", "2025-01-05", "2025-02-04", "x", "1")
    with pytest.raises(MalformedRecord, match="row 2, field kWh"):
        coop(bad, bad, GOOD)


def test_a_decimal_comma_is_read_where_the_profile_says_so() -> None:
    told = from_profile(to_profile(COOP) | {"decimal_mark": ","})
    row = ("71", "A", "2025-01-05", "2025-02-04", "1.234,5", "99,10")
    (bill,) = bills_of(read_report(csv_of(row, delimiter=";"), told, "report.csv"))
    assert (bill.usage, bill.current_charges) == (Decimal("1234.5"), Decimal("99.10"))


def _packed(sheet: str, **members: bytes) -> bytes:
    """An XLSX package with one sheet of this XML."""
    made = io.BytesIO(workbook({"Bills": [HEADINGS, GOOD]}))
    sink = io.BytesIO()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.infolist():
            body = sheet.encode() if member.filename == "xl/worksheets/sheet1.xml" else before.read(member)
            after.writestr(member.filename, members.get(member.filename, body))
    return sink.getvalue()


@pytest.mark.parametrize("cell", ["XFD1048576", "A99999999", "AAA2000000"])
def test_a_sheet_that_spans_more_cells_than_memory_holds_is_refused_before_it_is_read(cell: str) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1"><c r="A1"><v>1</v></c><c r="{cell}"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(InputError, match="unpacks to more"):
        read_report(_packed(sheet), COOP, "report.xlsx")


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "UNPACKED_MAX", 1 << 20)
    bomb = gzip.compress(b"\0" * ((1 << 20) + 1))
    with pytest.raises(InputError, match="unpacks to more"):
        read_report(bomb, COOP, "report.csv")


def test_a_workbook_cut_short_is_refused() -> None:
    whole = workbook({"Bills": [HEADINGS, GOOD]})
    for length in (10, len(whole) // 2, len(whole) - 5):
        with pytest.raises(InputError, match="can't be"):
            read_report(whole[:length], COOP, "report.xlsx")


def test_a_gzip_file_is_unpacked_and_one_cut_short_refused() -> None:
    packed = gzip.compress(csv_of(GOOD))
    assert len(bills_of(read_report(packed, COOP, "report.csv.gz"))) == 1
    with pytest.raises(MalformedRecord):
        read_report(packed[:-12], COOP, "report.csv.gz")


def test_two_quotes_without_partners_do_not_swallow_the_rows_between_them() -> None:
    headings = (*HEADINGS, "Notes")
    rows = [(*row, "") for row in MORE]
    rows[0], rows[3] = (*MORE[0], '"see'), (*MORE[3], 'below"')
    with pytest.raises(MalformedRecord, match="a row can't be read") as error:
        read_report(csv_of(*rows, headings=headings), COOP, "report.csv")
    assert "row 2" in str(error.value.where)


def test_cells_that_hold_a_spreadsheets_error_are_no_numbers() -> None:
    good = [(f"7{n}", "A", date(2025, 1, 5), date(2025, 2, 4), 8, 9.5) for n in range(3)]
    rows = [HEADINGS, *good, ("71", "A", date(2025, 1, 5), date(2025, 2, 4), "#REF!", 9.5)]
    report = read_report(workbook({"Bills": rows}), COOP, "report.xlsx")
    assert report.findings[0].message == "'#REF!' is not a number (report.xlsx, sheet 'Bills', row 5, field kWh)"


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for head in (b"", b"PK\x03\x04", csv_of(GOOD)):
        with suppress(InputError):
            read_report(head + content, COOP, "report.csv")
