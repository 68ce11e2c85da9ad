"""Amendments (avenants) and the end of a contract: what changes a signed text, what stops it."""
