"""The loader: a wrong file is refused with its name, the field, and what was expected."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.errors import InputError, Where
from meterbook.utilities import catalogue
from meterbook.utilities.loader import load, parse

GOOD = """
slug: acme
name: Acme Electric Cooperative
short_name: AEC
states: [TX]
zone: America/Chicago
source: [site]
portal: {name: SmartHub, vendor: smarthub, host: acme.smarthub.coop, source: [site]}
sources:
  site: {title: The co-op's site, url: "https://acme.example", date: 2026-05-27}
methods:
  - id: portal
    name: The portal
    parties: [first]
    customer_types: [all]
    data: [bills]
    status: available
    proven: {status: untested, note: Nobody tried.}
    source: [site]
contacts:
  - {role: Office, phone: +1-252-555-0100, source: [site]}
"""


def refused(text: str, slug: str = "acme") -> InputError:
    with pytest.raises(InputError) as caught:
        parse(text.encode(), "acme.yaml", slug=slug)
    assert isinstance(caught.value.where, Where)
    assert caught.value.where.source == "acme.yaml"
    assert caught.value.hint is not None
    return caught.value


def test_a_good_file_becomes_a_utility() -> None:
    entry = parse(GOOD.encode(), "acme.yaml", slug="acme")
    assert (entry.slug, entry.full, entry.zone, entry.portal.host) == (
        "acme", True, "America/Chicago", "acme.smarthub.coop",
    )  # fmt: skip
    assert entry.sources["site"].date == "2026-05-27"


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("name: Acme", "colour: blue\nname: Acme", "colour", "short_name"),
        ("phone: +1-252-555-0100", "phone: 2525550100", "contacts[0].phone", "+1-252-555-0100"),
        ("phone: +1-252-555-0100", "phone: 252-555-0100", "contacts[0].phone", "+1-252-555-0100"),
        ("zone: America/Chicago", "zone: Texas/Austin", "zone", "America/New_York"),
        ("zone: America/Chicago", "zone: 6", "zone", "IANA zone"),
        ("zone: America/Chicago\n", "", "zone", "IANA zone"),
        ("states: [TX]", "states: [TX, XX]", "states[1]", "two-letter"),
        ("states: [TX]", "states: TX", "states", "list"),
        ("status: available", "status: sometimes", "methods[0].status", "on-request"),
        ("data: [bills]", "data: [bills, gossip]", "methods[0].data[1]", "usage-intervals"),
        ("status: untested", "status: maybe", "methods[0].proven.status", "practice"),
        ("note: Nobody tried.", "", "methods[0].proven.note", "text"),
        ("parties: [first]", "parties: []", "methods[0].parties", ""),
        ("vendor: smarthub", "vendor: smarthub, port: 443", "portal.port", "host"),
        ("host: acme.smarthub.coop", 'host: "https://acme.smarthub.coop/"', "portal.host", "no scheme or path"),
        ("date: 2026-05-27", "date: 2026", "sources.site.date", "2026-05-27"),
        ("phone: +1-252-555-0100, source: [site]", "source: [hearsay]", "contacts[0].source[0]", "site"),
        ("contacts:", "pace: {in_flight: 0, gap_s: [0, 1], wait_s: [2, 5], pending_limit_s: 60}\ncontacts:",
         "pace.in_flight", ""),
        ("contacts:", "pace: {in_flight: 1, gap_s: [1, 0.5], wait_s: [2, 5], pending_limit_s: 60}\ncontacts:",
         "pace.gap_s", "shorter"),
        ("contacts:", "older_history: {text: More, method: by-mail, source: [site]}\ncontacts:",
         "older_history.method", "portal"),
        ("contacts:", "zones_other: [Mars/Olympus]\ncontacts:", "zones_other[0]", "IANA"),
        ("contacts:", "schema: 2\ncontacts:", "schema", ""),
        ("slug: acme", "slug: acne", "slug", "'acme'"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_was_expected(old: str, new: str, field: str, expected: str) -> None:
    assert old in GOOD
    error = refused(GOOD.replace(old, new, 1))
    assert isinstance(error.where, Where)
    assert error.where.field == field
    assert expected in (error.expected or "")
    assert "`" not in str(error)


def test_two_methods_of_one_id_are_refused() -> None:
    method = GOOD[GOOD.index("  - id: portal") : GOOD.index("contacts:")]
    error = refused(GOOD.replace("contacts:", f"{method}contacts:", 1))
    assert isinstance(error.where, Where)
    assert error.where.field == "methods[1].id"


def test_a_field_given_twice_is_refused_with_its_line() -> None:
    error = refused(GOOD + "zone: America/Denver\n")
    assert "'zone' is given twice" in str(error)
    assert f"line {GOOD.count(chr(10)) + 1}" in str(error)


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "a: [", "\t", "slug: !!python/object:os.system x", "a: 0x_", "[" * 5000]
)
def test_what_is_no_mapping_in_yaml_is_refused(text: str) -> None:
    refused(text)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_loader_fail_otherwise_than_by_refusing(content: bytes) -> None:
    with pytest.raises(InputError):
        parse(content, "acme.yaml", slug="acme")


@given(st.sampled_from(GOOD.split("\n")[1:-1]), st.text(alphabet=" \t:-[]{}#&*!|>'\"%@`xX09,", max_size=6))
def test_a_damaged_line_is_read_or_refused(line: str, put: str) -> None:
    with contextlib.suppress(InputError):
        parse(GOOD.replace(line, line + put, 1).encode(), "acme.yaml", slug="acme")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"can't be read"):
        load(tmp_path / "acme.yaml")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    import os

    path = tmp_path / "acme.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load(path).name == "Acme Electric Cooperative"
    path.write_text(GOOD.replace("Acme Electric", "Other"), encoding="utf-8")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    assert load(path).name == "Other Cooperative"


# -- the user's own entries ------------------------------------------------------------------------------------------


def test_a_users_file_is_all_it_takes_to_add_a_utility(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.yaml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(tmp_path))
    assert catalogue.utility("acme").name == "Acme Electric Cooperative"
    assert [entry.slug for entry in catalogue.find("acme")] == ["acme"]
    by_host = catalogue.by_host("acme.smarthub.coop")
    assert by_host is not None
    assert by_host.slug == "acme"
    assert by_host.origin == str(tmp_path / "acme.yaml")


def test_a_users_file_stands_in_for_a_shipped_one_of_the_same_slug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ccec.yaml").write_text(GOOD.replace("slug: acme", "slug: ccec"), encoding="utf-8")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(tmp_path))
    assert catalogue.utility("ccec").name == "Acme Electric Cooperative"
    assert [entry.slug for entry in catalogue.utilities()].count("ccec") == 1


def test_a_full_entry_replaces_the_light_one_of_its_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = GOOD.replace("slug: acme", "slug: nova").replace("acme.smarthub.coop", "novec.smarthub.coop")
    (tmp_path / "nova.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(tmp_path))
    hosts = [entry.portal.host for entry in catalogue.utilities()]
    assert hosts.count("novec.smarthub.coop") == 1
    found = catalogue.by_host("novec.smarthub.coop")
    assert found is not None
    assert found.slug == "nova"


def test_a_slug_of_a_full_entry_is_not_taken_by_a_host_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "novec.yaml").write_text(GOOD.replace("slug: acme", "slug: novec"), encoding="utf-8")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(tmp_path))
    assert catalogue.utility("novec").full
    assert catalogue.utility("novec-smarthub").portal.host == "novec.smarthub.coop"


def test_a_broken_file_of_the_user_is_named_and_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.yaml").write_text("slug: broken\n", encoding="utf-8")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(tmp_path))
    assert catalogue.utility("ccec").short_name == "CCEC"
    with pytest.raises(InputError, match=r"broken\.yaml"):
        catalogue.utilities()
    with pytest.raises(InputError, match=r"broken\.yaml"):
        catalogue.utility("broken")
