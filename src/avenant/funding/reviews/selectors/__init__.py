"""Reads of the instruction, by moment."""
