"""The content of the source documents as data, each entry with its source."""
