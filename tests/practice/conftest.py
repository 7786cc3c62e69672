"""Practice portals for tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from practice_calls import TODAY, Caller

from meterbook.practice.server import running
from meterbook.practice.settings import Settings


@pytest.fixture
def portal() -> Iterator[Callable[..., Caller]]:
    """Makes a running portal from settings."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Caller:
            chosen = Settings(**({"today": TODAY, "members": 40} | settings))
            return Caller(stack.enter_context(running(chosen)))

        yield make


@pytest.fixture(scope="module")
def plain() -> Iterator[Caller]:
    """A portal that plays nothing special."""
    with running(Settings(today=TODAY, members=40)) as run:
        yield Caller(run)
