"""Calls for projects: prepared from a rulebook, published, asked about, closed."""
