"""The vault: secrets come back to who holds the key, and stand in the clear nowhere."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from meterbook.consent import keys
from meterbook.consent.vault import Credentials, Vault
from meterbook.model.errors import BookDamaged, CredentialsMissing, InputError, StoreError

PASSWORD = "correct horse, battery!"
TOTP = "JBSWY3DPEHPK3PXP"
ANN = Credentials(user="ann@example.com", password=PASSWORD, totp_secret=TOTP)
BOB = Credentials(user="bob@example.com", password="another Password 9")
TEXT = {keys.KEY_VARIABLE: "four random words here"}


class MemoryKeyring:
    """A keyring that lives as long as the test."""

    priority = 5.0

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str, /) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str, /) -> None:
        del self.held[service, username]


class NoKeyring(MemoryKeyring):
    """What a server without a desktop has."""

    priority = 0.0


class LockedKeyring(MemoryKeyring):
    """A keyring whose owner does not unlock it."""

    def get_password(self, service: str, username: str, /) -> str | None:
        raise KeyringLocked("no")

    def set_password(self, service: str, username: str, password: str, /) -> None:
        raise KeyringLocked("no")


@pytest.fixture(autouse=True)
def _quick_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch little: what is tested does not depend on how long it takes."""
    monkeypatch.setitem(keys.ARGON2ID, "memory_kib", 64)
    monkeypatch.setitem(keys.ARGON2ID, "passes", 1)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    return folder


def vault(book: Path, env: dict[str, str] | None = None, keyring: MemoryKeyring | None = None) -> Vault:
    return Vault.open(book, env or {}, keyring=keyring or NoKeyring(), config_folder=book.parent / "config")


def inside(book: Path) -> Vault:
    """A vault whose key would go along with every copy of the book."""
    (book / "vault.bin").unlink(missing_ok=True)
    return Vault.open(book, {}, keyring=NoKeyring(), config_folder=book / "config")


def in_the_clear(folder: Path, *secrets: str) -> list[Path]:
    """Files below a folder that hold a secret as text, base64 or hex."""
    forms = [
        form
        for secret in secrets
        for form in (secret.encode(), base64.b64encode(secret.encode())[:12], secret.encode().hex().encode())
    ]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form in path.read_bytes() for form in forms)]


WAYS = [
    pytest.param({}, NoKeyring, id="key-file"),
    pytest.param(TEXT, NoKeyring, id="text"),
    pytest.param(TEXT, MemoryKeyring, id="text-before-keyring"),
    pytest.param({}, MemoryKeyring, id="keyring"),
]


@pytest.mark.parametrize(("env", "kind"), WAYS)
def test_credentials_come_back_in_a_new_process_and_stand_nowhere_in_the_book(
    book: Path, env: dict[str, str], kind: type[MemoryKeyring]
) -> None:
    keyring = kind()
    vault(book, env, keyring).put(1, ANN)
    vault(book, env, keyring).put(2, BOB)
    again = vault(book, env, keyring)
    assert (again.get(1), again.get(2)) == (ANN, BOB)
    assert in_the_clear(book, PASSWORD, TOTP, BOB.password, "bob@example.com") == []
    in_keyring = kind is MemoryKeyring and not env
    assert bool(keyring.held) is in_keyring
    assert (book / "vault.bin").exists() is not in_keyring
    again.put(1, BOB)
    assert vault(book, env, keyring).get(1) == BOB
    again.delete(1)
    again.delete(1)
    with pytest.raises(CredentialsMissing, match="no credentials for connection 1"):
        vault(book, env, keyring).get(1)
    assert vault(book, env, keyring).get(2) == BOB


def test_an_empty_vault_says_that_there_is_nothing_and_writes_nothing(book: Path) -> None:
    with pytest.raises(CredentialsMissing) as caught:
        vault(book).get(1)
    assert "meterbook connect" in (caught.value.hint or "")
    assert list(book.parent.rglob("*")) == [book]


def test_files_are_for_their_owner_only_and_the_key_lies_outside_the_book(book: Path) -> None:
    vault(book).put(1, ANN)
    key_file = book.parent / "config" / "vault.key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent.stat().st_mode & 0o777 == 0o700
    for path in book.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    with pytest.raises(InputError, match="inside the book"):
        inside(book).put(1, ANN)
    assert not (book / "config").exists()


def test_a_copy_of_the_book_alone_opens_nothing(book: Path, tmp_path: Path) -> None:
    vault(book).put(1, ANN)
    thief = tmp_path / "elsewhere" / "book"
    shutil.copytree(book, thief)
    with pytest.raises(CredentialsMissing, match="not on this computer"):
        vault(thief).get(1)
    with pytest.raises(CredentialsMissing):  # and what it holds is not overwritten by somebody without the key
        vault(thief).put(2, BOB)
    assert (thief / "vault.bin").read_bytes() == (book / "vault.bin").read_bytes()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(book: Path, mode: int) -> None:
    vault(book).put(1, ANN)
    key_file = book.parent / "config" / "vault.key"
    key_file.chmod(mode)
    with pytest.raises(CredentialsMissing) as caught:
        vault(book).get(1)
    assert caught.value.hint == f"Close it with: chmod 600 {key_file}"


def test_a_key_in_a_folder_that_others_can_write_to_is_refused(book: Path) -> None:
    vault(book).put(1, ANN)
    (book.parent / "config").chmod(0o777)
    with pytest.raises(CredentialsMissing, match="others"):
        vault(book).get(1)


def test_a_wrong_text_is_told_before_anything_is_overwritten(book: Path) -> None:
    vault(book, TEXT).put(1, ANN)
    before = (book / "vault.bin").read_bytes()
    wrong = {keys.KEY_VARIABLE: "four random words her"}
    for action in (lambda: vault(book, wrong).get(1), lambda: vault(book, wrong).put(2, BOB)):
        with pytest.raises(CredentialsMissing, match="does not open") as caught:
            action()
        assert keys.KEY_VARIABLE in (caught.value.hint or "")
    with pytest.raises(CredentialsMissing, match="not set"):
        vault(book).get(1)
    assert (book / "vault.bin").read_bytes() == before


@pytest.mark.parametrize("text", ["x", "fifteen letters", "é" * 15])
def test_a_text_of_fewer_than_sixteen_characters_is_refused(book: Path, text: str) -> None:
    with pytest.raises(InputError, match="too short") as caught:
        vault(book, {keys.KEY_VARIABLE: text})
    assert text not in str(caught.value) + str(caught.value.hint) or text == "x"


def test_any_text_of_sixteen_characters_will_do_and_an_empty_one_is_none(book: Path) -> None:
    vault(book, {keys.KEY_VARIABLE: "é" * 16}).put(1, ANN)
    assert vault(book, {keys.KEY_VARIABLE: "é" * 16}).get(1) == ANN
    assert keys.passphrase({keys.KEY_VARIABLE: ""}) is None


def test_an_entry_moved_to_another_connection_or_book_does_not_open(book: Path) -> None:
    vault(book).put(1, ANN)
    vault(book).put(2, BOB)
    path = book / "vault.bin"
    content = json.loads(path.read_text())
    content["entries"]["1"], content["entries"]["2"] = content["entries"]["2"], content["entries"]["1"]
    path.write_text(json.dumps(content))
    with pytest.raises(CredentialsMissing, match="changed"):
        vault(book).get(1)
    (book / "book.id").write_text("0" * 32)
    with pytest.raises(CredentialsMissing):
        vault(book).get(1)


def test_weaker_stretching_written_into_the_header_does_not_open(book: Path) -> None:
    vault(book, TEXT).put(1, ANN)
    path = book / "vault.bin"
    content = json.loads(path.read_text())
    content["key"]["memory_kib"] = 32
    path.write_text(json.dumps(content))
    with pytest.raises(CredentialsMissing):
        vault(book, TEXT).get(1)
    content["key"]["memory_kib"] = 10**12
    path.write_text(json.dumps(content))
    with pytest.raises(BookDamaged):
        vault(book, TEXT).get(1)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_damaged_vault_is_an_error_of_ours_and_never_other_credentials(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    book = tmp_path_factory.mktemp("damaged") / "book"
    book.mkdir()
    vault(book).put(1, ANN)
    path = book / "vault.bin"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    with contextlib.suppress(CredentialsMissing, BookDamaged, StoreError):
        assert vault(book).get(1) == ANN  # a bit of the layout, or base64 bits that carry nothing


@pytest.mark.parametrize("content", ["", "id", "id notbase64!", "id c2hvcnQ=", "a b c", "\xe9"])
def test_a_damaged_key_file_is_told_and_kept_as_it_is(book: Path, content: str) -> None:
    vault(book).put(1, ANN)
    key_file = book.parent / "config" / "vault.key"
    key_file.write_text(content, encoding="latin-1")
    with pytest.raises(CredentialsMissing):
        vault(book).get(1)
    with pytest.raises(CredentialsMissing):
        vault(book).put(2, BOB)
    assert key_file.read_text(encoding="latin-1") == content


def test_a_text_that_is_not_utf_8_is_a_key_like_any_other(book: Path) -> None:
    odd = {keys.KEY_VARIABLE: os.fsdecode(b"\xff" * 16)}
    vault(book, odd).put(1, ANN)
    assert vault(book, odd).get(1) == ANN


def test_a_text_set_later_takes_over_and_the_key_file_is_forgotten(book: Path) -> None:
    vault(book).put(1, ANN)
    assert vault(book, TEXT).get(1) == ANN
    vault(book, TEXT).put(2, BOB)
    assert (book.parent / "config" / "vault.key").read_text() == ""
    assert vault(book, TEXT).get(1) == ANN
    with pytest.raises(CredentialsMissing, match=keys.KEY_VARIABLE):
        vault(book).get(1)


def test_credentials_move_into_the_keyring_once_there_is_one(book: Path) -> None:
    keyring = MemoryKeyring()
    vault(book).put(1, ANN)
    assert vault(book, keyring=keyring).get(1) == ANN
    vault(book, keyring=keyring).put(1, BOB)
    assert vault(book, keyring=keyring).get(1) == BOB
    with pytest.raises(CredentialsMissing):
        vault(book).get(1)


def test_a_locked_keyring_is_told_with_a_way_round_it(book: Path) -> None:
    keyring = LockedKeyring()
    with pytest.raises(CredentialsMissing) as caught:
        vault(book, keyring=keyring).put(1, ANN)
    assert keys.KEY_VARIABLE in (caught.value.hint or "")


def test_a_keyring_that_forgets_or_writes_plain_text_is_not_used(book: Path) -> None:
    class PlaintextKeyring(MemoryKeyring):
        priority = 0.5

    class Alternative(MemoryKeyring):
        priority = 2.0

    Alternative.__module__ = "keyrings.alt.file"
    for keyring in (PlaintextKeyring(), Alternative()):
        vault(book, keyring=keyring).put(1, ANN)
        assert keyring.held == {}
    for number, useless in enumerate((null.Keyring(), fail.Keyring())):
        vault(book, keyring=useless).put(number, BOB)  # type: ignore[arg-type]
        assert vault(book, keyring=useless).get(number) == BOB  # type: ignore[arg-type]
    assert "vault.bin" in vault(book).description
    assert "keyring" in vault(book, keyring=MemoryKeyring()).description
    assert keys.KEY_VARIABLE in vault(book, TEXT).description


@pytest.mark.parametrize("env", [{}, TEXT], ids=["key-file", "text"])
def test_rekeying_makes_old_copies_worthless_for_the_new_key(book: Path, env: dict[str, str], tmp_path: Path) -> None:
    vault(book, env).put(1, ANN)
    old = (book / "vault.bin").read_bytes()
    vault(book, env).rekey()
    assert vault(book, env).get(1) == ANN
    new = json.loads((book / "vault.bin").read_text())
    assert new["key"] != json.loads(old)["key"]
    if not env:
        (book / "vault.bin").write_bytes(old)
        with pytest.raises(CredentialsMissing):
            vault(book).get(1)


def test_rekeying_to_a_new_text_takes_that_text_from_then_on(book: Path) -> None:
    vault(book, TEXT).put(1, ANN)
    new = "four other words here"
    opened = vault(book, TEXT)
    opened.rekey(new)
    assert opened.get(1) == ANN
    assert vault(book, {keys.KEY_VARIABLE: new}).get(1) == ANN
    with pytest.raises(CredentialsMissing):
        vault(book, TEXT).get(1)
    with pytest.raises(InputError):
        vault(book, {keys.KEY_VARIABLE: new}).rekey("short")


def test_two_books_share_the_key_file_and_neither_loses_its_key(book: Path) -> None:
    other = book.parent / "other"
    other.mkdir()
    vault(book).put(1, ANN)
    vault(other).put(1, BOB)
    vault(other).rekey()
    assert vault(book).get(1) == ANN
    assert vault(other).get(1) == BOB


def test_credentials_show_nothing_of_themselves() -> None:
    assert "horse" not in f"{ANN!r} {ANN} {[ANN]}"
    with pytest.raises(InputError):
        Credentials(user="a", password="")


def test_the_sealed_length_does_not_tell_the_password_s_length() -> None:
    short, long = (Credentials(user="a", password="x" * count).to_bytes() for count in (1, 60))
    assert len(short) == len(long)


WRITER = """
import sys
from pathlib import Path
from meterbook.consent.vault import Credentials, Vault

book, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
class NoKeyring:
    priority = 0.0
vault = Vault.open(book, {}, keyring=NoKeyring(), config_folder=book.parent / "config")
print("ready", flush=True)
for number in range(first, first + count):
    vault.put(number, Credentials(user="u", password=sys.argv[4], totp_secret=sys.argv[5]))
    print(number, flush=True)
"""


def writer(book: Path, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(book), str(first), str(count), PASSWORD, TOTP]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_lose_nothing_of_each_other(book: Path) -> None:
    both = [writer(book, 0, 15), writer(book, 100, 15)]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    opened = vault(book)
    for number in [*range(15), *range(100, 115)]:
        assert opened.get(number).password == PASSWORD


def test_a_kill_leaves_every_finished_entry_and_no_secret_in_the_clear(book: Path) -> None:
    for round_ in range(3):
        process = writer(book, 0, 10_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        last = int(process.stdout.readline())
        time.sleep(0.02 * round_ + 0.007)
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        last = max([last, *(int(number) for number in rest[:-1])])
        for number in range(last + 1):
            assert vault(book).get(number).totp_secret == TOTP
        assert in_the_clear(book.parent, PASSWORD, TOTP) == []
    vault(book).put(1, ANN)
    assert sorted(path.name for path in book.iterdir()) == [".vault.lock", "book.id", "vault.bin"]
