"""``meterbook practice``: serve, members, truth."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meterbook.cli.practice import app

RUN = CliRunner()


def test_serve_prints_one_line_when_it_is_ready_and_stops_when_told() -> None:
    command = [sys.executable, "-c", "from meterbook.cli.practice import app; app()", "serve", "--json", "--tls"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = json.loads(process.stdout.readline())
            assert set(line) == {"url", "port", "tls_url", "ca", "zone"}
            assert line["url"] == f"http://127.0.0.1:{line['port']}"
            assert line["zone"] == "America/New_York"
            assert Path(line["ca"]).read_text().startswith("-----BEGIN CERTIFICATE")
            with urllib.request.urlopen(line["url"] + "/services/two-factor/method?userId=x") as answer:
                assert answer.read() == b'"NONE"'
        finally:
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert not Path(line["ca"]).exists()


def test_members_are_listed_for_people_and_for_machines() -> None:
    plain = RUN.invoke(app, ["members"])
    assert plain.exit_code == 0
    assert "household@practice.example" in plain.output
    assert max(len(line) for line in plain.output.splitlines()) <= 100
    rows = json.loads(RUN.invoke(app, ["members", "--json", "--seed", "3"]).output)
    assert {"email", "password", "totp_secret", "story", "accounts"} <= set(rows[0])


def test_truth_is_utc_with_exact_decimals() -> None:
    options = [
        "truth",
        "--account",
        "4400002001",
        "--today",
        "2026-11-25",
        "--since",
        "2026-11-01",
        "--until",
        "2026-11-02",
    ]
    result = RUN.invoke(app, options)
    rows = list(csv.DictReader(io.StringIO(result.output)))
    assert len(rows) == 300  # a day of 25 hours, three registers
    assert rows[0] | {"value": "", "meter": ""} == {
        "start": "2026-11-01T04:00:00Z",
        "end": "2026-11-01T04:15:00Z",
        "account": "4400002001",
        "service_location": "3000040",
        "meter": "",
        "flow": "delivered",
        "unit": "kWh",
        "value": "",
        "quality": "actual",
    }
    assert all(len(row["value"].partition(".")[2]) == 3 for row in rows)
    same = json.loads(RUN.invoke(app, [*options, "--json"]).output)
    assert same == rows


def test_truth_says_what_a_meter_lost_and_posted_what_the_portal_lacks() -> None:
    options = ["truth", "--account", "0700006005", "--today", "2026-11-25"]
    rows = list(csv.DictReader(io.StringIO(RUN.invoke(app, options).output)))
    lost = [row for row in rows if row["quality"] == "missing"]
    assert lost
    assert {row["value"] for row in lost} == {""}
    late = [*options[:2], "4400000001", *options[3:], "--since", "2026-11-24", "--late-hours", "2"]
    posted = list(csv.DictReader(io.StringIO(RUN.invoke(app, [*late, "--posted"]).output)))
    assert [row["quality"] for row in posted].count("missing") == 8


def test_a_load_file_is_the_first_members_truth(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("utc,load_w\n2026-05-01T00:00Z,1532.5\n2026-05-01T00:30Z,10\n")
    options = ["truth", "--account", "4400000001", "--usage", str(path)]
    rows = list(csv.DictReader(io.StringIO(RUN.invoke(app, options).output)))
    # Both readings fall on 30 April in the co-op's zone, so its today is 1 May.
    assert [row["value"] for row in rows] == ["0.76625", "0.00500"]
    assert rows[0]["end"] == "2026-05-01T00:30:00Z"


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["serve", "--host", "0.0.0.0"], "127.0.0.1", 2),
        (["serve", "--fault", "fire"], "fire", 2),
        (["serve", "--dst-fall", "e"], "choice of fall", 2),
        (["serve", "--today", "soon"], "not a date", 2),
        (["serve", "--zone", "Mars/Olympus"], "not known", 2),
        (["serve", "--usage", "none.csv"], "can't be read", 3),
        (["serve", "--usage-scale", "x", "--usage", "none.csv"], "not a number", 2),
        (["truth", "--account", "1"], "no account 1", 3),
        (["truth", "--account", "1", "--csv", "--json"], "one of them", 2),
    ],
)
def test_a_mistake_is_told_in_two_lines_with_its_code(arguments: list[str], words: str, code: int) -> None:
    result = RUN.invoke(app, arguments)
    assert result.exit_code == code
    assert words in result.output
    assert result.output.startswith("Error: ")
    assert len(result.output.strip().splitlines()) <= 2
