"""A practice portal in a process of its own, and a book connected to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meterbook.book import Book
from meterbook.book.connecting import Wanted, Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """Where a practice portal answers, and in which zone."""

    url: str
    zone: str


@contextmanager
def portal() -> Iterator[Portal]:
    """A practice portal that nobody has asked anything yet."""
    words = [sys.executable, "-m", "meterbook", "practice", "serve", "--port", "0", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Portal(url=told["url"], zone=told["zone"])
    finally:
        process.terminate()
        process.communicate()


def member(name: str) -> dict[str, Any]:
    """Log-in of a member with a story."""
    words = [sys.executable, "-m", "meterbook", "practice", "members", "--json"]
    listed = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return next(one for one in listed if one["name"] == name)


@contextmanager
def connected(folder: Path, server: Portal, name: str) -> Iterator[Book]:
    """A new book with one connection."""
    os.environ.setdefault("METERBOOK_VAULT_KEY", "a text for benchmarks only")
    log_in = member(name)
    with Book.open(folder) as book:
        book.connect(
            Wanted(utility="practice", user=log_in["email"], host=server.url, zone=server.zone),
            ways=Ways(password=lambda: str(log_in["password"])),
        )
        yield book
