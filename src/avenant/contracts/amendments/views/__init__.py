"""The doors of amendments: the act, what it changes, how a contract ends."""
