"""Doors of the instruction, by moment."""
