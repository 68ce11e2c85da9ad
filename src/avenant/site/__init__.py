"""The shell: base templates, theme, home pages, root addresses and API."""
