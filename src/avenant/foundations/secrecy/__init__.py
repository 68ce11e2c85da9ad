"""Professional secrecy: the notice before a file, what an export carries, exceptions, audits, retention."""
