"""The vocabulary: frozen values and pure functions that every room shares. No I/O, nothing of ours imported."""
