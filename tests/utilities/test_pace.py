"""The pace: gentle with real portals, quick only on this machine."""

from __future__ import annotations

import msgspec
import pytest

from meterbook.utilities import catalogue
from meterbook.utilities.pace import host_of, is_loopback


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "https://localhost:8443/", "::1", "[::1]:80", "127.8.9.1"]
)
def test_this_machine_has_the_practice_pace(host: str) -> None:
    assert catalogue.pace_for(host, None) == catalogue.PRACTICE_PACE
    assert catalogue.pace_for(host, catalogue.utility("ccec")) == catalogue.PRACTICE_PACE


def test_the_practice_pace_is_eight_in_flight_without_gap_and_50_ms_wait() -> None:
    pace = catalogue.PRACTICE_PACE
    assert (pace.in_flight, pace.gap_s, pace.wait_s) == (8, (0.0, 0.0), (0.05, 0.05))


@pytest.mark.parametrize(
    "host", ["novec.smarthub.coop", "localhost.example.com", "10.0.0.1", "0.0.0.0", "127.0.0.1.nip.io", ""]
)
def test_any_other_host_has_the_gentle_pace(host: str) -> None:
    pace = catalogue.pace_for(host, None)
    assert (pace.in_flight, pace.gap_s, pace.wait_s, pace.pending_limit_s) == (1, (0.5, 1.0), (2.0, 5.0), 60.0)


def test_the_practice_entrys_pace_never_leaves_this_machine() -> None:
    assert catalogue.pace_for("novec.smarthub.coop", catalogue.utility("practice")) == catalogue.DEFAULT_PACE


def test_an_entrys_own_pace_is_taken_but_never_asks_twice_a_second() -> None:
    own = msgspec.structs.replace(
        catalogue.utility("ccec"),
        pace=catalogue.PaceEntry(in_flight=2, gap_s=(0.1, 0.2), wait_s=(0.3, 4.0), pending_limit_s=30.0),
    )
    pace = catalogue.pace_for("portal.example.com", own)
    assert (pace.in_flight, pace.gap_s, pace.wait_s, pace.pending_limit_s) == (2, (0.1, 0.2), (1.0, 4.0), 30.0)


def test_a_light_entry_has_the_gentle_pace() -> None:
    assert catalogue.pace_for("novec.smarthub.coop", catalogue.utility("novec")) == catalogue.DEFAULT_PACE


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://x.smarthub.coop//services/", "x.smarthub.coop"),
        ("  X.SmartHub.coop  ", "x.smarthub.coop"),
        ("http://user:secret@x.smarthub.coop:444/a?b#c", "x.smarthub.coop"),
        ("x.smarthub.coop/ui/", "x.smarthub.coop"),
        ("http://[bad", ""),
        ("", ""),
    ],
)
def test_the_host_of_what_is_pasted(address: str, host: str) -> None:
    assert host_of(address) == host
    assert not is_loopback(address)
