"""The practice co-op: an invented co-op whose members, meters and portal run on this machine.

Its wire code is written from the protocol reference and shares nothing with the client in ``portals/``, so that a
mistake made in one is not repeated in the other. Nothing here is real: names, places and readings are made up.
"""
