"""No test sees the entries that whoever runs it keeps for themselves."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_own_entries(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the user's own entries."""
    folder = tmp_path_factory.mktemp("utilities")
    monkeypatch.setenv("METERBOOK_UTILITIES", str(folder))
    return folder
