"""``meterbook utilities`` and ``meterbook guide`` as a person and a program meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from meterbook.cli import utilities as commands
from meterbook.model.errors import InputError, NotFound

app = typer.Typer(rich_markup_mode=None)
app.command("utilities")(commands.utilities)
app.command("guide")(commands.guide)


@pytest.fixture(autouse=True)
def no_own_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERBOOK_UTILITIES", str(tmp_path))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def done(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output


def test_without_a_word_the_full_entries_are_listed_and_the_way_to_the_others() -> None:
    out = done("utilities")
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["ccec", "practice"]
    assert "meterbook utilities --all" in out
    assert out.endswith("Next: meterbook guide ccec\n")
    assert max(map(len, out.splitlines())) <= 80


def test_all_lists_every_utility() -> None:
    out = done("utilities", "--all")
    assert "novec " in out
    assert "619 utilities, 2 with a full guide." in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_word_finds_light_entries_too_and_full_leaves_them_out() -> None:
    assert "novec" in done("utilities", "northern virginia")
    assert [line.split()[0] for line in done("utilities", "NC", "--full").splitlines()[1:3]] == ["ccec", "practice"]
    assert "bemc" not in done("utilities", "NC", "--full")


def test_the_one_utility_found_can_be_connected_next() -> None:
    assert done("utilities", "concho").endswith("Next: meterbook connect cvec --user NAME --zone ZONE\n")
    assert done("utilities", "powerpay24").endswith("Next: meterbook guide ccec\n")


def test_a_word_that_fits_nothing_is_an_error_with_a_way_on() -> None:
    result = run("utilities", "zzzz")
    assert isinstance(result.exception, NotFound)
    assert result.exception.hint is not None
    assert "meterbook connect ADDRESS" in result.exception.hint


def test_the_list_as_json_has_every_utility_and_its_offered_zones() -> None:
    found = json.loads(done("utilities", "--json"))
    assert len(found) == 619
    by_slug = {entry["slug"]: entry for entry in found}
    assert by_slug["ccec"]["zone"] == "America/New_York"
    assert by_slug["ccec"]["host"] is None
    assert by_slug["cvec"]["zone"] is None
    assert by_slug["cvec"]["zones_offered"] == ["America/Chicago", "America/Denver"]
    assert len(json.loads(done("utilities", "ccec", "--json", "--full"))) == 1


def test_a_guide_is_text_unless_asked_otherwise() -> None:
    out = done("guide", "ccec")
    assert out.startswith("Carteret-Craven Electric Cooperative (CCEC)\n")
    assert out == done("guide", "CCEC", "--format", "text")
    assert "\x1b" not in out


def test_a_guide_as_markdown_and_as_json() -> None:
    assert done("guide", "ccec", "--format", "markdown").startswith("# Carteret-Craven Electric Cooperative (CCEC)\n")
    plain = json.loads(done("guide", "ccec", "--format", "json"))
    assert [method["id"] for method in plain["methods"]][:3] == ["portal", "portal-business", "portal-api"]
    assert plain["zones_offered"] == ["America/New_York"]


def test_a_guide_to_nothing_is_an_error_with_the_nearest_slug() -> None:
    result = run("guide", "novek")
    assert isinstance(result.exception, NotFound)
    assert "novec" in (result.exception.hint or "")


def test_an_unknown_format_is_a_usage_error() -> None:
    assert run("guide", "ccec", "--format", "pdf").exit_code == 2


def test_a_users_broken_file_is_told_by_name(no_own_entries: Path) -> None:
    (no_own_entries / "mine.yaml").write_text("slug: mine\ncolour: blue\n", encoding="utf-8")
    result = run("utilities")
    assert isinstance(result.exception, InputError)
    assert "mine.yaml" in str(result.exception)
