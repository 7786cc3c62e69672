"""The documentation: links that lead somewhere, an index that lists all, and nothing of one workplace in any file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
KINDS = ["Tutorials", "How-to guides", "Reference", "Explanation"]

# Written in halves, so that this file does not hold what it looks for.
NOT_IN_ANY_FILE = [
    "/wo" + "rk/",
    "/tmp/" + "brief",
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "deb." + "debian.org",
]
NOT_IN_ANY_FILE += ["find_" + "string(", "str_replace_" + "based", "find_" + "repos"]
NOT_OUTSIDE_TESTS = ["/tm" + "p/"]


@pytest.fixture(scope="module")
def pages(tracked: list[Path], root: Path) -> list[Path]:
    found = [path for path in tracked if path.suffix == ".md" and not path.is_relative_to(root / "tests")]
    assert len(found) >= 5
    return found


def links(page: Path) -> list[str]:
    """Targets of a page's links, outside of code."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))
    return [first or second for first, second in LINK.findall(prose)]


def anchors(page: Path) -> set[str]:
    """Names that a page's headings can be linked by."""
    text = FENCE.sub("", page.read_text())
    titles = re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE)
    named = set(re.findall(r'<a (?:id|name)="([^"]+)">', text))
    return named | {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_link_between_pages_leads_somewhere(pages: list[Path], root: Path) -> None:
    astray = []
    for page in pages:
        for link in links(page):
            if re.match(r"[a-z][a-z0-9+.-]*:", link):
                continue
            name, _, anchor = unquote(link).partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or not target.is_relative_to(root):
                astray.append(f"{page.relative_to(root)}: {link}")
            elif anchor and target.suffix == ".md" and anchor not in anchors(target):
                astray.append(f"{page.relative_to(root)}: {link} (no such heading)")
    assert astray == []


def test_the_index_lists_every_page_under_one_of_four_kinds(pages: list[Path], root: Path) -> None:
    index = root / "docs" / "README.md"
    assert re.findall(r"^## (.+)$", index.read_text(), re.MULTILINE)[:4] == KINDS
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    decisions = root / "docs" / "decisions"
    below = {
        page for page in pages if page.is_relative_to(root / "docs") and page != index and page.parent != decisions
    }
    assert sorted(str(page.relative_to(root)) for page in below - listed) == []


def test_every_decision_is_numbered_and_listed(pages: list[Path], root: Path) -> None:
    folder = root / "docs" / "decisions"
    decisions = sorted(
        page for page in pages if page.parent == folder and page.name not in ("README.md", "template.md")
    )
    numbers = [int(page.name[:4]) for page in decisions if re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)]
    assert len(numbers) == len(decisions)
    assert len(set(numbers)) == len(numbers)
    listed = {(folder / link).resolve() for link in links(folder / "README.md")}
    assert [page.name for page in decisions if page not in listed] == []


def test_no_file_names_a_workplace_or_a_registry(tracked: list[Path], root: Path) -> None:
    found = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        name = str(path.relative_to(root))
        words = NOT_IN_ANY_FILE if name.startswith("tests/") else NOT_IN_ANY_FILE + NOT_OUTSIDE_TESTS
        found += [f"{name}: {word}" for word in words if word in text]
    assert found == []


def test_the_changelog_opens_with_what_is_not_released_yet(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text()
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections[0] == "Unreleased"
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= {
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    }


def test_every_exit_code_is_documented(root: Path) -> None:
    from meterbook.cli import failures
    from meterbook.model.errors import ExitCode

    exits = {value for name, value in vars(ExitCode).items() if name.isupper()} | {
        failures.INTERRUPTED,
        failures.INTERNAL,
    }
    listed = re.findall(r"^\| (\d+) \|", (root / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert sorted(map(int, listed)) == sorted(exits)


def test_the_page_of_commands_is_what_the_commands_say(root: Path) -> None:
    script = root / "tools" / "command_reference.py"
    made = subprocess.run([sys.executable, script], cwd=root, capture_output=True, text=True, check=True).stdout
    page = root / "docs" / "commands.md"
    assert page.read_text() == made, "run: .venv/bin/python tools/command_reference.py > docs/commands.md"


def test_every_setting_is_documented(tracked: list[Path], root: Path) -> None:
    sources = [path for path in tracked if path.suffix in (".py", ".sh") or path.name == "Makefile"]
    used = {name for path in sources for name in re.findall(r"\bMETERBOOK_[A-Z]+(?:_[A-Z]+)*\b", path.read_text())}
    assert used - set(re.findall(r"`(\w+)`", (root / "docs" / "settings.md").read_text())) == set()
