"""The practice co-op: an invented co-op whose members, meters and portal run on this machine."""
