"""Where Daft is to work: an address at which nobody answers is told at once, not after a quarter of an hour."""

from __future__ import annotations

import socket

import pytest

from meterbook.model.errors import StoreError
from meterbook.store.readings.engines import daft_runner


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://127.0.0.1:{}", "ray://127.0.0.1:{}/"])
def test_an_address_without_a_cluster_is_told_before_ray_begins_to_wait(form: str) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (extra cluster)")
    pytest.importorskip("daft", reason="Daft is not installed (extra cluster)")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens, and nobody else can meanwhile
        address = form.format(taken.getsockname()[1])
        with pytest.raises(StoreError, match=r"no Ray cluster answers") as caught:
            daft_runner._joined(address)
    assert str(caught.value.where) == address


def test_a_host_or_port_that_there_is_not_is_told_too() -> None:
    for address in ("127.0.0.1:99999", "no-such-host.invalid:6379"):
        with pytest.raises(StoreError, match="no Ray cluster answers"):
            daft_runner._knocked(address)


def test_addresses_that_ray_finds_itself_are_left_to_it() -> None:
    for address in ("auto", "here", "local"):
        daft_runner._knocked(address)


def test_somebody_who_listens_is_left_to_ray() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        daft_runner._knocked(f"127.0.0.1:{server.getsockname()[1]}")
