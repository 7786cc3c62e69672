"""Keeping the tables small while others read and write them."""
