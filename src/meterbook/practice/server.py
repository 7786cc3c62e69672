"""Running the practice portal: on a loopback port, with TLS beside it if wanted, in the foreground or in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from meterbook.model.errors import UsageError
from meterbook.practice.portal import Portal
from meterbook.practice.settings import Settings
from meterbook.practice.tls import Certificate, make_certificate

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a running portal listens.

    Attributes:
        url: its address, without a slash at the end.
        port: the port of it.
        tls_url: the same by https, or None.
        ca: file of the test authority's certificate, PEM, or None.
        zone: the co-op's IANA zone.
    """

    url: str
    port: int
    tls_url: str | None
    ca: str | None
    zone: str

    def as_dict(self) -> dict[str, Any]:
        """For the line that ``serve --json`` prints."""
        return {"url": self.url, "port": self.port, "tls_url": self.tls_url, "ca": self.ca, "zone": self.zone}


async def serve(
    settings: Settings,
    *,
    port: int = 0,
    tls: bool = False,
    ready: Callable[[Listening], None] = lambda listening: None,
    stop: asyncio.Event | None = None,
    portal: Portal | None = None,
) -> None:
    """Serves until ``stop`` is set.

    Args:
        settings: how the portal plays.
        port: 0 for a free one.
        tls: whether to listen by https too, on another port, with a certificate of a test authority made now.
        ready: called once connections are accepted.
        stop: ends it; never if None.
        portal: one made already, to look into while it runs.

    Raises:
        UsageError: the port is taken.
    """
    app = (portal or Portal(settings)).app()
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(_bound(port))]
        certificate = stack.enter_context(make_certificate()) if tls else None
        servers = [_server(app, None)]
        if certificate is not None:
            sockets.append(stack.enter_context(_bound(0)))
            servers.append(_server(app, certificate))
        tasks = [
            asyncio.create_task(server.serve(sockets=[sock])) for server, sock in zip(servers, sockets, strict=True)
        ]
        while not all(server.started for server in servers):
            done = [task for task in tasks if task.done()]
            for task in done:
                task.result()
            await asyncio.sleep(0.005)
        ready(_listening(settings, sockets, certificate))
        await (stop or asyncio.Event()).wait()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def run(settings: Settings, *, port: int, tls: bool, ready: Callable[[Listening], None]) -> None:
    """Serves in the foreground until interrupted."""

    async def until_interrupted() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        await serve(settings, port=port, tls=tls, ready=ready, stop=stop)

    asyncio.run(until_interrupted())


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A portal in a thread of this process, for tests and the demo."""

    listening: Listening
    portal: Portal


@contextlib.contextmanager
def running(settings: Settings, *, tls: bool = False) -> Iterator[Running]:
    """A portal that runs in a thread while the block does.

    Args:
        settings: how it plays.
        tls: whether to listen by https too.

    Yields:
        Where it listens, and the portal itself for what it was asked.
    """
    portal = Portal(settings)
    found: list[Listening] = []
    begun = threading.Event()
    failed: list[BaseException] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def ready(listening: Listening) -> None:
        found.append(listening)
        begun.set()

    def work() -> None:
        try:
            loop.run_until_complete(serve(settings, tls=tls, ready=ready, stop=stop, portal=portal))
            loop.run_until_complete(loop.shutdown_asyncgens())
        except BaseException as err:  # handed to the thread that waits
            failed.append(err)
        finally:
            loop.close()
            begun.set()

    thread = threading.Thread(target=work, name="practice-portal", daemon=True)
    thread.start()
    begun.wait()
    if failed:
        raise failed[0]
    try:
        yield Running(listening=found[0], portal=portal)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


class _Protocol(H11Protocol):
    """uvicorn's own, which also lets the application cut the connection, for the ``drop`` fault."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def with_abort(scope: Any, receive: Any, send: Any) -> None:
            scope["practice.abort"] = transport.abort
            await inner(scope, receive, send)

        self.app = with_abort


class _Server(uvicorn.Server):
    """Signals are the caller's: two of these share one loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: Any, certificate: Certificate | None) -> _Server:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # a client may wait for its turn longer than uvicorn's five seconds
        timeout_graceful_shutdown=1,
        ssl_certfile=str(certificate.chain) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
    return _Server(config)


def _bound(port: int) -> socket.socket:
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every small answer waits 40 ms for an acknowledgement.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError as err:
        sock.close()
        raise UsageError(
            f"port {port} on {HOST} can't be used", hint="Another program holds it: leave out --port for a free one."
        ) from err
    return sock


def _listening(settings: Settings, sockets: list[socket.socket], certificate: Certificate | None) -> Listening:
    port = int(sockets[0].getsockname()[1])
    tls_port = int(sockets[1].getsockname()[1]) if certificate else 0
    return Listening(
        url=f"http://{HOST}:{port}",
        port=port,
        tls_url=f"https://{HOST}:{tls_port}" if certificate else None,
        ca=str(Path(certificate.authority)) if certificate else None,
        zone=settings.zone,
    )
