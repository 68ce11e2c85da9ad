"""What is done to an aid, by moment."""

from avenant.funding.grants.services.opening import open_grant

__all__ = ["open_grant"]
