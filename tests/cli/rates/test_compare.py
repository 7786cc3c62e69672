"""``meterbook rates compare``, ``portfolio`` and ``trend`` on made books: ranges, gaps, exchanges, panels."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from cli.conftest import Ran, run_command
from rate_books import FLAT, SHELL, SHOP, TOU, UTILITY, ZONE, instant, keep, series, starts

from meterbook.book import Book
from meterbook.book.schedules import code_of
from meterbook.model.channel import FlowDirection
from meterbook.model.tou_ledger import TouMonth

YEAR = starts("2025-01-01", "2026-01-01")
ASSUMED = TOU.replace("rate: 0.30", "rate: {value: 0.30, status: assumed, alternatives: [0.20, 0.50]}").replace(
    "code: TOU", "code: GUESS"
)
OPEN = TOU.replace('end: "18:00"}', 'end: "18:00", status: assumed}').replace("code: TOU", "code: OPEN")


def compare(book: Path, *words: str) -> Ran:
    return run_command("--book", book, "rates", "compare", *words)


def told(book: Path, *words: str) -> Any:
    result = compare(book, "--account", "100", *words, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def on_peak(start: int) -> bool:
    at = datetime.fromtimestamp(start, ZONE)
    return at.weekday() < 5 and 14 <= at.hour < 18


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A year of 250 Wh a quarter hour."""
    return keep(tmp_path / "book", series(YEAR, 250), schedules=(FLAT, TOU, ASSUMED, OPEN))


def test_the_answer_comes_first_and_everything_fits_80_columns(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    words = ("--own", "FLAT", "--months", "--hours", "--what-if", "ev=10", "--what-if", "battery=10/5")
    result = compare(book, "--account", "100", *words)
    assert result.code == 0, result.err
    assert "\x1b" not in result.out
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= 80
    # By hand: 8,760 kWh; 261 weekdays of 4 hours at 1 kWh on-peak. 876 + 120 against 0.06 × 7,716 + 0.30 × 1,044 + 120.
    assert "  TOU would have cost $100 less than FLAT in 2025." in lines
    assert any(line.split()[:4] == ["TOU", "896.16", "-99.84"] for line in lines)
    assert "GUESS would have cost between $204 less and $109 more than FLAT in 2025." in " ".join(result.out.split())
    assert "What OPEN would have cost against FLAT in 2025 can't be told:" in " ".join(result.out.split())
    assert any(line.split()[:3] == ["OPEN", "not", "known*"] for line in lines)


def test_json_gives_one_amount_only_where_nothing_is_assumed(book: Path) -> None:
    found = {one["schedule"]: one["years"]["2025"] for one in told(book, "--own", "FLAT")["schedules"]}
    assert found["testco/TOU"]["total"] == {"amount": "896.16", "way": "exact"}
    assert found["testco/TOU"]["difference"]["amount"] == "-99.84"
    guess = found["testco/GUESS"]["total"]
    assert "amount" not in guess
    assert (guess["low"], guess["high"], guess["way"]) == ("791.76", "1104.96", "product")
    assert guess["assumed"][0]["alternatives"] == ["0.20", "0.50"]
    assert "amount" not in found["testco/OPEN"]["total"]
    assert "low" not in found["testco/OPEN"]["total"]
    assert found["testco/OPEN"]["total"]["no_alternatives"][0]["value"] == "14:00-18:00"


def test_schedules_that_are_not_for_the_account_or_not_known_are_listed_with_the_reason(tmp_path: Path) -> None:
    result = compare(keep(tmp_path / "book", series(YEAR, 250)), "--account", "100", "--own", "FLAT")
    assert "SHOP: for commercial" in result.out
    assert "the price of energy" in " ".join(result.out.split())


def test_a_part_of_a_year_is_compared_by_its_whole_months(tmp_path: Path) -> None:
    book = keep(tmp_path / "book", series(starts("2025-03-10", "2025-08-20"), 250))
    (year,) = told(book)["years"]
    assert year["months"] == ["2025-04", "2025-05", "2025-06", "2025-07"]
    assert year["left_out"] == ["2025-03", "2025-08"]
    assert not year["whole"]
    assert "2025 (4 months of it)" in compare(book, "--account", "100").out
    assert "no whole month of 2024" in compare(book, "--account", "100", "--years", "2024").err


def test_small_gaps_are_filled_and_said_and_months_with_large_ones_left_out(tmp_path: Path) -> None:
    at = starts("2025-01-01", "2025-07-01")
    small = (at >= instant("2025-02-10")) & (at < instant("2025-02-11"))
    large = (at >= instant("2025-04-03")) & (at < instant("2025-04-20"))
    book = keep(tmp_path / "book", series(at[~small & ~large], 250))
    found = told(book, "--own", "FLAT")
    (year,) = found["years"]
    assert (year["filled"], year["left_out"]) == (96, ["2025-04"])
    flat = found["schedules"][0]["years"]["2025"]["months"]
    assert [one["month"] for one in flat] == ["2025-01", "2025-02", "2025-03", "2025-05", "2025-06"]
    assert flat[1]["total"]["amount"] == "77.20"  # 672 kWh, the lost day as the others
    assert "96 missing and filled in" in compare(book, "--account", "100").out


def test_a_meter_exchange_is_one_load(tmp_path: Path) -> None:
    place = int(np.searchsorted(YEAR, instant("2025-06-11") + 14 * 3600))
    old, new = YEAR[:place], YEAR[place:]
    book = keep(tmp_path / "book", series(old, 250, meter="m1"), series(new, 250, meter="m2"))
    found = told(book, "--own", "FLAT")
    assert found["notes"] == ["meter m1 was exchanged for m2; both are one load"]
    assert found["schedules"][0]["years"]["2025"]["total"]["amount"] == "996.00"


def test_two_meters_side_by_side_or_two_places_have_to_be_named(tmp_path: Path) -> None:
    book = keep(tmp_path / "one", series(YEAR, 250, meter="m1"), series(YEAR, 100, meter="m2"))
    assert "measure at the same time" in compare(book, "--account", "100").err
    book = keep(tmp_path / "two", series(YEAR, 250), series(YEAR, 100, meter="m2", location="L2"))
    assert "readings are of 2 places" in compare(book, "--account", "100").err
    assert compare(book, "--account", "100", "--location", "L2").code == 0


NET = """\
format: meterbook-tariff/1
utility: testco
code: NET
name: Net metering
zone: America/New_York
sector: residential
versions:
  - start: 2000-01-01
    charges:
      - {charge: fixed, name: Base, amount: 20}
      - {charge: energy, name: Energy, of: net, rates: [{rate: 0.10}]}
      - {charge: export, name: Sent back, scheme: net-metering}
"""


def test_energy_sent_back_is_netted_where_the_schedule_does_so_and_said_where_not(tmp_path: Path) -> None:
    noon = np.array([150 if 11 <= datetime.fromtimestamp(at, ZONE).hour < 15 else 0 for at in YEAR.tolist()])
    book = keep(
        tmp_path / "book",
        series(YEAR, 250),
        series(YEAR, noon.astype(np.int64), flow=FlowDirection.RECEIVED),
        series(YEAR, 250 - noon.astype(np.int64), flow=FlowDirection.NET),  # told besides, and of no use then
        schedules=(FLAT, NET),
    )
    found = told(book, "--own", "FLAT")
    amounts = {one["schedule"]: one["years"]["2025"]["total"]["amount"] for one in found["schedules"]}
    sent = Decimal(365 * 16 * 150) / 1000
    assert amounts == {"testco/FLAT": "996.00", "testco/NET": str((240 + (8760 - sent) / 10).quantize(Decimal("0.01")))}
    assert found["notes"] == ["testco/FLAT says nothing of energy sent back: it earns nothing there"]


def test_a_net_channel_counts_as_one_flow_or_the_other(tmp_path: Path) -> None:
    values = np.where(np.arange(len(YEAR)) % 2 == 0, 400, -100).astype(np.int64)
    book = keep(tmp_path / "book", series(YEAR, values, flow=FlowDirection.NET), schedules=(FLAT, NET))
    found = told(book, "--own", "NET")
    amounts = {one["schedule"]: one["years"]["2025"]["total"]["amount"] for one in found["schedules"]}
    assert amounts == {"testco/NET": "765.60", "testco/FLAT": "820.80"}  # 5,256 kWh net, 7,008 kWh drawn
    assert "each interval counts as one or the other" in found["notes"][0]


def test_savings_stand_beside_those_of_the_portal(book: Path) -> None:
    with Book.open(book) as opened:
        months = [TouMonth(account="100", month=date(2025, 3, 1), saved=Decimal("-4.50"))]
        opened.records.save_tou_months(months, at=datetime(2026, 1, 1, tzinfo=UTC), utility=UTILITY)
    result = compare(book, "--account", "100", "--own", "TOU", "--schedules", "FLAT", "--months")
    assert result.code == 0, result.err
    rows = [line.split() for line in result.out.splitlines()]
    # March 2025: 743 hours, 21 weekdays. 74.30 + 10 against 659 × 0.06 + 84 × 0.30 + 10.
    assert ["2025-03", "+9.56", "-4.50"] in rows
    assert ["year", "+99.84", "-4.50"] in rows
    assert told(book, "--own", "TOU")["portal_ledger"] == [{"month": "2025-03", "saved": "-4.50"}]


def test_what_cannot_be_done_is_said_so(book: Path, tmp_path: Path) -> None:
    assert "names no years" in compare(book, "--account", "100", "--years", "last").err
    assert "what is said of ev" in compare(book, "--account", "100", "--what-if", "ev=x").err
    assert "there is no schedule" in compare(book, "--account", "100", "--schedules", "NONE").err
    assert "no account '999'" in compare(book, "--account", "999").err
    daily = keep(tmp_path / "daily", series(starts("2025-01-01", "2025-03-01", 86_400), 1000, step=86_400))
    assert "no hourly or finer kWh" in compare(daily, "--account", "100").err


def test_a_portfolio_has_a_row_an_account_and_the_cheapest(tmp_path: Path) -> None:
    peaky = np.array([900 if on_peak(at) else 100 for at in YEAR.tolist()], np.int64)
    by_hand = Decimal(0)
    for month in range(1, 13):
        here = [at for at in YEAR.tolist() if datetime.fromtimestamp(at, ZONE).month == month]
        on = sum(map(on_peak, here))
        parts = Decimal(on * 9) / 10 * Decimal("0.30"), Decimal(len(here) - on) / 10 * Decimal("0.06")
        by_hand += 10 + sum(part.quantize(Decimal("0.01"), ROUND_HALF_UP) for part in parts)
    place = int(np.searchsorted(YEAR, instant("2025-06-11")))
    book = keep(
        tmp_path / "book",
        series(YEAR, 250),
        series(YEAR, peaky, account="200", meter="m2"),
        series(YEAR[:place], 250, account="300", meter="m3"),
        series(YEAR[place:], 250, account="300", meter="m4"),
        series(YEAR[9:], 250, account="400", meter="m5"),
        schedules=(FLAT, TOU, ASSUMED, SHELL, SHOP),
    )
    words = ("--book", book, "rates", "portfolio", "testco/FLAT", "testco/TOU")
    result = run_command(*words)
    assert result.code == 0, result.err
    rows = {row["account"]: row for row in csv.DictReader(io.StringIO(result.out))}
    assert [(row["testco/FLAT"], row["testco/TOU"], row["best"]) for row in rows.values()] == [
        ("996.00", "896.16", "testco/TOU"),
        ("804.48", str(by_hand), "testco/FLAT"),
        ("996.00", "896.16", "testco/TOU"),
        ("995.78", "896.03", ""),
    ]
    every = run_command("--book", book, "rates", "portfolio", "--class", "residential")
    assert every.code == 0, every.err
    header = every.out.splitlines()[0].split(",")
    assert [name for name in header if name.startswith("testco/") and " less " not in name] == [
        "testco/FLAT", "testco/GUESS low", "testco/GUESS high", "testco/TOU",
    ]  # fmt: skip
    assert "testco/SHELL is left out" in every.err
    assert "testco/SHOP is left out: for commercial" in every.err
    assert rows["300"]["meters"] == "m3 m4"
    assert rows["400"]["missing"] == "9"
    assert rows["100"]["testco/TOU less testco/FLAT"] == "-99.84"
    assert max(map(len, result.err.splitlines())) <= 80
    file = tmp_path / "all.parquet"
    assert run_command(*words, "testco/GUESS", "-o", file).code == 0
    table = pq.read_table(file).to_pylist()
    assert (table[0]["testco/GUESS low"], table[0]["testco/GUESS high"]) == (Decimal("791.76"), Decimal("1104.96"))
    assert table[0]["best"] is None  # what GUESS costs decides
    lines = run_command(*words, "--format", "json").out.splitlines()
    assert json.loads(lines[1])["kwh"] == rows["200"]["kwh"]


def test_a_trend_shows_every_month_gaps_by_name_and_assumed_months_marked(tmp_path: Path) -> None:
    picture = tmp_path / "r.svg"
    result = run_command("--book", tmp_path / "b", "rates", "trend", "ccec/R", "--until", "2025-08", "-o", picture)
    assert result.code == 0, result.err
    rows = [line.split() for line in result.out.splitlines()]
    # Worked bills of 1,000 kWh in the reference of CCEC's rates: January and July 2025, December 2022.
    assert ["2025-01", "to", "2025-05", "~", "132.29"] in [row[:5] for row in rows]
    assert ["2025-06", "to", "2025-08", "~", "142.67"] in [row[:5] for row in rows]
    assert ["2022-12", "~", "101.05"] in [row[:3] for row in rows]
    assert "2019-01 to 2019-12   not known" in result.out
    assert max(len(line) for line in result.out.splitlines()[:-1]) <= 80  # the last one names the file
    drawn = picture.read_text()
    assert "not known" in drawn
    assert "July 2025: 142.67 (assumed)" in drawn
    bad = run_command("--book", tmp_path / "b", "rates", "trend", "ccec/R", "-o", tmp_path / "r.pdf")
    assert ".svg or .png" in bad.err
    assert "no use of a month" in run_command("rates", "trend", "ccec/R", "--kwh", "much").err


def test_a_trend_as_json_has_reasons_of_gaps_and_as_png_is_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "r.png"
    words = ("--book", tmp_path / "b", "rates", "trend", "ccec/R", "--until", "2019-02", "--json", "-o", picture)
    months = json.loads(run_command(*words).out)["months"]
    assert months[0] == {
        "month": "2013-01", "price": None,
        "not_known": "ccec/R can't be priced: rider WPCA of 2013-01 is not known (not found)",
    }  # fmt: skip
    assert len(months) == 74
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_panels_say_what_is_drawn_and_sent_back_and_take_the_option_that_credits_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    buys = FLAT.replace("code: FLAT", "code: BUYS") + (
        "      - {charge: export, name: Bought, optional: SUN, scheme: net-billing, rates: [{rate: 0.04}]}\n"
    )
    book = keep(tmp_path / "book", series(YEAR, 250), schedules=(buys,))
    result = compare(book, "--account", "100", "--schedules", "BUYS", "--what-if", "solar=4@34.8,-76.9")
    assert result.code == 0, result.err
    said = next(line for line in result.out.splitlines() if "drawn" in line)
    numbers = [
        int(word.strip("(),").replace(",", ""))
        for word in said.split()
        if word.strip("(),+-").replace(",", "").isdigit()
    ]
    year, drawn, less, back, more = numbers
    assert (year, drawn - less, back) == (2025, 8760, more)
    row = next(line for line in result.out.splitlines() if line.startswith("  2025  BUYS"))
    total = Decimal(row.split()[2])
    assert abs(total - (120 + Decimal(drawn) / 10 - Decimal(back) * 4 / 100)) < 1
    assert "credited on testco/BUYS by its option SUN" in result.out
    (energy,) = told(book, "--schedules", "BUYS", "--what-if", "solar=4@34.8,-76.9")["what_if"]["energy"].values()
    then, now = energy["2025"]["then"], energy["2025"]["now"]
    assert [round(Decimal(flow)) for flow in (*then.values(), *now.values())] == [drawn, back, 8760, 0]
    alone = compare(book, "--account", "100", "--schedules", "BUYS")
    assert "SUN" not in alone.out


def test_a_schedule_is_known_by_what_the_portal_calls_it_and_time_of_use_is_held_against_its_own_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    timed = TOU.replace("code: TOU", "code: R-TOU\nalso: [T-ON, T-OFF]")
    homes = FLAT.replace("code: FLAT", "code: R").replace("sector: residential", SAID)
    shops = FLAT.replace("code: FLAT", "code: A-SHOP").replace("residential", "commercial").replace("0.10", "0.20")
    book = keep(tmp_path / "book", series(YEAR, 250), schedules=(shops, homes, timed))
    assert [code_of(UTILITY, said, book) for said in ("R:TPEC", "t-off:TPEC", "R-TOU", "R for homes", "X", "")] == [
        "R", "R-TOU", "R-TOU", "R", None, None,
    ]  # fmt: skip
    result = compare(book, "--account", "100", "--own", "R-TOU", "--schedules", "A-SHOP,R,R-TOU", "--months")
    assert "Saved by R-TOU against R; a loss is below nothing" in result.out
    assert "  R: homes alone" in result.out.splitlines()
    assert "R-TOU:" not in result.out.partition("Who may be on them")[2]


SAID = "sector: residential\neligibility: {note: homes alone}"
