"""Logging in: every answer that a deployment has been seen to give."""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import pyotp
import pytest
from practice_calls import Caller

from meterbook.practice.settings import QueryLogin, Refusal
from meterbook.practice.world import STORIES, Story

LOGIN = "/services/oauth/auth/v2"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Make = Callable[..., Caller]


def test_the_right_password_gives_a_token_of_three_parts_that_says_when_it_ends(plain: Caller) -> None:
    member = plain.world.member(0)
    reply = plain.login(member.email, member.password)
    found = reply.json
    assert reply.status == 200
    assert found["status"] == "SUCCESS"
    head, claims, signature = found["authorizationToken"].split(".")
    assert head
    assert signature
    ends = json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"]
    assert ends == found["expiration"]
    assert abs(ends - time.time() - 299) < 5
    assert found["expiresIn"] == 299
    assert found["username"] == found["primaryUsername"] == member.email
    assert (found["isSecondaryRegistration"], found["isBusinessUser"]) == (False, False)


@pytest.mark.parametrize("place", range(len(STORIES)))
def test_every_story_can_log_in_whatever_its_password_is_made_of(plain: Caller, place: int) -> None:
    member = plain.world.member(place)
    code = {"twoFactorCode": pyotp.TOTP(member.totp_secret).now()} if member.totp_secret else {}
    assert plain.login(member.email, member.password, **code).json["status"] == "SUCCESS"


def test_some_passwords_hold_what_breaks_hand_built_forms(plain: Caller) -> None:
    passwords = "".join(plain.world.member(place).password for place in range(len(STORIES)))
    assert set("&+%# =") <= set(passwords)


def test_a_form_without_a_content_type_is_read_as_one(plain: Caller) -> None:
    member = plain.world.member(1)
    form = urlencode({"userId": member.email, "password": member.password}).encode()
    assert plain.ask("POST", LOGIN, form).json["status"] == "SUCCESS"


def test_a_json_body_is_415(plain: Caller) -> None:
    assert plain.ask("POST", LOGIN, "{}", {"Content-Type": "application/json"}).status == 415


def test_a_wrong_password_is_200_with_failure_and_no_token(plain: Caller) -> None:
    reply = plain.login("newcomer@practice.example", "wrong")
    assert (reply.status, reply.json) == (200, {"status": "FAILURE", "isBusinessUser": False})
    assert plain.login("nobody@practice.example", "wrong").json["status"] == "FAILURE"


def test_a_wrong_password_is_401_in_the_other_style(portal: Make) -> None:
    reply = portal(refusal=Refusal.STATUS_401).login("household@practice.example", "wrong")
    assert (reply.status, reply.body) == (401, b"")


def test_five_wrong_passwords_lock_and_the_right_one_is_then_refused(portal: Make) -> None:
    caller = portal()
    member = caller.world.member(0)
    for _ in range(5):
        assert "message" not in caller.login(member.email, "wrong").json
    reply = caller.login(member.email, member.password)
    assert reply.json["status"] == "FAILURE"
    assert "locked" in reply.json["message"]


def test_a_right_password_in_between_clears_the_count(portal: Make) -> None:
    caller = portal()
    member = caller.world.member(0)
    for _ in range(2):
        for _ in range(4):
            caller.login(member.email, "wrong")
        assert caller.login(member.email, member.password).json["status"] == "SUCCESS"


def test_a_locked_log_in_is_refused_from_the_start(plain: Caller) -> None:
    login = plain.world.login("locked@practice.example")
    assert login is not None
    assert "locked" in plain.login(login.email, login.password).json["message"]


def test_a_secondary_registration_names_the_primary_one_and_sees_its_accounts(portal: Make) -> None:
    caller = portal()
    login = caller.world.login("spouse@practice.example")
    assert login is not None
    found = caller.login(login.email, login.password).json
    assert found["isSecondaryRegistration"] is True
    assert found["username"] == "spouse@practice.example"
    assert found["primaryUsername"] == "household@practice.example"
    caller.token = found["authorizationToken"]
    accounts = caller.get("/user-data?userId=household@practice.example").json
    assert [row["account"] for row in accounts] == [caller.world.member(0).contracts[0].number]


def test_a_missing_or_wrong_one_time_code_is_500_with_the_portals_words(plain: Caller) -> None:
    member = plain.world.member(STORIES.index(Story.TOTP))
    for code in ({}, {"twoFactorCode": "000000"}):
        reply = plain.login(member.email, member.password, **code)
        assert reply.status == 500
        assert reply.headers["content-type"].startswith("text/plain")
        assert reply.body.startswith(b"Your data could not be verified.")


def test_a_one_time_code_can_be_made_to_work_once_only(portal: Make) -> None:
    caller = portal(refuse_used_codes=True)
    member = caller.world.member(STORIES.index(Story.TOTP))
    assert member.totp_secret is not None
    code = pyotp.TOTP(member.totp_secret).now()
    assert caller.login(member.email, member.password, twoFactorCode=code).status == 200
    assert caller.login(member.email, member.password, twoFactorCode=code).status == 500


def test_the_two_factor_method_is_a_json_string(plain: Caller) -> None:
    for email, expected in (("totp@practice.example", b'"TOTP"'), ("household@practice.example", b'"NONE"')):
        reply = plain.ask("GET", f"/services/two-factor/method?userId={email}")
        assert (reply.status, reply.body) == (200, expected)
        assert reply.headers["content-type"] == "application/json"


def test_a_token_can_be_renewed_and_rubbish_can_not(portal: Make) -> None:
    caller = portal()
    caller.enter(Story.HOUSEHOLD)
    fresh = caller.ask("POST", LOGIN + "/refresh", urlencode({"token": caller.token}), FORM).json
    assert fresh["status"] == "SUCCESS"
    assert fresh["authorizationToken"] != caller.token
    refused = caller.ask("POST", LOGIN + "/refresh", urlencode({"token": "a.b.c"}), FORM)
    assert (refused.status, refused.json["status"]) == (200, "INVALID_TOKEN")


def test_a_token_ends(portal: Make) -> None:
    caller = portal(token_life_s=1)
    caller.enter(Story.HOUSEHOLD)
    assert caller.get("/accounts").status == 200
    time.sleep(1.2)
    assert caller.get("/accounts").status == 401


def test_credentials_in_the_query_string_are_taken_or_refused(portal: Make) -> None:
    query = urlencode({"userId": "household@practice.example", "password": "x"})
    refusing = portal(query_login=QueryLogin.REFUSE)
    member = refusing.world.member(0)
    query = urlencode({"userId": member.email, "password": member.password})
    assert refusing.ask("POST", f"{LOGIN}?{query}", None, FORM).status == 400
    assert portal().ask("POST", f"{LOGIN}?{query}", None, FORM).json["status"] == "SUCCESS"


def test_old_log_ins_are_recognised(plain: Caller) -> None:
    member = plain.world.member(0)
    old = json.dumps({"username": member.email, "password": member.password, "rememberMe": False})
    found = plain.ask("POST", "/services/user-login/authenticate", old, {"Content-Type": "application/json"})
    assert found.json["status"] == "SUCCESS"
    assert found.json["userDetails"]["serviceLocations"][0]["accountNumber"] == member.contracts[0].number
    assert "JSESSIONID-consumer" in found.headers["set-cookie"]
    query = urlencode({"userId": member.email, "password": member.password, "AUTH_SOURCE": "CIS"})
    oldest = plain.ask("GET", f"/services/auth/login?{query}").json
    assert oldest["expiration"] > 10**11


def test_the_app_shell_sets_its_cookie(plain: Caller) -> None:
    reply = plain.ask("GET", "/ui/")
    assert reply.headers["content-type"].startswith("text/html")
    assert "XSRF-TOKEN=" in reply.headers["set-cookie"]
    assert "Secure" not in reply.headers["set-cookie"]
    assert plain.ask("POST", "/login", "", FORM).headers["content-type"].startswith("text/html")


def test_the_date_header_is_the_real_time(plain: Caller) -> None:
    sent = parsedate_to_datetime(plain.ask("GET", "/ui/").headers["date"])
    assert abs((sent - datetime.now(UTC)).total_seconds()) < 30


def test_the_deployment_can_be_looked_up_and_gives_no_zone(plain: Caller) -> None:
    by_name = plain.ask("GET", "/services/memberLookup/name?name=tidewater").json
    by_domain = plain.ask("GET", "/services/memberLookup/domain?domain=tidewater").json
    assert by_name == by_domain
    assert by_name[0]["registrationInformation"]["failedLoginLockoutLimit"] == 5
    assert "America/" not in json.dumps(by_name)
    assert plain.ask("GET", "/services/memberLookup/name?name=elsewhere").json == []
    assert plain.ask("GET", "/services/member/siteName").body.startswith(b"Loading Tidewater")


def test_https_works_with_the_test_authority_and_not_without() -> None:
    from datetime import date

    from meterbook.practice.server import running
    from meterbook.practice.settings import Settings

    with running(Settings(today=date(2026, 11, 25), members=3), tls=True) as run:
        assert run.listening.tls_url is not None
        url = run.listening.tls_url + "/services/two-factor/method?userId=x"
        trusting = ssl.create_default_context(cafile=run.listening.ca)
        with urllib.request.urlopen(url, context=trusting) as answer:
            assert answer.read() == b'"NONE"'
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(url, context=ssl.create_default_context())
