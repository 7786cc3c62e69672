"""The Makefile: every target explains itself, and what it calls is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROMISED = {
    "setup",
    "test",
    "test-fast",
    "lint",
    "types",
    "docs",
    "bench",
    "demo",
    "test-full",
    "check",
    "lock",
    "clean",
}
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@needs_make
def test_help_lists_every_target_in_80_columns(root: Path) -> None:
    listed = run("make", "--no-print-directory", "help", cwd=root).stdout
    named = set(re.findall(r"^  make (\S+) +\S", listed, re.MULTILINE))
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", (root / "Makefile").read_text(), re.MULTILINE))
    assert named == targets >= PROMISED
    assert max(map(len, listed.splitlines())) <= 80


@needs_make
def test_plain_make_helps(root: Path) -> None:
    assert (
        run("make", "--no-print-directory", cwd=root).stdout
        == run("make", "--no-print-directory", "help", cwd=root).stdout
    )


@needs_make
def test_the_build_server_runs_what_a_contributor_runs(root: Path) -> None:
    script = root / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
    assert script.read_text().rstrip().endswith("make test")
    steps = run("make", "--no-print-directory", "--dry-run", "test", cwd=root).stdout
    for tool in (
        "ruff check",
        "ruff format --check",
        "lint-imports",
        "pre-commit run --all-files",
        "mypy",
        "pytest -n 2",
    ):
        assert tool in steps, tool
    assert steps.rstrip().splitlines()[-1].strip().startswith("METERBOOK_TEST_SEED=")


def complaint(root: Path, version: tuple[int, int], present: set[str]) -> str:
    code = f"import check_python as c; print(c.complaint({version}, {present!r}.__contains__))"
    return run(sys.executable, "-c", code, cwd=root / "tools").stdout.strip()


def test_setup_says_what_a_python_lacks(root: Path) -> None:
    assert complaint(root, (3, 11), {"venv", "ensurepip"}) == "None"
    assert complaint(root, (3, 14), {"venv", "ensurepip"}) == "None"
    assert complaint(root, (3, 10), {"venv", "ensurepip"}) == "Meterbook needs Python 3.11 or newer, and this is 3.10."
    assert complaint(root, (3, 11), {"venv"}) == "this Python cannot make virtual environments: it lacks ensurepip."


def test_setup_without_a_python_says_what_to_install(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(root / "tools" / "setup.sh", tmp_path / "tools")
    done = subprocess.run(
        ["sh", "tools/setup.sh"],
        cwd=tmp_path,
        env={"PYTHON": "python9", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no 'python9' was found" in done.stderr
    assert "apt install python3 python3-venv" in done.stderr


def test_every_hook_runs_from_the_environment_and_fetches_nothing(root: Path) -> None:
    import yaml

    settings = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repository in settings["repos"] for hook in repository["hooks"]]
    assert [repository["repo"] for repository in settings["repos"]] == ["local"]
    assert all(hook["language"] == "system" and hook["entry"].startswith(".venv/bin/") for hook in hooks)
    assert {"ruff", "ruff-format", "mypy", "large-files", "private-keys", "yaml", "toml", "spelling"} <= {
        h["id"] for h in hooks
    }
