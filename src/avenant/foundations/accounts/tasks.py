"""Jobs of the accounts, under the ``system`` role."""

from __future__ import annotations

import uuid

from django.utils import timezone

from avenant.foundations import clock
from avenant.foundations.accounts.services import invitations, unused
from avenant.foundations.jobs import job


@job("close_accounts", cron="50 2 * * *", atomic=False)
def close_accounts() -> None:
    """Each night, shut out those who have left, close what nobody uses, warn those who will be closed."""
    unused.shut_out_leavers(at=clock.now())
    unused.close_unused_accounts(at=timezone.now())
    unused.warn_unused_accounts(at=timezone.now())


@job("send_invitation", atomic=False)
def send_invitation(*, invitation_id: str, occurrence: int) -> None:
    """Send the e-mail of one invitation; a silent mail server is tried again, later and later."""
    if not invitations.send(invitation_id=uuid.UUID(invitation_id), occurrence=occurrence, at=clock.now()):
        raise OSError("mail server unreachable: the invitation waits")
