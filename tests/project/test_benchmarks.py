"""`python -m benchmarks`: finds its subjects, prints a line a figure, and tells a missed target by its exit code."""

from __future__ import annotations

import doctest
import json
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import lines_of, main, subjects
from benchmarks.command import run
from benchmarks.figure import Figure, Options, paired

SUBJECT = """
from benchmarks.figure import Figure, Options

def figures(options):
    yield Figure(name="decode a year", ours=4.2, peer="msgspec alone", floor=2.0, unit="ms", target=2.5)
    yield Figure(name="store a year", ours=float(options.rounds), peer="one round", floor=1.0, unit="s", target=5.0)
    yield Figure(name="memory above one day's", ours=400.0, peer="one day", floor=300.0, unit="MiB", allowance=150.0)
"""


@pytest.fixture(autouse=True)
def invented_subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subject in a folder of its own; `benchmarks` looks there alone."""
    (tmp_path / "invented.py").write_text(SUBJECT)
    (tmp_path / "_made.py").write_text("helper = 1\n")
    (tmp_path / "figure.py").write_text("")
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "benchmarks.invented", raising=False)


def test_subjects_are_the_modules_that_measure() -> None:
    assert subjects() == ["invented"]


def test_each_figure_is_a_line_beside_its_floor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rounds", "3"]) == 0
    machine, subject, *lines = capsys.readouterr().out.splitlines()
    assert "3 rounds" in machine
    assert subject == "invented"
    assert [line.split() for line in lines] == [
        ["decode", "a", "year", "4.20", "ms", "msgspec", "alone", "2.00", "ms", "2.10×", "≤", "2.5×"],
        ["store", "a", "year", "3.00", "s", "one", "round", "1.00", "s", "3.00×", "≤", "5×"],
        ["memory", "above", "one", "day's", "400", "MiB", "one", "day", "300", "MiB", "1.33×", "≤", "+150", "MiB"],
    ]
    assert max(map(len, lines)) <= 100


def test_a_missed_target_is_told_by_check_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invented", "--rounds", "6"]) == 0
    assert "missed" in capsys.readouterr().out
    assert main(["invented", "--rounds", "6", "--check"]) == 1
    assert capsys.readouterr().err == "Missed: store a year.\n"
    assert main(["invented", "--rounds", "5", "--check"]) == 0


def test_json_holds_every_figure_with_its_ratio_and_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--check", "--rounds", "6"]) == 1
    figures = json.loads(capsys.readouterr().out)
    assert [(f["subject"], f["name"], f["met"]) for f in figures] == [
        ("invented", "decode a year", True),
        ("invented", "store a year", False),
        ("invented", "memory above one day's", True),
    ]
    assert figures[0]["ratio"] == pytest.approx(2.1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["lakes"], "no such subject: lakes. There are: invented."),
        (["--rounds", "0"], "--rounds must be at least 1"),
        (["--quick", "--check"], "--quick measures too little"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_long_name_takes_a_line_of_its_own() -> None:
    name = "poll answer to a UTC-correct IntervalSeries of three years"
    first, second = lines_of(Figure(name=name, ours=12345.6, peer="msgspec alone", floor=0.0, unit="ms"))
    assert first == f"  {name}"
    assert second.endswith("inf×")
    assert "12,346 ms" in second


def test_a_pair_is_timed_in_turns_after_one_untimed_run_each() -> None:
    ran: list[str] = []
    pair = paired(lambda: ran.append("ours"), lambda: ran.append("peer"), rounds=3)
    assert ran == ["ours", "peer", "ours", "peer", "peer", "ours", "ours", "peer"]
    assert pair.ours_s >= 0 <= pair.peer_s
    with pytest.raises(ValueError, match="at least 1"):
        paired(list, list, rounds=0)


def test_options_without_a_command_line_take_nine_rounds() -> None:
    assert Options() == Options(rounds=9, quick=False)


def test_the_examples_in_its_docstrings_hold() -> None:
    from benchmarks import __main__ as command
    from benchmarks import figure

    for module in (command, figure):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0


def test_a_commands_peak_is_its_own_and_not_its_parents() -> None:
    ballast = bytearray(b"x" * 200_000_000)
    small = run([sys.executable, "-c", "print('done')"])
    large = run([sys.executable, "-c", "x = bytearray(b'x' * 100_000_000)"])
    assert small.output == "done\n"
    assert small.seconds > 0
    assert small.peak_mib < 50 < len(ballast) >> 20
    assert 90 < large.peak_mib - small.peak_mib < 110 * 2


def test_a_command_that_fails_stops_the_benchmark_with_its_last_words() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3: no such meter"):
        run([sys.executable, "-c", "import sys; sys.stderr.write('no such meter'); sys.exit(3)"])
