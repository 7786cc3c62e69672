"""One call to the portal, at its pace, tried again where that can help; and what each bad answer means.

Nothing that is logged or raised here carries a query string, a body or a header of a request.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from meterbook.model.errors import (
    AccessRefused,
    FeatureAbsent,
    HostUnreachable,
    MeterbookError,
    PortalChanged,
    PortalError,
    PortalUnavailable,
    RequestFailed,
    TooManyRequests,
)
from meterbook.portals.base import Pace
from meterbook.portals.smarthub.host import Address
from meterbook.portals.smarthub.pace import LONGEST_WAIT_S, HostGate, Sleep, backoff, gate_of, retry_after
from meterbook.version import __version__

USER_AGENT = f"Meterbook/{__version__} (+self-hosted; member's own data)"
TIMEOUT = httpx2.Timeout(60.0, connect=15.0)
LATER = "Nothing is lost: run it again in a quarter of an hour."
_log = logging.getLogger(__name__)
for _name in ("httpx2", "httpcore2"):  # they would log whole URLs, which carry e-mail and account numbers
    if logging.getLogger(_name).level == logging.NOTSET:
        logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(slots=True)
class Counters:
    """What was asked of a portal, for reports.

    Attributes:
        calls: HTTP requests in all, tries included.
        log_ins: passwords sent.
        renewals: tokens renewed without a password.
        polls: usage polls asked, each counted once however often it was asked again.
        pending: answers "not ready yet".
        retries: calls made again after a fault.
    """

    calls: int = 0
    log_ins: int = 0
    renewals: int = 0
    polls: int = 0
    pending: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer.

    Attributes:
        status: HTTP status.
        headers: lower-case names.
        body: bytes.
        sent: clock time when the request went out, epoch seconds.
        came: clock time when the answer was there, epoch seconds.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: float = 0.0
    came: float = 0.0

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people: maintenance, the app's shell, a bot check."""
        return "text/html" in self.headers.get("content-type", "") or self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a call.

    Attributes:
        error: as it is raised in the end.
        passing: whether another try soon may mend it.
        lost: the answer was lost on the way; the portal may have done what was asked.
    """

    error: PortalError
    passing: bool = True
    lost: bool = False


@dataclass(slots=True, kw_only=True)
class Caller:
    """Makes calls to one host.

    Attributes:
        address: the host.
        client: the HTTP client; its cookies are the log-in's own.
        pace: how fast.
        now: the clock, epoch seconds.
        sleep: waits.
        counters: what was asked.
        stopped: once set, raised in place of any further call.
    """

    address: Address
    client: httpx2.AsyncClient
    pace: Pace
    now: Callable[[], float] = time.time
    sleep: Sleep = asyncio.sleep
    counters: Counters = field(default_factory=Counters)
    stopped: MeterbookError | None = None

    @property
    def gate(self) -> HostGate:
        """The host's gate in the running event loop."""
        return gate_of(self.address)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        tries: int | None = None,
        keep_500: bool = False,
        label: str | None = None,
        counted: bool = False,
    ) -> Reply:
        """One call, tried again after 429, server faults and time-outs.

        Args:
            method: HTTP method.
            path: from the first slash; it names the call in errors.
            params: query.
            headers: beside the usual ones.
            json: body as JSON.
            content: body as it is, JSON.
            form: body as a form.
            tries: how often at most; the pace's own if None.
            keep_500: hand out a 500 as it is; its text may say more.
            label: names the call in errors and logs; the path if None.
            counted: the portal may count the call though its answer is lost (a log-in), so after a time-out it is made
                once more and no oftener.

        Raises:
            HostUnreachable: no connection.
            TooManyRequests: 429 to the last.
            PortalUnavailable: server faults or time-outs to the last, or a page in place of data.
        """
        most = tries or self.pace.tries
        label = label or path
        query = dict(params) if params else None
        parts = {"params": query, "json": json, "content": content, "data": dict(form) if form is not None else None}
        sent_headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **(headers or {})}
        if content is not None:
            sent_headers["Content-Type"] = "application/json"
        lost = attempt = 0
        while True:
            attempt += 1
            await self.gate.turn(self.pace, self.sleep)
            if self.stopped is not None:
                raise self.stopped
            outcome = await self._once(method, path, sent_headers, parts, label)
            fault = outcome if isinstance(outcome, Fault) else self._fault(outcome, label, keep_500)
            if fault is None:
                assert isinstance(outcome, Reply)
                return outcome
            if counted and fault.lost:
                most = min(most, attempt + 1) if lost == 0 else attempt
                lost += 1
            asked_s = fault.error.wait_s if isinstance(fault.error, TooManyRequests) else None
            if attempt >= most or not fault.passing or (asked_s or 0.0) > LONGEST_WAIT_S:
                raise fault.error
            self.counters.retries += 1
            wait = backoff(self.pace, attempt, asked_s)
            _log.info("%s of %s: %s; again in %.1f s", label, self.address, fault.error.what, wait)
            if isinstance(fault.error, TooManyRequests):
                self.gate.pause(wait)
            await self.sleep(wait)

    async def _once(
        self, method: str, path: str, headers: dict[str, str], parts: dict[str, Any], label: str
    ) -> Reply | Fault:
        """One request: its answer, or the fault that another try may mend."""
        self.counters.calls += 1
        sent = self.now()
        try:
            response = await self.client.request(
                method,
                self.address.base + path,
                headers=headers,
                timeout=TIMEOUT,
                follow_redirects=False,
                **parts,
            )
        except httpx2.TimeoutException as err:
            return _lost("the portal did not answer in time", label, err)
        except httpx2.ConnectError as err:
            raise unreachable(self.address, err) from err
        except httpx2.TransportError as err:
            return _lost("the connection to the portal broke off", label, err)
        except httpx2.HTTPError as err:
            raise PortalChanged("the portal's answer can't be read", where=label, hint=LATER) from err
        return Reply(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            sent=sent,
            came=self.now(),
        )

    def _fault(self, reply: Reply, path: str, keep_500: bool) -> Fault | None:
        """What is wrong with an answer that another call may not have; None if it is for the caller to judge."""
        if reply.status == 429:
            wait_s = retry_after(reply.headers.get("retry-after"), self.now())
            hint = "Run it again later, and less often."
            return Fault(TooManyRequests("the portal asked for a pause", wait_s=wait_s, where=path, hint=hint))
        if reply.status == 500 and keep_500 and not reply.is_html:
            return None
        if reply.is_html:
            return Fault(page(path, reply.status), passing=False)
        if reply.status >= 500:
            what = f"the portal has a fault (HTTP {reply.status})"
            return Fault(PortalUnavailable(what, where=path, hint=LATER))
        if 300 <= reply.status < 400:
            elsewhere = PortalUnavailable("the portal sent us to another page", closed=True, where=path, hint=LATER)
            return Fault(elsewhere, passing=False)
        return None


def refused_status(reply: Reply, path: str) -> PortalError | None:
    """The error for a status that means no, once the log-in itself is not in question; None for a success."""
    if reply.status < 300:
        return None
    if reply.status == 403:
        hint = "The utility may not offer this to members, or the account belongs to another log-in."
        return AccessRefused("this log-in may not make this call (HTTP 403)", where=path, hint=hint)
    if reply.status == 404:
        hint = "The portal's version lacks it, or the address is not that of a SmartHub portal."
        return FeatureAbsent("the portal has no such call (HTTP 404)", where=path, hint=hint)
    if reply.status == 400:
        hint = "The utility may have no such readings; the same request is not sent again."
        return RequestFailed("the portal did not accept the request (HTTP 400)", where=path, hint=hint)
    hint = "This is ours to mend. Please report it with the utility's name."
    return PortalChanged(f"the portal no longer takes this call (HTTP {reply.status})", where=path, hint=hint)


def page(path: str, status: int) -> PortalUnavailable:
    """The error for a page in place of data. Not worth another try at once, and never a wrong password."""
    return PortalUnavailable(
        f"the portal sent a web page in place of data (HTTP {status}): maintenance, or a check for robots",
        closed=True,
        where=path,
        hint=LATER + " If it stays so, see whether the portal's own page works in a browser.",
    )


def cut_off(path: str) -> PortalUnavailable:
    """The error for JSON that ends too early."""
    return PortalUnavailable("the portal's answer was cut off", where=path, hint=LATER)


def unreachable(address: Address, err: BaseException) -> HostUnreachable:
    """The error for a connection that was not made: the name, TLS, or the connection itself."""
    for cause in _causes(err):
        if isinstance(cause, socket.gaierror):
            return HostUnreachable(
                f"no host is called {address}",
                hint="Check the portal's address and your connection to the internet.",
            )
        if isinstance(cause, ssl.SSLError):
            return HostUnreachable(
                f"{address} could not prove who it is, or speaks no TLS that we do",
                hint="Check the address and this computer's clock; a filter on your network can cause this too.",
            )
        if isinstance(cause, ConnectionRefusedError):
            return HostUnreachable(
                f"{address} refused the connection", hint="Check the address; the portal may be down for a while."
            )
    return HostUnreachable(f"{address} can't be reached", hint="Check the address and your connection to the internet.")


def http_client(ca: Path | None) -> httpx2.AsyncClient:
    """A client with a cookie jar of its own.

    Args:
        ca: certificates to trust beside the usual ones, for a portal on this machine.
    """
    if ca is None:
        return httpx2.AsyncClient()
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=ca)
    return httpx2.AsyncClient(verify=context)


def _causes(err: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    at: BaseException | None = err
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return chain


def _lost(what: str, label: str, cause: BaseException) -> Fault:
    error = PortalUnavailable(what, where=label, hint=LATER)
    error.__cause__ = cause
    return Fault(error, lost=True)
