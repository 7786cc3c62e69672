"""The locks: a hash for each file, no registry's address, and all that `pyproject.toml` asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ["run.txt", "dev.txt", "uv.txt"]


def locked(path: Path) -> dict[str, list[Requirement]]:
    """Requirements of a lock by canonical name; one name may stand twice, for different Pythons."""
    found: dict[str, list[Requirement]] = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip(" \\"))
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_is_pinned_and_hashed(root: Path, name: str) -> None:
    entries = re.split(r"\n(?=\S)", (root / "requirements" / name).read_text().strip())
    assert entries
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.!+-]+( ; [^\\]+)? \\\n", entry + "\n"), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry.splitlines()[0]


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(root: Path, name: str) -> None:
    text = (root / "requirements" / name).read_text()
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host| @ ", text)


def test_the_locks_hold_all_that_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    for name, wanted in {
        "run.txt": project["project"]["dependencies"],
        "dev.txt": project["project"]["dependencies"] + project["dependency-groups"]["dev"],
    }.items():
        found = locked(root / "requirements" / name)
        for requirement in map(Requirement, wanted):
            pins = found.get(canonicalize_name(requirement.name), [])
            assert pins, f"{requirement.name} is not in {name}: run `make lock`"
            for pin in pins:
                version = next(iter(pin.specifier)).version
                assert requirement.specifier.contains(version, prereleases=True), f"{pin} in {name}: run `make lock`"


def test_developers_run_the_versions_that_users_run(root: Path) -> None:
    run, dev = locked(root / "requirements" / "run.txt"), locked(root / "requirements" / "dev.txt")
    for name, pins in run.items():
        assert {str(pin.specifier) for pin in pins} <= {str(pin.specifier) for pin in dev[name]}, name
