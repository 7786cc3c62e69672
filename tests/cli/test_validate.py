"""``meterbook validate`` and ``meterbook estimate`` from the outside."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterbook.practice.roster import roster
from meterbook.practice.settings import Settings

Run = Callable[..., Any]
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SPIKE, GAP = 3000, range(2000, 2030)
GAPPED = "0700006005"  # an account of the practice co-op whose meter was silent on 23 November 2025


@pytest.fixture
def faulty(tmp_path: Path, run: Run) -> Path:
    """A book of one meter's forty days with a spike and a gap of seven hours and a half."""
    rows = ["time,kwh"]
    for number in range(40 * 96):
        if number in GAP:
            continue
        use = 0.3 + 0.2 * math.sin(number / 96 * math.tau) + 0.05 * math.sin(number * 1.7)
        value = 40.0 if number == SPIKE else use
        rows.append(f"{FIRST + timedelta(minutes=15 * number):%Y-%m-%dT%H:%MZ},{value:.3f}")
    (tmp_path / "home.csv").write_text("\n".join(rows) + "\n")
    told = ("--unit", "kWh", "--interval", "15min", "--zone", "America/New_York", "--account", "A1", "--yes")
    done = run("--book", tmp_path / "faulty", "import", tmp_path / "home.csv", *told)
    assert done.code == 0, done.err
    assert "vee.spike" in done.out  # a file that was taken in is looked over at once
    assert "vee.missing" in done.out
    return tmp_path / "faulty"


def test_what_is_wrong_is_listed_and_the_exit_code_says_so(run: Run, faulty: Path) -> None:
    ran = run("--book", faulty, "validate")
    assert ran.code == 1
    assert "vee.spike" in ran.out
    assert "30 readings are missing from 2026-03-21" in ran.out
    assert "2 findings, 0 new, 0 closed" in ran.out
    assert f"--book {faulty} estimate --account A1" in ran.out.splitlines()[-1]
    assert max(map(len, ran.out.splitlines()[:-1])) <= 80


def test_rules_and_times_can_be_chosen(run: Run, faulty: Path) -> None:
    ran = run("--book", faulty, "validate", "--rule", "spike", "--json")
    (account,) = json.loads(ran.out)["accounts"]
    (finding,) = account["findings"]
    assert (finding["name"], finding["start"]) == ("vee.spike", "2026-04-01T06:00:00Z")
    assert run("--book", faulty, "validate", "--rule", "vee.stuck", "--account", "A1").code == 0
    assert run("--book", faulty, "validate", "--since", "2026-04-02").code == 0
    wrong = run("--book", faulty, "validate", "--rule", "ghosts")
    assert (wrong.code, "one of missing" in wrong.err) == (2, True)
    assert run("--book", faulty, "validate", "--account", "nobody").code == 3


def test_a_book_without_readings_says_how_to_bring_some(run: Run, tmp_path: Path) -> None:
    for command in ("validate", "estimate"):
        ran = run("--book", tmp_path / "none", command)
        assert (ran.code, "meterbook sync" in ran.err) == (3, True)


def test_a_synced_book_of_the_practice_co_op_has_nothing_wrong(run: Run, book: Path) -> None:
    ran = run("--book", book, "validate")
    assert (ran.code, ran.out.startswith("Nothing wrong was found")) == (0, True), ran.out


def test_estimates_are_shown_stored_listed_and_taken_back(run: Run, faulty: Path) -> None:
    shown = run("--book", faulty, "estimate")
    assert "30 estimates in 1 gap; nothing was stored yet." in shown.out
    assert "like-days" in shown.out
    assert run("--book", faulty, "estimate", "--list").out == "No estimates stand in this book.\n"

    stored = run("--book", faulty, "estimate", "--account", "A1", "--apply")
    assert "Stored as load 2: 30 estimates in 1 gap." in stored.out
    assert "vee.missing" not in run("--book", faulty, "validate").out
    (row,) = json.loads(run("--book", faulty, "estimate", "--list", "--json").out)["estimates"]
    assert (row["load"], row["intervals"], row["method"]) == (2, 30, "like-days")
    export = run("--book", faulty, "usage", "--format", "csv").out
    assert export.count("estimated") == 30
    assert "There is nothing to fill." in run("--book", faulty, "estimate", "--apply").out

    back = run("--book", faulty, "estimate", "--remove", "2")
    assert back.out.startswith("30 estimates of load 2 taken back")
    assert "vee.missing" in run("--book", faulty, "validate").out
    assert run("--book", faulty, "usage", "--format", "csv").out.count("estimated") == 0


def test_readings_that_come_later_take_the_place_of_their_estimates(run: Run, faulty: Path, tmp_path: Path) -> None:
    run("--book", faulty, "estimate", "--apply")
    rows = [f"{FIRST + timedelta(minutes=15 * number):%Y-%m-%dT%H:%MZ},0.250" for number in GAP]
    (tmp_path / "late.csv").write_text("\n".join(["time,kwh", *rows]) + "\n")
    told = ("--unit", "kWh", "--interval", "15min", "--zone", "America/New_York", "--account", "A1", "--yes")
    late = run("--book", faulty, "import", tmp_path / "late.csv", *told)
    assert "0 new, 30 revised" in late.out
    assert run("--book", faulty, "estimate", "--list").out == "No estimates stand in this book.\n"
    assert run("--book", faulty, "usage", "--format", "csv").out.count("estimated") == 0


def test_only_estimates_can_be_taken_back(run: Run, faulty: Path) -> None:
    for load in ("1", "99"):
        ran = run("--book", faulty, "estimate", "--remove", load)
        assert (ran.code, "no estimates bear the number" in ran.err) == (3, True)
    assert run("--book", faulty, "estimate", "--apply", "--list").code == 2


def test_a_sync_looks_over_what_it_brought(run: Run, tmp_path: Path, portal: str) -> None:
    settings = Settings(today=date(2026, 3, 20), pending=0)
    password = str(next(one for one in roster(settings) if one["name"] == "portfolio")["password"])
    words = ("connect", "practice", "--user", "portfolio@practice.example", "--host", portal, "--password-stdin")
    assert run("--book", tmp_path / "b", *words, stdin=password + "\n").code == 0
    done = run("--book", tmp_path / "b", "sync", "--since", "2025-11-01", "--account", GAPPED)
    assert done.code == 0, done.err
    found = json.loads(run("--book", tmp_path / "b", "status", "--json").out)["findings"]
    (gap,) = [one for one in found if one["name"].startswith("vee.")]
    assert (gap["name"], gap["account"], gap["data"]["intervals"]) == ("vee.missing", GAPPED, 25)
