"""``meterbook tariffs import urdb`` and ``export urdb``: files, labels from a database on this machine, refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from cli.conftest import Ran, run_command
from tariffs.urdb.made_records import LABEL, made

KEY = "made-up-key-0123456789"


@pytest.fixture
def folder(own_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    del own_environment
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "book"))
    monkeypatch.delenv("METERBOOK_URDB_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "record.json").write_text(json.dumps(made()))
    return tmp_path


def take(*words: object, zone: str | None = "America/New_York") -> Ran:
    return run_command("tariffs", "import", "urdb", *words, *(("--zone", zone) if zone else ()))


def january() -> str:
    """One kWh an hour."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    return "start,kWh\n" + "".join(f"{first + timedelta(hours=hour):%Y-%m-%dT%H:%M},1\n" for hour in range(744))


def test_a_record_becomes_a_schedule_of_the_book(folder: Path) -> None:
    done = take("record.json", "--as", "coop/A")
    assert done.code == 0, done.err
    assert "coop/A · Schedule A" in done.out
    assert "clock=local" in done.out
    assert (folder / "book" / "tariffs" / "coop" / "A.yaml").exists()
    (folder / "load.csv").write_text(january())
    words = ("rates", "price", "coop/A", "--usage", "load.csv", "--zone", "America/New_York", "--json")
    priced = run_command(*words)
    assert priced.code == 0, priced.err
    assert json.loads(priced.out)["total"] == "84.40"


def test_without_a_name_it_is_filed_under_its_company_and_label(folder: Path) -> None:
    assert take("record.json").code == 0
    assert (folder / "book" / "tariffs" / "invented-electric-coop" / f"{LABEL}.yaml").exists()


def test_the_zone_is_that_of_the_catalogues_utility_or_asked_for(folder: Path) -> None:
    asked = take("record.json", "--as", "coop/A", zone=None)
    assert asked.code == 2
    assert "--zone" in asked.err
    assert take("record.json", "--as", "ccec/X", zone=None).code == 0
    assert "zone: America/New_York" in (folder / "book" / "tariffs" / "ccec" / "X.yaml").read_text()


def test_a_schedule_that_is_there_is_written_over_only_when_asked(folder: Path) -> None:
    assert take("record.json", "--as", "coop/A").code == 0
    again = take("record.json", "--as", "coop/A")
    assert again.code == 2
    assert "--force" in again.err
    assert take("record.json", "--as", "coop/A", "--force").code == 0
    assert folder.exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["../evil/A", "coop", "coop/", "coop/../A", "/A", "Coop/A", "coop/a/b"])
def test_a_name_cannot_lead_out_of_the_folder(name: str) -> None:
    assert take("record.json", "--as", name).code == 2


def test_a_label_or_company_cannot_lead_out_of_the_folder(folder: Path) -> None:
    record = made(label="../../x", utility="../..")
    (folder / "record.json").write_text(json.dumps(record))
    assert take("record.json").code == 0
    assert [path.relative_to(folder / "book" / "tariffs").parts[0] for path in (folder / "book").rglob("*.yaml")] == [
        "unknown"
    ]


@pytest.mark.usefixtures("folder")
def test_options_change_what_is_kept(folder: Path) -> None:
    tiers = [[{"max": 9, "rate": 0.1}, {"rate": 0.2}], [{"max": 9, "rate": 0.3}, {"rate": 0.4}]]
    record = made(energyratestructure=tiers, energyweekdayschedule=[[0] * 12 + [1] * 12] * 12)
    (folder / "record.json").write_text(json.dumps(record))
    assert take("record.json", "--as", "coop/A", "--pooling", "time", "--holidays", "thanksgiving").code == 0
    text = (folder / "book" / "tariffs" / "coop" / "A.yaml").read_text()
    assert "pooling: time" in text
    assert "thanksgiving" in text
    wrong = take("record.json", "--pooling", "often")
    assert wrong.code == 2
    assert "proportion" in wrong.err


def test_what_cannot_be_represented_is_refused_with_a_way_on(folder: Path) -> None:
    record = made(flatdemandstructure=[[{"rate": 5}]], flatdemandmonths=[0] * 12, flatdemandunit="kVA")
    (folder / "record.json").write_text(json.dumps(record))
    refused = take("record.json", "--as", "coop/A")
    assert refused.code == 3
    assert "kVA" in refused.err
    assert "--leave-out flat-demand" in refused.err
    assert not (folder / "book" / "tariffs" / "coop").exists()
    assert take("record.json", "--as", "coop/A", "--leave-out", "flat-demand").code == 0


def test_one_record_of_a_file_with_several_is_named_by_its_label(folder: Path) -> None:
    several = {"items": [made(), made(label="b" * 24, name="Schedule B")]}
    (folder / "record.json").write_text(json.dumps(several))
    assert take("record.json").code == 3
    done = take("record.json", "--label", "b" * 24, "--as", "coop/B")
    assert "coop/B · Schedule B" in done.out


@pytest.mark.usefixtures("folder")
def test_a_schedule_is_exported_and_read_again(folder: Path) -> None:
    assert take("record.json", "--as", "coop/A").code == 0
    done = run_command("tariffs", "export", "urdb", "coop/A", "--to", "out.json")
    assert done.code == 0, done.err
    record = json.loads((folder / "out.json").read_text(), parse_float=Decimal)
    assert record["energyratestructure"] == [[{"rate": Decimal("0.1"), "unit": "kWh"}]]
    assert record["dgrules"] == "Net Metering"
    assert take("out.json", "--as", "coop/B").code == 0
    assert json.loads(run_command("tariffs", "export", "urdb", "coop/B").out)["fixedchargefirstmeter"] == 10


@pytest.mark.usefixtures("folder")
def test_what_a_record_cannot_hold_is_refused_with_a_way_on() -> None:
    refused = run_command("tariffs", "export", "urdb", "ccec/R")
    assert refused.code == 3
    assert "NC sales tax" in refused.err
    assert "--leave-out percent" in refused.err
    done = run_command("tariffs", "export", "urdb", "ccec/R", "--leave-out", "percent,rider,optional")
    assert done.code == 0, done.err
    assert json.loads(done.out)["energycomments"].startswith("Left out: ")


def test_a_record_prices_a_load_without_being_taken_in(folder: Path) -> None:
    (folder / "load.csv").write_text(january())
    record = made(demandreactivepowercharge=0.5, enddate=1609459200)
    (folder / "record.json").write_text(json.dumps(record))
    words = ("rates", "price", "record.json", "--usage", "load.csv", "--zone", "America/New_York", "--json")
    refused = run_command(*words)
    assert refused.code == 3
    assert "leave-out=reactive" in refused.err
    done = run_command(*words, "--urdb", "leave-out=reactive")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["total"] == "84.40"
    assert any("2021-01-01" in note for note in found["notes"])  # it has ended, and is priced with all the same
    assert any("left out as asked" in note for note in found["notes"])


def test_coincident_demand_is_priced_with_the_suppliers_peaks(folder: Path) -> None:
    (folder / "load.csv").write_text(january().replace("T07:00,1\n", "T07:00,3\n"))
    record = made(coincidentratestructure=[[{"rate": 2}], [{"rate": 5}]], coincidentschedule=[[0] * 12 + [1] * 12] * 12)
    (folder / "record.json").write_text(json.dumps(record))
    words = ("rates", "price", "record.json", "--usage", "load.csv", "--zone", "America/New_York", "--json")
    refused = run_command(*words)
    assert refused.code == 3
    assert "--coincident" in refused.err
    energy = 10 + Decimal("0.1") * (744 + 2 * 31)
    for time, charge in (("2025-01-14T07:00", 3 * 2), ("2025-01-14T08:00", 2), ("2025-01-14T18:00", 5)):
        done = run_command(*words, "--coincident", time)
        assert done.code == 0, done.err
        assert Decimal(json.loads(done.out)["total"]) == energy + charge
    for wrong in ("soon", "2025-01-14T07:00,2025-01-15T07:00"):
        assert run_command(*words, "--coincident", wrong).code == 2


class Database(BaseHTTPRequestHandler):
    """Answers as the database does."""

    status: ClassVar[int] = 200
    asked: ClassVar[list[dict[str, list[str]]]] = []

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.asked.append(query)
        items = [made()] if query.get("getpage") == [LABEL] else []
        body = json.dumps({"items": items}).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        del words


@pytest.fixture
def database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Database]]:
    del folder
    server = HTTPServer(("127.0.0.1", 0), Database)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("METERBOOK_URDB_URL", f"http://127.0.0.1:{server.server_port}/utility_rates")
    monkeypatch.setenv("METERBOOK_URDB_KEY", KEY)
    monkeypatch.setattr(Database, "status", 200)
    Database.asked.clear()
    yield Database
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_label_is_fetched_with_the_key(database: type[Database]) -> None:
    done = take(LABEL, "--as", "coop/A")
    assert done.code == 0, done.err
    (query,) = database.asked
    assert query["getpage"] == [LABEL]
    assert query["version"] == ["8"]
    assert query["api_key"] == [KEY]
    assert KEY not in done.out + done.err


@pytest.mark.parametrize(("status", "code"), [(403, 4), (429, 4), (500, 4), (302, 4)])
def test_what_the_database_refuses_is_said_without_the_key(
    database: type[Database], monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    monkeypatch.setattr(database, "status", status)
    done = take(LABEL)
    assert done.code == code
    assert KEY not in done.out + done.err


@pytest.mark.usefixtures("database")
def test_a_label_that_is_not_there_is_said() -> None:
    assert take("f" * 24).code == 3


@pytest.mark.usefixtures("folder")
def test_without_a_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERBOOK_URDB_URL", "http://127.0.0.1:9/")
    done = take(LABEL)
    assert done.code == 2
    assert "METERBOOK_URDB_KEY" in done.err


@pytest.mark.usefixtures("folder")
def test_a_key_is_not_sent_in_the_open_and_a_database_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METERBOOK_URDB_KEY", KEY)
    monkeypatch.setenv("METERBOOK_URDB_URL", "http://example.org/utility_rates")
    assert take(LABEL).code == 2
    monkeypatch.setenv("METERBOOK_URDB_URL", "http://127.0.0.1:9/utility_rates")
    done = take(LABEL)
    assert done.code == 4
    assert KEY not in done.out + done.err


@pytest.mark.usefixtures("folder")
def test_neither_a_file_nor_a_label_is_said() -> None:
    done = take("nowhere.json")
    assert done.code == 3
    assert "24 hexadecimal digits" in done.err
