"""``meterbook rates price``: load files of many shapes, periods, missing intervals, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cli.conftest import Ran, run_command

ZONE = ZoneInfo("America/New_York")
FLAT = """\
format: meterbook-tariff/1
utility: test
code: FLAT
name: Flat
zone: America/New_York
versions:
  - start: 2000-01-01
    charges:
      - {charge: fixed, name: Base, amount: 10}
      - {charge: energy, name: Energy, rates: [{rate: 0.10}]}
"""


@pytest.fixture
def folder(own_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    del own_environment
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "book"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flat.yaml").write_text(FLAT)
    return tmp_path


def price(*words: str) -> Ran:
    return run_command("rates", "price", *words)


def priced(*words: str) -> Any:
    result = price(*words, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def hours(first: str, last: str) -> Iterator[datetime]:
    at, end = (datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() for text in (first, last))
    while at < end:
        yield datetime.fromtimestamp(at, ZONE)
        at += 3600


def write(path: Path, header: str, rows: Iterator[str]) -> str:
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def test_hours_with_offsets_are_billed_by_whole_local_months(folder: Path) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2025-02-15", "2025-04-02")))
    found = priced("flat.yaml", "--usage", file)
    (march,) = found["statements"]
    assert (march["start"], march["end"]) == ("2025-03-01", "2025-04-01")
    assert [Decimal(line["quantity"]) for line in march["lines"]] == [1, 743]  # a March with a 23-hour day
    assert found["total"] == march["total"] == "84.30"
    assert found["notes"] == [
        "readings before 2025-03-01 are of no whole month and left out",
        "readings from 2025-04-01 on are of no whole month and left out",
    ]


def test_average_power_in_watts_is_made_energy_exactly(folder: Path) -> None:
    file = write(
        folder / "a.csv", "time,load_w", (f"{at.isoformat()},1500" for at in hours("2025-06-01", "2025-07-01"))
    )
    assert priced("flat.yaml", "--usage", file)["statements"][0]["lines"][1]["quantity"].rstrip("0") == "1080."


def test_times_without_offset_need_the_clock_of_the_schedule_or_a_zone(folder: Path) -> None:
    file = write(folder / "a.csv", "time,kwh", (f"{at:%Y-%m-%d %H:%M},1" for at in hours("2025-11-01", "2025-12-01")))
    # 2 November has 25 hours, and the file gives the repeated one twice, one after the other.
    assert Decimal(priced("flat.yaml", "--usage", file)["statements"][0]["lines"][1]["quantity"]) == 721


def test_reads_divide_the_time_as_told(folder: Path) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2025-01-01", "2025-03-01")))
    found = priced("flat.yaml", "--usage", file, "--periods", "2025-01-06,2025-02-04,2025-02-20")
    assert [(one["start"], one["end"], one["total"]) for one in found["statements"]] == [
        ("2025-01-06", "2025-02-04", "79.60"),
        ("2025-02-04", "2025-02-20", "48.40"),
    ]


def test_an_hour_that_is_missing_is_refused_estimated_or_counts_as_nothing(folder: Path) -> None:
    gap = datetime(2025, 6, 10, 14, tzinfo=ZONE)
    kept = (at for at in hours("2025-06-01", "2025-07-01") if at != gap)
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},{1 + (at.hour == 14)}" for at in kept))
    refused = price("flat.yaml", "--usage", file)
    assert refused.code == 3
    assert "1 of 720 intervals are missing, the first on 2025-06-10" in refused.err
    zero = priced("flat.yaml", "--usage", file, "--missing", "zero")["statements"][0]
    assert Decimal(zero["lines"][1]["quantity"]) == 748
    assert zero["notes"] == ["1 of 720 intervals are missing and count as nothing"]
    estimated = priced("flat.yaml", "--usage", file, "--missing", "estimate")["statements"][0]
    assert Decimal(estimated["lines"][1]["quantity"]) == 750
    assert estimated["notes"] == ["1 of 720 intervals are estimated"]


def test_a_schedule_says_itself_what_happens_to_missing_hours_and_the_caller_may_say_otherwise(folder: Path) -> None:
    (folder / "own.yaml").write_text(FLAT.replace("start: 2000-01-01", "start: 2000-01-01\n    missing: estimate"))
    gap = datetime(2025, 6, 10, 14, tzinfo=ZONE)
    kept = (at for at in hours("2025-06-01", "2025-07-01") if at != gap)
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},{1 + (at.hour == 14)}" for at in kept))
    estimated = priced("own.yaml", "--usage", file)["statements"][0]
    assert Decimal(estimated["lines"][1]["quantity"]) == 750
    assert estimated["notes"] == ["1 of 720 intervals are estimated"]
    assert price("own.yaml", "--usage", file, "--missing", "refuse").code == 3


def test_meters_of_a_file_that_follow_each_other_are_one_load_and_side_by_side_are_refused(folder: Path) -> None:
    header = "start,end,account,service_location,meter,flow,unit,value,quality"
    exchanged = datetime(2025, 6, 10, 14, tzinfo=ZONE)

    def rows(both: bool) -> Iterator[str]:
        for at in hours("2025-06-01", "2025-07-01"):
            end = datetime.fromtimestamp(at.timestamp() + 3600, ZONE)
            meters = [name for name, has in (("old", at <= exchanged), ("new", at >= exchanged)) if has or both]
            for meter in meters:
                yield f"{at.isoformat()},{end.isoformat()},1,1,{meter},delivered,kWh,1.5,actual"

    found = priced("flat.yaml", "--usage", write(folder / "a.csv", header, rows(both=False)))
    (june,) = found["statements"]
    assert Decimal(june["lines"][1]["quantity"]) == Decimal("1081.5")  # 719 hours of 1.5, and one that both have 1.5 of
    assert "2 meters follow each other and are one load" in found["notes"]
    refused = price("flat.yaml", "--usage", write(folder / "b.csv", header, rows(both=True)))
    assert refused.code == 3
    assert "measure at the same time" in " ".join(refused.err.split())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("rate: 0.10", "rates: 0.10"), "line 10, column"),
        (("charge: energy", "charge: enrgy"), "line 10"),
        (("zone: America/New_York", "zone: Carolina"), "time zone 'Carolina' is not known"),
        (("start: 2000-01-01", "start: 2030-01-01"), "not in force on 2025-06-01 (bad.yaml, line 6, column 1)"),
        (
            ("start: 2000-01-01", "start: 2000-01-01\n    end: 2025-06-10"),
            "not in force on 2025-06-11 (bad.yaml, line 8, column 5)",
        ),
        (
            (
                "rates: [{rate: 0.10}]}",
                (
                    "rates: [{rate: 0.10}]}\n"
                    "      - {charge: rider, name: R, rider: R, unit: kWh, values: [{start: 2025-07, value: 1}]}"
                ),
            ),
            "rider R has no value for 2025-06 (bad.yaml, line 11, column 55)",
        ),
        (("amount: 10", "amount: {value: null, how: not published}"), "'Base' is not known (not published)"),
        (("format: meterbook-tariff/1", "format: meterbook-tariff/9"), "line 1"),
    ],
)
def test_a_bad_tariff_is_named_with_line_or_reason(folder: Path, change: tuple[str, str], said: str) -> None:
    (folder / "bad.yaml").write_text(FLAT.replace(*change))
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2025-06-01", "2025-07-01")))
    result = price("bad.yaml", "--usage", file)
    assert result.code == 3, result.out
    assert said in result.err


def test_what_is_not_there_is_said_so(folder: Path) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2025-06-01", "2025-07-01")))
    assert "there is no schedule 'ccec/NONE'" in price("ccec/NONE", "--usage", file).err
    assert "there is no such file" in price("ccec/R", "--usage", "nowhere.csv").err
    assert "no whole month" in price("flat.yaml", "--usage", file, "--until", "2025-06-20").err


def test_lines_explain_themselves_within_80_columns(folder: Path) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2025-06-01", "2025-07-01")))
    result = price("ccec/R", "--usage", file, "--explain")
    assert result.code == 0, result.err
    assert max(len(line) for line in (result.out + result.err).splitlines()) <= 80
    assert "derived: 126.47" in result.out
    assert "ccemc.com/2024Rates" in result.out
    assert "Rests on assumed numbers" in result.out


def test_lines_add_up_to_the_total(folder: Path) -> None:
    rows = (f"{at.isoformat()},{at.hour / 7:.4f}" for at in hours("2025-01-01", "2026-01-01"))
    found = priced("ccec/R", "--usage", write(folder / "a.csv", "start,kwh", rows))
    assert len(found["statements"]) == 12
    sums = [sum(Decimal(line["amount"]) for line in one["lines"]) for one in found["statements"]]
    assert [str(total) for total in sums] == [one["total"] for one in found["statements"]]
    assert str(sum(sums)) == found["total"]


def test_bills_go_by_the_register_and_first_bills_by_their_days(folder: Path) -> None:
    rules = "    missing: register\n    prorated: first-and-final\n    charges:\n"
    sheet = FLAT.replace("    charges:\n", rules).replace("amount: 10}", "amount: 10, prorate: days-of-30}")
    (folder / "dial.yaml").write_text(sheet)
    kept = (at for at in hours("2025-06-10", "2025-08-01") if at.day != 12)
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in kept))
    reads = ("dial.yaml", "--usage", file, "--periods", "2025-06-10,2025-07-01T03:00,2025-08-01")
    refused = price(*reads)
    assert refused.code == 3
    assert "24 of 507 intervals are missing" in refused.err
    assert "--register" in refused.err
    found = priced(*reads, "--register", "510.5,", "--missing", "zero")
    assert found["statements"][0]["lines"][1]["amount"] == "48.30"
    first = price(*reads, "--register", "510.5,")
    assert first.code == 3  # July lacks its 12th, and nobody told its register
    one = priced(*reads, "--register", "510.5,730", "--service-from", "2025-06-10")
    june, july = one["statements"]
    assert [line["amount"] for line in june["lines"]] == ["7.00", "51.05"]  # 21 days of 30
    assert [line["amount"] for line in july["lines"]] == ["10.00", "73.00"]
    assert june["notes"] == ["24 of 507 intervals are missing; energy is what the register tells"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--register", "12"), "1 figures are told of 2 periods"),
        (("--register", "a,b"), "no row of kWh"),
        (("--register", "peak=1,2"), "peak"),
        (("--service-from", "June"), "is no day"),
    ],
)
def test_registers_and_days_that_fit_nothing_are_refused(folder: Path, words: tuple[str, str], said: str) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2025-06-01", "2025-08-01")))
    (folder / "reg.yaml").write_text(FLAT.replace("    charges:", "    usage: register\n    charges:"))
    shown = price("reg.yaml", "--usage", file, *words)
    assert shown.code in (2, 3)
    assert said in shown.err


def test_prepaid_service_is_charged_day_by_day(folder: Path) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},0.021" for at in hours("2026-06-01", "2026-07-01")))
    (june,) = priced("practice/R-PRE", "--usage", file, "--class", "residential")["statements"]
    # a day: 1.16 + 0.504 kWh × 0.1028 = 0.05 + 0.504 × 0.0021 = 0.00 + 0.79 ÷ 30 = 0.03, tax 0.09
    assert [(line["name"], line["amount"]) for line in june["lines"]] == [
        ("Facilities Charge", "34.80"), ("Energy Charge, Summer", "1.50"), ("Wholesale Power Cost Adj.", "0.00"),
        ("Renewable & EE Mandate", "0.90"), ("NC Sales Tax", "2.70"),
    ]  # fmt: skip


def test_each_line_tells_its_rule_its_intervals_and_its_page(folder: Path) -> None:
    file = write(folder / "a.csv", "start,kwh", (f"{at.isoformat()},1" for at in hours("2026-03-01", "2026-04-01")))
    words = ("practice/R-TOU", "--usage", file, "--class", "residential", "--explain")
    (march,) = priced(*words)["statements"]
    peak = next(line for line in march["lines"] if line["name"].startswith("On Peak"))
    # 06:00 to 10:00 on 22 weekdays are 88 hours; 88 kWh × 15 / 31 = 42.581
    assert peak["why"] == {
        "rule": "Energy Charge: winter and on-peak",
        "measured": "42.581 kWh delivered, in 88 intervals that begin from 2026-03-02 06:00 to 2026-03-31 09:00; "
        "15 of 31 days' share",
        "source": "Tidewater Practice Electric Cooperative, rate schedules, riders and rules",
        "page": "meterbook practice tariff",
        "version": "2024-10-01",
    }
    assert "why" not in priced(*words[:-1])["statements"][0]["lines"][0]
    assert "88 intervals" in " ".join(price(*words).out.split())


def later(at: datetime) -> str:
    """The end of an hour."""
    return datetime.fromtimestamp(at.timestamp() + 3600, ZONE).isoformat()


FORMS = {
    "an offset": ("time,kwh", lambda at, kwh: f"{at.isoformat()},{kwh}"),
    "UTC": ("timestamp,energy_kwh", lambda at, kwh: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ},{kwh}"),
    "the local clock": ("Date/Time,Usage (kWh)", lambda at, kwh: f"{at:%m/%d/%Y %H:%M},{kwh}"),
    "twelve hours": ("Date/Time,Usage (kWh)", lambda at, kwh: f"{at:%m/%d/%Y %I:%M %p},{kwh}"),
    "watt-hours": ("start,wh", lambda at, kwh: f"{at.isoformat()},{kwh * 1000}"),
    "thousands with commas": ("start,wh", lambda at, kwh: f'{at.isoformat()},"{int(kwh * 1000):,}"'),
    "power": ("start,kW", lambda at, kwh: f"{at.isoformat()},{kwh}"),
    "seconds": ("epoch,kWh", lambda at, kwh: f"{int(at.timestamp())},{kwh}"),
    "milliseconds": ("ts_ms,kWh", lambda at, kwh: f"{int(at.timestamp())}000,{kwh}"),
    "its end": ("Interval End,kWh", lambda at, kwh: f"{later(at)},{kwh}"),
    "start and end": (
        "start,end,kWh",
        lambda at, kwh: f"{at.isoformat()},{later(at)},{kwh}",
    ),
    "date and time apart": ("Date,Start Time,kWh", lambda at, kwh: f"{at:%Y-%m-%d},{at:%H:%M},{kwh}"),
    "a comma as point": ("Zeit;kWh", lambda at, kwh: f"{at.isoformat()};{str(kwh).replace('.', ',')}"),
    "what is sent back": ("time,delivered_kwh,received_kwh", lambda at, kwh: f"{at.isoformat()},{kwh},0.5"),
    "other columns": ("meter,time,kwh,quality", lambda at, kwh: f"123,{at.isoformat()},{kwh},A"),
    "lines above": ("My utility\nAccount,123\n\ntime,kwh", lambda at, kwh: f"{at.isoformat()},{kwh}"),
}  # fmt: skip


@pytest.mark.parametrize("month", ["2025-03", "2025-11"])
@pytest.mark.parametrize("form", FORMS)
def test_a_load_is_the_same_however_its_file_is_written(folder: Path, form: str, month: str) -> None:
    header, row = FORMS[form]
    first = datetime.fromisoformat(f"{month}-01")
    end = first.replace(month=first.month + 1)
    load = [(at, Decimal(1000 + 7 * number % 900).scaleb(-3)) for number, at in enumerate(hours(str(first), str(end)))]
    kwh = sum((value for _, value in load), start=Decimal(0))
    found = priced("flat.yaml", "--usage", write(folder / "a.csv", header, (row(at, value) for at, value in load)))
    assert Decimal(found["statements"][0]["lines"][1]["quantity"]) == kwh
    assert not [note for note in found["notes"] if "unit" in note]


def test_times_that_name_the_end_are_so_by_an_option_too_and_it_is_said_where_they_are_taken_so(folder: Path) -> None:
    load = [f"{later(at)},1" for at in hours("2025-06-01", "2025-07-01")]
    named = priced("flat.yaml", "--usage", write(folder / "a.csv", "end_time,kwh", iter(load)))
    told = priced("flat.yaml", "--usage", write(folder / "b.csv", "when,kwh", iter(load)), "--names-end")
    assert named["total"] == told["total"] == "82.00"
    assert named["notes"] == ["times of 'end_time' are taken to be those of an interval's end"]
    assert told["notes"] == []


def test_records_that_stand_twice_are_kept_once_and_said(folder: Path) -> None:
    load = [f"{at.isoformat()},1" for at in hours("2025-06-01", "2025-07-01")]
    same = priced("flat.yaml", "--usage", write(folder / "a.csv", "time,kwh", iter([*load[:50], *load[40:]])))
    other = [*load[:50], load[49].replace(",1", ",3"), *load[50:]]
    apart = priced("flat.yaml", "--usage", write(folder / "b.csv", "time,kwh", iter(other)))
    assert (same["total"], apart["total"]) == ("82.00", "82.20")
    assert "stands twice" in same["notes"][0]
    assert "different values" in apart["notes"][0]


def test_a_value_that_is_no_number_is_named_by_its_line(folder: Path) -> None:
    load = [f"{at.isoformat()},1" for at in hours("2025-06-01", "2025-07-01")]
    load[132] = load[132].replace(",1", ",n/k")
    refused = price("flat.yaml", "--usage", write(folder / "a.csv", "time,kwh", iter(load)))
    assert refused.code == 3
    assert "line 134, field kwh" in refused.err
