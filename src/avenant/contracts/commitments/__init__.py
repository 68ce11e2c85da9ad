"""Step three of a contract: what each party promised is followed year by year, shown by its evidence, and balanced."""
