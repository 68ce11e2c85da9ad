"""Writes of the allocation, by moment."""
