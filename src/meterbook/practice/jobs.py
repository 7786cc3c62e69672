"""Polls in preparation, and the count of what was asked.

Source: SmartHub portal reference, section 5 and section 21, item 5.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Any

_READY_FOR_S = 60.0
_MOST_JOBS = 4096
_MOST_POLLS = 100_000


class Jobs:
    """Which poll bodies have been asked how often. A finished one is answered at once for a minute.

    Args:
        pending: how many times a new body is answered PENDING.
    """

    def __init__(self, pending: int) -> None:
        self._pending = pending
        self._asked: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._done: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_ready(self, login: str, body: str) -> bool:
        """Counts one asking of a body and says whether it is answered now."""
        key = (login, body)
        now = time.monotonic()
        if now - self._done.get(key, -_READY_FOR_S) < _READY_FOR_S:
            return True
        asked = self._asked.pop(key, 0) + 1
        if asked > self._pending:
            self._done[key] = now
            self._done.move_to_end(key)
            _trim(self._done)
            return True
        self._asked[key] = asked
        _trim(self._asked)
        return False


@dataclass(slots=True)
class Asked:
    """What the server was asked since it started or was last reset. No credentials, no tokens, no query strings.

    Attributes:
        paths: requests by path, with numbers of accounts and places as sent.
        statuses: answers by HTTP status.
        polls: poll bodies with how often each was asked and how often it was answered COMPLETE.
    """

    paths: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    polls: dict[tuple[str, str, str, str, int, int], list[int]] = field(default_factory=dict)

    def poll(self, key: tuple[str, str, str, str, int, int], *, complete: bool) -> None:
        """Counts one poll: account, place, industries, time frame, start and end in ms."""
        if len(self.polls) < _MOST_POLLS or key in self.polls:
            counts = self.polls.setdefault(key, [0, 0])
            counts[0] += 1
            counts[1] += complete

    def reset(self) -> None:
        """Forgets everything counted."""
        self.paths.clear()
        self.statuses.clear()
        self.faults.clear()
        self.polls.clear()

    def report(self) -> dict[str, Any]:
        """The counts, for ``GET /practice/requests``."""
        names = ("account", "location", "industry", "timeFrame", "start", "end")
        return {
            "total": sum(self.paths.values()),
            "paths": dict(self.paths),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "faults": dict(self.faults),
            "polls": [
                dict(zip(names, key, strict=True)) | {"count": counts[0], "complete": counts[1]}
                for key, counts in self.polls.items()
            ],
        }


def _trim(table: OrderedDict[Any, Any]) -> None:
    while len(table) > _MOST_JOBS:
        table.popitem(last=False)
