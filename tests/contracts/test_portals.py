"""What every portal client must keep to, whoever wrote it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
import yaml

import meterbook.portals
from meterbook.model.errors import NotFound, UsageError
from meterbook.portals.base import PortalSpec, portal, portals

PORTALS = portals()
CALLS = ("site_name", "sign_in", "accounts", "usage", "weather", "balances", "billing_history", "bill_pdf")
MUST_BE_DONE = {"sign-in-renewal", "no-lock-out", "clock", "politeness", "diagnostics-redacted", "errors-typed"}
every_portal = pytest.mark.parametrize("spec", PORTALS.values(), ids=PORTALS)


def client_of(spec: PortalSpec) -> type:
    module, _, name = spec.client.partition(":")
    found = getattr(importlib.import_module(module), name)
    assert inspect.isclass(found)
    return found


def test_the_collection_is_not_empty_and_whole() -> None:
    assert len(PORTALS) >= 1
    ours = {one.name for one in pkgutil.iter_modules(meterbook.portals.__path__) if one.ispkg}
    assert ours
    assert ours <= set(PORTALS)


def test_an_unknown_portal_is_named_with_those_that_are_known() -> None:
    with pytest.raises(NotFound, match="smarthub"):
        portal("crystal-ball")


@every_portal
def test_it_states_itself(spec: PortalSpec) -> None:
    assert isinstance(spec, PortalSpec)
    assert portal(spec.name) is spec
    assert spec.title
    assert spec.capabilities.industries


@every_portal
def test_a_real_host_is_asked_one_thing_at_a_time_with_gaps(spec: PortalSpec) -> None:
    assert spec.pace.in_flight == 1
    assert spec.pace.gap_s[0] >= 0.5
    assert spec.pace.wait_s[0] >= 1.0
    assert spec.pace.gap_s[0] < spec.pace.gap_s[1]  # jitter


@every_portal
def test_its_client_has_every_call_async_and_documented(spec: PortalSpec) -> None:
    client = client_of(spec)
    for name in CALLS:
        call = getattr(client, name)
        assert inspect.iscoroutinefunction(call), name
        assert inspect.getdoc(call), name
        assert "return" in inspect.signature(call).parameters or call.__annotations__["return"], name


@every_portal
def test_it_refuses_plain_http_to_another_machine(spec: PortalSpec) -> None:
    with pytest.raises(UsageError):
        client_of(spec)("http://portal.example.com", zone="America/New_York", user="u", password="p")


@every_portal
def test_its_quality_file_covers_the_rules_and_says_why(spec: PortalSpec) -> None:
    source = inspect.getsourcefile(importlib.import_module(spec.client.partition(":")[0]))
    assert source is not None
    kept = yaml.safe_load((Path(source).parent / spec.quality).read_text(encoding="utf-8"))
    assert kept["portal"] == spec.name
    rules = {one["rule"]: one for one in kept["rules"]}
    assert {one["status"] for one in rules.values()} <= {"done", "todo", "exempt"}
    assert all(one["says"] and one["why"] for one in rules.values())
    assert {name for name in MUST_BE_DONE if rules[name]["status"] != "done"} == set()


@every_portal
def test_listing_it_does_not_import_its_client(spec: PortalSpec) -> None:
    assert ":" in spec.client
    assert not inspect.isclass(spec.client)
