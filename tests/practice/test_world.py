"""The co-op's people: made when asked, the same for a seed, none held."""

from __future__ import annotations

import tracemalloc
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.model.errors import UsageError
from meterbook.practice.roster import roster
from meterbook.practice.settings import Settings
from meterbook.practice.world import STORIES, TOLD, Story, World

BIG = Settings(today=date(2026, 11, 25), members=43_136)
WORLD = World(BIG)


@given(index=st.integers(0, 43_135))
@settings(max_examples=150)
def test_every_member_is_found_by_mail_account_and_place(index: int) -> None:
    member = WORLD.member(index)
    assert member == World(BIG).member(index)
    login = WORLD.login(member.email.upper())
    assert login is not None
    assert (login.password, WORLD.owner(login)) == (member.password, member)
    for contract in member.contracts:
        assert WORLD.by_account(contract.number) == member
        for place in contract.places:
            found = WORLD.by_place(place.number)
            assert found is not None
            assert found[0] == member


def test_no_two_members_share_an_account_a_place_or_a_meter() -> None:
    accounts, places, meters = [], [], []
    for index in range(0, 43_136, 97):
        for contract in WORLD.member(index).contracts:
            accounts.append(contract.number)
            for place in contract.places:
                places.append(place.number)
                meters += [device.number for device in place.devices if device.number.strip()]
    for each in (accounts, places, meters):
        assert len(set(each)) == len(each)


def test_nothing_is_held_however_many_are_looked_at() -> None:
    WORLD.member(1)
    tracemalloc.start()
    for index in range(0, 43_136, 23):
        WORLD.member(index)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_there_is_a_member_for_every_story_and_every_story_is_told() -> None:
    found = {WORLD.member(index).story for index in range(len(STORIES))}
    assert found == set(STORIES)
    assert set(TOLD) == set(Story)
    assert WORLD.member(len(STORIES)).story is Story.FILLER


def test_another_seed_gives_other_people_with_the_same_numbers_of_accounts() -> None:
    other = World(Settings(today=BIG.today, members=43_136, seed=2))
    names = [(WORLD.member(i).contracts[0].name, other.member(i).contracts[0].name) for i in range(30)]
    assert any(a != b for a, b in names)
    assert WORLD.member(0).password != other.member(0).password
    assert WORLD.member(9).contracts[0].number == other.member(9).contracts[0].number


def test_a_later_today_moves_none_of_the_stories_events() -> None:
    later = World(Settings(today=date(2026, 12, 31), members=20))
    for index in range(len(STORIES)):
        a, b = WORLD.member(index), later.member(index)
        assert [c.opened for c in a.contracts] == [c.opened for c in b.contracts]
        devices = [[d for c in m.contracts for p in c.places for d in p.devices] for m in (a, b)]
        assert devices[0] == devices[1]


def test_nobody_is_found_by_what_does_not_exist() -> None:
    small = World(Settings(today=BIG.today, members=20))
    for email in ("", "@", "nobody@practice.example", "member25@practice.example", "member016@practice.example"):
        assert small.login(email) is None
    for number in ("", "abc", "4400025001", "4400000009", "44000000010", "٤٤٠٠٠٠٠٠٠١"):
        assert small.by_account(number) is None
    assert small.by_place("12") is None
    with pytest.raises(IndexError):
        small.member(20)


def test_the_roster_lists_log_ins_with_stories_and_the_two_odd_ones() -> None:
    rows = roster(Settings(today=BIG.today, members=40))
    by_name = {row["name"]: row for row in rows}
    assert len(rows) == len(STORIES) + 2
    assert by_name["totp"]["totp_secret"]
    assert by_name["spouse"]["primary"] == by_name["household"]["email"]
    assert by_name["locked"]["locked"] is True
    assert len(by_name["portfolio"]["accounts"]) == 12
    assert len(roster(Settings(today=BIG.today, members=40), everyone=True)) == 42


@pytest.mark.parametrize(
    "wrong", [{"members": 0}, {"members": 100_000}, {"bill_history": 0}, {"zone": "Mars/Olympus"}, {"pending": -1}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Settings(today=BIG.today, **wrong)  # type: ignore[arg-type]
