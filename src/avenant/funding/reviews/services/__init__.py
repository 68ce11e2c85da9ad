"""Writes of the instruction, by moment."""
