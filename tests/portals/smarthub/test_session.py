"""Log-ins, second factors, tokens: what is sent, how often, and what each refusal becomes."""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
import struct

import httpx2
import pyotp
import pytest
from smarthub_kit import NOON, Clock, Portal, hub, poll, run

from meterbook.model.errors import (
    AccessRefused,
    AccountLocked,
    ClockWrong,
    FeatureAbsent,
    MeterbookError,
    MoreProofNeeded,
    PortalChanged,
    PortalUnavailable,
    Retry,
    SignInRefused,
)
from meterbook.portals.smarthub.session import LAST_STEP

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SHORT_SECRET = "JBSWY3DPEHPK3PXP"
LOG_IN = "/auth/v2"
NO_CODE_500 = "Your data could not be verified. If the problem persists, please contact customer service."


@pytest.fixture(autouse=True)
def _fresh_steps() -> None:
    LAST_STEP.clear()


def refused(status: int = 200, **answer: object) -> httpx2.Response:
    return httpx2.Response(status, json={"status": "FAILURE", "isBusinessUser": False, **answer})


def fails(portal: Portal, kind: type[MeterbookError], **more: object) -> MeterbookError:
    """Sign in, which has to fail in that way and leave no secret in the error."""

    async def main() -> MeterbookError:
        client = hub(portal, **more)
        with pytest.raises(kind) as caught:
            await client.sign_in()
        return caught.value

    error = run(main())
    words = f"{error} {error.hint} {error!r} {error.to_problem()}"
    for secret in ("p&s+w%r#d", "ann@example.org", SECRET, "aaa.bbb"):
        assert secret not in words
    assert error.hint
    return error


# -- the password -----------------------------------------------------------------------------------------------------


def test_the_password_is_form_encoded_whatever_is_in_it() -> None:
    portal = Portal()
    who = run(hub(portal).sign_in())
    assert (who.username, who.primary_username, who.secondary) == ("ann@example.org", "main@example.org", True)
    assert portal.forms(LOG_IN) == [{"userId": "ann@example.org", "password": "p&s+w%r#d ü"}]
    (request,) = [one for one in portal.seen if one.url.path.endswith(LOG_IN)]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["user-agent"].startswith("Meterbook/")


def test_secured_calls_carry_bearer_and_user_name() -> None:
    portal = Portal()
    run(hub(portal).accounts())
    request = portal.seen[-1]
    assert request.headers["authorization"] == "Bearer aaa.bbb.c0"
    assert request.headers["x-nisc-smarthub-username"] == "ann@example.org"
    assert request.url.params["userId"] == "main@example.org"


@pytest.mark.parametrize(
    "reply",
    [
        refused(),
        refused(status_="x", authorizationToken=""),
        httpx2.Response(200, json={"status": "INVALID_CREDENTIALS", "authorizationToken": "t.t.t"}),
        httpx2.Response(200, json={"status": "SUCCESS", "authorizationToken": ""}),
        httpx2.Response(200, json={"status": "SUCCESS"}),
        httpx2.Response(401),
        httpx2.Response(400, text="bad"),
        httpx2.Response(403, text="no"),
    ],
)
def test_a_refused_password_is_sent_once_and_never_again(reply: httpx2.Response) -> None:
    portal = Portal().first(LOG_IN, reply)

    async def main() -> None:
        client = hub(portal)
        for _ in range(3):
            with pytest.raises(SignInRefused):
                await client.sign_in()
        with pytest.raises(SignInRefused):
            await poll(client)

    run(main())
    assert portal.count(LOG_IN) == 1
    assert SignInRefused.retry is Retry.NEVER


@pytest.mark.parametrize(
    "reply",
    [
        refused(message="Your account has been locked due to repeated failures"),
        httpx2.Response(200, json={"status": "ACCOUNT_LOCKED"}),
        httpx2.Response(401, text="Account is locked"),
    ],
)
def test_a_locked_account_is_said_to_be_locked(reply: httpx2.Response) -> None:
    assert "locked" in str(fails(Portal().first(LOG_IN, reply), AccountLocked))


@pytest.mark.parametrize(
    "reply",
    [
        httpx2.Response(200, html="<!doctype html><html><body>offline</body></html>"),
        httpx2.Response(200, text="  <html>app shell</html>"),
        httpx2.Response(503, html="<html>maintenance</html>"),
        httpx2.Response(403, html="<html>are you a robot?</html>"),
        httpx2.Response(302, headers={"Location": "https://elsewhere.example.com/"}),
    ],
)
def test_a_page_in_place_of_an_answer_is_never_a_wrong_password(reply: httpx2.Response) -> None:
    portal = Portal().first(LOG_IN, reply)
    assert fails(portal, PortalUnavailable).retry is Retry.LATER
    assert portal.count(LOG_IN) == 1  # not tried again at once either


def test_no_smarthub_at_the_address_is_said() -> None:
    fails(Portal().first("/method", httpx2.Response(404)).first(LOG_IN, httpx2.Response(404)), FeatureAbsent)


@pytest.mark.parametrize("reply", [httpx2.Response(415), httpx2.Response(200, json=[1]), httpx2.Response(200)])
def test_a_changed_log_in_is_our_bug(reply: httpx2.Response) -> None:
    fails(Portal().first(LOG_IN, reply), PortalChanged)


def test_a_server_fault_at_the_log_in_is_tried_again() -> None:
    portal = Portal().first(LOG_IN, httpx2.Response(503), httpx2.Response(500, text="oops"))
    run(hub(portal).sign_in())
    assert portal.count(LOG_IN) == 3
    assert len(portal.clock.slept) == 2


def test_a_log_in_whose_answer_is_lost_is_tried_once_more_only() -> None:
    portal = Portal().first(LOG_IN, *[httpx2.ReadTimeout("slow") for _ in range(5)])
    fails(portal, PortalUnavailable)
    assert portal.count(LOG_IN) == 2


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("off", "side"), [(-45.0, "ahead of"), (3600.0, "behind")])
def test_a_wrong_clock_stops_before_an_attempt_is_spent(off: float, side: str) -> None:
    portal = Portal()
    portal.date_off_s = off
    assert side in str(fails(portal, ClockWrong))
    assert portal.count(LOG_IN) == 0


@pytest.mark.parametrize("off", [-28.0, 29.0])
def test_a_clock_that_is_nearly_right_will_do(off: float) -> None:
    portal = Portal()
    portal.date_off_s = off
    run(hub(portal).sign_in())


def test_a_portal_without_a_date_is_not_held_against_the_clock() -> None:
    portal = Portal().first("/method", httpx2.Response(200, json="NONE", headers={"Date": "soon"}))
    run(hub(portal).sign_in())


# -- the second factor ------------------------------------------------------------------------------------------------


def test_a_one_time_code_is_made_from_the_secret() -> None:
    portal = Portal(method="TOTP")
    run(hub(portal, totp_secret="jbsw y3dp ehpk 3pxp-jbsw-y3dp-ehpk-3pxp").sign_in())
    assert portal.forms(LOG_IN)[0]["twoFactorCode"] == pyotp.TOTP(SECRET).at(NOON)


def test_an_80_bit_secret_is_taken_since_the_portal_chose_it() -> None:
    portal = Portal(method="TOTP")
    run(hub(portal, totp_secret=SHORT_SECRET).sign_in())
    # RFC 6238, by hand: HMAC-SHA-1 of the step's number, cut at the offset that the last nibble names.
    mac = hmac.digest(base64.b32decode(SHORT_SECRET), struct.pack(">Q", NOON // 30), "sha1")
    cut = struct.unpack(">I", mac[mac[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    assert portal.forms(LOG_IN)[0]["twoFactorCode"] == f"{cut % 1_000_000:06}"


@pytest.mark.parametrize("method", ["NONE", None, ""])
def test_no_code_is_sent_where_none_is_wanted(method: str | None) -> None:
    portal = Portal(method=method)
    run(hub(portal, totp_secret=SECRET).sign_in())
    assert "twoFactorCode" not in portal.forms(LOG_IN)[0]


def test_a_refused_code_is_replaced_once_in_the_next_step() -> None:
    portal = Portal(method="TOTP").first(LOG_IN, httpx2.Response(500, text=NO_CODE_500))
    run(hub(portal, totp_secret=SECRET).sign_in())
    first, second = (form["twoFactorCode"] for form in portal.forms(LOG_IN))
    assert first == pyotp.TOTP(SECRET).at(NOON)
    assert second == pyotp.TOTP(SECRET).at((NOON // 30 + 1) * 30)


def test_a_code_refused_twice_is_given_up() -> None:
    portal = Portal(method="TOTP").first(LOG_IN, *[httpx2.Response(500, text=NO_CODE_500) for _ in range(5)])
    error = fails(portal, MoreProofNeeded, totp_secret=SECRET)
    assert isinstance(error, MoreProofNeeded)
    assert error.method == "TOTP"
    assert portal.count(LOG_IN) == 2


def test_two_log_ins_never_share_a_step_even_from_two_clients() -> None:
    clock = Clock()
    portal = Portal(clock, method="TOTP")

    async def main() -> None:
        for _ in range(2):
            await hub(portal, totp_secret=SECRET).sign_in()

    run(main())
    codes = [form["twoFactorCode"] for form in portal.forms(LOG_IN)]
    assert codes == [pyotp.TOTP(SECRET).at(NOON), pyotp.TOTP(SECRET).at((NOON // 30 + 1) * 30)]
    assert len(clock.slept) == 1


def test_a_code_that_is_wanted_and_cannot_be_had_spends_no_attempt() -> None:
    portal = Portal(method="TOTP")
    error = fails(portal, MoreProofNeeded)
    assert isinstance(error, MoreProofNeeded)
    assert error.method == "TOTP"
    assert portal.count(LOG_IN) == 0


def test_another_method_is_named_and_asks_a_person() -> None:
    assert "SMS" in str(fails(Portal(method="SMS"), MoreProofNeeded, totp_secret=SECRET))

    async def code() -> str:
        return " 123456 "

    portal = Portal(method="SMS")
    run(hub(portal, one_time_code=code).sign_in())
    assert portal.forms(LOG_IN)[0]["twoFactorCode"] == "123456"


def test_a_typed_code_that_is_refused_is_not_asked_for_again() -> None:
    asked = []

    async def code() -> str:
        asked.append(1)
        return "000000"

    portal = Portal(method="TOTP").first(LOG_IN, httpx2.Response(500, text=NO_CODE_500))
    fails(portal, MoreProofNeeded, one_time_code=code)
    assert len(asked) == portal.count(LOG_IN) == 1


def test_a_bad_secret_is_said_without_being_shown() -> None:
    error = fails(Portal(method="TOTP"), MoreProofNeeded, totp_secret="not!base32")
    assert "base32" in str(error)
    assert "not!base32" not in str(error)


def test_a_portal_without_the_method_call_gets_a_code_if_there_is_one() -> None:
    portal = Portal().first("/method", httpx2.Response(404))
    run(hub(portal, totp_secret=SECRET).sign_in())
    assert "twoFactorCode" in portal.forms(LOG_IN)[0]


def test_a_code_demanded_without_warning_is_more_proof_not_a_wrong_password() -> None:
    fails(Portal().first(LOG_IN, httpx2.Response(500, text=NO_CODE_500)), MoreProofNeeded)


# -- the token --------------------------------------------------------------------------------------------------------


def test_many_tasks_share_one_log_in() -> None:
    portal = Portal()

    async def main() -> None:
        client = hub(portal)
        await asyncio.gather(*(poll(client) for _ in range(20)))

    run(main())
    assert portal.count(LOG_IN) == 1


def test_a_token_is_renewed_30_seconds_before_it_ends() -> None:
    portal = Portal()
    portal.refresh = True

    async def main() -> None:
        client = hub(portal)
        await poll(client)
        portal.clock.time += 268
        await poll(client)
        assert portal.count("/refresh") == 0
        portal.clock.time += 2
        await poll(client)
        assert (client.requests.log_ins, client.requests.renewals) == (1, 1)

    run(main())
    assert portal.forms("/refresh") == [{"token": "aaa.bbb.c0"}]


@pytest.mark.parametrize(
    "reply",
    [
        httpx2.Response(404),
        httpx2.Response(500, text="x"),
        httpx2.Response(200, json={"status": "INVALID_TOKEN", "authorizationToken": ""}),
        httpx2.Response(200, html="<html></html>"),
        httpx2.ConnectError("gone"),
    ],
)
def test_where_renewal_fails_a_full_log_in_follows(reply: httpx2.Response | Exception) -> None:
    portal = Portal().first("/refresh", reply)

    async def main() -> None:
        client = hub(portal)
        await poll(client)
        portal.clock.time += 290
        await poll(client)

    run(main())
    assert portal.count(LOG_IN) == 2


def test_an_expiry_in_milliseconds_is_understood() -> None:
    body = {"status": "SUCCESS", "authorizationToken": "a.b.c", "expiration": (NOON + 299) * 1000}
    portal = Portal().first(LOG_IN, httpx2.Response(200, json=body))
    portal.valid = {"a.b.c"}

    async def main() -> None:
        client = hub(portal)
        await poll(client)
        portal.clock.time += 100
        await poll(client)

    run(main())
    assert portal.count(LOG_IN) == 1


def test_a_token_refused_in_mid_run_is_replaced_once() -> None:
    portal = Portal()

    async def main() -> None:
        client = hub(portal)
        await poll(client)
        portal.valid.clear()
        await asyncio.gather(*(poll(client) for _ in range(8)))

    run(main())
    assert portal.count(LOG_IN) == 2


def test_a_new_token_refused_too_is_given_up() -> None:
    portal = Portal().first("/poll", httpx2.Response(401), httpx2.Response(401))

    async def main() -> None:
        with pytest.raises(SignInRefused):
            await poll(hub(portal))

    run(main())
    assert portal.count(LOG_IN) == 2


def test_no_access_is_not_a_log_in_problem() -> None:
    text = "The current user does not have access to make this service call"
    portal = Portal().first("/poll", httpx2.Response(403, text=text))

    async def main() -> None:
        with pytest.raises(AccessRefused):
            await poll(hub(portal))

    run(main())
    assert portal.count(LOG_IN) == 1


def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    portal = Portal(method="TOTP").first("/user-data", httpx2.Response(503), httpx2.Response(429))
    with caplog.at_level(logging.DEBUG, logger="meterbook"):
        run(hub(portal, totp_secret=SECRET).accounts())
    assert "again in" in caplog.text
    for secret in ("p&s", "p%26s", "ann@", "main@", "ann%40", "aaa.bbb", SECRET, "userId", "?"):
        assert secret not in caplog.text
