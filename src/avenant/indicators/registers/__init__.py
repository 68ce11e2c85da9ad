"""Registers of what a service did, and lists of establishments: from them, indicator values are proposed."""
