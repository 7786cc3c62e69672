"""Durable work: plan windows, pull, check, store, report."""
