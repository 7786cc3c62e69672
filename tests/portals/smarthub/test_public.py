"""What the package offers, and what it costs to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

import meterbook.portals.smarthub as package


def test_the_public_names_are_these() -> None:
    assert package.__all__ == ["SPEC", "Counters", "Found", "Frame", "SignedIn", "SmartHub", "Usage", "look_up"]
    assert all(getattr(package, name) is not None for name in package.__all__)


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="Crystal"):
        package.Crystal  # noqa: B018 - the look-up is what is tested


def test_listing_portals_imports_no_http_client_and_no_numpy() -> None:
    code = (
        "import sys; from meterbook.portals.base import portals; assert portals();"
        "print([name for name in ('httpx2', 'numpy', 'msgspec', 'pyotp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
