"""Every way in which a command can fail: two lines, the right exit code, no traceback, nothing secret."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meterbook.cli import failures
from meterbook.model.errors import NotFound

Run = Callable[..., Any]
MEMBERS = [sys.executable, "-m", "meterbook", "practice", "members"]
HOUSEHOLD = "household@practice.example"


def two_lines(ran: Any) -> bool:
    text: str = ran.err
    return text.startswith("Error: ") and len(text.splitlines()) == 2 and "Traceback" not in text


@pytest.mark.parametrize(
    ("words", "password", "code"),
    [
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL"], "wrong-secret-1", 4),
        (["connect", "practice", "--user", "nobody@practice.example", "--host", "PORTAL"], "wrong-secret-2", 4),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "http://example.com"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "http://127.0.0.1:1"], "x-secret", 4),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "no host"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL"], "", 2),
        (["connect", "practice", "--user", "", "--host", "PORTAL"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL", "--until", "2020-01-01"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL", "--until", "soon"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL", "--relation", "boss"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL", "--relation", "consultant"], "x-secret", 2),
        (["connect", "practice", "--user", HOUSEHOLD, "--host", "PORTAL", "--ca", "no-such.pem"], "x-secret", 3),
        (["connect", "ccec", "--user", HOUSEHOLD], "x-secret", 2),
        (["connect", "no-such-co-op", "--user", HOUSEHOLD], "x-secret", 3),
        (["sync"], "", 3),
        (["sync", "--connection", "7"], "", 3),
        (["revoke", "7"], "", 3),
        (["revoke", "7", "--delete-data"], "", 2),
        (["usage", "--account", "7"], "", 3),
        (["usage", "--since", "2026-02-30"], "", 2),
        (["usage", "--since", "2026-02", "--until", "2026-02"], "", 2),
        (["usage", "--since", "10000-01-01"], "", 2),
        (["usage", "--by", "year"], "", 2),
        (["usage", "--unit", "degF"], "", 2),
        (["usage", "--flow", "sideways"], "", 2),
        (["usage", "-o", "readings.doc"], "", 2),
        (["identify", "meter", "7", "--value", "x"], "", 3),
        (["import", "no-such.csv"], "", 3),
        (["no-such-command"], "", 2),
    ],
)
def test_a_failure_is_two_lines_and_its_own_exit_code(  # noqa: PLR0917 - parameters and fixtures
    words: list[str], password: str, code: int, portal: str, run: Run, tmp_path: Path
) -> None:
    given = [portal if word == "PORTAL" else word for word in words]
    extra = ["--password-stdin"] if given[0] == "connect" else []
    ran = run("--book", tmp_path / "b", *given, *extra, stdin=f"{password}\n")
    assert ran.code == code, ran
    assert two_lines(ran), ran
    assert not password or password not in str(ran)


def test_a_file_that_is_no_authority_is_refused_by_name(run: Run, portal: str, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("not a certificate")
    words = ("connect", "practice", "--user", HOUSEHOLD, "--host", portal, "--ca", tmp_path / "x.pem")
    ran = run("--book", tmp_path / "b", *words, "--password-stdin", stdin="x\n")
    assert ran.code == 3
    assert two_lines(ran)


def test_a_vault_key_that_is_wrong_is_said_once_for_all_log_ins(
    run: Run, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METERBOOK_VAULT_KEY", "another text for tests only")
    ran = run("--book", book, "sync")
    assert ran.code == 5
    assert two_lines(ran), ran.err


def test_what_sync_can_not_do_is_refused_before_it_begins(run: Run, book: Path) -> None:
    for words in (("--since", "2100-01-01"), ("--settle", "-3"), ("--since", "soon")):
        ran = run("--book", book, "sync", *words)
        assert ran.code == 2, ran
        assert two_lines(ran)
    ran = run("--book", book, "sync", "--account", "0000")
    assert ran.code == 3
    assert "4400000001" in ran.err
    assert run("--book", book, "sync").code == 0


def test_a_grant_that_has_ended_stops_the_sync(run: Run, book: Path) -> None:
    with sqlite3.connect(book / "records.sqlite") as raw:
        raw.execute("UPDATE authorization_grant SET ends = starts + 1")
    raw.close()
    assert run("--book", book, "sync").code in (1, 5)
    ran = run("--book", book, "doctor")
    assert ran.code == 1
    assert "has ended" in ran.out


def test_a_newer_or_damaged_book_is_named_so(run: Run, book: Path) -> None:
    with sqlite3.connect(book / "records.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    ran = run("--book", book, "status")
    assert (ran.code, "newer Meterbook" in ran.err) == (6, True)
    for leftover in book.glob("records.sqlite-*"):
        leftover.unlink()
    (book / "records.sqlite").write_bytes(b"this is no database" * 300)
    ran = run("--book", book, "status")
    assert ran.code == 6
    assert two_lines(ran)
    assert "damaged" in run("--book", book, "doctor").out


def test_the_doctor_sees_that_the_readings_are_gone(run: Run, book: Path) -> None:
    shutil.rmtree(book / "readings")
    ran = run("--book", book, "doctor")
    assert ran.code == 1
    assert "there are none" in ran.out


def test_a_full_disk_while_printing_is_no_bug_of_ours() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "meterbook", "practice", "members"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 6
    assert "no room left" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_reader_that_leaves_is_no_failure() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "meterbook", "practice", "members"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_failures_side_by_side_are_shown_by_their_name(capfd: pytest.CaptureFixture[str]) -> None:
    assert failures.show(ExceptionGroup("", [ExceptionGroup("", [NotFound("no such thing")])])) == 3
    assert failures.show(ExceptionGroup("", [OSError(errno.ENOSPC, "No space left on device")])) == 6
    assert failures.show(sqlite3.OperationalError("database or disk is full")) == 6
    assert failures.show(BaseExceptionGroup("", [KeyboardInterrupt()])) == 130
    assert "no such thing" in capfd.readouterr().err


def test_a_bug_is_written_down_without_what_it_was_about(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="hunter2") as caught:
        raise ValueError("hunter2")
    assert failures.show(caught.value) == 70
    said = capfd.readouterr().err
    assert "hunter2" not in said
    path = Path(said.split("no secrets: ")[1].split(" (exit")[0])
    assert "ValueError" in path.read_text()
    assert "hunter2" not in path.read_text()
