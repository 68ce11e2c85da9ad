"""Dossiers: what an establishment writes for a call, checks, hands in, and what the authority receives."""
