"""``meterbook tariffs list``, ``show``, ``edit`` and ``check``: CCEC's schedules, a shell filled by hand, mistakes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cli.conftest import Ran, run_command

FILLED = """\
    charges:
      - {charge: fixed, name: Facilities, amount: 35}
      - {charge: energy, name: Energy, rates: [{rate: 0.101}]}
      - {charge: rider, name: Wholesale, rider: WPCA, unit: kWh, month_by: bill}
      - {charge: rider, name: Mandate, rider: REPS-1, unit: month, month_by: bill}
"""


@pytest.fixture
def folder(own_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    del own_environment
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "book"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    return tmp_path


def tariffs(*words: str | Path) -> Ran:
    return run_command("tariffs", *words)


def status(name: str) -> str:
    return next(one["status"] for one in json.loads(tariffs("list", "ccec", "--json").out) if one["name"] == name)


def editor(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "editor.py"
    head = "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\ntext = path.read_text()\n"
    path.write_text(f"{head}{script}\npath.write_text(text)\n")
    monkeypatch.setenv("EDITOR", f"{sys.executable} {path}")


def test_every_schedule_and_rider_of_the_reference_is_listed_with_how_sure_it_is(folder: Path) -> None:
    assert folder.exists()
    found = {one["name"]: one["status"] for one in json.loads(tariffs("list", "ccec", "--json").out)}
    schedules = "R R-TU SGS SGS-TU MGS MGS-TU LP SGL STL RSL SFL"
    riders = "CSR RQF QF SQF RSE COG RCOG GP-1 REN-1"
    assert set(found) == {f"ccec/{code}" for code in f"{schedules} {riders}".split()}
    assert {name for name, said in found.items() if said != "not known"} == {"ccec/R", "ccec/R-TU"}
    assert found["ccec/R"] == found["ccec/R-TU"] == "assumed"
    assert max(map(len, tariffs("list").out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("day", "fixed", "wpca", "tax"),
    [
        ("2014-06-30", "$29.13", "? a kWh", "3.00%"),
        ("2017-05-01", "$29.13", "-$0.006 a kWh since 2017-01", "7.00%"),
        ("2022-11-10", "$29.13", "-$0.006 a kWh since 2022-11", "7.00%"),
        ("2022-12-10", "$29.13", "-$0.025 a kWh since 2022-12", "7.00%"),
        ("2023-03-01", "$29.13", "$0.00 a kWh since 2023-01", "7.00%"),
        ("2025-07-01", "$32.33", "$0.001 a kWh since 2025-01", "7.00%"),
    ],
)
def test_a_day_shows_its_version_and_its_riders(folder: Path, day: str, fixed: str, wpca: str, tax: str) -> None:
    assert folder.exists()
    shown = tariffs("show", "ccec/R", "--on", day).out
    rows = {line[2:44].strip(): line[45:] for line in shown.splitlines() if len(line) > 45}
    assert rows["Facilities charge"].startswith(fixed)
    assert rows["Wholesale power cost adjustment"].startswith(wpca)
    assert rows["NC sales tax"].startswith(tax)
    assert max(map(len, shown.splitlines())) <= 80


def test_time_of_use_is_shown_with_what_is_assumed_of_it_and_what_else_that_may_be(folder: Path) -> None:
    assert folder.exists()
    shown = tariffs("show", "ccec/R-TU", "--on", "2025-07-01", "--history").out
    said = " ".join(shown.split())
    assert "~ Facilities charge $32.33 a month assumed: the charge of schedule R; or 26.67, 37.00" in said
    assert "~ On-peak demand, measured over 15 minutes assumed; or 30, 60" in said
    assert "~ on-peak, summer, 14:00-18:00 assumed; or 15:00-18:00, 16:00-20:00; [south-river]" in said
    assert "Versions since 16 Apr 2020, 1 Apr 2024 (day of the bill)" in said
    assert "2022-11 -$0.006 a kWh [wpca2023] 2022-12 -$0.025 a kWh [wpca2023]" in said
    assert "? 2019-01 to 2019-12 ? a kWh not known [wpca2025]" in said
    assert "commercial" not in said
    assert max(map(len, shown.splitlines())) <= 80


def test_the_picture_of_hours_says_that_they_are_assumed(folder: Path) -> None:
    assert tariffs("show", "ccec/R-TU", "-o", folder / "hours.svg").code == 0
    assert "(hours assumed)" in (folder / "hours.svg").read_text()
    assert tariffs("show", "ccec/R-TU", "-o", folder / "hours.png").code == 0
    assert (folder / "hours.png").read_bytes().startswith(b"\x89PNG")
    assert "no hours to draw" in tariffs("show", "ccec/R", "-o", folder / "none.svg").err


def test_a_shell_says_what_is_missing_and_prices_once_it_is_filled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = " ".join(tariffs("show", "ccec/SGS").out.split())
    assert "? not known: the facilities charge" in shell
    assert "[wpca" not in shell  # pages of riders that it does not have
    assert status("ccec/SGS") == "not known"
    editor(folder, monkeypatch, f"text = text.partition('    not_known')[0] + {FILLED!r}")
    done = tariffs("edit", "ccec/SGS")
    assert done.code == 0, done.err
    assert "Sound." in done.out
    assert status("ccec/SGS") == "assumed"  # by its riders; what its class does not pay matters not
    assert "REPS" not in tariffs("show", "ccec/SGS").err
    own = json.loads(tariffs("list", "ccec", "--json").out)
    assert [one["name"] for one in own if one["own"]] == ["ccec/SGS"]


def test_a_mistake_is_told_by_line_and_column_and_the_file_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(folder, monkeypatch, f"text = text.partition('    not_known')[0] + {FILLED!r}.replace('35', 'much')")
    wrong = tariffs("edit", "ccec/SGS")
    assert wrong.code == 3
    assert "line 16, column 43" in wrong.err
    path = Path(tariffs("edit", "ccec/SGS", "--path").out.strip())
    checked = tariffs("check", path)
    assert checked.code == 3
    assert "line 16, column 43" in checked.err


def test_without_an_editor_the_file_is_made_and_named(folder: Path) -> None:
    done = tariffs("edit", "mine/R")
    path = folder / "book" / "tariffs" / "mine" / "R.yaml"
    assert str(path) in done.out
    assert tariffs("check", path).out == "R.yaml: sound\n"
    assert "does not name a schedule" in tariffs("edit", "mine").err
