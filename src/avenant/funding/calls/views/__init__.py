"""Doors of the calls, by who opens them."""
