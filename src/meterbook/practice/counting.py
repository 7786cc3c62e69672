"""What stands round the portal: requests are counted, and a connection can be cut instead of answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from meterbook.practice.jobs import Asked

DROPPED = "practice.drop"
"""Set in a request's scope when its connection is to be cut."""
_MOST_PATHS = 10_000


class Counting:
    """Counts requests by path and answers by status. Query strings are never looked at: they carry e-mails."""

    def __init__(self, app: Callable[..., Awaitable[None]], asked: Asked) -> None:
        self._app = app
        self._asked = asked

    async def __call__(self, scope: dict[str, object], receive: object, send: Callable[..., Awaitable[None]]) -> None:
        if scope["type"] != "http" or str(scope["path"]).startswith("/practice/"):
            await self._app(scope, receive, send)
            return
        asked = self._asked
        path = _without_email(str(scope["path"]))
        if path in asked.paths or len(asked.paths) < _MOST_PATHS:
            asked.paths[path] += 1

        async def counted(message: dict[str, object]) -> None:
            if scope.get(DROPPED):
                abort = scope.get("practice.abort")
                if callable(abort):
                    abort()
                return
            if message["type"] == "http.response.start":
                asked.statuses[int(str(message["status"]))] += 1
            await send(message)

        await self._app(scope, receive, counted)


def _without_email(path: str) -> str:
    return path if "@" not in path else path.rpartition("/")[0] + "/{login}"
