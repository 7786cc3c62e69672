"""What three open clients send, told in our own words: each must get answers that it can read.

The Go downloader (tedpearson/electric-usage-downloader), the Home Assistant sensor (gagata/ha-smarthub-energy-sensor)
and the Python package (bitwhittler/smarthub), as their public sources stood in 2026.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest
from practice_calls import Caller

from meterbook.practice import truth
from meterbook.practice.settings import midnight
from meterbook.practice.world import STORIES, Story

Make = Callable[..., Caller]
NEW_YORK = ZoneInfo("America/New_York")
DAY = (midnight(date(2026, 9, 1), NEW_YORK), midnight(date(2026, 9, 3), NEW_YORK))


def true_total(caller: Caller, account: str) -> float:
    (series,) = truth.series(caller.run.portal.settings, account)
    part = series.clip(*DAY)
    return float(part.value.sum()) / 10**part.scale


@pytest.mark.parametrize("story", [Story.HOUSEHOLD, Story.TIME_OF_USE, Story.WATER])
def test_the_go_downloader(plain: Caller, story: Story) -> None:
    """No Content-Type at the log-in; an extra ``authority`` header; end of the window at 23:59; cost by index."""
    member = plain.world.member(STORIES.index(story))
    contract = member.contracts[0]
    form = urlencode({"password": member.password, "userId": member.email})
    token = plain.ask("POST", "/services/oauth/auth/v2", form, {"authority": "127.0.0.1"}).json["authorizationToken"]
    body = {
        "timeFrame": "HOURLY",
        "userId": member.email,
        "screen": "USAGE_EXPLORER",
        "includeDemand": False,
        "serviceLocationNumber": contract.places[0].number,
        "accountNumber": contract.number,
        "industries": ["ELECTRIC"],
        "startDateTime": DAY[0] * 1000,
        "endDateTime": (DAY[1] - 60) * 1000,
    }
    headers = {
        "authority": "127.0.0.1",
        "authorization": f"Bearer {token}",
        "x-nisc-smarthub-username": member.email,
        "content-type": "application/json",
    }
    answer: dict[str, object] = {}
    for _ in range(3):
        reply = plain.ask("POST", "/services/secured/utility-usage/poll", json.dumps(body) + "\n", headers)
        answer = reply.json
        if answer["status"] == "COMPLETE":
            break
    entries = answer["data"]["ELECTRIC"]  # type: ignore[index]
    usage = next(entry["series"] for entry in entries if entry["type"] == "USAGE")
    cost = next(entry["series"] for entry in entries if entry["type"] == "COST")
    assert len(usage) == len(cost) == 1
    points = usage[0]["data"]
    assert len(points) == len(cost[0]["data"]) == 192
    assert points[1]["x"] - points[0]["x"] == 900_000
    if story is not Story.WATER:
        assert sum(point["y"] for point in points) == pytest.approx(true_total(plain, contract.number))


def test_the_home_assistant_sensor(plain: Caller) -> None:
    """Bounds as digit strings; locations by industry or by words; hours put together from quarter-hours."""
    member = plain.world.member(0)
    agent = {"Authority": "127.0.0.1", "User-Agent": "HomeAssistant SmartHub Integration"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"password": member.password, "userId": member.email})
    found = plain.ask("POST", "/services/oauth/auth/v2", body, agent | form).json
    secured = agent | {
        "Authorization": f"Bearer {found['authorizationToken']}",
        "Content-Type": "application/json",
        "X-Nisc-Smarthub-Username": member.email,
    }
    user = quote(found["primaryUsername"])
    (row,) = plain.ask("GET", f"/services/secured/user-data?userId={user}", None, secured).json
    ((location, summaries),) = row["serviceLocationToUserDataServiceLocationSummaries"].items()
    assert summaries[0]["services"] == ["ELEC"]
    assert "ELECTRIC" in row["serviceLocationToIndustries"][location]
    assert "Electric Service" in row["serviceToServiceDescription"].values()
    for frame in ("HOURLY", "MONTHLY"):
        poll = {
            "timeFrame": frame,
            "userId": member.email,
            "screen": "USAGE_EXPLORER",
            "includeDemand": False,
            "serviceLocationNumber": location,
            "accountNumber": row["account"],
            "industries": ["ELECTRIC"],
            "startDateTime": str(DAY[0] * 1000),
            "endDateTime": str(DAY[1] * 1000),
        }
        reply = {"status": "PENDING"}
        while reply["status"] == "PENDING":
            reply = plain.ask("POST", "/services/secured/utility-usage/poll", json.dumps(poll), secured).json
        usage = next(entry for entry in reply["data"]["ELECTRIC"] if entry["type"] == "USAGE")  # type: ignore[index]
        (series,) = usage["series"]
        assert {meter["seriesId"]: meter["flowDirection"] for meter in usage["meters"]} == {series["name"]: "FORWARD"}
        if frame == "HOURLY":
            hours: dict[datetime, float] = {}
            for point in series["data"]:
                wall = datetime.fromtimestamp(point["x"] / 1000, UTC).replace(tzinfo=NEW_YORK, minute=0)
                hours[wall] = hours.get(wall, 0.0) + point["y"]
            assert len(hours) == 48
            assert sum(hours.values()) == pytest.approx(true_total(plain, row["account"]))


def test_the_home_assistant_sensor_asks_all_places_of_a_log_in_with_one_account(plain: Caller) -> None:
    """Places of the member's other accounts are answered, with nothing in them; a stranger's place stays refused."""
    member = plain.enter(Story.PORTFOLIO)
    first, second = member.contracts[:2]
    places = [place.number for contract in member.contracts for place in contract.places]
    own = {place.number for place in first.places}
    for place in places:
        entries = plain.poll(*DAY, accountNumber=first.number, serviceLocationNumber=place)
        assert bool(entries) is (place in own)
    assert len(own) == 2
    assert second.places[0].number not in own
    stranger = plain.world.member(STORIES.index(Story.SOLAR)).contracts[0].places[0].number
    body = plain.body(*DAY, accountNumber=first.number, serviceLocationNumber=stranger)
    assert plain.post("/utility-usage/poll", body).status == 403


def test_the_python_package(plain: Caller) -> None:
    """Two-factor method first; overview and profile; four polls at once with demand; ticks by ``x`` as text."""
    member = plain.world.member(STORIES.index(Story.DEMAND))
    assert plain.ask("GET", f"/services/two-factor/method?userId={quote(member.email)}").json == "NONE"
    found = plain.login(member.email, member.password).json
    headers = {
        "X-NISC-SMARTHUB-USERNAME": member.email,
        "Accept": "application/json",
        "Authorization": f"Bearer {found['authorizationToken']}",
    }
    email = quote(member.email)
    (overview,) = plain.ask("GET", f"/services/secured/exposed/customer-overview?email={email}", None, headers).json
    maps = plain.ask("GET", f"/services/secured/user-data?userId={email}", None, headers).json
    account = overview["accountNumbers"][0]
    (entry,) = [each for each in maps if each["account"] == account]
    assert "ELEC" in entry["services"]
    first = datetime.fromtimestamp(DAY[0], UTC)

    def fetch(place: int) -> list[dict[str, object]]:
        start = first + timedelta(days=30 * place)
        poll = {
            "timeFrame": "HOURLY",
            "userId": member.email,
            "screen": "USAGE_EXPLORER",
            "includeDemand": True,
            "serviceLocationNumber": entry["primaryServiceLocationId"],
            "accountNumber": account,
            "industries": ["ELECTRIC"],
            "startDateTime": int(start.timestamp() * 1000),
            "endDateTime": int((start + timedelta(days=30)).timestamp() * 1000),
        }
        for _ in range(30):
            sent = headers | {"Content-Type": "application/json"}
            reply = plain.ask("POST", "/services/secured/utility-usage/poll", json.dumps(poll), sent).json
            if reply["status"] == "COMPLETE":
                entries: list[dict[str, object]] = reply["data"]["ELECTRIC"]
                return entries
        raise AssertionError("never complete")

    with ThreadPoolExecutor(4) as pool:
        windows = list(pool.map(fetch, range(-4, 0)))
    for entries in windows:
        usage = next(each for each in entries if each["type"] == "USAGE")
        assert usage is entries[0]
        assert datetime.strptime(str(usage["connectDate"]), "%B %d, %Y").replace(tzinfo=UTC)
        ticks, series = usage["xToOrderedInterval"], usage["series"]
        points = series[0]["data"]  # type: ignore[index]
        assert all(str(point["x"]) in ticks for point in points)  # type: ignore[operator]
        assert len(points) == 30 * 96
