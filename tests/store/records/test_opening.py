"""Opening the records: made once, updated once, refused when they are not ours to read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from meterbook.model.errors import BookDamaged, SchemaTooNew, StoreError
from meterbook.store.records import Records
from meterbook.store.records.database import open_engine
from meterbook.store.records.migrate import HEAD, MIGRATIONS
from meterbook.store.records.schema import REVISIONS, metadata


def test_the_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    Records.open(path).close()
    engine = open_engine(path)
    with engine.connect() as sql:
        assert compare_metadata(MigrationContext.configure(sql, opts={"compare_type": True}), metadata) == []
    engine.dispose()


def test_every_migration_is_known_by_its_number_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_heads() == [HEAD]
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == list(REVISIONS)


def test_a_new_book_is_for_its_owner_only_and_has_a_durable_log(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "records.sqlite"
    with Records.open(path) as records:
        records.set_setting("a", "b")
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o777 == 0o600, file
        with records._reading() as sql:
            pragmas = ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
            found = [sql.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    assert found == ["wal", 1, 2, 1]


def test_opening_a_book_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    Records.open(path).close()
    code = (
        "import sys; from pathlib import Path; from meterbook.store.records import Records;"
        "Records.open(Path(sys.argv[1])).counts(); print([n for n in sys.modules if n.startswith('alembic')])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_book_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    Records.open(path).close()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match="9999") as caught:
        Records.open(path)
    assert "pip install" in (caught.value.hint or "")
    assert path.read_bytes() == before


def test_another_program_s_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE songs (title TEXT)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(BookDamaged, match="another program"):
        Records.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be looked at" * 50, b"SQLite format 3\0" * 99]
)
def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "records.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        Records.open(path)


def test_a_folder_that_can_not_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Records.open(tmp_path / "file" / "records.sqlite")


def test_names_with_odd_characters_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "my %book? #1 é" / "records.sqlite"
    with Records.open(path) as records:
        records.set_setting("a", "b")
    assert [item.name for item in tmp_path.iterdir()] == ["my %book? #1 é"]
    with Records.open(path) as records:
        assert records.setting("a") == "b"


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    with Records.open(path) as records:
        records.set_setting("a", "b")
        with records._reading() as sql:
            pages = sql.exec_driver_sql("PRAGMA page_count").scalar()

        def fill(raw: Any, _record: Any) -> None:
            raw.execute(f"PRAGMA max_page_count = {pages}")

        records._engine.dispose()
        event.listen(records._engine, "connect", fill)
        with pytest.raises(StoreError, match="disk is full"):
            records.set_setting("c", "x" * 1_000_000)
        assert records.settings() == {"a": "b"}


def test_six_processes_that_open_a_new_book_at_once_make_it_once(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    code = (
        "import sys; from pathlib import Path; from meterbook.store.records import Records; sys.stdin.readline();"
        "Records.open(Path(sys.argv[1])).set_setting(sys.argv[2], 'x')"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(number)], stdin=subprocess.PIPE)
        for number in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    with Records.open(path) as records:
        assert sorted(records.settings()) == ["0", "1", "2", "3", "4", "5"]
