"""Data files: their rows, their columns on disk, and how readings are cut into them."""
