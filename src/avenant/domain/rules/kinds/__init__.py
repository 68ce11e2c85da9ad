"""The kinds of rules: lines of expense, amounts, checks, terms of the award, limits of the whole portfolio."""
