"""Clients that talk to a utility's systems; parsing kept apart from asking."""
