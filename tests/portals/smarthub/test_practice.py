"""The client against the practice co-op's portal, which was written apart: what the meters held comes out."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from smarthub_kit import at, run

from meterbook.model.channel import Quantity
from meterbook.model.errors import AccountLocked, HostUnreachable
from meterbook.model.quality import Quality
from meterbook.portals.smarthub import Frame, SmartHub, Usage

TODAY = ("--today", "2026-11-20")
AUTUMN = (at("2026-10-31T00:00:00-04:00"), at("2026-11-03T00:00:00-05:00"))
SPRING = (at("2026-03-07T00:00:00-05:00"), at("2026-03-10T00:00:00-04:00"))
REPEATED = (at("2026-11-01T01:00:00-04:00"), at("2026-11-01T01:00:00-05:00") + 3600)


def meterbook(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "meterbook", "practice", *arguments, *TODAY]


@contextlib.contextmanager
def serving(*options: str) -> Iterator[dict[str, Any]]:
    """A running practice portal: what it says of itself."""
    process = subprocess.Popen(meterbook("serve", "--json", "--port", "0", *options), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=20)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def members() -> dict[str, Any]:
    listed = json.loads(subprocess.run(meterbook("members", "--json"), capture_output=True, check=True).stdout)
    return {one["name"]: one for one in listed}


def truth(account: str) -> dict[tuple[str, int], Decimal]:
    """What the meters held by flow and instant, as the practice co-op tells it without its wire code."""
    command = meterbook("truth", "--account", account, "--json", "--since", "2026-03-07", "--until", "2026-11-03")
    rows = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {
        (row["flow"], int(datetime.fromisoformat(row["start"]).astimezone(UTC).timestamp())): Decimal(row["value"])
        for row in rows
        if row["value"] not in (None, "")
    }


@pytest.fixture(scope="module")
def solar_truth(members: dict[str, Any]) -> dict[tuple[str, int], Decimal]:
    return truth(members["solar"]["accounts"][0]["account"])


async def read(url: str, member: dict[str, Any], span: tuple[int, int]) -> Usage:
    async with SmartHub(
        url, zone="America/New_York", user=member["email"], password=member["password"], utility="practice"
    ) as hub:
        (account,) = await hub.accounts()
        return await hub.usage(
            account=account.number,
            service_location=account.locations[0].number,
            industry="ELECTRIC",
            frame=Frame.INTERVAL,
            start=span[0],
            end=span[1],
        )


def came(usage: Usage) -> dict[tuple[str, int], tuple[Decimal, int]]:
    """Readings with their quality by flow and instant."""
    return {
        (one.channel.flow.value, start): (Decimal(value).scaleb(-one.scale), quality)
        for one in usage.series
        if one.channel.quantity is Quantity.USAGE
        for start, value, quality in zip(one.start.tolist(), one.value.tolist(), one.quality.tolist(), strict=True)
    }


@pytest.mark.parametrize("night", ["a", "b", "c", "d"])
def test_the_autumn_night_comes_out_or_is_marked(
    night: str, members: dict[str, Any], solar_truth: dict[tuple[str, int], Decimal]
) -> None:
    with serving("--dst-fall", night) as portal:
        usage = run(read(portal["url"], members["solar"], AUTUMN))
    held = {key: value for key, value in solar_truth.items() if AUTUMN[0] <= key[1] < AUTUMN[1]}
    assert len(held) % 292 == 0  # 96 + 100 + 96 quarter-hours of each flow
    readings = came(usage)
    certain = {key: value for key, (value, quality) in readings.items() if quality == Quality.ACTUAL}
    if night in "ad":
        assert certain == held
        assert usage.findings == ()
    else:
        assert certain == {key: value for key, value in held.items() if not REPEATED[0] <= key[1] < REPEATED[1]}
        assert {one.name for one in usage.findings} == {"time.autumn-ambiguous"}
        marked = {key for key, (_, quality) in readings.items() if quality == Quality.AMBIGUOUS}
        assert len(marked) == len(held) // 292 * 4


@pytest.mark.parametrize("night", ["a", "b", "c"])
def test_the_spring_night_comes_out(
    night: str, members: dict[str, Any], solar_truth: dict[tuple[str, int], Decimal]
) -> None:
    with serving("--dst-spring", night) as portal:
        usage = run(read(portal["url"], members["solar"], SPRING))
    held = {key: value for key, value in solar_truth.items() if SPRING[0] <= key[1] < SPRING[1]}
    assert len(held) % 284 == 0  # 96 + 92 + 96
    assert {key: value for key, (value, _) in came(usage).items()} == held
    assert {one.name for one in usage.findings} <= {"time.spring-phantom"}


def test_tls_is_trusted_with_the_right_authority_only(members: dict[str, Any]) -> None:
    async def sign_in(url: str, ca: Path | None) -> str:
        member = members["household"]
        async with SmartHub(
            url, zone="America/New_York", user=member["email"], password=member["password"], ca=ca
        ) as hub:
            return (await hub.sign_in()).username

    with serving("--tls") as portal:
        assert run(sign_in(portal["tls_url"], Path(portal["ca"]))) == members["household"]["email"]
        with pytest.raises(HostUnreachable, match="could not prove"):
            run(sign_in(portal["tls_url"], None))


def test_every_story_signs_in_and_shows_what_its_member_has(members: dict[str, Any]) -> None:
    async def look(url: str, member: dict[str, Any]) -> None:
        async with SmartHub(
            url,
            zone="America/New_York",
            user=member["email"],
            password=member["password"],
            totp_secret=member["totp_secret"],
        ) as hub:
            if member["locked"]:
                with pytest.raises(AccountLocked):
                    await hub.sign_in()
                return
            found = await hub.accounts()
            listed = {one["account"]: one for one in member["accounts"]}
            assert {one.number: one.active for one in found} == {
                number: not one["inactive"] for number, one in listed.items()
            }
            for account in found:
                places = listed[account.number]["service_locations"]
                assert {one.number for one in account.locations} == {one["service_location"] for one in places}
            prepaid = {one.account for one in await hub.balances() if one.prepaid}
            assert prepaid == {number for number, one in listed.items() if one["prepaid"]}

    async def all_of_them(url: str) -> None:
        for member in members.values():
            await look(url, member)

    with serving() as portal:
        run(all_of_them(portal["url"]))
