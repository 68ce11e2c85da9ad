"""Writes of the accounts: who may come in, for how long, and what is noted of it."""

from avenant.foundations.accounts.services.security import (
    ALLOWED_BY_ACCOUNT,
    ALLOWED_BY_ADDRESS,
    ALLOWED_TOGETHER,
    count_failure,
    forgive,
    log_access,
    may_try_to_sign_in,
    purge_security_log,
)

__all__ = [
    "ALLOWED_BY_ACCOUNT",
    "ALLOWED_BY_ADDRESS",
    "ALLOWED_TOGETHER",
    "count_failure",
    "forgive",
    "log_access",
    "may_try_to_sign_in",
    "purge_security_log",
]
