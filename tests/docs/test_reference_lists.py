"""The lists of the reference pages and the code agree, in both directions."""

from __future__ import annotations

import ast
import re
from enum import Enum
from pathlib import Path

import pytest

from meterbook.model.authorization import Relation, Scope
from meterbook.model.channel import FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import MeterbookError
from meterbook.model.quality import Quality
from meterbook.model.units import Unit

ROOT = Path(__file__).parents[2]
DOCS, SOURCE = ROOT / "docs", ROOT / "src" / "meterbook"
ROW = re.compile(r"^\| `([a-z][a-z0-9.-]*)` \|", re.MULTILINE)


def rows(page: str) -> list[str]:
    """The names in the first column of a page's tables."""
    return ROW.findall((DOCS / page).read_text(encoding="utf-8"))


def texts() -> set[str]:
    """Every string constant of the source but those that name an action of the audit log."""
    found: set[str] = set()
    for module in SOURCE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(module.read_bytes())))
        actions = {id(node.value) for node in nodes if isinstance(node, ast.keyword) and node.arg == "action"}
        found |= {
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in actions
        }
    return found


def given_to_findings() -> set[str]:
    """Names that the source hands to ``Finding`` in words, and all that share a first word with one of them."""
    names = {
        word.value.value
        for module in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Finding"
        for word in node.keywords
        if word.arg == "name" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str)
    }
    families = {name.partition(".")[0] for name in names} - {"portal"} | {"time", "vee"}
    dotted = re.compile(rf"({'|'.join(sorted(families))})\.[a-z]+(-[a-z]+)*")
    return names | {text for text in texts() if dotted.fullmatch(text)}


def errors(kind: type[MeterbookError] = MeterbookError) -> list[type[MeterbookError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in errors(child))]


def test_every_finding_that_is_made_is_listed() -> None:
    made = given_to_findings()
    assert len(made) >= 10
    assert sorted(made - set(rows("findings.md"))) == []


def test_every_finding_that_is_listed_is_made() -> None:
    assert sorted(set(rows("findings.md")) - texts()) == []


def test_every_error_code_is_listed_once_and_none_besides() -> None:
    codes = {kind.code for kind in errors() if kind.__module__ == "meterbook.model.errors"} - {MeterbookError.code}
    listed = rows("errors.md")
    assert sorted(codes) == sorted(listed)


def test_every_error_has_a_code_of_its_own() -> None:
    ours = [kind for kind in errors() if kind.__module__.startswith("meterbook.")]
    assert len({kind.code for kind in ours}) == len(ours)


@pytest.mark.parametrize("words", [Quality, FlowDirection, Quantity, ServiceCategory, Unit, Scope])
def test_the_glossary_has_every_word_that_files_and_screens_use(words: type[Enum]) -> None:
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    for word in words:
        text = word.label if isinstance(word, Quality) else str(word.value)
        assert f"`{text}`" in page, text


def test_the_glossary_names_the_members_own_relation() -> None:
    assert f"`{Relation.SELF.value}`" in (DOCS / "glossary.md").read_text(encoding="utf-8")


def test_the_glossary_explains_each_word_once() -> None:
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    words = [row for row in re.findall(r"^\| ([^|]+?) \|", page, re.MULTILINE) if row not in ("word", "---")]
    assert len(words) == len(set(words)) >= 70
