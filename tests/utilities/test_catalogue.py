"""The catalogue: found by slug, name, state and host; refused with the nearest names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_data import SHARED, needs_shared

from meterbook.model.errors import NotFound
from meterbook.utilities import catalogue


def test_its_public_names() -> None:
    for name in ("utilities", "find", "utility", "by_host", "zones_of_state", "pace_for", "Utility", "PaceEntry"):
        assert name in catalogue.__all__
        assert hasattr(catalogue, name)
    assert all(hasattr(catalogue, name) for name in catalogue.__all__)


def test_full_entries_come_first_and_slugs_are_unique() -> None:
    everything = catalogue.utilities()
    assert [entry.slug for entry in everything if entry.full] == ["ccec", "practice"]
    assert [entry.full for entry in everything[:3]] == [True, True, False]
    slugs = [entry.slug for entry in everything]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("word", ["ccec", "CCEC", "carteret", "Carteret-Craven", "craven carteret", "powerpay24"])
def test_ccec_is_found_first_by_its_names_and_its_portals_name(word: str) -> None:
    assert catalogue.find(word)[0].slug == "ccec"


@pytest.mark.parametrize("word", ["NC", "nc", "North Carolina"])
def test_a_state_gives_its_utilities(word: str) -> None:
    found = catalogue.find(word)
    assert {"ccec", "bemc", "wemc", "energyunited"} <= {entry.slug for entry in found}
    assert all("NC" in entry.states for entry in found)


def test_a_host_or_other_name_is_found() -> None:
    assert [entry.slug for entry in catalogue.find("opalco")] == ["opalco"]
    assert next(entry.slug for entry in catalogue.find("pec.smarthub.coop")) == "pec"
    assert [entry.slug for entry in catalogue.find("intermountain")] == ["core"]
    assert [entry.slug for entry in catalogue.find("MyOzarks")] == ["ozarksecc"]
    assert [entry.slug for entry in catalogue.find("my ssemc")] == ["ssemc"]


def test_a_part_within_a_word_counts_only_where_no_word_begins_with_it() -> None:
    assert "novec" not in {entry.slug for entry in catalogue.find("tri")}  # elecTRIc
    assert [entry.slug for entry in catalogue.find("owerpay")] == ["ccec"]


def test_parts_of_a_name_begin_words() -> None:
    found = catalogue.find("tri county")
    assert "tcecfl" in {entry.slug for entry in found}
    assert all("tri" in entry.name.casefold().replace("-", " ").split() for entry in found)


@pytest.mark.parametrize("word", ["zzzz", "!!!", "%", "no such co-op"])
def test_what_fits_nothing_finds_nothing(word: str) -> None:
    assert catalogue.find(word) == []


def test_an_empty_word_finds_everything() -> None:
    assert len(catalogue.find(" ")) == len(catalogue.utilities())


def test_a_slug_is_found_whatever_its_case() -> None:
    assert catalogue.utility(" CCEC ").name == "Carteret-Craven Electric Cooperative"
    assert catalogue.utility("novec").name == "Northern Virginia Electric Cooperative"


@pytest.mark.parametrize(("wrong", "near"), [("carteret", "ccec"), ("novek", "novec"), ("practise", "practice")])
def test_a_wrong_slug_brings_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(NotFound) as caught:
        catalogue.utility(wrong)
    assert caught.value.hint is not None
    assert near in caught.value.hint
    assert "meterbook utilities" in caught.value.hint


@pytest.mark.parametrize("slug", ["", "../../etc/passwd", "__init__", "schema", "a/b"])
def test_a_slug_never_reaches_another_file(slug: str) -> None:
    with pytest.raises(NotFound):
        catalogue.utility(slug)


@pytest.mark.parametrize(
    "address",
    [
        "novec.smarthub.coop",
        "https://NOVEC.smarthub.coop/ui/#/login",
        "novec.smarthub.coop:443",
        "novec.smarthub.coop.",
    ],
)
def test_a_pasted_address_finds_its_utility(address: str) -> None:
    entry = catalogue.by_host(address)
    assert entry is not None
    assert entry.slug == "novec"


@pytest.mark.parametrize(
    "address", ["", "example.com", "127.0.0.1:8080", "http://localhost/", "smarthub.coop", "http://["]
)
def test_an_unknown_or_loopback_address_finds_none(address: str) -> None:
    assert catalogue.by_host(address) is None


# -- ccec ------------------------------------------------------------------------------------------------------------


def test_ccec_states_what_connect_needs() -> None:
    ccec = catalogue.utility("ccec")
    assert (ccec.zone, ccec.states, ccec.portal.name, ccec.portal.vendor, ccec.portal.host) == (
        "America/New_York", ["NC"], "PowerPay24", "smarthub", None,
    )  # fmt: skip
    assert ccec.about is not None
    assert (ccec.about.accounts, ccec.about.founded, ccec.about.eia_id) == (43_136, 1940, 3107)


def test_ccec_has_every_method_of_the_guide() -> None:
    methods = {method.id: method for method in catalogue.utility("ccec").methods}
    assert list(methods) == [
        "portal", "portal-business", "portal-api", "csv-export", "direct-request", "shared-log-in", "aggregator",
    ]  # fmt: skip
    api = methods["portal-api"]
    assert (api.finest, api.status, api.parties, api.formats) == (
        "15 minutes", "undocumented", ["first", "third"], ["json", "csv"],
    )  # fmt: skip
    assert api.history == "12 to 36 months, an estimate"
    assert (methods["csv-export"].finest, methods["portal"].history) == ("hourly", "13 months")
    assert methods["portal"].customer_types == ["residential", "commercial", "prepaid"]
    request = methods["direct-request"]
    assert request.request_fields == [
        "customer name", "account number", "service address", "date range", "kind of data", "purpose",
    ]  # fmt: skip
    assert request.formats == ["pdf", "csv", "email"]
    assert len(methods["portal"].steps) == 5
    assert all(len(methods[id_].steps) == 4 for id_ in ("portal-business", "direct-request", "shared-log-in"))


def test_ccec_says_no_to_green_button_and_edi() -> None:
    standards = catalogue.utility("ccec").standards
    assert standards is not None
    assert standards.green_button_download is not None
    assert standards.green_button_connect is not None
    assert standards.edi is not None
    assert standards.api is not None
    assert [
        standards.green_button_download.status, standards.green_button_connect.status,
        standards.edi.status, standards.api.status,
    ] == ["not-available", "not-available", "not-available", "undocumented"]  # fmt: skip
    assert standards.edi.asked_about == ["810", "814", "820", "867"]


def test_what_meterbook_has_proven_is_said_of_every_method() -> None:
    proven = {method.id: method.proven.status for method in catalogue.utility("ccec").methods}
    assert proven.pop("portal-api") == "practice"
    assert set(proven.values()) == {"untested"}


def test_every_fact_of_a_full_entry_names_a_source() -> None:
    for entry in catalogue.utilities():
        if not entry.full:
            continue
        groups = [
            entry, entry.about, entry.portal, entry.metering, entry.tariffs, entry.prepaid, entry.older_history,
            *entry.services,
            *entry.methods, *entry.demand_response, *entry.contacts, *entry.faqs, *entry.notes, *entry.bill_shows,
        ]  # fmt: skip
        assert all(group.source for group in groups if group is not None)


@needs_shared
def test_ccec_keeps_the_phone_numbers_and_tariff_codes_of_the_references() -> None:
    import yaml

    theirs = yaml.safe_load((SHARED / "data/guides/ccec.yaml").read_text(encoding="utf-8"))
    ours = catalogue.utility("ccec")
    digits = {"".join(filter(str.isdigit, contact["phone"]))[-10:] for contact in theirs["contacts"]}
    assert {"".join(filter(str.isdigit, contact.phone or ""))[-10:] for contact in ours.contacts} == digits
    assert ours.tariffs is not None
    assert {code.code for code in ours.tariffs.codes} == {
        schedule["code"] for schedule in theirs["tariffs"]["schedules"]
    }
    assert len(ours.faqs) == len(theirs["faqs"])
    assert len(ours.methods) == len(theirs["methods"])
    assert {programme.name for programme in ours.demand_response} == {
        item["name"] for item in theirs["demand_response"]
    }
    assert {source.url for source in ours.sources.values()} >= {
        source["url"] for source in theirs["sources"] if source["publisher"] in ("Nectar", "energymanager.ai")
    }


# -- the practice co-op ----------------------------------------------------------------------------------------------


def test_the_practice_entry_has_the_name_that_the_practice_portal_gives_itself() -> None:
    from meterbook.practice.settings import DEFAULT_ZONE
    from meterbook.practice.world import NAME, SHORT

    practice = catalogue.utility("practice")
    assert (practice.name, practice.short_name, practice.zone) == (NAME, SHORT, DEFAULT_ZONE)


def test_the_practice_co_op_has_a_zone_no_host_and_its_own_pace() -> None:
    practice = catalogue.utility("practice")
    assert (practice.zone, practice.portal.host, practice.portal.vendor) == ("America/New_York", None, "smarthub")
    assert practice.pace == catalogue.PRACTICE_PACE


# -- whatever is typed -----------------------------------------------------------------------------------------------


@given(st.text(max_size=20))
def test_no_word_makes_the_search_fail(word: str) -> None:
    assert len(catalogue.find(word)) <= len(catalogue.utilities())


@given(st.sampled_from(["", "http://", "https://", "//"]), st.text(max_size=30))
def test_no_address_makes_the_look_up_fail(scheme: str, rest: str) -> None:
    entry = catalogue.by_host(scheme + rest)
    assert entry is None or entry.portal.host


def test_every_slug_and_host_of_the_catalogue_finds_its_own_entry() -> None:
    for entry in catalogue.utilities():
        assert catalogue.utility(entry.slug) is entry
        if entry.portal.host:
            assert catalogue.by_host(f"https://{entry.portal.host}/ui/#/login") is entry
