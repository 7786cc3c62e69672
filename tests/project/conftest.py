"""The files of the project, as git knows them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", ".bench", ".test-full", "build", "dist", "__pycache__"}


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file under version control; in an unpacked archive without git, every file that is not made by a tool."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run([git, "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            names = [ROOT / name for name in listed.stdout.split("\0") if name]
            return [path for path in names if path.is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts)]


@pytest.fixture(scope="session")
def modules(tracked: list[Path]) -> list[Path]:
    """Every module of the package."""
    found = [path for path in tracked if path.suffix == ".py" and path.is_relative_to(ROOT / "src")]
    assert len(found) >= 10
    return found
