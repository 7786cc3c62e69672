"""Codecs, one module a format: bytes in, model out, and back. Pure."""
