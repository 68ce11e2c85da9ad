"""A contract, its parties and what it promises to measure."""
