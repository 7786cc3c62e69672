"""The ground-truth folder beside the checkout: tests that need it skip, with a reason, when it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the ground-truth folder ../shared is not here")
