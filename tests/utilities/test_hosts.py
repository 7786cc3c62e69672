"""The table of SmartHub hosts, and the zones of states."""

from __future__ import annotations

import csv
import importlib.resources
import re
from zoneinfo import ZoneInfo

import pytest
from shared_data import SHARED, needs_shared

from meterbook.utilities.hosts import TABLE, light_entries
from meterbook.utilities.states import STATES, state_code, zones_of_state

FIFTY = frozenset(
    {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
        "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK",
        "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
    }
)  # fmt: skip


def test_every_line_has_every_column() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert {line.count("\t") for line in lines} == {7}
    assert lines[1:] == sorted(lines[1:], key=lambda line: (line.split("\t")[1].casefold(), line.split("\t")[3]))


def test_hosts_and_slugs_are_unique_and_well_formed() -> None:
    entries = light_entries()
    assert len(entries) == 617
    hosts = [entry.portal.host or "" for entry in entries]
    assert len(set(hosts)) == len({entry.slug for entry in entries}) == len(entries)
    assert all(re.fullmatch(r"[a-z0-9-]+\.smarthub\.coop", host) for host in hosts)


def test_names_are_clean_text() -> None:
    for entry in light_entries():
        assert entry.name == " ".join(entry.name.split())
        assert not re.search(r'[()"\t]', entry.name)


def test_states_are_known_or_absent() -> None:
    without = [entry.slug for entry in light_entries() if not entry.states]
    assert without == ["prtc"]
    assert all(state in STATES for entry in light_entries() for state in entry.states)


def test_a_zone_is_valid_in_use_in_its_state_and_has_its_source() -> None:
    zoned = [entry for entry in light_entries() if entry.zone]
    assert len(zoned) == 29
    for entry in zoned:
        assert ZoneInfo(entry.zone or "").key == entry.zone
        assert {"clients", "guides"} & set(entry.source)
        if entry.states != ["MI"]:  # written New York there, the same clock as Detroit
            assert entry.zone in zones_of_state(entry.states[0])


def test_most_zones_are_left_open_rather_than_taken_from_the_state() -> None:
    assert sum(entry.zone is None for entry in light_entries()) == 588


def test_what_is_no_electric_utility_or_is_doubtful_says_so() -> None:
    by_slug = {entry.slug: entry for entry in light_entries()}
    for slug in ("prtc", "caltel", "peak", "pnccpalau"):
        about = by_slug[slug].about
        assert about is not None
        assert about.kind == "telecom"
        assert by_slug[slug].notes
    assert by_slug["bentonrea"].notes


def test_every_source_that_a_row_names_is_there() -> None:
    for entry in light_entries():
        assert set(entry.source) == set(entry.sources)


@needs_shared
def test_the_table_has_the_hosts_and_states_of_the_list() -> None:
    with (SHARED / "data/smarthub-hosts.csv").open(encoding="utf-8", newline="") as lines:
        theirs = {row["host"]: row for row in csv.DictReader(lines)}
    ours = {entry.portal.host: entry for entry in light_entries()}
    assert set(ours) == set(theirs)
    for host, row in theirs.items():
        assert ours[host].states == ([row["state"]] if row["state"] else [])
        if row["timezone"]:
            assert ours[host].zone == row["timezone"]


# -- states ----------------------------------------------------------------------------------------------------------


def test_every_state_the_district_and_the_territories_have_zones() -> None:
    assert set(STATES) >= FIFTY
    assert len(FIFTY) == 50
    assert {"DC", "PR", "GU", "VI", "AS", "MP", "PW"} <= set(STATES)
    for state in STATES:
        zones = zones_of_state(state)
        assert zones
        assert len(set(zones)) == len(zones)
        assert all(ZoneInfo(zone).key == zone for zone in zones)


@pytest.mark.parametrize("state", ["NC", "GA", "VA", "OH", "IA", "MN", "MO", "WI", "OK", "CO", "WA", "CA", "PA", "SC"])
def test_a_state_of_one_clock_offers_one_zone(state: str) -> None:
    assert len(zones_of_state(state)) == 1


@pytest.mark.parametrize("state", ["TX", "IN", "KY", "TN", "FL", "KS", "NE", "ND", "SD", "ID", "OR", "MI", "AK", "AZ"])
def test_a_state_of_several_clocks_offers_them_all(state: str) -> None:
    assert len(zones_of_state(state)) > 1


@pytest.mark.parametrize(
    ("state", "first"),
    [("TX", "America/Chicago"), ("FL", "America/New_York"), ("AZ", "America/Phoenix"), ("MI", "America/Detroit"),
     ("IN", "America/Indiana/Indianapolis"), ("ID", "America/Boise"), ("OR", "America/Los_Angeles")],
)  # fmt: skip
def test_the_prevailing_zone_comes_first(state: str, first: str) -> None:
    assert zones_of_state(state)[0] == first


def test_every_zone_that_the_tz_database_gives_a_state_is_offered_there() -> None:
    # zone.tab comments name states where a zone is a part of one: "Mountain - ID (south), OR (east)".
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    checked = 0
    for line in table.splitlines():
        fields = line.split("\t")
        if fields[0] != "US" or len(fields) < 4:
            continue
        for state in re.findall(r"\b([A-Z]{2}) \(", fields[3]):
            assert fields[2] in zones_of_state(state), line
            checked += 1
    assert checked >= 14


def test_every_zone_of_the_united_states_is_offered_somewhere() -> None:
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    american = {line.split("\t")[2] for line in table.splitlines() if line.startswith("US\t")}
    offered = {zone for state in STATES for zone in zones_of_state(state)}
    assert american <= offered


def test_a_code_of_no_state_offers_nothing() -> None:
    assert zones_of_state("XX") == ()
    assert zones_of_state("") == ()
    assert state_code("atlantis") is None
