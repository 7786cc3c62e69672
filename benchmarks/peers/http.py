"""Plain HTTP to a server on this machine."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

PATIENCE_S = 600


class Http:
    """One connection, kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def answers(self, path: str) -> bool:
        """Whether the server is there."""
        try:
            self.get(path)
        except (OSError, RuntimeError, http.client.HTTPException):
            self._connection.close()
            return False
        return True

    def get(self, path: str, values: Mapping[str, object] | None = None) -> bytes:
        """What it says to a question."""
        return self._asked("GET", f"{path}?{urlencode(values or {})}", None)

    def json(self, path: str, values: Mapping[str, object]) -> Any:
        """What it says to a question, decoded."""
        return json.loads(self.get(path, values))

    def post(self, path: str, body: bytes) -> bytes:
        """Hand it something."""
        return self._asked("POST", path, body)

    def _asked(self, method: str, path: str, body: bytes | None) -> bytes:
        try:
            self._connection.request(method, path, body)
        except (BrokenPipeError, ConnectionResetError):  # it was idle for longer than the server keeps a connection
            self._connection.close()
            self._connection.request(method, path, body)
        try:
            response = self._connection.getresponse()
            content = response.read()
        except TimeoutError as err:
            self._connection.close()
            raise TimeoutError(f"no answer within {PATIENCE_S} s") from err
        if response.status >= 300:
            raise RuntimeError(f"{method} {path[:80]}: {response.status} {content[:300]!r}")
        return content
