"""The command line: parse arguments, call the book, print. No logic, and nothing heavy imported before it is needed."""

from __future__ import annotations

from meterbook.cli.app import main

__all__ = ["main"]
