"""Readings in, insight out. Pure functions."""
