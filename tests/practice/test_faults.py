"""What goes wrong on purpose."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from practice_calls import TODAY, Caller

from meterbook.model.errors import UsageError
from meterbook.practice import faults
from meterbook.practice.faults import Fault, FaultRule, FaultSequence, Place
from meterbook.practice.settings import midnight
from meterbook.practice.world import Story

Make = Callable[..., Caller]


def rules(*texts: str) -> tuple[FaultRule, ...]:
    return tuple(faults.parse(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "status"), [("429:1", 429), ("500:1", 500), ("502:1", 502), ("503:1", 503), ("html:1", 200)]
)
def test_a_fault_answers_in_the_place_of_the_portal(portal: Make, text: str, status: int) -> None:
    caller = portal(faults=rules(text))
    caller.enter(Story.HOUSEHOLD)  # logging in is spared unless named
    reply = caller.get("/accounts")
    assert reply.status == status
    if status == 429:
        assert int(reply.headers["retry-after"]) >= 1
    if status == 200:
        assert reply.headers["content-type"].startswith("text/html")
        assert reply.body.startswith(b"<!doctype html>")


def test_a_fault_can_be_at_the_log_in(portal: Make) -> None:
    caller = portal(faults=rules("html:1@login"))
    assert caller.login("household@practice.example", "x").headers["content-type"].startswith("text/html")


def test_an_expired_token_is_401_and_a_new_one_works(portal: Make) -> None:
    caller = portal(faults=rules("token-expiry:0.5"))
    caller.enter(Story.HOUSEHOLD)
    statuses = []
    for _ in range(12):
        statuses.append(caller.get("/accounts").status)
        if statuses[-1] == 401:
            caller.enter(Story.HOUSEHOLD)
    assert set(statuses) == {200, 401}


def test_a_poll_can_be_pending_for_ever(portal: Make) -> None:
    caller = portal(faults=rules("pending"))
    caller.enter(Story.HOUSEHOLD)
    body = caller.body(1788235200, 1788321600)
    assert {caller.post("/utility-usage/poll", body).json["status"] for _ in range(6)} == {"PENDING"}
    assert caller.get("/accounts").status == 200


def test_an_answer_can_be_truncated(portal: Make) -> None:
    caller = portal(faults=rules("truncated:1"), pending=0)
    caller.enter(Story.HOUSEHOLD)
    reply = caller.post("/utility-usage/poll", caller.body(1788235200, 1788321600))
    assert reply.status == 200
    assert len(reply.body) == int(reply.headers["content-length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


def test_a_connection_can_be_cut(portal: Make) -> None:
    caller = portal(faults=rules("drop:1"))
    caller.enter(Story.HOUSEHOLD)
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        caller.get("/accounts")


def test_an_answer_can_be_slow(portal: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterbook.practice.portal.SLOW_S", 0.3)
    caller = portal(faults=rules("slow:1"))
    caller.enter(Story.HOUSEHOLD)
    before = time.monotonic()
    assert caller.get("/accounts").status == 200
    assert time.monotonic() - before >= 0.3


def test_recent_values_change_on_a_later_asking_and_old_ones_do_not(portal: Make) -> None:
    caller = portal(faults=rules("revision:0.3"), cost="absent")
    caller.enter(Story.HOUSEHOLD)
    end = midnight(TODAY, caller.run.portal.settings.tz)
    window = end - 20 * 86_400, end
    looks = [caller.poll(*window)[0]["series"][0]["data"] for _ in range(3)]
    changed = [a["x"] for a, b in zip(looks[0], looks[1], strict=True) if a["y"] != b["y"]]
    assert 96 < len(changed) < 400  # three in ten of the hours of some eight days
    assert min(changed) >= looks[0][-1]["x"] - 8 * 86_400_000
    assert looks[1] == looks[2]


def test_the_same_seed_strikes_the_same_requests(portal: Make) -> None:
    def run() -> list[int]:
        caller = portal(faults=rules("500:0.3", "429:0.2"), seed=5)
        caller.enter(Story.HOUSEHOLD)
        return [caller.get("/accounts").status for _ in range(20)]

    first = run()
    assert first == run()
    assert {200, 429, 500} == set(first)


@given(rate=st.floats(0, 1), place=st.sampled_from(Place), fault=st.sampled_from(Fault))
def test_a_rule_is_read_as_it_is_written(rate: float, place: Place, fault: Fault) -> None:
    rule = faults.parse(f"{fault}:{rate}@{place}")
    assert rule == FaultRule(fault=fault, rate=rate, place=place)


@pytest.mark.parametrize("text", ["fire", "500:2", "500:-1", "500:often", "500@moon", "html:nan"])
def test_a_rule_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        faults.parse(text)


def test_a_rate_is_kept_in_the_long_run() -> None:
    sequence = FaultSequence(1, rules("503:0.1"))
    struck = sum(Fault.UNAVAILABLE in sequence.hits(Place.POLL) for _ in range(5000))
    assert 400 < struck < 600
    assert not FaultSequence(1, rules("503:1")).hits(Place.LOGIN)
