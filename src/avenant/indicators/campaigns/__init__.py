"""A region opens the yearly collection."""
