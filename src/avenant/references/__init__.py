"""Content as data: what the source documents hold, read from files, each entry with its source."""
