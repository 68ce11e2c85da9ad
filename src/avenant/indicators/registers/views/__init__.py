"""Doors of the registers and lists, and of the structures followed in the FACT action."""
