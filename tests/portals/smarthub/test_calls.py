"""Politeness, faults of the network and of the portal, and the poll's waiting."""

from __future__ import annotations

import asyncio
import socket
import ssl

import httpx2
import pytest
from smarthub_kit import FAST, HOST, NOON, Portal, answer, entry, hours, hub, poll, run, series

from meterbook.model.errors import (
    FeatureAbsent,
    HostUnreachable,
    MeterbookError,
    PortalChanged,
    PortalUnavailable,
    RequestFailed,
    StillPending,
    TooManyRequests,
    UsageError,
)
from meterbook.portals.base import LOOPBACK_PACE, Pace
from meterbook.portals.smarthub import Frame, SmartHub
from meterbook.portals.smarthub.host import clean
from meterbook.portals.smarthub.pace import DEFAULT_PACE, HostGate, backoff, pace_of, retry_after

PENDING = {"status": "PENDING"}
DONE = answer(entry(series([(x, 0.5) for x in hours("2026-09-21T00:00:00-04:00", 24)])))


def fails(portal: Portal, kind: type[MeterbookError]) -> MeterbookError:
    async def main() -> MeterbookError:
        with pytest.raises(kind) as caught:
            await poll(hub(portal))
        return caught.value

    error = run(main())
    for secret in ("7001001", "70010", "ann@example.org", "aaa.bbb", "?"):
        assert secret not in f"{error} {error.hint}"
    return error


# -- the poll ---------------------------------------------------------------------------------------------------------


def test_the_same_request_is_sent_until_the_answer_is_ready() -> None:
    portal = Portal().first("/poll", *[httpx2.Response(200, json=PENDING) for _ in range(3)])
    portal.first("/poll", httpx2.Response(200, content=DONE))

    async def main() -> None:
        client = hub(portal)
        usage = await poll(client, start=NOON - 5 * 86_400, end=NOON + 5 * 86_400)
        assert len(usage.series[0]) == 24
        assert (client.requests.polls, client.requests.pending) == (1, 3)

    run(main())
    bodies = {request.content for request in portal.seen if request.url.path.endswith("/poll")}
    assert len(bodies) == 1
    assert portal.clock.slept == [2.0, 2.0, 2.0]


def test_an_answer_that_never_comes_is_given_up_after_a_minute() -> None:
    portal = Portal().first("/poll", *[httpx2.Response(200, json=PENDING) for _ in range(100)])
    fails(portal, StillPending)
    assert sum(portal.clock.slept) == 60.0


@pytest.mark.parametrize("word", ["FAILED", "ERROR"])
def test_a_failed_poll_is_not_sent_again(word: str) -> None:
    portal = Portal().first("/poll", httpx2.Response(200, json={"status": word}))
    fails(portal, RequestFailed)
    assert portal.count("/poll") == 1


def test_an_answer_cut_off_once_is_asked_for_once_more() -> None:
    portal = Portal().first("/poll", httpx2.Response(200, content=DONE[:-30]), httpx2.Response(200, content=DONE))
    run(poll(hub(portal)))
    assert portal.count("/poll") == 2


def test_an_answer_cut_off_twice_is_for_later() -> None:
    portal = Portal().first("/poll", *[httpx2.Response(200, content=DONE[:-30]) for _ in range(3)])
    assert "cut off" in str(fails(portal, PortalUnavailable))
    assert portal.count("/poll") == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (httpx2.Response(200, html="<html>offline</html>"), PortalUnavailable),
        (httpx2.Response(200, json=[]), PortalChanged),
        (httpx2.Response(400), RequestFailed),
        (httpx2.Response(404), FeatureAbsent),
        (httpx2.Response(405), PortalChanged),
        (httpx2.Response(415), PortalChanged),
        (httpx2.Response(302), PortalUnavailable),
    ],
)
def test_an_answer_that_another_try_would_not_mend_is_asked_for_once(
    reply: httpx2.Response, kind: type[MeterbookError]
) -> None:
    portal = Portal().first("/poll", reply)
    assert fails(portal, kind).hint
    assert portal.count("/poll") == 1


# -- trying again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        httpx2.Response(500),
        httpx2.Response(502),
        httpx2.Response(503),
        httpx2.Response(429),
        httpx2.ReadTimeout("slow"),
        httpx2.ConnectTimeout("slow"),
        httpx2.RemoteProtocolError("peer closed connection"),
        httpx2.ReadError("reset"),
    ],
)
def test_a_passing_fault_is_waited_out(fault: httpx2.Response | Exception) -> None:
    portal = Portal().first("/poll", fault)
    run(poll(hub(portal)))
    assert portal.count("/poll") == 2
    assert 0.4 <= portal.clock.slept[0] <= 1.0


def test_a_fault_that_stays_is_for_later() -> None:
    portal = Portal().first("/poll", *[httpx2.Response(503) for _ in range(9)])
    fails(portal, PortalUnavailable)
    assert portal.count("/poll") == FAST.tries


def test_the_pause_a_portal_asks_for_is_kept() -> None:
    portal = Portal().first("/poll", httpx2.Response(429, headers={"Retry-After": "17"}))
    run(poll(hub(portal)))
    assert max(portal.clock.slept) >= 17.0


def test_a_long_pause_is_left_to_the_next_run() -> None:
    portal = Portal().first("/poll", httpx2.Response(429, headers={"Retry-After": "3600"}))
    error = fails(portal, TooManyRequests)
    assert isinstance(error, TooManyRequests)
    assert error.wait_s == 3600.0
    assert portal.count("/poll") == 1


def test_waits_double_and_are_drawn_by_chance() -> None:
    pace = Pace(backoff_s=2.0)
    for attempt, most in ((1, 2.0), (2, 4.0), (3, 8.0)):
        drawn = {backoff(pace, attempt, None) for _ in range(50)}
        assert all(most / 2 <= wait <= most for wait in drawn)
        assert len(drawn) > 1


@pytest.mark.parametrize("header", [None, "", "soon", "-3", "1.5e9x"])
def test_a_pause_that_cannot_be_read_is_none(header: str | None) -> None:
    assert retry_after(header, 0.0) is None


# -- no connection ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no host is called"),
        (ssl.SSLCertVerificationError("self-signed certificate"), "could not prove who it is"),
        (ConnectionRefusedError(111, "refused"), "refused the connection"),
        (OSError(101, "Network is unreachable"), "can't be reached"),
    ],
)
def test_each_way_not_to_connect_is_told_apart(cause: Exception, words: str) -> None:
    fault = httpx2.ConnectError("x")
    fault.__cause__ = cause
    portal = Portal().first("/method", fault)
    assert words in str(fails(portal, HostUnreachable))
    assert len(portal.seen) == 1


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_real_refused_connection_and_real_tls_trouble_are_told_apart() -> None:
    async def sign_in(address: str) -> str:
        async with SmartHub(address, zone="America/New_York", user="u", password="p") as client:
            with pytest.raises(HostUnreachable) as caught:
                await client.sign_in()
            return str(caught.value)

    async def main() -> tuple[str, str]:
        async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(64)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        refused = await sign_in(f"http://127.0.0.1:{free_port()}")
        server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return refused, await sign_in(f"https://127.0.0.1:{port}")

    refused, no_tls = run(main())
    assert "refused the connection" in refused
    assert "TLS" in no_tls


# -- the pace ---------------------------------------------------------------------------------------------------------


def test_a_real_host_is_asked_gently_and_this_machine_fast() -> None:
    real = pace_of(clean("x.smarthub.coop"), None)
    assert real is DEFAULT_PACE
    assert (real.in_flight, real.gap_s, real.wait_s, real.pending_limit_s) == (1, (0.5, 1.0), (2.0, 5.0), 60.0)
    near = pace_of(clean("http://127.0.0.1:8765"), None)
    assert near is LOOPBACK_PACE
    assert (near.in_flight, near.gap_s, near.wait_s) == (8, (0.0, 0.0), (0.05, 0.05))
    assert pace_of(clean("http://localhost"), FAST) is FAST


def test_no_more_polls_are_in_flight_than_the_pace_allows() -> None:
    async def main() -> int:
        gate, now, most = HostGate(), 0, 0

        async def one() -> None:
            nonlocal now, most
            async with gate.slot(Pace(in_flight=3)):
                now += 1
                most = max(most, now)
                for _ in range(5):
                    await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(one() for _ in range(20)))
        return most

    assert run(main()) == 3


def test_a_slot_is_given_back_when_a_poll_fails() -> None:
    async def main() -> None:
        portal = Portal().first("/poll", httpx2.Response(404), httpx2.Response(404), httpx2.Response(404))
        client = hub(portal)
        for _ in range(3):
            with pytest.raises(FeatureAbsent):
                await poll(client)
        await poll(client)

    run(main())


def test_a_cancelled_poll_gives_its_slot_back() -> None:
    async def main() -> int:
        gate, pace = HostGate(), Pace(in_flight=1)

        async def hold() -> None:
            async with gate.slot(pace):
                await asyncio.sleep(3600)

        async def use() -> int:
            async with gate.slot(pace):
                return 7

        holding, waiting, third = (asyncio.create_task(one) for one in (hold(), hold(), use()))
        await asyncio.sleep(0)
        waiting.cancel()
        holding.cancel()
        return await asyncio.wait_for(third, timeout=5)

    assert run(main()) == 7


def test_calls_of_two_clients_keep_the_gap_between_them() -> None:
    async def main() -> list[float]:
        portal = Portal()
        slow = Pace(gap_s=(5.0, 5.0))
        await asyncio.gather(hub(portal, pace=slow).site_name(), hub(portal, pace=slow).site_name())
        return portal.clock.slept

    waits = run(main())
    assert len(waits) == 1
    assert 4.9 < waits[0] <= 5.0


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("x.smarthub.coop", "https://x.smarthub.coop"),
        (" https://X.SmartHub.coop/ui/#/login \n", "https://x.smarthub.coop"),
        ("https://x.smarthub.coop/", "https://x.smarthub.coop"),
        ("x.smarthub.coop./Login.html", "https://x.smarthub.coop"),
        ("https://me:secret@x.smarthub.coop:8443/ui/", "https://x.smarthub.coop:8443"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:80/", "http://localhost:80"),
        ("http://[::1]:8765/ui", "http://[::1]:8765"),
    ],
)
def test_a_pasted_address_is_cleaned(pasted: str, base: str) -> None:
    assert clean(pasted).base == base


@pytest.mark.parametrize(
    "pasted",
    [
        "http://x.smarthub.coop",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://192.168.0.10",
        "ftp://x.smarthub.coop",
        "file:///etc/passwd",
        "",
        "   ",
        "https://",
        "my co-op",
        "https://x:port/",
    ],
)
def test_an_address_that_is_none_or_not_encrypted_is_refused(pasted: str) -> None:
    with pytest.raises(UsageError):
        clean(pasted)


def test_the_sites_name_needs_no_log_in() -> None:
    portal = Portal()
    assert run(hub(portal).site_name()) == "Prairie Example"
    assert [request.url.path for request in portal.seen] == ["/services/member/siteName"]
    assert str(portal.seen[0].url) == f"https://{HOST}/services/member/siteName"


def test_an_empty_span_is_refused_before_anything_is_asked() -> None:
    portal = Portal()
    with pytest.raises(UsageError):
        run(
            hub(portal).usage(
                account="1", service_location="1", industry="ELECTRIC", frame=Frame.DAILY, start=NOON, end=NOON
            )
        )
    assert portal.seen == []
