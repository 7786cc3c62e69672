"""What a schedule asks of an account, as it is given on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterbook.model.tariff import Tariff
    from meterbook.tariffs.inputs import Account


def account_of(
    tariff: Tariff,
    *,
    class_: str | None,
    contract_kw: str | None,
    meters: int,
    lamps: Sequence[str],
    options: Sequence[str],
) -> Account:
    """The account that options describe; its class is the schedule's own unless another is named.

    Raises:
        UsageError: an option can't be read.
    """
    from meterbook.model.errors import UsageError
    from meterbook.tariffs.inputs import Account

    counts: dict[str, int] = {}
    for text in lamps:
        name, _, count = text.partition("=")
        if not count.strip().isdigit():
            raise UsageError(
                f"{text!r} does not say how many lamps", where="--lamp", expected="a type and a count: 50W LED=2"
            )
        counts[name.strip()] = int(count)
    try:
        contract = None if contract_kw is None else Decimal(contract_kw)
    except InvalidOperation:
        raise UsageError(f"{contract_kw!r} is no number", where="--contract-kw", expected="kW, such as 75") from None
    return Account(
        kind=class_ or tariff.sector, meters=meters, lamps=counts, contract_kw=contract, options=frozenset(options)
    )
