"""Registers that a portal calls forward and that count both ways: negative readings on one are export. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from meterbook.model.channel import FlowDirection, Quantity
from meterbook.model.finding import Finding
from meterbook.portals.smarthub.points import Placed
from meterbook.portals.smarthub.streams import Stream

FORWARD_NEGATIVE = "flow.forward-negative"
Register = tuple[str, str]
"""Meter and register."""


def net_registers(drawn: Iterable[tuple[Stream, Placed | None]]) -> set[Register]:
    """Forward registers that one answer shows to be net.

    An answer without negative readings can't show it: whoever puts answers together has to remember.

    Args:
        drawn: all streams of an answer with their points.
    """
    streams = list(drawn)
    named_net = {(one.meter, one.register) for one, _ in streams if one.flow is FlowDirection.NET}
    return {
        (one.meter, one.register)
        for one, placed in streams
        if placed is not None and _is_forward(one) and bool((placed.y < 0).any())
    } - named_net


def in_true_flow(stream: Stream, placed: Placed, turned: set[Register]) -> tuple[Stream, Placed]:
    """A stream with its direction: on a register that is net its usage, demand and cost are, with a finding why."""
    if stream.flow is not FlowDirection.DELIVERED or (stream.meter, stream.register) not in turned:
        return stream, placed
    net = replace(stream, flow=FlowDirection.NET)
    negative = placed.start[placed.y < 0]
    if not len(negative) or not _is_forward(stream):
        return net, placed
    found = Finding(
        name=FORWARD_NEGATIVE,
        message=f"a forward register has {len(negative)} negative readings, which are export; it was taken as net",
        start=int(negative[0]),
        end=int(negative[-1]) + 1,
        data={"points": len(negative)},
    )
    return net, replace(placed, findings=(*placed.findings, found))


def _is_forward(stream: Stream) -> bool:
    """Whether negative readings of a stream tell the direction of its register; negative cost is a credit."""
    return stream.flow is FlowDirection.DELIVERED and stream.quantity is not Quantity.COST
