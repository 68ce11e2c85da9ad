"""Contracts: drafted, signed, kept, amended, ended."""
