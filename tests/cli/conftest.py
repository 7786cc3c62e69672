"""A practice co-op, a book synced from it once, and the command line run in this process."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from meterbook.cli import main
from meterbook.practice.roster import roster
from meterbook.practice.server import running
from meterbook.practice.settings import Settings

TODAY = date(2026, 3, 20)  # a spring night a fortnight back, an autumn night four months back
SETTINGS = Settings(today=TODAY, pending=0)
KEY = "a text for tests only"


@dataclass(frozen=True)
class Ran:
    """What a command printed and exited with."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def run_command(*words: object, stdin: str = "") -> Ran:
    """Run the command line as a shell would, with nobody at the keyboard."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    before = sys.argv, sys.stdin
    sys.argv, sys.stdin = ["meterbook", *map(str, words)], io.StringIO(stdin)
    code: object = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as stop:
        code = stop.code
    finally:
        sys.argv, sys.stdin = before
    assert isinstance(out.buffer, io.BytesIO)
    printed = out.buffer.getvalue()
    return Ran(code=int(str(code)), out=printed.decode("utf-8", "replace"), err=err.getvalue())


@pytest.fixture
def run() -> Run:
    return run_command


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of whoever runs the tests: their book, keyring, passwords and configuration stay out of it."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("METERBOOK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("METERBOOK_VAULT_KEY", KEY)
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


def password_of(name: str) -> str:
    """The password of a member with a story."""
    return str(next(one for one in roster(SETTINGS) if one["name"] == name)["password"])


@pytest.fixture
def password() -> str:
    """The household's password."""
    return password_of("household")


@pytest.fixture(scope="session")
def portal() -> Iterator[str]:
    """Address of a practice portal."""
    with running(SETTINGS) as practice:
        yield practice.listening.url


@pytest.fixture(scope="session")
def synced(portal: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with a household, its second log-in, a solar home and a meter read once a month; not to be changed."""
    folder = tmp_path_factory.mktemp("synced") / "book"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METERBOOK_VAULT_KEY", KEY)
        for name in ("household", "spouse", "solar", "mechanical"):
            words = ("connect", "practice", "--user", f"{name}@practice.example", "--host", portal)
            made = run_command("--book", folder, *words, "--password-stdin", stdin=password_of(name) + "\n")
            assert made.code == 0, made.err
        done = run_command("--book", folder, "sync", "--since", "2025-10-20")
        assert done.code == 0, done.err
    return folder


@pytest.fixture
def book(synced: Path, tmp_path: Path) -> Path:
    """A copy of the synced book, to do anything with."""
    folder = tmp_path / "book"
    shutil.copytree(synced, folder)
    return folder
